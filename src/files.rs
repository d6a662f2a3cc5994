//! Writes files that are private unless they are meant for others, that are never half-written, and never through a
//! symbolic link that somebody else put in their place.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Who can read what is written, before the umask of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// The owner alone: files have the mode 0600, folders 0700.
    Private,
    /// Everyone: files have the mode 0644, folders 0755.
    Public,
}

/// Returns whether an error is one of open(2) and socket(2) that this process (EMFILE) or this machine (ENFILE) has too
/// many open files.
pub(crate) fn is_of_descriptors(error: &io::Error) -> bool {
    const EMFILE: i32 = 24;
    const ENFILE: i32 = 23;
    matches!(error.raw_os_error(), Some(EMFILE | ENFILE))
}

/// Returns whether there are no file descriptors left to open a file with.
pub(crate) fn lacks_descriptors() -> bool {
    File::open(Path::new("/")).is_err_and(|error| is_of_descriptors(&error))
}

/// Creates a folder and those above it that are missing. The mode of a folder that exists stays.
///
/// # Errors
/// Fails if a folder cannot be created.
pub(crate) fn create_folder(path: &Path, access: Access) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, if access == Access::Private { 0o700 } else { 0o755 });
    builder.create(path)
}

/// Creates a folder of a name that kazbek gave it, in a folder that a person chose. The chosen one may be a link, this one
/// not.
///
/// # Errors
/// Fails if a folder cannot be created, and if there is a link of this name.
pub(crate) fn create_own_folder(path: &Path, access: Access) -> io::Result<()> {
    check_is_no_link(path)?;
    create_folder(path, access)
}

/// Checks that a folder of a name that kazbek gave it is no link. It may be missing.
///
/// # Errors
/// Fails if there is a link of this name.
pub(crate) fn check_is_no_link(path: &Path) -> io::Result<()> {
    match path.is_symlink() {
        true => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!(
                "{} is a symbolic link, through which nothing is written; remove it, and set `public_folder` to have \
                 digests and feeds elsewhere",
                path.display()
            ),
        )),
        false => Ok(()),
    }
}

/// Creates a file for writing. Whatever has this name already, also a link to nowhere, is left as it is.
///
/// # Errors
/// Fails with [`io::ErrorKind::AlreadyExists`] if there is something of this name, and if the file cannot be created.
pub(crate) fn create_new(path: &Path, access: Access) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if access == Access::Private { 0o600 } else { 0o644 });
    options.open(path)
}

/// Opens a file for reading and writing, and creates it if it is missing. A link or anything else that is no file of this
/// folder is not opened, and a pipe does not hold up whoever asks.
///
/// # Errors
/// Fails if there is something else of this name, and if the file cannot be opened or created.
pub(crate) fn open_or_create(path: &Path, access: Access) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.mode(if access == Access::Private { 0o600 } else { 0o644 }).custom_flags(flags.bits().cast_signed());
    }
    let file = options.open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(not_a_file()),
    }
}

/// Checks that a name is free or that of a file, also through a link: whoever opens a pipe may wait for ever.
///
/// # Errors
/// Fails if there is a folder, a pipe, a socket, a device or a link to nowhere of this name.
pub(crate) fn check_is_file(path: &Path) -> io::Result<()> {
    match std::fs::metadata(path) {
        Ok(found) if !found.is_file() => Err(not_a_file()),
        Err(error) if error.kind() == io::ErrorKind::NotFound && path.is_symlink() => Err(not_a_file()),
        _ => Ok(()),
    }
}

fn not_a_file() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "this is no regular file; move it away")
}

/// Creates the file in which something is written until it is complete, beside its target. What an interrupted attempt
/// left there, or a link that was put there, is removed first.
///
/// # Errors
/// Fails if the file cannot be created.
pub(crate) fn create_partial(target: &Path, access: Access) -> io::Result<(PathBuf, File)> {
    let partial = partial_of(target)?;
    let file = create_new(&partial, access)?;
    Ok((partial, file))
}

