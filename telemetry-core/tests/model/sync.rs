//! What `src/sync.rs` names, on primitives that try every order.

pub(crate) use loom::sync::atomic::{AtomicU32, AtomicU64, Ordering};
pub(crate) use loom::sync::{Arc, Mutex, MutexGuard};
