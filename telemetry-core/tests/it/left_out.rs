//! A build without a sink: there is nothing to ask, to send or to store.

use telemetry_core::consent::State;
use telemetry_core::{GrantError, NoSink, ProgramKind, Surface, Telemetry};

use crate::fixture::{LONG, Tracked, USAGE, started};

#[test]
fn without_a_sink_nothing_is_asked_or_kept() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let telemetry = Telemetry::<Tracked>::builder(ProgramKind::Service, &state, NoSink)
        .policy_file(directory.path().join("telemetry.policy"))
        .build();
    assert_eq!(telemetry.state(), State::Unavailable);
    assert!(!telemetry.has_analytics_configured());
    assert!(telemetry.present(Surface::Dashboard).is_none());
    assert!(matches!(telemetry.grant("", USAGE), Err(GrantError::Off(_))));
    telemetry.track(started());
    telemetry.flush(LONG);
    assert!(telemetry.sent_log().is_empty());
    assert!(!state.exists());
}
