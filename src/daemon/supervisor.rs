//! The supervisor, which starts the daemon and watches it: systemd, or a recorder in tests. Decides when the watchdog
//! is pinged.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::time::Instant;
use tracing::{debug, error, warn};

/// A change of the daemon's state that is reported to the supervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The daemon works, after a start or a reload.
    Ready,
    /// The daemon reads its configuration again.
    Reloading,
    /// The daemon is about to stop.
    Stopping,
    /// The daemon is alive: a ping of the watchdog.
    Alive,
    /// Of the feeds that were due at the start, so many have been polled.
    FirstRound {
        /// Feeds that have been polled.
        polled: usize,
        /// Feeds that were due.
        feeds: usize,
    },
    /// The daemon no longer waits for the feeds that were due at the start.
    FirstRoundOver,
}

impl Notice {
    /// Returns how long to wait for a supervisor that does not read. What is not said again has more time.
    fn patience(self) -> Duration {
        match self {
            Notice::Ready | Notice::Reloading | Notice::Stopping => Duration::from_secs(2),
            Notice::Alive | Notice::FirstRound { .. } | Notice::FirstRoundOver => Duration::from_millis(20),
        }
    }
}

/// Who starts the daemon and watches it.
pub trait Supervisor: std::fmt::Debug {
    /// Passes on a notice.
    fn notify(&self, notice: Notice);

    /// Returns how long the watchdog waits for a ping before it kills the daemon; `None` if there is no watchdog.
    fn watchdog_limit(&self) -> Option<Duration>;
}

/// systemd, if the daemon was started by it; otherwise nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Systemd;

impl Supervisor for Systemd {
    fn notify(&self, notice: Notice) {
        let status;
        let mut states = vec![match notice {
            Notice::Ready => NotifyState::Ready,
            Notice::Reloading => NotifyState::Reloading,
            Notice::Stopping => NotifyState::Stopping,
            Notice::Alive => NotifyState::Watchdog,
            Notice::FirstRound { polled, feeds } => {
                status = format!("First round: {polled} of {feeds} feeds polled");
                NotifyState::Status(&status)
            }
            Notice::FirstRoundOver => NotifyState::Status("Polling feeds when they are due"),
        }];
        if notice == Notice::Reloading {
            states.extend(NotifyState::monotonic_usec_now());
        }
        let Some(socket) = std::env::var_os("NOTIFY_SOCKET").filter(|socket| !socket.is_empty()) else { return };
        let lines: String = states.iter().map(|state| format!("{state}\n")).collect();
        match send(&socket, lines.as_bytes(), notice.patience()) {
            // A unit of `Type=notify` that is never ready is stopped when its time is up.
            Err(error) if notice == Notice::Ready => {
                warn!(socket = %socket.display(), %error, "the supervisor cannot be told that kazbek is ready");
            }
            Err(error) => debug!(%error, "the supervisor could not be notified"),
            Ok(()) => {}
        }
    }

    fn watchdog_limit(&self) -> Option<Duration> {
        sd_notify::watchdog_enabled()
    }
}

/// Sends a datagram to a notify socket: a path, or a name in Linux's abstract namespace after `@` (sd_notify(3)). A
/// supervisor that does not read must not stop the daemon, so that it waits no longer than `patience` for room.
fn send(socket: &OsStr, message: &[u8], patience: Duration) -> io::Result<()> {
    let refused = |reason: &str| Err(io::Error::new(io::ErrorKind::Unsupported, reason.to_owned()));
    let sender = UnixDatagram::unbound()?;
    match socket.as_bytes() {
        [b'/', ..] => sender.connect(socket)?,
        [b'@', name @ ..] => connect_abstract(&sender, name)?,
        [b'v', b's', b'o', b'c', b'k', ..] => {
            return refused("NOTIFY_SOCKET names a vsock; kazbek knows Unix sockets only: a path, or @ and a name");
        }
        _ => return refused("NOTIFY_SOCKET is neither a path nor @ and the name of an abstract socket"),
    }
    sender.set_write_timeout(Some(patience))?;
    match sender.send(message)? == message.len() {
        true => Ok(()),
        false => Err(io::ErrorKind::WriteZero.into()),
    }
}

#[cfg(target_os = "linux")]
fn connect_abstract(sender: &UnixDatagram, name: &[u8]) -> io::Result<()> {
    use std::os::linux::net::SocketAddrExt;
    sender.connect_addr(&std::os::unix::net::SocketAddr::from_abstract_name(name)?)
}

#[cfg(not(target_os = "linux"))]
fn connect_abstract(_sender: &UnixDatagram, _name: &[u8]) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "only Linux has abstract sockets"))
}

/// Decides when the watchdog is pinged: at every third of its limit, if the writer has answered since the last time and
/// polling makes progress. So the watchdog kills a daemon whose writer hangs, or that has feeds to poll but finishes no
/// poll.
#[derive(Debug)]
pub(super) struct Watchdog {
    /// The time between two pings; `None` if there is no watchdog.
    every: Option<Duration>,
    next_check_at: Instant,
    has_writer_answered: bool,
    /// How long no poll may finish although feeds are due.
    stall_limit: Duration,
    /// When a poll last finished, or when no feed was due.
    progress_at: Instant,
}

impl Watchdog {
    pub(super) fn new(limit: Option<Duration>, stall_limit: Duration) -> Watchdog {
        let now = Instant::now();
        Watchdog {
            every: limit.map(|limit| limit / 3),
            next_check_at: now,
            has_writer_answered: false,
            stall_limit,
            progress_at: now,
        }
    }

    /// Records that the writer has answered.
    pub(super) fn writer_answered(&mut self) {
        self.has_writer_answered = true;
    }

