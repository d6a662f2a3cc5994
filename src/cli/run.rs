//! `run`: the daemon, with the signals that stop and reload it.

use std::time::Duration;

use clap::Args;
use indicatif::ProgressBar;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tracing::warn;

use super::arguments::ClockArguments;
use super::context::{Context, open_for_daemon};
use super::failure::{FAILED, Failure};
use super::output;
use crate::app::clock::Clock;
use crate::app::network::Internet;
use crate::app::pipeline::PipelineError;
use crate::app::runtime;
use crate::app::{exposed_files, feed_list};
use crate::config::Config;
use crate::daemon::requests::Reload;
use crate::daemon::run::{self, DaemonError, Environment};
use crate::daemon::supervisor::{Notice, Supervisor, Systemd};
use crate::poller::schedule::Seed;
use crate::serve::Sockets;

impl From<PipelineError> for Failure {
    fn from(error: PipelineError) -> Failure {
        match error {
            PipelineError::Store(error) => Failure::from(error),
            error => Failure::new(FAILED, error),
        }
    }
}

impl From<DaemonError> for Failure {
    fn from(error: DaemonError) -> Failure {
        match error {
            DaemonError::Pipeline(error) => Failure::from(error),
            error => Failure::new(FAILED, error),
        }
    }
}

/// systemd, and a person at a terminal, who sees a bar during the first round.
#[derive(Debug)]
struct Watchers {
    systemd: Systemd,
    bar: ProgressBar,
}

impl Supervisor for Watchers {
    fn notify(&self, notice: Notice) {
        match notice {
            Notice::FirstRound { polled, feeds } => {
                self.bar.set_length(feeds as u64);
                self.bar.set_position(polled as u64);
            }
            Notice::FirstRoundOver | Notice::Reloading | Notice::Stopping => self.bar.finish_and_clear(),
            Notice::Ready | Notice::Alive => {}
        }
        self.systemd.notify(notice);
    }

    fn watchdog_limit(&self) -> Option<Duration> {
        self.systemd.watchdog_limit()
    }
}

#[derive(Debug, Args)]
pub(super) struct RunArguments {
    #[command(flatten)]
    clock: ClockArguments,
}

pub(super) fn run(context: &Context, arguments: &RunArguments) -> Result<(), Failure> {
    let failed = |error| Failure::new(FAILED, format!("the daemon cannot start: {error}"));
    let runtime = runtime::new().map_err(failed)?;
    // A reload that is asked for during the start, which can take minutes after an upgrade, must not end the process.
    let reloads = runtime.block_on(async { hang_ups() }).map_err(failed)?;
    let sockets = Sockets::from_supervisor();
    let config = context.config()?;
    let _lock = context.lock()?;
    let ended = runtime.block_on(async {
        let mut shutdown = Box::pin(shutdown().map_err(failed)?);
        let folder = context.made_data_dir()?;
        let open = move || open_for_daemon(&folder);
        let Some(store) = run::opened(open, &Systemd, &mut shutdown).await? else {
            return Ok(());
        };
        // Not before: the files of another program are left as they are.
        let mended = exposed_files::mend(&context.data_dir()?, &config);
        if mended > 0 {
            warn!(
                count = mended,
                "others could read files of the data directory; only their owner can now (see `public_folder`)"
            );
        }
        feed_list::check_stored(&store, &config)?;
        let reload = Reload { requests: reloads, load: Box::new(move || Config::load(context.config_file())) };
        let environment = Environment {
            clock: Clock::system(),
            accepts_clock: arguments.clock.accept_clock,
            seed: Seed::random(),
            network: &Internet,
            sockets: Some(&sockets),
            supervisor: &Watchers { systemd: Systemd, bar: output::bar(0, "feeds polled") },
        };
        Ok(run::run(config, store, environment, shutdown, reload).await?)
    });
    // A slow disk must not delay the stop.
    runtime.shutdown_background();
    ended
}

/// Resolves to the name of the signal that asks the daemon to stop.
pub(super) fn shutdown() -> std::io::Result<impl Future<Output = &'static str>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        }
    })
}

/// Sends a message for each SIGHUP; signals that arrive while one is waiting are merged with it.
fn hang_ups() -> std::io::Result<mpsc::Receiver<()>> {
    let mut hang_up = signal(SignalKind::hangup())?;
    let (sender, requests) = mpsc::channel(1);
    tokio::spawn(async move {
        while hang_up.recv().await.is_some() && !sender.is_closed() {
            // A full channel already holds a request to reload.
            sender.try_send(()).unwrap_or_default();
        }
    });
    Ok(requests)
}
