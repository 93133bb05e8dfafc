//! The stores of this crate, and a store behind a pointer, under the checks that every store must pass.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use telemetry_core::consent::{FaultKind, Receipt};
use telemetry_core::store::{Drained, FileStore, SendGuard, Store, StoreError, Stored};
use telemetry_core::testing::store_conformance::{self, Installation};

/// A file store as any store, behind the pointer that `wrap` makes.
fn installation<S: Store>(wrap: impl Fn(FileStore) -> S + Copy + 'static) -> Installation<S> {
    let (directory, elsewhere) = (Arc::new(tempfile::tempdir().unwrap()), tempfile::tempdir().unwrap());
    let at = |path: &Path| FileStore::new("test-app", path.join("state"));
    let [open, original, damaged] = [(); 3].map(|()| Arc::clone(&directory));
    let count = AtomicUsize::new(0);
    Installation::new(move || wrap(at(open.path())))
        .copied_by(move || {
            let copy = elsewhere.path().join(count.fetch_add(1, Ordering::SeqCst).to_string());
            copy_directory(&original.path().join("state"), &copy.join("state"));
            wrap(at(&copy))
        })
        .damaged_by(move || fs::write(damaged.path().join("state/installation.json"), "{").unwrap())
        .losing_its_newest_receipt_by(move || {
            let path = directory.path().join("state/receipts.jsonl");
            let text = fs::read_to_string(&path).unwrap();
            let (kept, _) = text.trim_end().rsplit_once('\n').unwrap();
            fs::write(&path, format!("{kept}\n")).unwrap();
        })
}

/// As `cp -a` and an image layer do it: other files with the same names, contents, modes and times.
pub(crate) fn copy_directory(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (from, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if from.is_dir() {
            copy_directory(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
            let metadata = fs::metadata(&from).unwrap();
            let times = fs::FileTimes::new()
                .set_modified(metadata.modified().unwrap())
                .set_accessed(metadata.accessed().unwrap());
            fs::File::options().write(true).open(&to).unwrap().set_times(times).unwrap();
        }
    }
}

#[test]
fn the_file_store_conforms() {
    store_conformance::run(|| installation(|store| store));
}

#[test]
fn a_store_behind_a_pointer_conforms() {
    store_conformance::run(|| installation(|store| Box::new(store) as Box<dyn Store>));
    store_conformance::run(|| installation(|store| Arc::new(store) as Arc<dyn Store>));
}

/// Counts the calls of each method.
#[derive(Default)]
struct Probe([AtomicUsize; 5]);

impl Probe {
    fn called(&self, method: usize) {
        self.0.get(method).unwrap().fetch_add(1, Ordering::SeqCst);
    }
}

impl Store for Probed {
    fn load(&self) -> Result<Stored, FaultKind> {
        self.0.called(0);
        Err(FaultKind::WrongApp)
    }

    fn update(&self, _: &mut dyn FnMut(Result<Stored, FaultKind>) -> Option<Stored>) -> Result<(), StoreError> {
        self.0.called(1);
        Err(StoreError::Receipts)
    }

    fn share(&self) -> Result<Box<dyn SendGuard + '_>, StoreError> {
        self.0.called(2);
        Err(StoreError::Write)
    }

    fn drain(&self, patience: Duration) -> Result<Drained, StoreError> {
        self.0.called(3);
        assert_eq!(patience, Duration::from_secs(3));
        Ok(Drained::InFlight)
    }

    fn receipts(&self) -> Result<Vec<Option<Receipt>>, StoreError> {
        self.0.called(4);
        Ok(vec![None])
    }
}

/// The probe, of which the test keeps a hold.
struct Probed(Arc<Probe>);

fn every_method_arrives(wrap: impl FnOnce(Probed) -> Box<dyn Store>) {
    let probe = Arc::new(Probe::default());
    let store = wrap(Probed(Arc::clone(&probe)));
    assert_eq!(store.load(), Err(FaultKind::WrongApp));
    assert_eq!(store.update(&mut |_| None), Err(StoreError::Receipts));
    assert_eq!(store.share().err(), Some(StoreError::Write));
    assert_eq!(store.drain(Duration::from_secs(3)), Ok(Drained::InFlight));
    assert_eq!(store.receipts(), Ok(vec![None]));
    assert_eq!(probe.0.each_ref().map(|calls| calls.load(Ordering::SeqCst)), [1; 5]);
}

#[test]
fn a_pointer_forwards_every_method() {
    every_method_arrives(|store| Box::new(store));
    every_method_arrives(|store| Box::new(Box::new(store) as Box<dyn Store>));
    every_method_arrives(|store| Box::new(Arc::new(store)));
}
