//! The schema of the body: closed on every level, and able to fail.

use serde_json::{Value, json};
use telemetry_core::catalogue::{EventSchema, IdForm, Identity, PropertySchema, Resolution};
use telemetry_core::{Catalogue as _, CatalogueSchema, Id, Property as _, Purpose, Sink as _};

use crate::catalogue::{Tracked, User, one_of_each};
use crate::support::{body, object, sink, validate};

fn good() -> Value {
    serde_json::from_slice(&body(&sink!("http://127.0.0.1:24101"), one_of_each())).unwrap()
}

/// A way to spoil a body: where, and with what; nothing means "taken away".
type Damage = (&'static str, &'static str, Option<Value>);

#[test]
fn damaged_bodies_fail() {
    let ways: Vec<Damage> = vec![
        ("", "extra", Some(json!(1))),
        ("", "api_key", None),
        ("", "api_key", Some(json!("two words"))),
        ("", "sent_at", Some(json!("2026-11-23T10:00:01"))),
        ("", "historical_migration", Some(json!(true))),
        ("", "batch", Some(json!([]))),
        ("/batch/0", "extra", Some(json!("x"))),
        ("/batch/0", "$set", Some(json!({}))),
        ("/batch/0", "uuid", Some(json!("not-one"))),
        // Version 7 holds a time.
        ("/batch/0", "uuid", Some(json!("01933b1c-0000-7000-8000-000000000000"))),
        ("/batch/0", "uuid", None),
        ("/batch/0", "event", Some(json!("timer.stopped"))),
        ("/batch/0", "distinct_id", Some(json!("alice@example.com"))),
        // Finer than the catalogue's minute.
        ("/batch/0", "timestamp", Some(json!("2026-11-23T10:00:01.000Z"))),
        ("/batch/0/properties", "extra", Some(json!("x"))),
        ("/batch/0/properties", "$set", Some(json!({}))),
        // A property of another event.
        ("/batch/0/properties", "rows", Some(json!("0"))),
        ("/batch/0/properties", "source", Some(json!("somewhere else"))),
        ("/batch/0/properties", "billable", Some(json!("true"))),
        ("/batch/0/properties", "user_id", Some(json!(-1))),
        ("/batch/0/properties", "user_id", Some(json!(1_i64 << 48))),
        ("/batch/0/properties", "user_id", Some(json!("5"))),
        ("/batch/0/properties", "user_id", Some(json!(0.5))),
        ("/batch/0/properties", "app_version", Some(json!("9.9.9"))),
        ("/batch/0/properties", "os_family", Some(json!("plan9"))),
        ("/batch/0/properties", "deployment", Some(json!("host.example"))),
        ("/batch/0/properties", "deployment", None),
        ("/batch/0/properties", "catalogue_revision", Some(json!(4))),
        ("/batch/0/properties", "granted_revision", Some(json!(0))),
        ("/batch/0/properties", "granted_revision", None),
        ("/batch/0/properties", "$ip", Some(json!("192.0.2.1"))),
        ("/batch/0/properties", "$ip", None),
        ("/batch/0/properties", "$geoip_disable", Some(json!(false))),
        ("/batch/0/properties", "$process_person_profile", Some(json!(true))),
        ("/batch/0/properties", "$lib", Some(json!("another"))),
        ("/batch/0/properties", "$lib_version", None),
    ];
    for (place, name, value) in ways {
        let mut damaged = good();
        let object = object(damaged.pointer_mut(place).unwrap());
        match value.clone() {
            Some(value) => object.insert(name.to_owned(), value),
            None => object.remove(name),
        };
        assert!(validate(&damaged).is_err(), "{place}/{name} = {value:?}");
    }
}

#[test]
fn a_narrower_grant_may_leave_properties_out() {
    for name in ["user_id", "project_id", "source", "billable"] {
        let mut narrower = good();
        assert!(object(&mut narrower["batch"][0]["properties"]).remove(name).is_some());
        assert_eq!(validate(&narrower), Ok(()), "{name}");
    }
    let mut narrower = good();
    narrower["batch"][0]["properties"]["granted_revision"] = json!(1);
    assert_eq!(validate(&narrower), Ok(()));
}

#[test]
fn the_schema_is_as_reviewed() {
    let text = sink!("http://127.0.0.1:24101").body_schema(&Tracked::SCHEMA);
    assert_eq!(text, sink!("http://127.0.0.1:24102").body_schema(&Tracked::SCHEMA), "depends on the destination");
    insta::assert_snapshot!(text);
}

const RAW: &[EventSchema] = &[EventSchema::new(
    "a.done",
    "",
    "",
    Purpose::Usage,
    1,
    &[PropertySchema::new("user_id", "", Id::<User>::DOMAIN, 1)],
)];

#[test]
fn forms_of_ids_and_times_follow_the_catalogue() {
    let schema = |resolution| -> Value {
        let catalogue =
            CatalogueSchema::new("raw", "1.0.0", 1, Identity::None, RAW).ids(IdForm::Raw).resolution(resolution);
        serde_json::from_str(&sink!("http://127.0.0.1:24101").body_schema(&catalogue)).unwrap()
    };
    let event = &schema(Resolution::Day)["$defs"]["a.done"]["properties"];
    assert_eq!(event["properties"]["properties"]["user_id"]["minimum"], json!(i64::MIN));
    assert_eq!(event["properties"]["properties"]["user_id"]["maximum"], json!(i64::MAX));

    let mut schemas = boon::Schemas::new();
    let mut accepts = |resolution, time: &str| {
        let mut compiler = boon::Compiler::new();
        let name = format!("mem:///{resolution:?}.json");
        let pattern = schema(resolution)["$defs"]["a.done"]["properties"]["timestamp"].clone();
        compiler.add_resource(&name, pattern).unwrap();
        let index = compiler.compile(&name, &mut schemas).unwrap();
        schemas.validate(&json!(time), index).is_ok()
    };
    let times = [
        "2026-11-23T00:00:00.000Z",
        "2026-11-23T23:00:00.000Z",
        "2026-11-23T23:59:00.000Z",
        "2026-11-23T23:59:59.000Z",
        "2026-11-23T23:59:59.001Z",
        "2026-11-23T24:00:00.000Z",
        "2026-13-23T00:00:00.000Z",
    ];
    for (resolution, number) in
        [(Resolution::Day, 1), (Resolution::Hour, 2), (Resolution::Minute, 3), (Resolution::Second, 4)]
    {
        for (i, time) in times.iter().enumerate() {
            assert_eq!(accepts(resolution, time), i < number, "{resolution:?} {time}");
        }
    }
}
