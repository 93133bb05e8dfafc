//! What a list of system calls, as `strace` writes it, says about silence.
//!
//! Pure. It must never pass over a call that could reach another machine: what is not known to stay inside the
//! process is counted.

use std::collections::BTreeMap;

use crate::document::manifest::WRITTEN;

/// The calls to list: all of the network and of names of files, and the one that could do either unseen.
pub(super) const CALLS: &str = "trace=network,%file,io_uring_setup";

/// What of a call counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Socket,
    Connection,
    LookUp,
    File,
}

/// A call that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) kind: Kind,
    /// As the trace has it.
    pub(super) call: String,
}

/// Whether the program may wait for clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listener {
    /// No socket at all.
    None,
    /// One socket that waits for clients, on a loopback address.
    OneOnLoopback,
}

/// What a trace shows.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Observed {
    /// Whether the program ran at all; without that the rest means nothing.
    pub(super) has_begun: bool,
    pub(super) findings: Vec<Finding>,
    /// Sockets that wait for the program's own clients, as declared.
    pub(super) listeners: usize,
}

impl Observed {
    pub(super) fn count(&self, kind: Kind) -> usize {
        self.findings.iter().filter(|finding| finding.kind == kind).count()
    }
}

/// Reads a trace.
pub(super) fn observe(trace: &str, listener: Listener) -> Observed {
    let mut observed = Observed::default();
    // Where in the findings the socket of a descriptor is, and whether it is bound to this machine.
    let mut sockets: BTreeMap<i64, (usize, bool)> = BTreeMap::new();
    for text in whole_calls(trace) {
        let Some(call) = Call::parse(&text) else { continue };
        let counts = |kind| Some(Finding { kind, call: text.clone() });
        let finding = match call.name {
            "execve" => {
                observed.has_begun |= call.result.trim() == "0";
                None
            }
            "socket" => {
                if let Some(descriptor) = call.descriptor() {
                    sockets.insert(descriptor, (observed.findings.len(), false));
                }
                // An attempt that failed is an attempt.
                counts(Kind::Socket)
            }
            // Both ends stay in the process that asked, or in one that it started: nobody else can reach them.
            "socketpair" => None,
            "io_uring_setup" => counts(Kind::Socket),
            "bind" => {
                if let Some((_, is_local)) = call.first().and_then(|descriptor| sockets.get_mut(&descriptor)) {
                    *is_local = is_loopback(call.arguments);
                }
                None
            }
            "listen" => {
                let own = call.first().and_then(|descriptor| sockets.get(&descriptor)).copied();
                if let (Some((at, true)), Listener::OneOnLoopback, 0) = (own, listener, observed.listeners) {
                    observed.listeners = 1;
                    observed.findings.remove(at);
                    for (socket, _) in sockets.values_mut().filter(|(socket, _)| *socket > at) {
                        *socket -= 1;
                    }
                    sockets.retain(|descriptor, _| Some(*descriptor) != call.first());
                }
                None
            }
            "connect" | "sendto" | "sendmsg" | "sendmmsg" if call.arguments.contains("sa_family=") => {
                counts(if is_name_service(call.arguments) { Kind::LookUp } else { Kind::Connection })
            }
            _ if call.paths().any(|path| NAME_FILES.contains(&path)) => counts(Kind::LookUp),
            _ if call.makes_files() && call.paths().any(is_of_telemetry) => counts(Kind::File),
            _ => None,
        };
        observed.findings.extend(finding);
    }
    observed
}

/// What a resolver of names reads before it asks.
const NAME_FILES: [&str; 5] =
    ["/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf"];

/// Whether an address is that of a service which answers for names: port 53, or one of the usual local ones.
fn is_name_service(arguments: &str) -> bool {
    ["htons(53)", "nscd", "systemd/resolve", "avahi"].iter().any(|service| arguments.contains(service))
}

fn is_loopback(arguments: &str) -> bool {
    arguments.contains("inet_addr(\"127.") || arguments.contains("inet_pton(AF_INET6, \"::1\"")
}

/// Whether a path is one that telemetry writes: one of its files by name, or the directory of an identity, one that is
/// being removed included, with whatever is below it.
fn is_of_telemetry(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    let is_identity = |name: &str| name.len() == 16 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_data = |name: &str| is_identity(name.strip_prefix("erased-").unwrap_or(name));
    let is_below = parts.windows(2).any(|pair| matches!(pair, ["data", name] if is_data(name)));
    let is_known = |name: &&str| WRITTEN.iter().any(|file| is_named(file.path, name));
    is_below || parts.last().is_some_and(is_known)
}

