//! One application in builds of which the later can report more than the first: three that count what is used, and two
//! that report errors.

use telemetry_core::{Catalogue, ErrorReport, PanicReport, Property, Report};

/// A format, as the first build knew it.
#[derive(Property)]
pub enum Format {
    /// Text.
    Text,
}

/// A format, as the later builds know it.
#[derive(Property)]
pub enum LaterFormat {
    /// Text.
    Text,
    /// A table.
    #[property(since = 2)]
    Table,
}

/// The same, by an author who forgot to say since when.
#[derive(Property)]
pub enum UnmarkedFormat {
    /// Text.
    Text,
    /// A table.
    Table,
}

/// Everything that the first build can report.
#[derive(Catalogue)]
#[catalogue(app = "growing", revision = 1, identity = "none", retention_days = 30)]
pub enum First {
    /// A file was read.
    ///
    /// Why: shows which formats are used.
    #[event(name = "file.read")]
    FileRead {
        /// Its format.
        format: Format,
    },
}

/// Everything that the second build can report.
#[derive(Catalogue)]
#[catalogue(app = "growing", revision = 2, identity = "none", retention_days = 30)]
pub enum Second {
    /// A file was read.
    ///
    /// Why: shows which formats are used.
    #[event(name = "file.read")]
    FileRead {
        /// Its format.
        format: LaterFormat,
        /// Whether it was packed.
        #[property(since = 2)]
        packed: bool,
    },
    /// A report was exported.
    ///
    /// Why: shows whether exporting is used.
    #[event(name = "report.exported", since = 2)]
    ReportExported,
}

/// Everything that a build can report whose author forgot to raise the revision.
#[derive(Catalogue)]
#[catalogue(app = "growing", revision = 1, identity = "none", retention_days = 30)]
pub enum Forgetful {
    /// A file was read.
    ///
    /// Why: shows which formats are used.
    #[event(name = "file.read")]
    FileRead {
        /// Its format.
        format: UnmarkedFormat,
        /// Whether it was packed.
        packed: bool,
    },
    /// A report was exported.
    ///
    /// Why: shows whether exporting is used.
    #[event(name = "report.exported")]
    ReportExported,
}

/// Why a file was not read.
#[derive(ErrorReport)]
pub enum Failure {
    /// It is not there.
    Missing,
}

/// Everything that a build can report which tells of errors, and of panics no more than that there was one.
#[derive(Catalogue)]
#[catalogue(app = "growing", revision = 1, identity = "none", retention_days = 30, crates(tests))]
pub enum Failing {
    /// A file was not read.
    ///
    /// Why: shows what to mend.
    #[event(name = "file.failed", purpose = "errors")]
    FileFailed {
        /// Why, and where.
        failure: Report<Failure>,
    },
    /// It stopped.
    ///
    /// Why: shows what to mend.
    #[event(name = "program.stopped", purpose = "errors")]
    Stopped,
}

/// The same with reports of panics, by an author who forgot to raise the revision.
#[derive(Catalogue)]
#[catalogue(app = "growing", revision = 1, identity = "none", retention_days = 30, crates(tests))]
pub enum Panicking {
    /// A file was not read.
    ///
    /// Why: shows what to mend.
    #[event(name = "file.failed", purpose = "errors")]
    FileFailed {
        /// Why, and where.
        failure: Report<Failure>,
    },
    /// It stopped.
    ///
    /// Why: shows what to mend.
    #[event(name = "program.stopped", purpose = "errors")]
    Stopped {
        /// Where.
        panic: PanicReport,
    },
}

/// The same, whose reports of panics have ended.
#[derive(Catalogue)]
#[catalogue(app = "growing", revision = 1, identity = "none", retention_days = 30, crates(tests))]
pub enum Ended {
    /// A file was not read.
    ///
    /// Why: shows what to mend.
    #[event(name = "file.failed", purpose = "errors")]
    FileFailed {
        /// Why, and where.
        failure: Report<Failure>,
    },
    /// It stopped.
    ///
    /// Why: shows what to mend.
    #[event(name = "program.stopped", purpose = "errors", until = "2100-01-01")]
    Stopped {
        /// Where.
        #[property(until = "2020-01-01")]
        panic: PanicReport,
    },
}

/// One of everything but panics.
#[must_use]
pub fn failing() -> [Failing; 2] {
    [Failing::FileFailed { failure: Failure::Missing.report() }, Failing::Stopped]
}

/// One of everything but panics, which the hook reports.
#[must_use]
pub fn panicking() -> [Panicking; 1] {
    [Panicking::FileFailed { failure: Failure::Missing.report() }]
}

/// The same.
#[must_use]
pub fn ended() -> [Ended; 1] {
    [Ended::FileFailed { failure: Failure::Missing.report() }]
}

/// One of everything.
#[must_use]
pub fn second() -> [Second; 3] {
    [
        Second::FileRead { format: LaterFormat::Text, packed: true },
        Second::FileRead { format: LaterFormat::Table, packed: true },
        Second::ReportExported,
    ]
}

/// One of everything.
#[must_use]
pub fn forgetful() -> [Forgetful; 3] {
    [
        Forgetful::FileRead { format: UnmarkedFormat::Text, packed: true },
        Forgetful::FileRead { format: UnmarkedFormat::Table, packed: true },
        Forgetful::ReportExported,
    ]
}
