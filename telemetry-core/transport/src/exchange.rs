//! Carrying bytes: the HTTP client, its runtime, and the end of a request.
//!
//! Owns every socket of a sink. It must never open one but within a delivery, follow a redirect, keep a cookie,
//! or let a byte of an abandoned request leave after [`Transport::exchange`] has returned.
//!
//! The client keeps its connections as tasks on a runtime that runs only while a request is under way. A task that
//! still holds a part of a body would write it as soon as the runtime ran again, with a later request. So the runtime
//! outlives a request only if that request came to a good end; otherwise it is dropped, and its connections with it.

use core::future::{Future, poll_fn};
use core::pin::{Pin, pin};
use core::task::Poll;
use core::time::Duration;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread;

use reqwest::header::{CONTENT_ENCODING, HeaderMap, HeaderValue};
use reqwest::{Client, Response, StatusCode, redirect, retry};
use telemetry_core::{Cancelled, Coded, Coding, Delivery, FailureClass, Outcome, SendPermit};
use tokio::runtime::{self, Runtime};
use tokio::task::yield_now;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use crate::endpoint::Endpoint;
use crate::error::SetupError;
use crate::failure;

/// How long one address of the server may take to answer, so that the next one still gets a chance within the time
/// that a permit gives.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long an unused connection is kept. Less than what servers and middle boxes usually allow, because a connection
/// that the other side has closed costs the next request an attempt.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// How often the runtime may go round before a request, which takes microseconds: once to look at the sockets, once for
/// the kept connection to read that the server has closed it, and once to spare. Otherwise the request would be written
/// to a closed connection, and be lost.
const CATCH_UP: usize = 3;

/// How much of an answer is read. A service's own are under 1 KiB; a page of some gateway is not worth more.
const MAX_ANSWER: usize = 64 * 1024;

/// What the server said.
#[derive(Debug)]
#[non_exhaustive]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The first 64 KiB at most; less if the answer broke off.
    pub body: Vec<u8>,
    /// Whether the answer comes from the address that was asked. A client of the application's own could have
    /// followed a redirect.
    pub is_direct: bool,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// The permit was cancelled.
    Cancelled,
    /// The time of the permit was over.
    TimedOut,
    /// The connection broke, or there was something wrong with the other side's HTTP.
    Broken(FailureClass),
    /// No connection came about: nothing of the body has left.
    NotConnected(FailureClass),
}

impl Failure {
    /// What a sink says of a request without an answer, whose body has this many bytes on the wire.
    #[must_use]
    pub const fn delivery(self, wire_bytes: usize) -> Delivery {
        match self {
            Self::Cancelled => Delivery::new(Outcome::Cancelled, None, wire_bytes),
            Self::TimedOut => failed(FailureClass::Timeout, wire_bytes),
            Self::Broken(class) => failed(class, wire_bytes),
            Self::NotConnected(class) => failed(class, 0),
        }
    }
}

/// What a sink says of a request that failed for this reason, and of a request that could not be set up.
#[must_use]
pub const fn failed(class: FailureClass, wire_bytes: usize) -> Delivery {
    Delivery::new(Outcome::Retry { after: None }, None, wire_bytes).because(class)
}

/// The client and the endpoint that it sends to.
pub struct Transport {
    client: Client,
    endpoint: Endpoint,
    /// The runtime of the last good exchange. Taken out while in use, so that nobody waits for the lock.
    kept: Mutex<Option<Connections>>,
}

impl Transport {
    /// Sets up the client, or takes the one that the application made. Opens no connection.
    ///
    /// # Errors
    ///
    /// There is nothing to send with: try again with the next delivery.
    pub fn new(endpoint: Endpoint, client: Option<&Client>) -> Result<Self, SetupError> {
        let client = match client {
            Some(client) => client.clone(),
            None => own_client(&endpoint)?,
        };
        Ok(Self { client, endpoint, kept: Mutex::new(None) })
    }

