//! The daemon in this process, in simulated time, with servers on loopback.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use kazbek::api::app::clock::Clock;
use kazbek::api::app::network::{Fetch, Internet, Network};
use kazbek::api::config::Config;
use kazbek::api::daemon::requests::Reload;
use kazbek::api::daemon::run::{Environment, run};
use kazbek::api::daemon::supervisor::Systemd;
use kazbek::api::deliver::{Deliver, DeliveryError, DeliveryOptions, Message, Recipient};
use kazbek::api::http::{ClientError, ClientOptions};
use kazbek::api::poller::{self, Outcome, Request, Seed};
use kazbek::api::store::Store;
use tokio::sync::{mpsc, oneshot};

use crate::support::kazbek::Kazbek;

/// What becomes of the first attempts, whose recipients' servers are not asked; later ones go through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Attempts {
    #[default]
    GoThrough,
    /// The first one panics.
    PanicOnce,
    /// The first one never ends.
    HangOnce,
}

/// Runs the daemon from an instant on, beside a script, and stops it when the script has ended.
pub(crate) fn simulate<T, F: Future<Output = T>>(
    kazbek: &Kazbek,
    config: &Config,
    start: Timestamp,
    attempts: Attempts,
    script: impl FnOnce(Clock) -> F,
) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    std::fs::create_dir_all(kazbek.path("data")).unwrap();
    let store = Store::open(&kazbek.path("data/kazbek.db")).unwrap();
    runtime.block_on(async {
        let clock = Clock::simulated(start);
        let network = Loopback { clock: clock.clone(), attempts, count: Arc::default() };
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async {
            stopped.await.unwrap();
            "the test"
        };
        let (_reload, requests) = mpsc::channel(1);
        let reload = Reload { requests, load: Box::new(|| unreachable!("nobody asks for it")) };
        let environment = Environment {
            clock: clock.clone(),
            accepts_clock: false,
            seed: Seed(1),
            network: &network,
            supervisor: &Systemd,
            sockets: None,
        };
        let daemon = run(config.clone(), store, environment, shutdown, reload);
        let script = async {
            let output = script(clock).await;
            stop.send(()).unwrap();
            output
        };
        let (ended, output) = tokio::join!(daemon, script);
        ended.unwrap();
        output
    })
}

/// The configuration of an installation.
pub(crate) fn config(kazbek: &Kazbek) -> Config {
    Config::load(Some(&kazbek.path("kazbek.toml"))).unwrap_or_else(|error| panic!("{error}"))
}

/// Lets simulated time pass until something is done, looking every half minute; fails after a month.
pub(crate) async fn until(what: &str, mut is_done: impl FnMut() -> bool) {
    let step = Duration::from_secs(30);
    for _ in 0..(30 * 86_400 / step.as_secs()) {
        if is_done() {
            return;
        }
        tokio::time::sleep(step).await;
    }
    panic!("{what} did not come");
}

/// The real clients. Simulated time does not pass while they talk to a server.
#[derive(Debug)]
struct Loopback {
    clock: Clock,
    attempts: Attempts,
    count: Arc<AtomicU32>,
}

impl Network for Loopback {
    fn fetcher(&self, options: &poller::Options) -> Result<Arc<dyn Fetch>, ClientError> {
        Ok(Arc::new(Fetcher { clock: self.clock.clone(), inner: Internet.fetcher(options)? }))
    }

    fn sender(&self, client: &ClientOptions, options: &DeliveryOptions) -> Result<Arc<dyn Deliver>, ClientError> {
        let (clock, attempts, count) = (self.clock.clone(), self.attempts, Arc::clone(&self.count));
        Ok(Arc::new(Sender { clock, attempts, count, inner: Internet.sender(client, options)? }))
    }
}

#[derive(Debug)]
struct Fetcher {
    clock: Clock,
    inner: Arc<dyn Fetch>,
}

impl Fetch for Fetcher {
    fn fetch<'a>(&'a self, request: &'a Request) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        Box::pin(async move {
            let _busy = self.clock.busy();
            self.inner.fetch(request).await
        })
    }
}

#[derive(Debug)]
struct Sender {
    clock: Clock,
    attempts: Attempts,
    count: Arc<AtomicU32>,
    inner: Arc<dyn Deliver>,
}

impl Deliver for Sender {
    fn deliver<'a>(
        &'a self,
        recipient: &'a Recipient,
        message: Message,
        parts_done: &'a AtomicU32,
    ) -> Pin<Box<dyn Future<Output = Result<(), DeliveryError>> + Send + 'a>> {
        Box::pin(async move {
            let is_first = self.count.fetch_add(1, Ordering::Relaxed) == 0;
            match self.attempts {
                Attempts::PanicOnce if is_first => panic!("of this transport"),
                Attempts::HangOnce if is_first => std::future::pending().await,
                _ => {}
            }
            let _busy = self.clock.busy();
            self.inner.deliver(recipient, message, parts_done).await
        })
    }
}
