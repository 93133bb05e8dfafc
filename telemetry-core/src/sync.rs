//! The primitives under the gate and the signal.
//!
//! Named in one place, so that `tests/model`, which compiles those two files as they are, can put in their place
//! primitives that try every order of threads.

pub(crate) use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
pub(crate) use std::sync::{Arc, Mutex, MutexGuard};