/// Whether a file is the one of the list, whose path may end in `*`, which stands for digits.
fn is_named(path: &str, name: &str) -> bool {
    match path.strip_suffix('*') {
        Some(begin) => {
            let number = name.strip_prefix(begin).unwrap_or_default();
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        }
        None => path == name,
    }
}

/// One call of a trace: `connect(3, {…}, 16) = 0`.
struct Call<'a> {
    name: &'a str,
    arguments: &'a str,
    result: &'a str,
}

impl<'a> Call<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (name, rest) = text.split_once('(')?;
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        // A call that never came back has no result.
        let (arguments, result) = rest.rsplit_once(" = ").unwrap_or((rest, ""));
        is_name.then_some(Self { name, arguments, result })
    }

    /// The descriptor that the call gave.
    fn descriptor(&self) -> Option<i64> {
        self.result.split_whitespace().next()?.parse().ok().filter(|descriptor| *descriptor >= 0)
    }

    /// The descriptor that the call was made on.
    fn first(&self) -> Option<i64> {
        self.arguments.split([',', ')']).next()?.trim().parse().ok()
    }

    /// Every text in quotes.
    fn paths(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.arguments.split('"').skip(1).step_by(2)
    }

    fn makes_files(&self) -> bool {
        let makers = ["creat", "mkdir", "mknod", "rename", "link", "symlink"];
        self.arguments.contains("O_CREAT") || makers.iter().any(|maker| self.name.starts_with(maker))
    }
}

/// The calls of all processes without their numbers; what was interrupted by another one is put together again.
fn whole_calls(trace: &str) -> Vec<String> {
    let mut begun: BTreeMap<&str, &str> = BTreeMap::new();
    let mut calls = Vec::new();
    for line in trace.lines() {
        let Some((process, text)) = line.trim_start().split_once(' ') else { continue };
        let text = text.trim_start();
        if let Some(first) = text.strip_suffix("<unfinished ...>") {
            begun.insert(process, first.trim_end());
        } else if let Some((_, rest)) = text.strip_prefix("<... ").and_then(|rest| rest.split_once(" resumed>")) {
            let first = begun.remove(process).unwrap_or_default();
            calls.push(format!("{first}{rest}"));
        } else {
            calls.push(text.to_owned());
        }
    }
    // The process ended in the middle of these.
    calls.extend(begun.into_values().map(str::to_owned));
    calls
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(trace: &str, listener: Listener) -> [usize; 4] {
        let observed = observe(trace, listener);
        [Kind::Socket, Kind::Connection, Kind::LookUp, Kind::File].map(|kind| observed.count(kind))
    }

    #[test]
    fn a_quiet_program_has_nothing_that_counts() {
        let trace = r#"
71 execve("/usr/bin/tool", ["tool", "words", "file"], 0x7ffd /* 9 vars */) = 0
71 openat(AT_FDCWD, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = 3
71 socketpair(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0, [4, 5]) = 0
71 openat(AT_FDCWD, "/tmp/x/tool/installation.json", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)
71 openat(AT_FDCWD, "/etc/tool/telemetry.policy", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)
71 openat(AT_FDCWD, "/tmp/x/tool/tool.db", O_RDWR|O_CREAT|O_CLOEXEC, 0644) = 6
71 mkdir("/tmp/x/data", 0777)              = 0
71 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=70, si_uid=0} ---
71 +++ exited with 0 +++
"#;
        let observed = observe(trace, Listener::None);
        assert_eq!(observed, Observed { has_begun: true, ..Observed::default() });
    }

    #[test]
    fn a_program_that_did_not_run_proves_nothing() {
        assert!(!observe("", Listener::None).has_begun);
        let trace = "71 execve(\"/nowhere\", [\"nowhere\"], 0x7ffd /* 9 vars */) = -1 ENOENT (No such file)\n";
        assert!(!observe(trace, Listener::None).has_begun);
    }

    #[test]
    fn connections_and_look_ups_are_found() {
        let trace = r#"
71  execve("/usr/bin/tool", ["tool"], 0x7ffd /* 9 vars */) = 0
71  socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK, 0) = 3
71  connect(3, {sa_family=AF_UNIX, sun_path="/var/run/nscd/socket"}, 110) = -1 ENOENT (No such file or directory)
71  openat(AT_FDCWD, "/etc/resolv.conf", O_RDONLY|O_CLOEXEC) = 3
172 socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC|SOCK_NONBLOCK, IPPROTO_IP <unfinished ...>
71  openat(AT_FDCWD, "/etc/hosts", O_RDONLY|O_CLOEXEC) = 4
172 <... socket resumed>)                   = 5
172 connect(5, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("10.0.0.2")}, 16) = 0
172 sendto(5, "x", 1, MSG_NOSIGNAL, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("10.0.0.2")}, 16) = 1
172 socket(AF_INET6, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = -1 EACCES (Permission denied)
172 connect(7, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("203.0.113.9")}, 16 <unfinished ...>
"#;
        assert_eq!(counts(trace, Listener::None), [3, 1, 5, 0]);
        let connection = observe(trace, Listener::None).findings.pop().unwrap();
        assert!(connection.kind == Kind::Connection && connection.call.contains("203.0.113.9"), "{connection:?}");
    }

    const SERVER: &str = r#"
