//! Why a request had no answer: a pure function of the client's error.
//!
//! Owns every judgement about errors of the HTTP client. It must never keep or print one: their texts hold the address.

use core::error::Error;
use std::io;

use telemetry_core::FailureClass;

/// What went wrong before a connection was there.
pub(crate) fn connecting(error: &reqwest::Error) -> FailureClass {
    if error.is_dns() {
        return FailureClass::Name;
    }
    if error.is_timeout() {
        return FailureClass::Timeout;
    }
    match input_output(error) {
        // What TLS has to say comes as "invalid data"; a server that hangs up within the handshake ends it too early. The
        // TLS of the system has errors of another kind.
        Some(io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) | None => FailureClass::Tls,
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe) => {
            FailureClass::Reset
        }
        Some(_) => FailureClass::Connect,
    }
}

/// What went wrong on a connection that was there.
pub(crate) fn answering(error: &reqwest::Error) -> FailureClass {
    if error.is_timeout() {
        return FailureClass::Timeout;
    }
    match source::<hyper::Error>(error) {
        Some(error) if error.is_parse() => FailureClass::Garbage,
        _ => FailureClass::Reset,
    }
}

/// The kind of the innermost error of the system.
fn input_output(error: &reqwest::Error) -> Option<io::ErrorKind> {
    let mut found = None;
    let mut next: Option<&(dyn Error + 'static)> = error.source();
    while let Some(error) = next {
        let error_of_system = error.downcast_ref::<io::Error>();
        found = error_of_system.map(io::Error::kind).or(found);
        // One that wraps another gives that one's source as its own, and so leaves it out.
        next = match error_of_system.and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    found
}

/// The first error of this type behind the client's.
fn source<E: Error + 'static>(error: &reqwest::Error) -> Option<&E> {
    let mut next: Option<&(dyn Error + 'static)> = error.source();
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        next = error.source();
    }
    None
}
