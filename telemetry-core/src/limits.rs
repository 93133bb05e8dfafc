//! Every limit, with its reason.

use core::time::Duration;

/// Events that wait in memory for the worker. Holds the longest burst that a worker asleep for one flush interval
/// can be faced with; the oldest is dropped and counted beyond it. About 350 KiB.
pub(crate) const QUEUE_EVENTS: usize = 4096;

/// Encoded events of a lane that wait in memory for delivery; what does not fit waits on disk alone. Enough for a few
/// large requests; about 1.2 MiB.
pub(crate) const OUTBOX_EVENTS: usize = 4000;

/// Events that are read back from the disk at once. As many as a request takes.
pub(crate) const LOAD_EVENTS: usize = 1000;

/// How long after the first event what is in memory is written to the spool. An event that is younger is lost when the
/// process is killed.
pub(crate) const SPOOL_INTERVAL: Duration = Duration::from_secs(1);

/// From so many events on at once, more of them would soon fill the queue. For a little while the worker then takes naps
/// and looks by itself, so that hardly a call has to wake it.
pub(crate) const MANY_EVENTS: usize = 256;
pub(crate) const RUSH: Duration = Duration::from_millis(50);
pub(crate) const NAP: Duration = Duration::from_millis(2);

/// How often files of processes that ended are looked for: while there is something to do anyway, and while there were
/// others at the last look.
pub(crate) const ADOPT_INTERVAL: Duration = Duration::from_secs(60);

/// Bytes of the spool, of all processes together: what a person would not miss on any disk. At some forty bytes an
/// event, more than [`SPOOL_EVENTS`].
pub(crate) const SPOOL_BYTES: u64 = 16 * 1024 * 1024;

/// How many of them events may take; the rest is for notes of what became of them.
pub(crate) const SPOOL_EVENT_BYTES: u64 = SPOOL_BYTES / 4 * 3;

/// How much of a segment's bytes notes may take beside its events: a third of the events' bytes, and a little for
/// segments that hold next to nothing. What is not noted for lack of room is sent once more after a crash, under the same
/// identifiers.
pub(crate) const SPOOL_NOTES: u64 = 3;
pub(crate) const SPOOL_LEAST_NOTES: u64 = 256;

/// Events in the spool: one every second for the three days that an event is kept.
pub(crate) const SPOOL_EVENTS: usize = 260_000;

/// Bytes of a segment beyond which another one is begun. A segment is read as a whole, and is what makes room as a
/// whole; each takes one open file.
pub(crate) const SEGMENT_BYTES: u64 = 512 * 1024;

/// Bytes that one append takes at most as a rule, and so what there has to be room for. A batch of plain events takes a
/// tenth.
pub(crate) const APPEND_BYTES: u64 = 64 * 1024;

/// Events that are appended before the size of things is looked at again.
pub(crate) const APPEND_EVENTS: usize = 1024;

/// The same where reports are among them, each of which may have two kilobytes.
pub(crate) const APPEND_REPORTS: usize = 16;

/// How long somebody who wants to see what waits is kept while the worker puts it on disk. Takes milliseconds; a disk that
/// hangs must not hold a page.
pub(crate) const IN_HAND: Duration = Duration::from_secs(1);

/// How long a shutdown waits, beyond its deadline, for the worker to put what is left on disk.
pub(crate) const LAST_SPOOLING: Duration = Duration::from_millis(50);

/// Events in one request. Beyond this the requests hardly get smaller per event.
pub(crate) const BATCH_EVENTS: usize = 100;

/// Events in a request that tries whether a destination works again: enough to be of use, few enough to be lost.
pub(crate) const PROBE_EVENTS: usize = 10;

/// Events in one request while more than so many wait in memory. A third of what the bytes allow.
pub(crate) const BACKLOG_EVENTS: usize = 1000;

/// Bytes in one request's body, before compression: the usual limit of a reverse proxy.
pub(crate) const BATCH_BYTES: usize = 1024 * 1024;

/// How long events are gathered before they are sent. Long enough for one request instead of many, short enough
/// that little is lost when the machine is switched off.
pub(crate) const FLUSH_INTERVAL: Duration = Duration::from_secs(30);

/// How long one request may take. A withdrawal does not wait for it: it cancels it.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest deadline that is meant literally: clocks cannot count much further, and nobody waits a year.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How long a withdrawal waits for a request of another process that is under way.
pub(crate) const DRAIN_PATIENCE: Duration = Duration::from_secs(2);

/// How often the decision is read again while a request is under way, so that a withdrawal in another process ends
/// the request well within [`DRAIN_PATIENCE`].
pub(crate) const RECHECK: Duration = Duration::from_millis(50);

/// How old an event may get before it is dropped: news of last week mislead more than they tell.
pub(crate) const MAX_AGE: Duration = Duration::from_secs(72 * 60 * 60);

/// Reports of one cause that a process makes in one [`REPORT_WINDOW`]: a few show that it goes on, more say nothing new.
pub(crate) const REPORTS_OF_A_CAUSE: u32 = 5;

/// How long [`REPORTS_OF_A_CAUSE`] counts.
pub(crate) const REPORT_WINDOW: Duration = Duration::from_secs(60 * 60);

/// Causes that are counted apart. A program that fails in more ways at once is known to be broken; 2 KiB.
pub(crate) const REPORT_CAUSES: usize = 64;

/// How often the panic hook asks for the file while another thread has it: for some milliseconds at most, since whoever
/// has it writes 2 KiB, or copies a few.
pub(crate) const CRASH_TRIES: usize = 1000;

/// Bytes of the file that the panic hook writes to, between two looks of the worker: some thirty panics.
pub(crate) const CRASH_BYTES: u64 = 64 * 1024;

/// How many shown questions may wait for their answer; more than a handful is a script.
pub(crate) const OPEN_QUESTIONS: usize = 64;

/// Bytes in one of the two files of the sent log. Together a few months of a busy installation.
pub(crate) const SENT_LOG_BYTES: u64 = 2 * 1024 * 1024 + 512 * 1024;

/// A body of more bytes than this is kept in the sent log as it went over the wire, compressed. A request of
/// [`BATCH_EVENTS`] events of usual size has fewer, and stays readable as it lies there; one of a backlog has up to
/// thirty times what goes over the wire, which would push everything else out of the log.
pub(crate) const SENT_LOG_PLAIN_BYTES: usize = 64 * 1024;

/// How long entries of the sent log are kept.
pub(crate) const SENT_LOG_AGE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
