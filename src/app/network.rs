//! The way to the network, so that the daemon can be run against another one.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::deliver::{Deliver, DeliveryOptions, Sender};
use crate::http::{ClientError, ClientOptions};
use crate::poller::{self, Fetcher, Outcome, Request};

/// Where fetchers and senders come from: the internet, or in tests a network that is made up.
pub trait Network: std::fmt::Debug + Send + Sync {
    /// A fetcher with the options of one configuration.
    ///
    /// # Errors
    /// If a proxy's address is not valid.
    fn fetcher(&self, options: &poller::Options) -> Result<Arc<dyn Fetch>, ClientError>;

    /// A sender with the options of one configuration; by default the real one.
    ///
    /// # Errors
    /// If a proxy's address is not valid.
    fn sender(&self, client: &ClientOptions, options: &DeliveryOptions) -> Result<Arc<dyn Deliver>, ClientError> {
        Ok(Arc::new(Sender::new(client, options)?))
    }
}

/// Fetches feeds.
pub trait Fetch: std::fmt::Debug + Send + Sync {
    /// Fetches one feed. Whatever happens is an outcome, and it comes within a deadline.
    fn fetch<'a>(&'a self, request: &'a Request) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;
}

/// The real network.
#[derive(Clone, Copy, Debug, Default)]
pub struct Internet;

impl Network for Internet {
    fn fetcher(&self, options: &poller::Options) -> Result<Arc<dyn Fetch>, ClientError> {
        Ok(Arc::new(Fetcher::new(options)?))
    }
}

impl Fetch for Fetcher {
    fn fetch<'a>(&'a self, request: &'a Request) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        Box::pin(Fetcher::fetch(self, request))
    }
}