    /// Records that a poll has finished, or that no feed is due.
    pub(super) fn progressed(&mut self) {
        self.progress_at = Instant::now();
    }

    /// Returns when to call [`Watchdog::check`] next; `None` if there is no watchdog.
    pub(super) fn next_check_at(&self) -> Option<Instant> {
        self.every.map(|_| self.next_check_at)
    }

    /// If it is time, pings the watchdog unless something hangs, and returns true: the writer must then be asked for an
    /// answer.
    pub(super) fn check(&mut self, supervisor: &dyn Supervisor) -> bool {
        let (Some(every), now) = (self.every, Instant::now()) else { return false };
        if now < self.next_check_at {
            return false;
        }
        self.next_check_at = now + every;
        let stalled_for = now - self.progress_at;
        if stalled_for > self.stall_limit {
            error!(
                seconds = stalled_for.as_secs(),
                "feeds are due but no poll finishes; without pings the watchdog will restart kazbek"
            );
        } else if std::mem::take(&mut self.has_writer_answered) {
            supervisor.notify(Notice::Alive);
        } else {
            debug!("the writer has not answered since the last ping of the watchdog");
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(20);

    #[test]
    fn a_supervisor_that_does_not_read_does_not_stop_the_daemon() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let _nobody_reads = UnixDatagram::bind(&path).unwrap();
        // The queue of a socket holds 10 datagrams by default (net.unix.max_dgram_qlen), and no system sets thousands.
        let refused = (0..10_000).find_map(|_| send(path.as_os_str(), b"WATCHDOG=1\n", PATIENCE).err());
        assert_eq!(refused.map(|error| error.kind()), Some(io::ErrorKind::WouldBlock));
    }

    #[test]
    fn every_unix_socket_is_notified_and_others_are_refused_with_a_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let listener = UnixDatagram::bind(&path).unwrap();
        send(path.as_os_str(), b"READY=1\n", PATIENCE).unwrap();
        let mut read = [0; 32];
        let size = listener.recv(&mut read).unwrap();
        assert_eq!(read.get(..size), Some(&b"READY=1\n"[..]));
        for (socket, expected) in [
            ("vsock:2:1234", "vsock"),
            ("vsock-stream:2:1234", "vsock"),
            ("relative", "neither a path"),
            ("/nobody/listens", "No such file"),
            ("@", "refused"),
        ] {
            let refused = send(OsStr::new(socket), b"READY=1\n", PATIENCE).unwrap_err().to_string();
            assert!(refused.contains(expected), "{socket}: {refused}");
        }
        assert!(send(OsStr::new(&format!("@{}", "x".repeat(200))), b"", PATIENCE).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_abstract_socket_is_notified() {
        use std::os::linux::net::SocketAddrExt;
        let name = format!("kazbek-test-{}", std::process::id());
        let address = std::os::unix::net::SocketAddr::from_abstract_name(&name).unwrap();
        let listener = UnixDatagram::bind_addr(&address).unwrap();
        send(OsStr::new(&format!("@{name}")), b"STOPPING=1\n", PATIENCE).unwrap();
        let mut read = [0; 32];
        let size = listener.recv(&mut read).unwrap();
        assert_eq!(read.get(..size), Some(&b"STOPPING=1\n"[..]));
    }

    #[derive(Debug, Default)]
    struct Recorder(RefCell<Vec<Notice>>);

    impl Supervisor for Recorder {
        fn notify(&self, notice: Notice) {
            self.0.borrow_mut().push(notice);
        }

        fn watchdog_limit(&self) -> Option<Duration> {
            Some(Duration::from_secs(120))
        }
    }

    /// Runs a watchdog of two minutes for an hour, second by second, and returns how many pings there were in each of
    /// its four quarters.
    async fn pings(mut each_second: impl FnMut(u64, &mut Watchdog)) -> [usize; 4] {
        let recorder = Recorder::default();
        let mut watchdog = Watchdog::new(recorder.watchdog_limit(), Duration::from_secs(180));
        let mut quarters = [0; 4];
        for second in 0..3_600 {
            each_second(second, &mut watchdog);
            let before = recorder.0.borrow().len();
            watchdog.check(&recorder);
            quarters[usize::try_from(second / 900).unwrap()] += recorder.0.borrow().len() - before;
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        quarters
    }

    #[tokio::test(start_paused = true)]
    async fn the_watchdog_is_pinged_at_a_third_of_its_limit() {
        let healthy = |_, watchdog: &mut Watchdog| {
            watchdog.writer_answered();
            watchdog.progressed();
        };
        let quarters = pings(healthy).await;
        assert!(quarters.iter().all(|count| (22..=23).contains(count)), "{quarters:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn no_ping_is_sent_while_feeds_are_due_and_no_poll_finishes() {
        let stalled = |second, watchdog: &mut Watchdog| {
            watchdog.writer_answered();
            // In the second and third quarter feeds wait in vain.
            if !(900..2_700).contains(&second) {
                watchdog.progressed();
            }
        };
        let quarters = pings(stalled).await;
        assert!(quarters[0] >= 22 && quarters[3] >= 22, "{quarters:?}");
        assert!(quarters[1] <= 5 && quarters[2] == 0, "{quarters:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn no_ping_is_sent_while_the_writer_does_not_answer() {
        let hanging = |second, watchdog: &mut Watchdog| {
            watchdog.progressed();
            if second < 900 {
                watchdog.writer_answered();
            }
        };
        let quarters = pings(hanging).await;
        assert!(quarters[0] >= 22 && quarters[1..] == [1, 0, 0] || quarters[1..] == [0, 0, 0], "{quarters:?}");
    }
}
