//! Tools that a machine may not have.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Where a tool is, or `None` after saying loudly that `test` is skipped. With the variable set it must be there.
pub(crate) fn tool(name: &str, must: &str, test: &str) -> Option<PathBuf> {
    if let Some(path) = find(name) {
        return Some(path);
    }
    lacks(&format!("there is no {name}"), must, test);
    None
}

/// Says loudly that `test` is skipped, and why. With the variable set that is a failure.
pub(crate) fn lacks(what: &str, must: &str, test: &str) {
    let demanded = std::env::var(must).is_ok_and(|value| !value.is_empty() && value != "0");
    assert!(!demanded, "{must} is set, and {what}");
    // Not by the macro: the harness would keep that to itself.
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {what} (with {must}=1 this is a failure)");
}

/// The file that the variable names, or `None` after saying loudly that `test` is skipped. Named, it must be there.
pub(crate) fn file(variable: &str, test: &str) -> Option<PathBuf> {
    if let Some(path) = std::env::var_os(variable).filter(|path| !path.is_empty()) {
        let path = PathBuf::from(path);
        assert!(path.is_file(), "{variable} names no file: {}", path.display());
        return Some(path);
    }
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {variable} names no file");
    None
}

/// Looks a program up as the shell does.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|path: &PathBuf| Path::is_file(path))
}
