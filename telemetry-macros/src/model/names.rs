//! Rules on names: forms, reserved words, and words that smell of personal data.

/// The largest number of properties of one event; core's `MAX_PROPERTIES`, which checks once more.
pub(crate) const MAX_PROPERTIES: usize = 12;

/// The largest number of values of one closed property; core's `MAX_VALUES`, which checks once more.
pub(crate) const MAX_VALUES: usize = 64;

/// The longest list of revisions of a flattened part; core's `MAX_PART_REVISIONS`, which checks once more.
pub(crate) const MAX_PART_REVISIONS: usize = 32;

/// First parts of event names that the crates themselves would use.
const RESERVED_RESOURCES: [&str; 2] = ["consent", "telemetry"];

/// Property names with a meaning of their own on the wire: the context, the revisions, and the fields around an
/// event in the sinks' protocols.
const RESERVED_PROPERTIES: [&str; 14] = [
    "app_version",
    "os_family",
    "arch",
    "deployment",
    "catalogue_revision",
    "granted_revision",
    "distinct_id",
    "uuid",
    "event",
    "timestamp",
    "token",
    "api_key",
    "report",
    "thread",
];

/// Words that usually name something personal. The types cannot hold text, but a name like these shows that the
/// author may have had text in mind, and makes the reader of the catalogue ask; so the author says why it is fine.
const SUSPICIOUS: [&str; 29] = [
    "addr",
    "address",
    "description",
    "directory",
    "domain",
    "email",
    "file",
    "filename",
    "folder",
    "host",
    "hostname",
    "ip",
    "login",
    "mail",
    "message",
    "name",
    "note",
    "passwd",
    "password",
    "path",
    "phone",
    "query",
    "secret",
    "text",
    "title",
    "token",
    "uri",
    "url",
    "username",
];

/// `UnderHour` → `under_hour`, `HTTPServer` → `http_server`.
pub(crate) fn snake_case(ident: &str) -> String {
    let letters: Vec<char> = ident.chars().collect();
    let mut snake = String::with_capacity(ident.len() + 4);
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| letters.get(before));
        let after = letters.get(at + 1);
        let starts_word = before.is_some_and(|before| {
            before.is_lowercase()
                || before.is_ascii_digit()
                || (before.is_uppercase() && after.is_some_and(|after| after.is_lowercase()))
        });
        if letter.is_uppercase() && starts_word {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// Lower-case words of letters and digits, joined by single `_`, beginning with a letter.
pub(crate) fn is_snake(text: &str) -> bool {
    is_words(text, '_')
}

/// Lower-case words of letters and digits, joined by single `-`, beginning with a letter.
pub(crate) fn is_kebab(text: &str) -> bool {
    is_words(text, '-')
}

fn is_words(text: &str, joint: char) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.split(joint).all(|word| {
            !word.is_empty() && word.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
        })
}

/// `resource.action`: two snake-case parts around one dot.
pub(crate) fn is_event_name(text: &str) -> bool {
    text.split_once('.').is_some_and(|(resource, action)| is_snake(resource) && is_snake(action))
}

/// What a closed value may be called: the letters of the buckets' labels.
pub(crate) fn is_value_name(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|letter| {
            letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '_' | '-' | '+' | '.' | '<')
        })
}

/// Whether the crates or the sinks keep this event name for themselves.
pub(crate) fn is_reserved_event(text: &str) -> bool {
    text.starts_with('$')
        || RESERVED_RESOURCES
            .iter()
            .any(|resource| text.strip_prefix(resource).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

/// Whether the crates or the sinks keep this property name for themselves.
pub(crate) fn is_reserved_property(text: &str) -> bool {
    text.starts_with(['$', '_']) || RESERVED_PROPERTIES.contains(&text)
}

/// The words of a property name that smell of personal data.
pub(crate) fn suspicious_words(name: &str) -> impl Iterator<Item = &str> {
    name.split('_').filter(|word| {
        SUSPICIOUS.contains(word) || word.strip_suffix('s').is_some_and(|singular| SUSPICIOUS.contains(&singular))
    })
}

/// The year, month and day of `YYYY-MM-DD`, if there is such a day between 2000 and 2999.
pub(crate) fn date(text: &str) -> Option<(u16, u8, u8)> {
    let mut parts = text.split('-');
    let (Some(year), Some(month), Some(day), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return None;
    };
    let digits = |part: &str, count| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
    if !(digits(year, 4) && digits(month, 2) && digits(day, 2)) {
        return None;
    }
    let (year, month, day) = (year.parse::<u16>().ok()?, month.parse::<u8>().ok()?, day.parse::<u8>().ok()?);
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    ((2000..3000).contains(&year) && (1..=days).contains(&day)).then_some((year, month, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_names_become_snake_case() {
        for (ident, snake) in [
            ("Web", "web"),
            ("UnderHour", "under_hour"),
            ("HTTPServer", "http_server"),
            ("Http2Server", "http2_server"),
            ("already_snake", "already_snake"),
            ("V2", "v2"),
        ] {
            assert_eq!(snake_case(ident), snake);
        }
    }

    #[test]
    fn event_names_have_two_parts() {
        for good in ["timer.started", "time_entry.created2"] {
            assert!(is_event_name(good), "{good}");
        }
        for bad in
            ["timer", "timer.", ".started", "a.b.c", "Timer.started", "timer.st-art", "_a.b", "a__b.c", "2a.b", ""]
        {
            assert!(!is_event_name(bad), "{bad}");
        }
    }

    #[test]
    fn reserved_and_suspicious_words_are_whole_words() {
        for reserved in ["consent.granted", "telemetry.sent", "telemetry", "$pageview"] {
            assert!(is_reserved_event(reserved), "{reserved}");
        }
        assert!(!is_reserved_event("consents.listed"));
        assert!(is_reserved_property("$ip") && is_reserved_property("_id") && is_reserved_property("uuid"));
        assert_eq!(suspicious_words("user_email_path").collect::<Vec<_>>(), ["email", "path"]);
        assert_eq!(suspicious_words("old_notes").collect::<Vec<_>>(), ["notes"]);
        assert_eq!(suspicious_words("profile_ship").count(), 0);
    }

    #[test]
    fn only_real_days_are_dates() {
        assert_eq!(date("2028-02-29"), Some((2028, 2, 29)));
        for bad in
            ["2027-02-29", "2027-2-01", "2027-13-01", "1999-01-01", "2027-01-00", "2027-01-01-", "+027-01-01", ""]
        {
            assert_eq!(date(bad), None, "{bad}");
        }
    }
}
