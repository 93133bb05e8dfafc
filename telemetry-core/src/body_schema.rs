//! What every sink needs to describe its bodies: patterns and lists that come from the catalogue, once.
//!
//! Owns how the values that core hands to a sink look as text. A pattern in here must never be looser than what core
//! writes: the tests of every sink hold each body against its schema.

use crate::catalogue::{CatalogueSchema, Context, Resolution};
use crate::deployment::Deployment;
use crate::event::{ARCHITECTURES, OS_FAMILIES};

/// The largest pseudonym of a keyed id: 48 bits.
pub const MAX_PSEUDONYM: i64 = (1 << 48) - 1;

/// Identifiers with hyphens, of version 4 (random) or 8 (random, with a counter): the ones without a time or an address
/// inside.
pub const UUID: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-[48][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$";

/// The same without hyphens.
pub const UUID_HEX: &str = "^[0-9a-f]{12}[48][0-9a-f]{3}[89ab][0-9a-f]{15}$";

/// Days of the calendar, without looking at the length of the month.
const DAY: &str = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T";

const HOURS: &str = "([01][0-9]|2[0-3])";

const SIXTY: &str = "[0-5][0-9]";

/// The times of requests: to the millisecond.
#[must_use]
pub fn moment() -> String {
    format!("{DAY}{HOURS}:{SIXTY}:{SIXTY}\\.[0-9]{{3}}Z$")
}

/// The times of events that the resolution lets through, and no finer ones.
#[must_use]
pub fn timestamp(resolution: Resolution) -> String {
    match resolution {
        Resolution::Day => format!("{DAY}00:00:00\\.000Z$"),
        Resolution::Hour => format!("{DAY}{HOURS}:00:00\\.000Z$"),
        Resolution::Minute => format!("{DAY}{HOURS}:{SIXTY}:00\\.000Z$"),
        Resolution::Second => format!("{DAY}{HOURS}:{SIXTY}:{SIXTY}\\.000Z$"),
    }
}

/// Every value that a context property can have in a build with this catalogue.
#[must_use]
pub fn context(catalogue: &CatalogueSchema, context: Context) -> Vec<&'static str> {
    match context {
        Context::AppVersion => vec![catalogue.version],
        Context::OsFamily => OS_FAMILIES.to_vec(),
        Context::Arch => ARCHITECTURES.to_vec(),
        Context::Deployment => Deployment::ALL.map(Deployment::name).to_vec(),
    }
}

/// The files that a report can name: source code of the catalogue's crates.
#[must_use]
pub fn file(catalogue: &CatalogueSchema) -> String {
    format!("^{}$", file_inside(catalogue))
}

/// The functions that a report can name, by their paths; also their modules.
#[must_use]
pub fn function(catalogue: &CatalogueSchema) -> String {
    format!("^{}$", function_inside(catalogue))
}

/// Where a report can come from: see [`ReportFacts::origin`](crate::ReportFacts::origin).
#[must_use]
pub fn origin(catalogue: &CatalogueSchema) -> String {
    let (file, function) = (file_inside(catalogue), function_inside(catalogue));
    format!("^(elsewhere|{file}:[0-9]{{1,10}}:[0-9]{{1,10}}|{function})$")
}

fn file_inside(catalogue: &CatalogueSchema) -> String {
    format!("({})/src/[A-Za-z0-9_./-]{{1,120}}", alternatives(catalogue, str::to_owned))
}

fn function_inside(catalogue: &CatalogueSchema) -> String {
    format!("({})(::[A-Za-z0-9_:{{}}]{{1,120}})?", alternatives(catalogue, |name| name.replace('-', "_")))
}

/// The crates as a choice; without any the pattern of nothing.
fn alternatives(catalogue: &CatalogueSchema, spell: impl Fn(&str) -> String) -> String {
    let mut names: Vec<String> = catalogue.crates.iter().map(|name| spell(name)).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() { "[^\\s\\S]".to_owned() } else { names.join("|") }
}

/// Some JSON with the keys of all objects in order: whether a map keeps the order of insertion depends on features that
/// other crates can turn on, and generated files must not. Text that is no JSON stays as it is.
#[must_use]
pub fn sorted(json: &str) -> String {
    let Ok(value) = serde_json::from_str(json) else { return json.to_owned() };
    serde_json::to_string_pretty(&in_order(value)).unwrap_or_default()
}

fn in_order(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.into_iter().map(|(key, value)| (key, in_order(value))).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(entries.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(in_order).collect()),
        leaf => leaf,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::sample::{SAMPLE, SMALLEST};

    #[test]
    fn patterns_name_the_crates_once() {
        assert_eq!(file(&SAMPLE), "^(sample-app|sample-model|sample_app)/src/[A-Za-z0-9_./-]{1,120}$");
        assert_eq!(function(&SAMPLE), "^(sample_app|sample_model)(::[A-Za-z0-9_:{}]{1,120})?$");
        assert!(origin(&SMALLEST).contains("elsewhere|([^\\s\\S])/src/"));
    }

    #[test]
    fn keys_are_sorted_on_every_level() {
        let text = sorted(r#"{"b":[{"d":1,"c":2}],"a":null}"#);
        assert!(text.find("\"a\"") < text.find("\"b\"") && text.find("\"c\"") < text.find("\"d\""), "{text}");
        assert_eq!(sorted("no json"), "no json");
    }
}