    /// Makes one request and waits for its end, as long as the permit is good.
    ///
    /// May be called from a thread that belongs to a runtime. A runtime cannot be run inside another one, so the
    /// request is then made on a thread of its own, while this one keeps asking whether the permit still holds.
    ///
    /// # Errors
    ///
    /// Why there is no answer.
    pub fn exchange(&self, body: Coded, permit: &SendPermit<'_>) -> Result<Answer, Failure> {
        let (cancelled, time, every) = (permit.cancelled(), permit.time_left(), permit.recheck_every());
        if runtime::Handle::try_current().is_err() {
            // The end of the time is for the timer to say.
            let is_withdrawn = || permit.is_cancelled() && !permit.time_left().is_zero();
            return self.exchange_here(body, |deadline| Limits::new(cancelled, deadline, every, &is_withdrawn), time);
        }
        let (done, is_done) = mpsc::channel::<()>();
        thread::scope(|scope| {
            let worker = thread::Builder::new()
                .name("telemetry-request".to_owned())
                .spawn_scoped(scope, move || {
                    // Dropped at the end, also at the end by a panic.
                    let _done = done;
                    self.exchange_here(body, |deadline| Limits::new(cancelled, deadline, every, &|| false), time)
                })
                .map_err(|_| Failure::NotConnected(FailureClass::Setup))?;
            while is_done.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                // Finding out that the permit has ended raises its signal, which ends the request.
                let _ = permit.is_cancelled();
            }
            worker.join().map_err(|_| Failure::Broken(FailureClass::SinkPanicked))?
        })
    }

    fn exchange_here<'a>(
        &self,
        body: Coded,
        limits: impl FnOnce(Instant) -> Limits<'a>,
        time: Duration,
    ) -> Result<Answer, Failure> {
        // Measured from here: making a runtime is part of it.
        let deadline = Instant::now() + time;
        let kept = self.kept().take();
        let connections = kept.or_else(Connections::new).ok_or(Failure::NotConnected(FailureClass::Setup))?;
        let (answer, is_complete) = connections.run(async {
            // Sending and sleeping need the runtime when they are called, not only when they are awaited.
            let mut limits = limits(deadline);
            for _ in 0..CATCH_UP {
                yield_now().await;
            }
            self.send(body, &mut limits).await
        })?;
        // A server that answered before it had read everything, which only refusals do, may leave a rest of the body
        // waiting to be written.
        if is_complete && answer.status.is_success() {
            *self.kept() = Some(connections);
        }
        Ok(answer)
    }

    /// Sends one request. Also tells whether the answer was read to its end.
    async fn send(&self, body: Coded, limits: &mut Limits<'_>) -> Result<(Answer, bool), Failure> {
        let is_coded = body.coding() != Coding::Plain;
        let mut address = self.endpoint.address.clone();
        if is_coded {
            address.set_query(self.endpoint.gzip_query);
        }
        let mut request = self.client.post(address.clone()).headers(self.endpoint.headers.clone());
        if is_coded {
            request = request.header(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let response = limits.race(request.body(body.into_bytes()).send()).await?.map_err(|error| {
            if error.is_connect() {
                Failure::NotConnected(failure::connecting(&error))
            } else {
                Failure::Broken(failure::answering(&error))
            }
        })?;

        let is_direct = *response.url() == address;
        let (status, headers) = (response.status(), response.headers().clone());
        let (body, is_complete) = read(response, limits).await?;
        Ok((Answer { status, headers, body, is_direct }, is_complete))
    }

    // A panic while the lock is held cannot leave a half-written value behind.
    fn kept(&self) -> std::sync::MutexGuard<'_, Option<Connections>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn own_client(endpoint: &Endpoint) -> Result<Client, SetupError> {
    Client::builder()
        // Nothing but the embedded host may name a destination: no redirect, and no proxy, whether from the
        // environment or from the settings of the system. Another crate of the application could turn on the feature
        // that looks for proxies, hence said here.
        .redirect(redirect::Policy::none())
        .no_proxy()
        // An embedded host is plain only on loopback.
        .https_only(endpoint.is_encrypted())
        .referer(false)
        // Core decides what is sent again, and when.
        .retry(retry::never())
        // The same bytes on the wire whatever features other crates turn on: HTTP/1.1, and answers as they come.
        .http1_only()
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        // One request at a time needs one connection.
        .pool_max_idle_per_host(1)
        .build()
        .map_err(|_| SetupError::Client)
}

/// Reads an answer's body, and whether that was all of it. The status has been said: if the rest breaks off or takes
/// too long, what came of it has to do. Only a cancellation counts before it.
async fn read(mut response: Response, limits: &mut Limits<'_>) -> Result<(Vec<u8>, bool), Failure> {
    let mut body = Vec::new();
    loop {
        match limits.race(response.chunk()).await {
            Ok(Ok(Some(chunk))) => {
                let room = MAX_ANSWER - body.len();
                body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
                if body.len() == MAX_ANSWER {
                    return Ok((body, false));
                }
            }
            Ok(Ok(None)) => return Ok((body, true)),
            Ok(Err(_)) | Err(Failure::TimedOut) => return Ok((body, false)),
            Err(failure) => return Err(failure),
        }
    }
}

/// What ends a request early.
struct Limits<'a> {
    cancelled: Cancelled,
    deadline: Pin<Box<Sleep>>,
    /// When to ask `is_withdrawn` again. A withdrawal in another process is seen in no other way.
    recheck: Pin<Box<Sleep>>,
    recheck_every: Duration,
    is_withdrawn: &'a dyn Fn() -> bool,
}

impl<'a> Limits<'a> {
    fn new(
        cancelled: Cancelled,
        deadline: Instant,
        recheck_every: Duration,
        is_withdrawn: &'a dyn Fn() -> bool,
    ) -> Self {
        Self {
            cancelled,
            deadline: Box::pin(sleep_until(deadline)),
            recheck: Box::pin(sleep(recheck_every)),
            recheck_every,
            is_withdrawn,
        }
    }

    /// Waits for `work`, the cancellation or the end of the time, whichever is first. The cancellation is looked at
    /// before the work goes on, at every step.
    async fn race<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Failure> {
        let mut work = pin!(work);
        poll_fn(|context| {
            if Pin::new(&mut self.cancelled).poll(context).is_ready() {
                return Poll::Ready(Err(Failure::Cancelled));
            }
            while self.recheck.as_mut().poll(context).is_ready() {
                if (self.is_withdrawn)() {
                    return Poll::Ready(Err(Failure::Cancelled));
                }
                self.recheck.as_mut().reset(Instant::now() + self.recheck_every);
            }
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(Ok(done));
            }
            self.deadline.as_mut().poll(context).map(|()| Err(Failure::TimedOut))
        })
        .await
    }
}

/// A runtime and the connections that live on it.
struct Connections(Option<Runtime>);

impl Connections {
    fn new() -> Option<Self> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            // Looks up names; one at a time.
            .max_blocking_threads(1)
            .thread_name("telemetry-dns")
            .build();
        runtime.ok().map(|runtime| Self(Some(runtime)))
    }

    fn run<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        self.0.as_ref().ok_or(Failure::NotConnected(FailureClass::Setup))?.block_on(work)
    }
}

impl Drop for Connections {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // Closes the connections at once. A plain drop would wait for a name look-up that hangs, and would panic
            // if the application drops its telemetry inside a runtime.
            runtime.shutdown_background();
        }
    }
}
