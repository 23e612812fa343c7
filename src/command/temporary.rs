//! A complete file in the place of another, at once, and no leftover whenever the process ends.
//!
//! Where the system has them, a file is written without a name: it is gone with the process. It gets its name in one
//! step where none is there. In the place of another it needs a name of its own between two system calls, and only then.

use std::fs::{Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile, TempPath};

use super::signals;

pub(crate) use unnamed::Unnamed;

/// What a name starts with that is there between two system calls.
const PREFIX: &str = ".regprobe-";

/// Room for a file at this path: shown by a file without a name, or by one with a name that is removed again.
pub(crate) fn room(path: &Path) -> io::Result<Option<Unnamed>> {
    if let Some(unnamed) = Unnamed::beside(path) {
        return Ok(Some(unnamed));
    }
    let _whole = signals::unbroken();
    named(path)?.close()?;
    Ok(None)
}

/// The same with a name all the while that it is written, where there is no other way.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let _whole = signals::unbroken();
    let mut file = named(path)?;
    file.write_all(bytes)?;
    if let Ok(old) = std::fs::metadata(path) {
        dress(file.as_file(), &old)?;
    }
    take(file.into_temp_path(), path, || Ok(bytes.to_vec()))
}

fn named(path: &Path) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(PREFIX);
    // A report is an ordinary file: the umask decides.
    #[cfg(unix)]
    builder.permissions(<Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666));
    builder.tempfile_in(directory(path))
}

fn directory(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Gives a file the name of another. A file that is mounted by itself, as into a container, can only be written where
/// it is.
fn take(file: TempPath, path: &Path, bytes: impl FnOnce() -> io::Result<Vec<u8>>) -> io::Result<()> {
    match file.persist(path) {
        Err(refused)
            if matches!(refused.error.kind(), ErrorKind::ResourceBusy | ErrorKind::CrossesDevices) =>
        {
            OpenOptions::new().write(true).truncate(true).open(path)?.write_all(&bytes()?)
        }
        Err(refused) => Err(refused.error),
        Ok(()) => Ok(()),
    }
}

/// Mode and owner of the file whose place is taken.
#[cfg(unix)]
fn dress(file: &std::fs::File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let new = file.metadata()?;
    let mut mode = old.mode() & 0o777;
    if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
        let whole = fchown(file, Some(old.uid()), Some(old.gid()));
        if whole.is_err() && new.gid() != old.gid() && fchown(file, None, Some(old.gid())).is_err() {
            // What one group was allowed is not for another.
            mode &= 0o707 | (mode & 0o007) << 3;
        }
    }
    if file.metadata()?.mode() & 0o7777 != mode {
        file.set_permissions(Permissions::from_mode(mode))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn dress(_: &std::fs::File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(target_os = "linux")]
mod unnamed {
    use std::fs::File;
    use std::io::{self, Read, Seek, Write};
    use std::os::fd::AsRawFd;
    use std::path::Path;

    use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat};
    use tempfile::Builder;

    use super::{PREFIX, directory, dress, signals, take};

    /// A file without a name, in the directory where it will get one.
    pub(crate) struct Unnamed(File);

    impl Unnamed {
        /// `None` where the file system has no such files, or there is no way to name them.
        pub(crate) fn beside(path: &Path) -> Option<Unnamed> {
            let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
            let file = File::from(rustix::fs::open(directory(path), flags, Mode::from_raw_mode(0o666)).ok()?);
            Path::new(&by_descriptor(&file)).exists().then_some(Unnamed(file))
        }

        pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
            self.0.write_all(bytes)
        }

        /// Gives it the name, in the place of what has it.
        pub(crate) fn name(mut self, path: &Path) -> io::Result<()> {
            match self.link(path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                done => return done,
            }
            dress(&self.0, &std::fs::metadata(path)?)?;
            let _whole = signals::unbroken();
            let linked = Builder::new().prefix(PREFIX).make_in(directory(path), |name| self.link(name))?;
            take(linked.into_temp_path(), path, || {
                let mut bytes = Vec::new();
                self.0.rewind()?;
                self.0.read_to_end(&mut bytes).map(|_| bytes)
            })
        }

        fn link(&self, path: &Path) -> io::Result<()> {
            Ok(linkat(CWD, by_descriptor(&self.0), CWD, path, AtFlags::SYMLINK_FOLLOW)?)
        }
    }

    fn by_descriptor(file: &File) -> String {
        format!("/proc/self/fd/{}", file.as_raw_fd())
    }
}

#[cfg(not(target_os = "linux"))]
mod unnamed {
    use std::convert::Infallible;
    use std::io;
    use std::path::Path;

    /// No such thing here.
    pub(crate) struct Unnamed(Infallible);

    impl Unnamed {
        pub(crate) fn beside(_: &Path) -> Option<Unnamed> {
            None
        }

        pub(crate) fn write(&mut self, _: &[u8]) -> io::Result<()> {
            match self.0 {}
        }

        pub(crate) fn name(self, _: &Path) -> io::Result<()> {
            match self.0 {}
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// The way of systems that have no unnamed files, which those that have them do not take.
    #[test]
    fn replaced_by_a_file_with_a_name() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("report.json");
        replace(&path, b"first").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        replace(&path, b"second").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"second");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
        named(&path).unwrap().close().unwrap();
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}
