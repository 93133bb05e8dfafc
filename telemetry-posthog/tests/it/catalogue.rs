//! A small catalogue with every kind of property, written out as the derive would.

use telemetry_core::catalogue::{Context, Fields, PropertySchema};
use telemetry_core::catalogue::{Date, EventSchema, Identity, Resolution};
use telemetry_core::property::{ClosedValue, Domain, Index};
use telemetry_core::{Catalogue, CatalogueSchema, CountBucket, Entity, EventSet, Id, Property, Purpose};

pub(crate) struct User;
impl Entity for User {
    const NAME: &'static str = "user";
}

pub(crate) struct Project;
impl Entity for Project {
    const NAME: &'static str = "project";
}

#[derive(Clone, Copy)]
pub(crate) enum Source {
    Web,
    Api,
}

impl Property for Source {
    const DOMAIN: Domain = Domain::closed(&[
        ClosedValue::new("web", "The web page.", 1),
        ClosedValue::new("api", "The programming interface.", 2),
    ]);

    fn index(&self) -> Index {
        Index::position(*self as usize)
    }
}

pub(crate) enum Tracked {
    TimerStarted { user_id: Id<User>, project_id: Option<Id<Project>>, source: Source, billable: bool },
    ReportExported { rows: CountBucket },
    AppStarted,
}

impl EventSet for Tracked {
    const EVENTS: &'static [EventSchema] = &[
        EventSchema::new(
            "timer.started",
            "A timer was started.",
            "shows how people start",
            Purpose::Usage,
            1,
            &[
                PropertySchema::new("user_id", "The user who started it.", Id::<User>::DOMAIN, 1),
                PropertySchema::new("project_id", "The project.", <Option<Id<Project>>>::DOMAIN, 1),
                PropertySchema::new("source", "Which front end asked.", Source::DOMAIN, 1),
                PropertySchema::new("billable", "Whether it is billable.", bool::DOMAIN, 2),
            ],
        ),
        EventSchema::new(
            "report.exported",
            "A report was exported.",
            "shows how large reports are",
            Purpose::Usage,
            2,
            &[PropertySchema::new("rows", "How many rows it has.", CountBucket::DOMAIN, 2)],
        )
        .until(Date::new(2999, 12, 31)),
        EventSchema::new("app.started", "The program started.", "shows which versions run", Purpose::Usage, 1, &[]),
    ];
    const REVISION: u32 = 3;

    fn position(&self) -> usize {
        match self {
            Self::TimerStarted { .. } => 0,
            Self::ReportExported { .. } => 1,
            Self::AppStarted => 2,
        }
    }

    fn read(&self, fields: &mut Fields) {
        match self {
            Self::TimerStarted { user_id, project_id, source, billable } => {
                fields.push(user_id);
                fields.push(project_id);
                fields.push(source);
                fields.push(billable);
            }
            Self::ReportExported { rows } => fields.push(rows),
            Self::AppStarted => {}
        }
    }
}

impl Catalogue for Tracked {
    const SCHEMA: CatalogueSchema =
        CatalogueSchema::new("wire-test", "1.2.3", Self::REVISION, Identity::Stable, Self::EVENTS)
            .resolution(Resolution::Minute)
            .context(&[Context::AppVersion, Context::OsFamily, Context::Arch, Context::Deployment]);
}

/// One of each, with everything that can be absent present and absent.
pub(crate) fn one_of_each() -> Vec<Tracked> {
    vec![
        Tracked::TimerStarted {
            user_id: Id::new(5),
            project_id: Some(Id::new(-7)),
            source: Source::Web,
            billable: true,
        },
        Tracked::TimerStarted { user_id: Id::new(i64::MAX), project_id: None, source: Source::Api, billable: false },
        Tracked::ReportExported { rows: CountBucket::of(37) },
        Tracked::AppStarted,
    ]
}

/// Enough to be worth compressing.
pub(crate) fn many() -> impl Iterator<Item = Tracked> {
    (0..100).map(|n| Tracked::ReportExported { rows: CountBucket::of(n) })
}
