//! The end of a process while a request is under way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use telemetry_core::testing::RecordingSink;
use telemetry_core::{
    Batch, CatalogueSchema, Coded, Delivery, Destination, FlushEnd, Outcome, ProgramKind, SendPermit, Sink, Telemetry,
    Timestamp,
};

use crate::fixture::{Installation, LONG, Tracked, USAGE, eventually, started};

/// The answer comes when the permit has been cancelled: it was on its way already.
struct Late(RecordingSink, Arc<AtomicBool>);

impl Sink for Late {
    fn destination(&self) -> Destination {
        self.0.destination()
    }

    fn most_events(&self) -> usize {
        self.0.most_events()
    }

    fn body(&self, batch: &Batch, sent_at: Timestamp) -> Vec<u8> {
        self.0.body(batch, sent_at)
    }

    fn compress(&self, body: &[u8]) -> Option<Vec<u8>> {
        self.0.compress(body)
    }

    fn deliver(&self, _: Coded, permit: &SendPermit<'_>) -> Delivery {
        self.1.store(true, Ordering::SeqCst);
        while !permit.is_cancelled() {
            std::thread::yield_now();
        }
        Delivery::new(Outcome::Accepted, Some(200), 0)
    }

    fn body_schema(&self, catalogue: &CatalogueSchema) -> String {
        self.0.body_schema(catalogue)
    }
}

#[test]
fn what_arrives_while_the_process_ends_is_not_sent_again() {
    let installation = Installation::new();
    drop(installation.granted(USAGE));
    let under_way = Arc::new(AtomicBool::new(false));
    let late = Late(installation.sink.clone(), Arc::clone(&under_way));
    let builder = Telemetry::<Tracked>::builder(ProgramKind::Service, installation.directory(), late);
    let telemetry = builder.clock(installation.clock.clone()).build();
    telemetry.track(started());
    telemetry.flush(Duration::ZERO);
    eventually("the request is under way", || under_way.load(Ordering::SeqCst));
    assert_eq!(telemetry.shutdown(Duration::from_millis(100)).ended, FlushEnd::Deadline);
    eventually("the answer is taken down", || telemetry.stats().delivered == 1);
    eventually("it is taken off the disk", || !installation.files().iter().any(|name| name.contains(".spool")));
    installation.ended(telemetry);

    let next = installation.start();
    next.track(started());
    assert_eq!(next.flush(LONG).delivered, 1);
    assert_eq!((next.stats().adopted, installation.sink.delivered().len()), (0, 1));
}
