//! A panic that is written down between two looks of the worker.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use telemetry_core::testing::ManualClock;
use telemetry_core::{Clock, ProgramKind, Purpose, Purposes, Telemetry, Timestamp};

use crate::fixture::{Installation, LONG, agree, eventually};
use crate::reports::Reported;
use crate::src::raise;

type Act = Box<dyn FnOnce() + Send>;

/// Has something done when the worker has asked it for the time so often.
#[derive(Clone, Default)]
struct Meddling(ManualClock, Arc<Mutex<Option<(u32, Act)>>>);

impl Clock for Meddling {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn elapsed(&self) -> Duration {
        if thread::current().name() == Some("telemetry") {
            let mut planned = self.1.lock().unwrap();
            if let Some((left, act)) = planned.take() {
                if left == 0 {
                    drop(planned);
                    act();
                } else {
                    *planned = Some((left - 1, act));
                }
            }
        }
        self.0.elapsed()
    }
}

/// How often the place of the panic stands in what the hook has written.
fn written(installation: &Installation) -> usize {
    let files = installation.files().into_iter().map(|name| installation.directory().join(name));
    let texts = files
        .filter(|path| path.extension().is_some_and(|kind| kind == "crash"))
        .map(|path| fs::read_to_string(path).unwrap());
    texts.map(|text| text.matches("raise.rs").count()).sum()
}

/// The thread has panicked and is joined before anybody flushes: so the flush is about the panic too, wherever the worker
/// is at that moment.
#[test]
fn a_flush_delivers_what_the_hook_wrote_before_it() {
    let (installation, clock) = (Installation::new(), Meddling::default());
    let builder =
        Telemetry::<Reported>::builder(ProgramKind::Service, installation.directory(), installation.sink.clone());
    let telemetry = builder.clock(clock.clone()).build();
    agree(&telemetry, Purposes::NONE.with(Purpose::Errors));
    telemetry.report_panics();
    let arrived = {
        let sink = installation.sink.clone();
        move || sink.requests().iter().map(|request| request.body.matches("\"it/src/raise.rs\"").count()).sum::<usize>()
    };
    let installation = Arc::new(installation);
    let mut expected = 0;
    for nth in (0..8).cycle().take(40) {
        // A panic in a loop is reported a few times in an hour.
        clock.0.advance(Duration::from_secs(3_600));
        let [ended, is_written] = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
        let (handle, of, has_ended, was_written) =
            (telemetry.clone(), Arc::clone(&installation), Arc::clone(&ended), Arc::clone(&is_written));
        let act = move || {
            let before = written(&of);
            assert!(thread::spawn(raise::panicking).join().is_err());
            was_written.store(written(&of) > before, Ordering::SeqCst);
            let begun = Arc::new(AtomicBool::new(false));
            let has_begun = Arc::clone(&begun);
            thread::spawn(move || {
                has_begun.store(true, Ordering::SeqCst);
                handle.flush(LONG);
                has_ended.store(true, Ordering::SeqCst);
            });
            eventually("somebody flushes", || begun.load(Ordering::SeqCst));
            // Long enough for the flush to be noted; where it is not, it is noted after this look.
            thread::sleep(Duration::from_millis(5));
        };
        *clock.1.lock().unwrap() = Some((nth, Box::new(act)));
        // Has the worker look, and asks for nothing.
        while clock.1.lock().unwrap().is_some() {
            let _ = telemetry.waiting();
            thread::sleep(Duration::from_millis(1));
        }
        eventually("the flush has ended", || ended.load(Ordering::SeqCst));
        // Where another test panics at the same moment, the hook may not be able to.
        expected += usize::from(is_written.load(Ordering::SeqCst));
        assert_eq!(arrived(), expected, "after {nth} questions for the time: {:?}", telemetry.stats());
    }
    assert!(expected >= 20, "{expected} of 40 were written down");
}
