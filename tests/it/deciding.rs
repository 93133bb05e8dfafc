//! Two servers on one decision, and two administrators who press at the same moment: each decision is taken over whole,
//! one after the other, and none is made of halves of both. In files, and in the time tracker's database.

use std::thread;

use serde_json::Value;

use crate::harness::home;
use crate::harness::http::Visitor;
use crate::harness::tracker::{Server, Tracker, work};
use crate::harness::trap::Trap;

struct Office {
    trap: Trap,
    tracker: Tracker,
    servers: [Server; 2],
    visitors: [Visitor; 2],
}

impl Office {
    /// Two servers, at each of which an administrator sits; telemetry is on.
    fn open(place: &str) -> Self {
        let trap = Trap::accepting();
        let tracker = Tracker::keyed(&trap);
        let servers = [(); 2].map(|()| Server::start(tracker.serve().args(["--decision", place])));
        let visitors = [servers[0].set_up(&["telemetry_usage"]), servers[1].sign_in()];
        let office = Self { trap, tracker, servers, visitors };
        assert_eq!(office.tracker.home.decision().is_some(), place == "file", "it is kept in the {place}");
        office
    }

    /// What was decided so far, by the receipts.
    fn acts(&self) -> Vec<String> {
        let receipts = home::said(&home::output(&mut self.tracker.telemetry("receipts")));
        let receipts = receipts.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        receipts.map(|receipt| receipt["act"].as_str().unwrap().to_owned()).collect()
    }

    /// Both look, and then both press at once; what that added to the receipts.
    fn press(&mut self, acts: [&str; 2]) -> Vec<String> {
        let before = self.acts();
        let visitors = self.visitors.iter_mut().zip(acts);
        let buttons: Vec<_> = visitors.map(|(visitor, act)| Server::button(visitor, act, "usage")).collect();
        thread::scope(|scope| {
            for (visitor, button) in self.visitors.iter_mut().zip(&buttons) {
                scope.spawn(|| {
                    let answer = button.press(visitor);
                    assert!(answer.status < 500, "{} {}", answer.status, answer.body);
                });
            }
        });
        let after = self.acts();
        assert_eq!(after[..before.len()], before[..], "what was decided stays");
        after[before.len()..].to_vec()
    }

    fn state(&self) -> String {
        self.tracker.home.status()["state"].as_str().unwrap().to_owned()
    }

    fn one_after_the_other(mut self) {
        for round in 0..6 {
            // Off twice is off once: one of them finds it done.
            assert_eq!(self.press(["off", "off"]), ["withdrawn"], "round {round}");
            assert_eq!(self.state(), "withdrawn");
            // Both agree; the second to come finds what the first has stored, and agrees to it once more or to nothing new.
            let added = self.press(["on", "on"]);
            assert!((1..=2).contains(&added.len()) && added.iter().all(|act| act == "granted"), "{round}: {added:?}");
            assert_eq!(self.state(), "granted");
            // One turns it off, the other works on.
            Server::press(&mut self.visitors[round % 2], "off", "usage");
            work(&mut self.visitors[1 - round % 2]);
            assert_eq!(self.state(), "withdrawn");
            Server::press(&mut self.visitors[1 - round % 2], "on", "usage");
        }
        let verified = home::output(&mut self.tracker.home.command(["telemetry", "receipts", "--verify"]));
        let whole = format!("{} receipts; none was changed, lost or moved.", self.acts().len());
        assert!(verified.status.success() && home::said(&verified).contains(&whole), "{verified:?}");
        // The last word is a yes: both report, each what it recorded under it.
        let before = self.trap.received().requests;
        self.visitors.iter_mut().for_each(work);
        self.servers.into_iter().for_each(Server::stop);
        let install_ids: Vec<Value> = self.trap.requests()[before..]
            .iter()
            .flat_map(|request| request.json()["batch"].as_array().unwrap().clone())
            .map(|event| event["distinct_id"].clone())
            .collect();
        assert!(install_ids.len() > 2 && install_ids.iter().all(|id| *id == install_ids[0]), "{install_ids:?}");
    }
}

#[test]
fn administrators_who_decide_at_once_decide_one_after_the_other() {
    Office::open("file").one_after_the_other();
}

#[test]
fn administrators_who_decide_at_once_in_a_database_decide_one_after_the_other() {
    Office::open("database").one_after_the_other();
}
