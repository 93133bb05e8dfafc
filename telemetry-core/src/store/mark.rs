//! Tells an installation from a copy of it, by a file that a copy cannot have.
//!
//! Owns the comparison only. It must never look at anything but the file it is given: no host name, no machine id, no
//! address. What it reads stays in the stored decision and is never sent.

use core::fmt;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::Path;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

/// Which file it is, apart from its name and content: its inode number and the time at which it came into being.
///
/// Copying a file, unpacking an archive, restoring a backup and starting a container from an image all make another
/// file, with a mark of its own. Moving or renaming it on the same file system, starting the machine or a container
/// again on the same volume, and changing its content, owner or mode do not change the mark. The number of the device
/// is left out on purpose, because it changes from one start of the machine to the next.
///
/// Some things cannot be told apart from here: a copy of the whole disk or volume below the file system (an image of
/// a virtual machine, a snapshot of Btrfs or LVM), and a hard link, which is the same file. Where a file system keeps
/// no birth times, the inode number stands alone. Where it gives out new inode numbers at every mount (some FUSE file
/// systems), every mount looks like a copy: the person is asked again, and nothing is sent meanwhile.
///
/// # Privacy
///
/// Describes one file of the application's own. It is kept beside the decision and never sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileMark {
    /// 0 where the system has none to give.
    inode: u64,
    /// Nanoseconds since 1970, where the file system keeps birth times.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    born: Option<u64>,
}

impl FileMark {
    /// The mark of the file at `path`.
    ///
    /// # Errors
    ///
    /// The file cannot be looked at, or the system tells neither inode nor birth time.
    pub fn at(path: &Path) -> io::Result<Self> {
        Self::from_metadata(&fs::metadata(path)?)
    }

    pub(super) fn of(file: &File) -> io::Result<Self> {
        Self::from_metadata(&file.metadata()?)
    }

    fn from_metadata(metadata: &Metadata) -> io::Result<Self> {
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(metadata);
        #[cfg(not(unix))]
        let inode = 0;
        let since = metadata.created().ok().and_then(|born| born.duration_since(UNIX_EPOCH).ok());
        let born = since.and_then(|since| u64::try_from(since.as_nanos()).ok());
        if inode == 0 && born.is_none() { Err(io::ErrorKind::Unsupported.into()) } else { Ok(Self { inode, born }) }
    }
}

/// `inode:born`, for stores that keep it as text. Equal texts are equal marks.
impl fmt::Display for FileMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.inode)?;
        self.born.map_or(Ok(()), |born| write!(f, "{born}"))
    }
}

/// What a grant says about the mark file beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mark {
    /// The file's content: random, so that an inode number that is used again by chance proves nothing.
    pub(super) nonce: String,
    /// Which file it is.
    pub(super) file: FileMark,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_another_file_and_a_moved_one_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let [original, copy, moved] = ["a", "b", "c"].map(|name| directory.path().join(name));
        fs::write(&original, "x").unwrap();
        let mark = FileMark::at(&original).unwrap();
        fs::copy(&original, &copy).unwrap();
        assert_ne!(FileMark::at(&copy).unwrap(), mark);
        fs::rename(&original, &moved).unwrap();
        fs::write(&moved, "other").unwrap();
        assert_eq!(FileMark::at(&moved).unwrap(), mark);
        assert!(FileMark::at(&original).is_err());
    }

    #[test]
    fn texts_tell_as_much_as_marks() {
        let marks = [(1, None), (1, Some(2)), (12, None), (1, Some(0))].map(|(inode, born)| FileMark { inode, born });
        let texts = ["1:", "1:2", "12:", "1:0"];
        assert_eq!(marks.map(|mark| mark.to_string()), texts);
    }
}
