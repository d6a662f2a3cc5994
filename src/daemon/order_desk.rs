//! The socket through which commands reach the daemon.
//!
//! It is in the data directory, for the daemon's user only. It is there from the start of the daemon to its end, over
//! reloads as well; who carries out the orders is the scheduler of the time.

use std::collections::HashSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::OwnedWriteHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;
use tracing::{debug, warn};

use crate::app::orders::{Answer, ORDER_LIMIT_BYTES, Order, socket_path};
use crate::app::poll_once::Summary;
use crate::ingest::Recorded;

/// How long a command waits for the next of the polls that it asked for.
const PATIENCE: Duration = Duration::from_secs(300);

/// How often a command hears that its order is in hand, by the last progress again.
const BEAT: Duration = Duration::from_secs(1);

/// How often it hears so without any progress; then the order hangs, if the daemon does not.
const BEATS: u32 = 330;

/// Orders that wait to be looked at.
const QUEUE: usize = 16;

/// An order, and where the answers go. An order that is dropped without a last answer was not carried out.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) order: Order,
    pub(super) answers: Answers,
}

/// Takes the answers to one order. Fails if nobody waits for them any more.
pub(super) type Answers = mpsc::UnboundedSender<Answer>;

/// Receives the orders.
#[derive(Debug)]
pub(super) struct OrderDesk {
    orders: mpsc::Receiver<Asked>,
    /// The listener and its socket; `None` if there is no socket.
    listening: Option<(JoinHandle<()>, PathBuf)>,
}

impl OrderDesk {
    /// Begins to listen in a data directory whose lock is held. If that is not possible, the daemon works without.
    pub(super) fn open(data_dir: &Path) -> OrderDesk {
        let path = socket_path(data_dir);
        let (sender, orders) = mpsc::channel(QUEUE);
        let listening = match listen(&path) {
            Ok(listener) => Some((tokio::spawn(accept(listener, sender)), path)),
            Err(error) => {
                warn!(socket = %path.display(), %error, "other commands cannot reach this daemon");
                None
            }
        };
        OrderDesk { orders, listening }
    }

    /// Waits for the next order.
    pub(super) async fn next(&mut self) -> Asked {
        match self.orders.recv().await {
            Some(asked) => asked,
            None => std::future::pending().await,
        }
    }

    /// Ends the listening, and waits until it has ended. Commands that wait for answers see that there will be none.
    pub(super) async fn close(mut self) {
        if let Some((task, path)) = self.listening.take() {
            close(&task, &path);
            // It was aborted, which is an error to those who wait for it.
            drop(task.await);
        }
    }
}

impl Drop for OrderDesk {
    fn drop(&mut self) {
        if let Some((task, path)) = self.listening.take() {
            close(&task, &path);
        }
    }
}

fn close(task: &JoinHandle<()>, path: &Path) {
    task.abort();
    // The next daemon removes what stays.
    drop(std::fs::remove_file(path));
}

/// Polls that a command waits for.
#[derive(Debug)]
pub(super) struct AwaitedPolls {
    left: HashSet<i64>,
    of: u64,
    summary: Summary,
    /// When one of them ended last, or the order came.
    last_at: Instant,
    answers: Answers,
}

impl AwaitedPolls {
    /// Begins to wait for polls of feeds. Returns `None` if there is nothing to wait for.
    pub(super) fn begin(feeds: Vec<i64>, answers: Answers) -> Option<AwaitedPolls> {
        let left: HashSet<i64> = feeds.into_iter().collect();
        let (of, last_at) = (left.len() as u64, Instant::now());
        let awaited = AwaitedPolls { left, of, summary: Summary::default(), last_at, answers };
        awaited.tell().then_some(awaited)
    }

    /// Takes note of a poll. Returns whether the command still waits for others.
    pub(super) fn polled(&mut self, recorded: &Recorded) -> bool {
        if !self.left.remove(&recorded.feed.id) {
            return true;
        }
        self.summary.add(recorded);
        self.last_at = Instant::now();
        self.tell()
    }

    /// Waits no longer for feeds that are not polled any more. Returns whether the command still waits for others.
    pub(super) fn keep(&mut self, is_polled: impl Fn(i64) -> bool) -> bool {
        self.left.retain(|id| is_polled(*id));
        self.tell()
    }

    /// Has the command wait no longer if no poll has ended for long: a server may ask for an hour of patience. Returns
    /// whether it still waits.
    pub(super) fn waits_on(&self) -> bool {
        let is_patient = self.last_at.elapsed() < PATIENCE;
        if !is_patient {
            let (left, minutes) = (self.left.len(), PATIENCE.as_secs() / 60);
            let reason = format!(
                "{left} of {} feeds were not polled within {minutes} minutes, perhaps because their servers asked for patience; \
                 the daemon polls them later",
                self.of
            );
            drop(self.answers.send(Answer::Failed(reason)));
        }
        is_patient
    }

