//! One application in three builds, of which the later two can report more than the first.

use telemetry_core::{Catalogue, Property};

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
