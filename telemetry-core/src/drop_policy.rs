//! What is lost where there is no room for an event.

/// What is lost when there is no room for another event, in the queue or among those that wait for delivery.
///
/// Either is counted, under the same cause. Without a call of [`Builder::when_full`](crate::Builder::when_full) it is the
/// oldest: what happened last says most about how the program is used now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum DropPolicy {
    /// The oldest event makes room.
    #[default]
    Oldest,
    /// The new event is not taken: what a first run looked like stays, however much comes after it.
    Newest,
}