/// Creates such a file, private and locked until it is closed, that has its first bytes from the moment at which it has
/// its name: whatever is killed, nobody finds an empty file and cannot tell whose it is.
///
/// # Errors
/// Fails with [`io::ErrorKind::WouldBlock`] if another process is writing this file, and if it cannot be created.
pub(crate) fn create_locked_partial(target: &Path, first: &[u8]) -> io::Result<(PathBuf, File)> {
    let partial = partial_of(target)?;
    let file = match create_named_late(&partial, first) {
        // Not every file system can do that.
        Err(error) if error.kind() != io::ErrorKind::StorageFull => {
            let mut file = create_new(&partial, Access::Private)?;
            file.try_lock()?;
            file.write_all(first)?;
            file
        }
        created => created?,
    };
    Ok((partial, file))
}

/// Returns the name of a file until it is complete, and removes what has that name, unless another process is writing it.
fn partial_of(target: &Path) -> io::Result<PathBuf> {
    let mut partial = target.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    if std::fs::symlink_metadata(&partial).is_ok_and(|found| found.is_file()) {
        // One that cannot be opened is not locked by us.
        if let Ok(file) = File::open(&partial) {
            file.try_lock()?;
        }
    }
    match std::fs::remove_file(&partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(partial),
    }
}

/// Creates a file that gets its name when it is locked and has its first bytes (`O_TMPFILE`).
#[cfg(target_os = "linux")]
fn create_named_late(path: &Path, first: &[u8]) -> io::Result<File> {
    use std::os::fd::AsRawFd;

    use rustix::fs::{AtFlags, CWD, Mode, OFlags};
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let mut file = File::from(rustix::fs::open(folder, flags, Mode::RUSR | Mode::WUSR)?);
    file.try_lock()?;
    file.write_all(first)?;
    let nameless = format!("/proc/self/fd/{}", file.as_raw_fd());
    rustix::fs::linkat(CWD, nameless, CWD, path, AtFlags::SYMLINK_FOLLOW)?;
    Ok(file)
}

#[cfg(not(target_os = "linux"))]
fn create_named_late(_: &Path, _: &[u8]) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Writes a file atomically: readers see either the old or the new content, even after a crash. A link of this name is
/// replaced and not followed.
///
/// # Errors
/// Fails if the file cannot be written.
pub(crate) fn write_whole(path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
    let (partial, mut file) = create_partial(path, access)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    std::fs::rename(&partial, path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn files_are_private_or_public() {
        let folder = tempfile::tempdir().unwrap();
        for (access, file_mode, folder_mode) in [(Access::Private, 0o600, 0o700), (Access::Public, 0o644, 0o755)] {
            let inner = folder.path().join(format!("{access:?}/a/b"));
            create_folder(&inner, access).unwrap();
            write_whole(&inner.join("x"), b"1", access).unwrap();
            // The umask of whoever runs the tests may take more away.
            assert_eq!((mode(&inner) & !folder_mode, mode(inner.parent().unwrap()) & !folder_mode), (0, 0));
            assert_eq!(mode(&inner.join("x")) & !file_mode, 0);
        }
        assert_eq!(mode(&folder.path().join("Private/a/b/x")), 0o600);
    }

    #[test]
    fn no_link_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("precious"), "precious").unwrap();
        symlink(path("precious"), path("x.partial")).unwrap();
        symlink(path("precious"), path("x")).unwrap();
        symlink(path("nowhere"), path("dangling")).unwrap();
        write_whole(&path("x"), b"new", Access::Private).unwrap();
        assert_eq!(std::fs::read_to_string(path("precious")).unwrap(), "precious");
        assert_eq!(std::fs::read_to_string(path("x")).unwrap(), "new");
        assert!(!path("x").is_symlink() && !path("x.partial").is_symlink());
        assert!(create_new(&path("dangling"), Access::Private).is_err() && !path("nowhere").exists());
        symlink(path("precious"), path("link")).unwrap();
        for name in ["link", "dangling"] {
            assert!(open_or_create(&path(name), Access::Private).is_err(), "{name}");
        }
        assert!(!path("nowhere").exists());
        drop(open_or_create(&path("own"), Access::Private).unwrap());
        assert_eq!(mode(&path("own")), 0o600);
        drop(open_or_create(&path("own"), Access::Private).unwrap());
        assert!(open_or_create(folder.path(), Access::Private).is_err(), "a folder");
        let pipe = path("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(open_or_create(&pipe, Access::Private).is_err());
        assert!(check_is_file(&pipe).is_err() && check_is_file(folder.path()).is_err());
        assert!(check_is_file(&path("dangling")).is_err());
        assert!(check_is_file(&path("own")).is_ok() && check_is_file(&path("missing")).is_ok());
    }
}
