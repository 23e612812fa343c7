//! One place that a report is written to, so that nothing in that place is lost: a regular file is replaced in one
//! step by a complete one, and devices, pipes and descriptors are written through.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::CommandError;
use super::temporary::{self, Unnamed};

/// Where a report will be written; it was shown that it can be.
pub(crate) struct Place {
    given: PathBuf,
    kind: Kind,
}

enum Kind {
    /// A regular file, or none yet, with the room for its successor where the system has unnamed files.
    File(PathBuf, Option<Unnamed>),
    /// A descriptor that this process was started with.
    Descriptor(File),
    /// A device or a named pipe, opened only when there is something to write: a reader takes one after the other.
    Stream(PathBuf),
}

/// A complete report, which only waits for its name.
pub(crate) struct Staged {
    given: PathBuf,
    what: What,
}

enum What {
    Unnamed(PathBuf, Unnamed),
    Named(PathBuf, String),
    Descriptor(File, String),
    Stream(PathBuf, String),
}

impl Place {
    /// Finds what is behind the path, and shows that it can be written. Nothing there is changed.
    pub(crate) fn open(path: &Path) -> Result<Place, CommandError> {
        match kind(path) {
            Ok(kind) => Ok(Place { given: path.to_owned(), kind }),
            Err(error) => Err(unwritable(path, &error)),
        }
    }

    /// Whether a second report takes the place of the first, as in a file; a stream gets one after the other.
    pub(crate) fn replaces(&self) -> bool {
        matches!(self.kind, Kind::File(..))
    }

    /// Takes the report in. A full disk is noticed here, where the system has unnamed files.
    pub(crate) fn stage(self, text: String) -> Result<Staged, CommandError> {
        let what = match self.kind {
            Kind::File(path, Some(mut unnamed)) => {
                unnamed.write(text.as_bytes()).map_err(|e| unwritable(&self.given, &e))?;
                What::Unnamed(path, unnamed)
            }
            Kind::File(path, None) => What::Named(path, text),
            Kind::Descriptor(file) => What::Descriptor(file, text),
            Kind::Stream(path) => What::Stream(path, text),
        };
        Ok(Staged { given: self.given, what })
    }
}

impl Staged {
    /// Gives the file its name, or writes to the stream.
    pub(crate) fn commit(self) -> Result<(), CommandError> {
        let done = match self.what {
            What::Unnamed(path, unnamed) => unnamed.name(&path),
            What::Named(path, text) => temporary::replace(&path, text.as_bytes()),
            What::Descriptor(mut file, text) => quiet(file.write_all(text.as_bytes())),
            What::Stream(path, text) => {
                stream::open(&path).and_then(|mut file| quiet(file.write_all(text.as_bytes())))
            }
        };
        done.map_err(|error| unwritable(&self.given, &error))
    }
}

fn unwritable(path: &Path, why: &io::Error) -> CommandError {
    CommandError::new(format!("{} cannot be written: {why}", path.display()))
}

