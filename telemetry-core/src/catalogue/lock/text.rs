//! How terms and events stand in the text of a lock file, where that is not how they stand in memory.

/// The events as text has them.
pub(super) mod shared {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use super::super::LockedEvent;

    type Events = BTreeMap<String, LockedEvent>;

    pub(in super::super) fn serialize<S: Serializer>(events: &Arc<Events>, to: S) -> Result<S::Ok, S::Error> {
        events.as_ref().serialize(to)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<Events>, D::Error> {
        Events::deserialize(from).map(Arc::new)
    }
}

pub(super) mod identity {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::catalogue::Identity;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
    pub(in super::super) fn serialize<S: Serializer>(identity: &Identity, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::super::identity_name(*identity))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Identity, D::Error> {
        let text = String::deserialize(deserializer)?;
        let days = text.strip_prefix("rotating(days = ").and_then(|rest| rest.strip_suffix(')'));
        match (text.as_str(), days.map(str::parse)) {
            ("none", _) => Ok(Identity::None),
            ("stable", _) => Ok(Identity::Stable),
            (_, Some(Ok(days))) => Ok(Identity::Rotating { days }),
            _ => Err(D::Error::custom("unknown identity")),
        }
    }
}

pub(super) mod resolution {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::catalogue::Resolution;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
    pub(in super::super) fn serialize<S: Serializer>(
        resolution: &Resolution,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(resolution.name())
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Resolution, D::Error> {
        let text = String::deserialize(deserializer)?;
        [Resolution::Second, Resolution::Minute, Resolution::Hour, Resolution::Day]
            .into_iter()
            .find(|resolution| resolution.name() == text)
            .ok_or_else(|| D::Error::custom("unknown resolution"))
    }
}

pub(super) mod ids {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::catalogue::IdForm;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
    pub(in super::super) fn serialize<S: Serializer>(ids: &IdForm, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(ids.name())
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<IdForm, D::Error> {
        let text = String::deserialize(deserializer)?;
        [IdForm::Keyed, IdForm::Raw]
            .into_iter()
            .find(|ids| ids.name() == text)
            .ok_or_else(|| D::Error::custom("unknown form of ids"))
    }
}
