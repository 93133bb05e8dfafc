use telemetry_core::ErrorReport;

#[derive(ErrorReport)]
struct Failed(String);

#[derive(ErrorReport)]
enum Never {}

#[derive(ErrorReport)]
enum Generic<T> {
    /// One.
    One(T),
}

#[derive(ErrorReport)]
enum Failure {
    Undocumented(String),
    /// Two.
    #[report(code = "Not A Code")]
    Two,
    /// Three.
    #[report(code = "same")]
    Three,
    /// Four.
    #[report(code = "same", message = "text")]
    Four,
}

fn main() {}
