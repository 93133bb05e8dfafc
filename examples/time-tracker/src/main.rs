//! The `time-tracker` program. Everything it does is in the library of the same name.

fn main() -> std::process::ExitCode {
    time_tracker::run()
}
