//! Access to the network, through traits, so that tests can replace it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::deliver::{Deliver, DeliveryOptions, Sender};
use crate::http::{ClientError, ClientOptions};
use crate::poller::{self, Fetcher, Outcome, Request};

/// Creates fetchers and senders: for the internet, or for a simulated network in tests.
pub trait Network: std::fmt::Debug + Send + Sync {
    /// Returns a fetcher with the options of one configuration.
    ///
    /// # Errors
    /// Fails if the URL of a proxy is invalid.
    fn fetcher(&self, options: &poller::Options) -> Result<Arc<dyn Fetch>, ClientError>;

    /// Returns a sender with the options of one configuration; by default a real one.
    ///
    /// # Errors
    /// Fails if the URL of a proxy is invalid.
    fn sender(&self, client: &ClientOptions, options: &DeliveryOptions) -> Result<Arc<dyn Deliver>, ClientError> {
        Ok(Arc::new(Sender::new(client, options)?))
    }
}

/// Fetches feeds.
pub trait Fetch: std::fmt::Debug + Send + Sync {
    /// Fetches one feed within its deadline. Failures are outcomes too.
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