    /// Tells the command how far the polls are. Returns whether it waits for more.
    fn tell(&self) -> bool {
        let left = self.left.len() as u64;
        let answer = match left {
            0 => Answer::done(&self.summary),
            left => Answer::Progress { done: self.of.saturating_sub(left), of: self.of },
        };
        self.answers.send(answer).is_ok() && left > 0
    }
}

fn listen(path: &Path) -> std::io::Result<UnixListener> {
    // One that a killed daemon left. No other daemon works here.
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

async fn accept(listener: UnixListener, orders: mpsc::Sender<Asked>) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
        };
        match accepted {
            Ok((stream, _)) => drop(connections.spawn(serve(stream, orders.clone()))),
            Err(error) => {
                debug!(%error, "no connection could be accepted");
                // Without descriptors, there may be one later.
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Passes on the orders of one connection, one after another, and their answers.
async fn serve(stream: UnixStream, orders: mpsc::Sender<Asked>) {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = (&mut reader).take(ORDER_LIMIT_BYTES).read_until(b'\n', &mut line).await;
        if !matches!(read, Ok(1..)) {
            return;
        }
        let (sender, mut answers) = mpsc::unbounded_channel();
        // So that the command knows that somebody is there.
        let mut progress = Answer::Progress { done: 0, of: 0 };
        match serde_json::from_slice(&line) {
            Ok(order) => {
                if tell(&mut writer, &progress).await.is_err() {
                    return;
                }
                if orders.send(Asked { order, answers: sender }).await.is_err() {
                    return;
                }
            }
            Err(error) => {
                let reason =
                    format!("the daemon does not know this order ({error}); if kazbek was upgraded, restart it");
                drop(sender.send(Answer::Failed(reason)));
            }
        }
        let (mut is_done, mut beats) = (false, 0);
        loop {
            match tokio::time::timeout(BEAT, answers.recv()).await {
                Ok(None) => break,
                Ok(Some(answer)) => {
                    is_done |= answer.is_last();
                    progress = answer;
                    beats = 0;
                }
                Err(_) if is_done || beats == BEATS => continue,
                Err(_) => beats += 1,
            }
            if tell(&mut writer, &progress).await.is_err() {
                return;
            }
        }
        // Closing the connection says that it was not done.
        if !is_done {
            return;
        }
    }
}

async fn tell(writer: &mut OwnedWriteHalf, answer: &Answer) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(answer)?;
    line.push(b'\n');
    writer.write_all(&line).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_command_does_not_wait_for_ever_for_a_server_that_asks_for_patience() {
        let (answers, mut told) = mpsc::unbounded_channel();
        let awaited = AwaitedPolls::begin(vec![1, 2, 2], answers).unwrap();
        assert!(matches!(told.recv().await, Some(Answer::Progress { done: 0, of: 2 })));
        tokio::time::advance(PATIENCE - Duration::from_secs(1)).await;
        assert!(awaited.waits_on() && told.is_empty());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(!awaited.waits_on());
        let Some(Answer::Failed(reason)) = told.recv().await else { panic!("no reason is given") };
        assert!(reason.starts_with("2 of 2 feeds were not polled within 5 minutes"), "{reason}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_command_hears_of_an_order_that_takes_long_until_it_hangs() {
        let (command, daemon) = UnixStream::pair().unwrap();
        let (sender, mut orders) = mpsc::channel(QUEUE);
        let desk = tokio::spawn(serve(daemon, sender));
        let (answers, mut asking) = command.into_split();
        asking.write_all(b"{\"order\":\"poll\",\"feeds\":[1]}\n").await.unwrap();
        let asked = orders.recv().await.unwrap();
        let mut answers = BufReader::new(answers).lines();
        let beat = "{\"progress\":{\"done\":0,\"of\":0}}";
        for number in 0..=BEATS {
            assert_eq!(answers.next_line().await.unwrap().as_deref(), Some(beat), "{number}");
        }
        let silence = tokio::time::timeout(20 * BEAT, answers.next_line()).await;
        assert!(silence.is_err(), "{silence:?}");
        asked.answers.send(Answer::Done(1.into())).unwrap();
        assert_eq!(answers.next_line().await.unwrap().as_deref(), Some("{\"done\":1}"));
        desk.abort();
    }

    #[tokio::test]
    async fn a_command_that_asks_for_nothing_is_done_at_once() {
        let (answers, mut told) = mpsc::unbounded_channel();
        assert!(AwaitedPolls::begin(Vec::new(), answers).is_none());
        assert!(matches!(told.recv().await, Some(Answer::Done(_))));
    }
}
