//! A cancelled request: it ends at once, and not a byte of it leaves later.

use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{JoinHandle, spawn};

use telemetry_core::testing::{TestPermit, coded};
use telemetry_core::{Outcome, Sink as _};
use telemetry_posthog::Posthog;

use crate::support::{OK, PATIENCE, answer, deliver, listen, read_head, read_request, sink, small};

/// More than the buffers of two sockets can hold, and hardly compressible, so that the request cannot be over before
/// the server reads it.
fn huge() -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    (0..2 << 20).flat_map(|_| next().to_le_bytes()).collect()
}

/// Accepts a connection, reads the head of its request and no more, says so, and hands the connection back.
fn half_read(listener: TcpListener) -> (Receiver<()>, JoinHandle<(TcpListener, TcpStream, usize)>) {
    let (started, is_started) = channel();
    let server = spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (_, body) = read_head(&mut stream);
        started.send(()).unwrap();
        (listener, stream, body.len())
    });
    (is_started, server)
}

/// Delivers until the server has the head, then cancels.
fn cancelled(sink: &Posthog, body: &[u8], is_started: &Receiver<()>) -> Outcome {
    // Compressing takes its time, which is none of the request's.
    let (permits, body) = (TestPermit::default(), coded(sink, body));
    std::thread::scope(|scope| {
        let delivery = scope.spawn(|| sink.deliver(body, &permits.permit(PATIENCE * 10)));
        let is_started = is_started.recv_timeout(PATIENCE);
        permits.cancel();
        let outcome = delivery.join().unwrap().outcome;
        is_started.expect("the request reaches the server");
        outcome
    })
}

/// Everything that still comes, until the other side ends the connection.
fn rest(stream: &mut TcpStream) -> usize {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut buffer = vec![0; 1 << 20];
    let mut total = 0;
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return total,
            Ok(read) => total += read,
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return total,
            Err(error) => panic!("the connection is still open: {error}"),
        }
    }
}

#[test]
fn a_cancelled_request_closes_its_connection() {
    let sink = sink!("http://127.0.0.1:24150");
    let (is_started, server) = half_read(listen(&sink));
    let body = huge();
    assert_eq!(cancelled(&sink, &body, &is_started), Outcome::Cancelled);

    // What the system had taken over arrives, then the end: nothing waits for the runtime to go on.
    let (_, mut stream, first) = server.join().unwrap();
    let arrived = first + rest(&mut stream);
    assert!(arrived < body.len(), "the whole body of {} arrived", body.len());
}

#[test]
fn a_later_delivery_does_not_continue_a_cancelled_one() {
    let sink = sink!("http://127.0.0.1:24151");
    let (is_started, server) = half_read(listen(&sink));
    let body = huge();
    assert_eq!(cancelled(&sink, &body, &is_started), Outcome::Cancelled);

    // The later delivery comes first, before anything is read of the old connection: if a part of the old body were
    // still waiting, it would find the room and the runtime to leave now.
    let (listener, mut old, first) = server.join().unwrap();
    let later = small(&sink);
    let expected = later.clone();
    let server = spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let received = read_request(&mut stream);
        answer(&mut stream, OK);
        assert!(received.head.starts_with("POST /batch/ HTTP/1.1\r\n"), "{}", received.head);
        assert_eq!(received.body, expected);
        let arrived = first + rest(&mut old);
        (arrived, stream)
    });
    assert_eq!(deliver(&sink, &later).outcome, Outcome::Accepted);
    let (arrived, _) = server.join().unwrap();
    assert!(arrived < body.len(), "the whole body of {} arrived", body.len());
}

#[test]
fn a_refusal_before_the_end_of_the_body_leaves_no_rest_behind() {
    let sink = sink!("http://127.0.0.1:24152");
    let listener = listen(&sink);
    let (refused, is_refused) = channel();
    let server = spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (_, first) = read_head(&mut stream);
        answer(&mut stream, b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
        is_refused.recv().unwrap();
        first.len() + rest(&mut stream)
    });
    let body = huge();
    assert_eq!(deliver(&sink, &body).outcome, Outcome::TooLarge);
    refused.send(()).unwrap();
    let arrived = server.join().unwrap();
    assert!(arrived < body.len(), "the whole body of {} arrived", body.len());
}

#[test]
fn a_permit_that_was_cancelled_before_opens_no_connection() {
    let sink = sink!("http://127.0.0.1:24153");
    let listener = listen(&sink);
    let permits = TestPermit::default();
    permits.cancel();
    let delivery = sink.deliver(coded(&sink, &small(&sink)), &permits.permit(PATIENCE));
    assert_eq!((delivery.outcome, delivery.wire_bytes), (Outcome::Cancelled, 0));
    listener.set_nonblocking(true).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn cancellation_counts_while_the_answer_is_read() {
    let sink = sink!("http://127.0.0.1:24154");
    let listener = listen(&sink);
    let (started, is_started) = channel();
    let server = spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&mut stream);
        answer(&mut stream, b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
        started.send(()).unwrap();
        rest(&mut stream)
    });
    assert_eq!(cancelled(&sink, &small(&sink), &is_started), Outcome::Cancelled);
    assert_eq!(server.join().unwrap(), 0);
}

#[test]
fn other_cancelled_deliveries_do_not_hold_up_a_good_one() {
    // A cancelled request drops the runtime: the client must find its way on a new one, time and again.
    let sink = sink!("http://127.0.0.1:24155");
    let mut listener = listen(&sink);
    for _ in 0..3 {
        let (is_started, server) = half_read(listener);
        assert_eq!(cancelled(&sink, &huge(), &is_started), Outcome::Cancelled);
        let (again, old, _) = server.join().unwrap();
        drop(old);
        let server = spawn(move || {
            let (mut stream, _) = again.accept().unwrap();
            read_request(&mut stream);
            answer(&mut stream, OK);
            // The connection stays open and could be used again.
            (again, stream)
        });
        assert_eq!(deliver(&sink, &small(&sink)).outcome, Outcome::Accepted);
        let (again, kept) = server.join().unwrap();
        drop(kept);
        listener = again;
    }
}
