//! Where the decision is kept.
/// A held shared lock: while it lives, no withdrawal returns.
pub trait SendGuard {}