/// A reader that went away is no fault, on stdout or elsewhere.
fn quiet(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

/// Follows symbolic links to what is written in the end: the link itself stays.
fn kind(path: &Path) -> io::Result<Kind> {
    /// As many as Linux follows.
    const LINKS: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        if let Some(number) = descriptor::number(&path) {
            return descriptor::duplicate(number).map(Kind::Descriptor);
        }
        let found = match std::fs::symlink_metadata(&path) {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if path.as_os_str().as_encoded_bytes().ends_with(b"/") {
                    return Err(ErrorKind::IsADirectory.into());
                }
                let unnamed = temporary::room(&path)?;
                return Ok(Kind::File(path, unnamed));
            }
            Err(error) => return Err(error),
        };
        if found.is_symlink() {
            let target = std::fs::read_link(&path)?;
            path = path.parent().map_or_else(|| target.clone(), |parent| parent.join(&target));
        } else if found.is_dir() {
            return Err(ErrorKind::IsADirectory.into());
        } else if found.is_file() {
            // Opened and closed, nothing more: whether its owner lets us write it.
            OpenOptions::new().append(true).open(&path)?;
            let unnamed = temporary::room(&path)?;
            return Ok(Kind::File(path, unnamed));
        } else {
            stream::writable(&path, found.file_type())?;
            return Ok(Kind::Stream(path));
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

/// Descriptors by their path: `/dev/stdout`, `/dev/fd/63` of a process substitution. They are written where they are:
/// to open the path anew would start again at the front of the file behind it.
mod descriptor {
    use std::fs::File;
    use std::io;
    use std::path::Path;

    pub(super) fn number(path: &Path) -> Option<u32> {
        let path = path.to_str()?;
        match path {
            "/dev/stdout" => return Some(1),
            "/dev/stderr" => return Some(2),
            _ => {}
        }
        let own = format!("/proc/{}/fd/", std::process::id());
        let number = ["/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/", &own]
            .into_iter()
            .find_map(|directory| path.strip_prefix(directory))?;
        number.bytes().all(|b| b.is_ascii_digit()).then(|| number.parse().ok()).flatten()
    }

    #[cfg(unix)]
    pub(super) fn duplicate(number: u32) -> io::Result<File> {
        use std::os::fd::AsFd;
        match number {
            1 => io::stdout().as_fd().try_clone_to_owned().map(File::from),
            2 => io::stderr().as_fd().try_clone_to_owned().map(File::from),
            other => another(other),
        }
    }

    #[cfg(not(unix))]
    pub(super) fn duplicate(_: u32) -> io::Result<File> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// The system is asked for a copy; where it does not give one, the path is opened, at the end.
    #[cfg(target_os = "linux")]
    fn another(number: u32) -> io::Result<File> {
        use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
        let number = i32::try_from(number).map_err(|_| io::ErrorKind::NotFound)?;
        let copied = pidfd_open(getpid(), PidfdFlags::empty())
            .and_then(|own| pidfd_getfd(own, number, PidfdGetfdFlags::empty()));
        match copied {
            Ok(descriptor) => Ok(File::from(descriptor)),
            Err(rustix::io::Errno::BADF) => Err(io::Error::other("there is no such descriptor")),
            Err(_) => reopened(&format!("/proc/self/fd/{number}")),
        }
    }

    #[cfg(all(unix, not(target_os = "linux")))]
    fn another(number: u32) -> io::Result<File> {
        reopened(&format!("/dev/fd/{number}"))
    }

    #[cfg(unix)]
    fn reopened(path: &str) -> io::Result<File> {
        File::options().append(true).open(path)
    }
}

/// Devices and named pipes.
mod stream {
    use std::fs::{File, FileType};
    use std::io;
    use std::path::Path;

    /// Whether it can be written, without any effect on who reads.
    #[cfg(target_os = "linux")]
    pub(super) fn writable(path: &Path, kind: FileType) -> io::Result<()> {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_block_device() {
            // A disk, and all that is on it.
            return Err(io::Error::other("it is a block device"));
        }
        if kind.is_socket() {
            return Err(io::Error::other("it is a socket"));
        }
        Ok(rustix::fs::access(path, rustix::fs::Access::WRITE_OK)?)
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn writable(_: &Path, _: FileType) -> io::Result<()> {
        Ok(())
    }

    /// A named pipe is opened as soon as somebody reads, as in a shell; but no longer once the run is to end.
    #[cfg(target_os = "linux")]
    pub(super) fn open(path: &Path) -> io::Result<File> {
        use rustix::fs::{Mode, OFlags, fcntl_getfl, fcntl_setfl};
        use rustix::io::Errno;
        let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        loop {
            match rustix::fs::open(path, flags, Mode::empty()) {
                Ok(opened) => {
                    fcntl_setfl(&opened, fcntl_getfl(&opened)? - OFlags::NONBLOCK)?;
                    return Ok(File::from(opened));
                }
                Err(Errno::NXIO) if super::super::signals::arrived() => {
                    return Err(io::Error::other("no process reads it, and the run was interrupted"));
                }
                Err(Errno::NXIO | Errno::INTR) => std::thread::sleep(std::time::Duration::from_millis(10)),
                Err(error) => return Err(error.into()),
            }
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn open(path: &Path) -> io::Result<File> {
        File::options().write(true).open(path)
    }
}
