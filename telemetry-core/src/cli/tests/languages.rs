//! Commands for a person who reads German: their words, and what stays as it is for programs.

use super::*;

/// Runs a command where nobody can be asked.
fn german(bench: &Bench, line: &str) -> Ran {
    bench.run_in(Locale::German, Person::Absent, line, "")
}

#[test]
fn a_person_who_reads_german_is_told_everything_in_german() {
    let bench = Bench::new();
    let status = german(&bench, "status");
    assert!(status.output.starts_with("Aus: niemand hat zugestimmt. Nichts wird"), "{}", status.output);
    assert!(status.output.contains("  einschalten: tool telemetry on\n"), "{}", status.output);
    assert!(status.output.contains("  was das bedeutet: tool telemetry explain unasked\n"), "{}", status.output);
    let explained = german(&bench, "explain unasked");
    assert!(explained.output.starts_with("unasked: niemand hat zugestimmt.\n\nTelemetrie ist aus, bis"));

    let ran = bench.run_in(Locale::German, Person::Present, "on", "j\nn\n");
    assert!(ran.messages.ends_with("An für: Nutzungsstatistik. Ändern mit: tool telemetry off\n"), "{}", ran.messages);
    bench.telemetry.track(Tracked::CommandRan { lines: CountBucket::of(7) });
    let _ = bench.telemetry.flush(Duration::from_secs(30));
    let status = german(&bench, "status");
    for part in [
        "An seit 23.11.2026 für: Nutzungsstatistik.\n",
        "    letzte Zustellung: 23.11.2026, 10:00:00 Uhr (UTC)\n",
        "  dieser Build: tool 0.1.0, Liste 1\n",
        "  Kennung der Installation: ",
        "  dieser Prozess: 1 aufgezeichnet, 1 zugestellt, 0 wartend\n",
        "  ausschalten: tool telemetry off\n",
    ] {
        assert!(status.output.contains(part), "{part}{}", status.output);
    }
    let log = german(&bench, "log");
    assert!(log.output.starts_with("# 23.11.2026, 10:00:00 Uhr (UTC), an https://sink.example: accepted"));
    assert!(german(&bench, "receipts --verify").output.starts_with("1 Beleg; keiner wurde geändert"));
    assert!(german(&bench, "reset-id").output.starts_with("Die zufälligen Kennungen sind neu."));
    let ran = german(&bench, "forget");
    assert!(ran.output.contains("\nAn: ") && ran.output.contains("\n  Nutzungsstatistik: https://sink.example\n"));
    assert!(ran.messages.starts_with("Aus. Alles nicht Gesendete ist gelöscht. Keine Anfrage ist unterwegs."));
    assert!(ran.messages.contains("Es steht Ihnen frei"), "{}", ran.messages);
    assert!(german(&bench, "off").output.starts_with("Aus. "));
}

#[test]
fn mistakes_are_told_in_german_with_the_same_exit_code() {
    let bench = Bench::new();
    for line in ["enable", "on", "off now", "preview a.b", "explain weather", "reset-id", "diff nowhere", "prove-off"] {
        let (one, other) = (bench.run(line), german(&bench, line));
        assert_eq!((one.exit, &one.output), (other.exit, &other.output), "{line}");
        assert!(one.exit != Exit::Done && other.messages != one.messages, "{line}: {}", other.messages);
    }
    let help = german(&bench, "help");
    assert!(help.output.lines().all(|line| line.chars().count() <= 80), "{}", help.output);
    insta::assert_snapshot!("help_in_german", help.output);
}

#[test]
fn programs_are_told_the_same_in_every_language() {
    let bench = Bench::new();
    assert_eq!(bench.typing("on", "y\nn\n").exit, Exit::Done);
    bench.telemetry.track(Tracked::CommandRan { lines: CountBucket::of(7) });
    let _ = bench.telemetry.flush(Duration::from_secs(30));
    // What was delivered is taken off the disk a moment later; the head of a file stays.
    let until = std::time::Instant::now() + Duration::from_secs(30);
    while bench.telemetry.status().spool_bytes > 64 {
        assert!(std::time::Instant::now() < until, "it stays on disk");
        std::thread::yield_now();
    }
    for line in [
        "status --json",
        "preview",
        "events --json",
        "events --markdown",
        "events --schema",
        "events --lock",
        "manifest",
        "log --json",
        "receipts",
        "completions bash",
    ] {
        let (one, other) = (bench.run(line), german(&bench, line));
        assert!(!one.output.is_empty(), "{line}");
        assert_eq!((one.exit, one.output), (other.exit, other.output), "{line}");
    }
}