71 execve("/usr/bin/tool", ["tool", "serve"], 0x7ffd /* 9 vars */) = 0
71 socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 9
71 bind(9, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("127.0.0.1")}, 16) = 0
71 listen(9, 128)                          = 0
71 getsockname(9, {sa_family=AF_INET, sin_port=htons(40001), sin_addr=inet_addr("127.0.0.1")}, [128 => 16]) = 0
73 accept4(9, {sa_family=AF_INET, sin_port=htons(50000), sin_addr=inet_addr("127.0.0.1")}, [128 => 16], 0) = 10
73 recvfrom(10, "GET / HTTP/1.1\r\n", 8192, 0, NULL, NULL) = 16
73 sendto(10, "HTTP/1.1 200 OK\r\n", 17, MSG_NOSIGNAL, NULL, 0) = 17
"#;

    #[test]
    fn only_the_declared_listener_is_excused() {
        assert_eq!(counts(SERVER, Listener::OneOnLoopback), [0; 4]);
        assert_eq!(observe(SERVER, Listener::OneOnLoopback).listeners, 1);
        assert_eq!(counts(SERVER, Listener::None), [1, 0, 0, 0]);
        assert_eq!(counts(&SERVER.replace("127.0.0.1", "0.0.0.0"), Listener::OneOnLoopback), [1, 0, 0, 0]);
        // A second socket beside it counts, also when it reuses the descriptor or comes from before.
        let second = "71 socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 9\n71 listen(9, 128) = 0\n";
        assert_eq!(counts(&format!("{SERVER}{second}"), Listener::OneOnLoopback), [1, 0, 0, 0]);
        let before = SERVER.replacen('\n', "\n71 socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) = 8\n", 1);
        let observed = observe(&before, Listener::OneOnLoopback);
        assert!(observed.findings.len() == 1 && observed.findings[0].call.contains("AF_NETLINK"), "{observed:?}");
    }

    #[test]
    fn files_of_telemetry_are_found_when_they_are_made() {
        for call in [
            r#"openat(AT_FDCWD, "/tmp/x/installation.json.new", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0600) = 3"#,
            r#"rename("/tmp/x/installation.json.new", "/tmp/x/installation.json") = 0"#,
            r#"openat(AT_FDCWD, "/tmp/x/gate.lock", O_WRONLY|O_CREAT|O_CLOEXEC, 0600) = -1 EACCES (Permission denied)"#,
            r#"mkdir("/tmp/x/data/0123456789abcdef", 0700) = 0"#,
            r#"openat(AT_FDCWD, "/tmp/x/data/0123456789abcdef/spool/0123.log", O_WRONLY|O_CREAT, 0600) = 3"#,
            r#"openat(AT_FDCWD, "/tmp/x/data/0123456789abcdef/sent.log", O_WRONLY|O_CREAT|O_APPEND, 0600) = 3"#,
        ] {
            assert_eq!(counts(&format!("71 {call}\n"), Listener::None), [0, 0, 0, 1], "{call}");
        }
    }

    /// What is numbered or being removed is known by how its name begins, and a name that only begins so is not.
    #[test]
    fn files_that_are_set_aside_or_being_removed_are_found() {
        for (path, files) in [
            ("/tmp/x/installation.json.unreadable-12", 1),
            ("/tmp/x/data/erased-0123456789abcdef", 1),
            ("/tmp/x/data/erased-0123456789abcdef/spool", 1),
            ("/tmp/x/installation.json.unreadable-", 0),
            ("/tmp/x/installation.json.unreadable-mine", 0),
            ("/tmp/x/data/erased-pictures", 0),
        ] {
            assert_eq!(
                counts(&format!("71 mkdir(\"{path}\", 0700) = 0\n"), Listener::None),
                [0, 0, 0, files],
                "{path}"
            );
        }
    }

    #[test]
    fn what_could_hide_a_socket_counts_as_one() {
        assert_eq!(counts("71 io_uring_setup(256, {flags=0}) = 4\n", Listener::None), [1, 0, 0, 0]);
    }
}
