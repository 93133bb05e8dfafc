//! Amounts as ranges: an exact count, duration or size never leaves the machine.

use core::time::Duration;

use super::{ClosedValue, Domain, Index, Property};

macro_rules! bucket {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $label:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_meta])* $variant),+ }

        impl Property for $name {
            const DOMAIN: Domain = Domain::closed(&[$(ClosedValue::new($label, "", 1)),+]);

            fn index(&self) -> Index {
                Index::position(*self as usize)
            }
        }
    };
}

bucket! {
    /// A count as one of six ranges, each about ten times the one before.
    ///
    /// ```
    /// use telemetry_core::CountBucket;
    ///
    /// assert_eq!(CountBucket::of(37), CountBucket::Tens);
    /// ```
    CountBucket {
        /// Exactly 0.
        Zero = "0",
        /// Exactly 1.
        One = "1",
        /// 2 to 9.
        Few = "2-9",
        /// 10 to 99.
        Tens = "10-99",
        /// 100 to 999.
        Hundreds = "100-999",
        /// 1000 and more.
        Thousands = "1000+",
    }
}

impl CountBucket {
    /// The range that `count` falls into.
    #[must_use]
    pub const fn of(count: u64) -> Self {
        match count {
            0 => Self::Zero,
            1 => Self::One,
            2..=9 => Self::Few,
            10..=99 => Self::Tens,
            100..=999 => Self::Hundreds,
            _ => Self::Thousands,
        }
    }
}

bucket! {
    /// A duration as one of eight ranges, from under 100 ms to four hours and more.
    DurationBucket {
        /// Under 100 ms.
        Instant = "<100ms",
        /// 100 ms up to 1 s.
        UnderSecond = "100ms-1s",
        /// 1 s up to 10 s.
        Seconds = "1s-10s",
        /// 10 s up to 1 min.
        UnderMinute = "10s-1min",
        /// 1 min up to 10 min.
        Minutes = "1-10min",
        /// 10 min up to 1 h.
        UnderHour = "10min-1h",
        /// 1 h up to 4 h.
        Hours = "1-4h",
        /// 4 h and more.
        ManyHours = "4h+",
    }
}

impl DurationBucket {
    /// The range that `duration` falls into; lower ends are included.
    #[must_use]
    pub const fn of(duration: Duration) -> Self {
        match duration.as_millis() {
            0..100 => Self::Instant,
            100..1_000 => Self::UnderSecond,
            1_000..10_000 => Self::Seconds,
            10_000..60_000 => Self::UnderMinute,
            60_000..600_000 => Self::Minutes,
            600_000..3_600_000 => Self::UnderHour,
            3_600_000..14_400_000 => Self::Hours,
            _ => Self::ManyHours,
        }
    }
}

bucket! {
    /// A size in bytes as one of six ranges, from under 1 KiB to 256 MiB and more.
    SizeBucket {
        /// Under 1 KiB.
        Bytes = "<1KiB",
        /// 1 KiB up to 64 KiB.
        Kibibytes = "1-64KiB",
        /// 64 KiB up to 1 MiB.
        UnderMebibyte = "64KiB-1MiB",
        /// 1 MiB up to 16 MiB.
        Mebibytes = "1-16MiB",
        /// 16 MiB up to 256 MiB.
        ManyMebibytes = "16-256MiB",
        /// 256 MiB and more.
        Huge = "256MiB+",
    }
}

impl SizeBucket {
    /// The range that `bytes` falls into; lower ends are included.
    #[must_use]
    pub const fn of(bytes: u64) -> Self {
        const KIB: u64 = 1024;
        const MIB: u64 = 1024 * KIB;
        if bytes < KIB {
            Self::Bytes
        } else if bytes < 64 * KIB {
            Self::Kibibytes
        } else if bytes < MIB {
            Self::UnderMebibyte
        } else if bytes < 16 * MIB {
            Self::Mebibytes
        } else if bytes < 256 * MIB {
            Self::ManyMebibytes
        } else {
            Self::Huge
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_meet_without_gap() {
        let counts = [
            (0, "0"),
            (1, "1"),
            (2, "2-9"),
            (9, "2-9"),
            (10, "10-99"),
            (999, "100-999"),
            (1000, "1000+"),
            (u64::MAX, "1000+"),
        ];
        for (count, label) in counts {
            let position = match CountBucket::of(count).index().0 {
                super::super::Repr::Position(position) => position,
                other => panic!("not a position: {other:?}"),
            };
            assert_eq!(CountBucket::DOMAIN.values().nth(position).map(ClosedValue::name), Some(label));
        }
        assert_eq!(DurationBucket::of(Duration::from_millis(99)), DurationBucket::Instant);
        assert_eq!(DurationBucket::of(Duration::from_millis(100)), DurationBucket::UnderSecond);
        assert_eq!(DurationBucket::of(Duration::from_secs(14_400)), DurationBucket::ManyHours);
        assert_eq!(DurationBucket::of(Duration::MAX), DurationBucket::ManyHours);
        assert_eq!(SizeBucket::of(1023), SizeBucket::Bytes);
        assert_eq!(SizeBucket::of(1024), SizeBucket::Kibibytes);
        assert_eq!(SizeBucket::of(u64::MAX), SizeBucket::Huge);
    }
}
