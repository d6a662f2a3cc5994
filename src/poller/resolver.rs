//! The name service behind the guard: the addresses that were judged are the ones that are connected to.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::time::Instant;

use super::guard::{Guard, Refusal};

/// How long an answer of the name service is used again. Short, as the system gives no time to live with its answers.
const KEEP: Duration = Duration::from_secs(60);
/// How many names are kept; the rest are asked for again.
const KEEP_NAMES: usize = 4_096;

/// Answers by name, with the time they were asked for.
type Kept = HashMap<String, (Instant, Arc<[SocketAddr]>)>;

/// A host that has an address, but none that may be polled, or no address.
#[derive(Debug, thiserror::Error)]
pub(super) enum ResolveError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("no address for {host}: {source}")]
    Failed { host: String, source: io::Error },
}

/// Asks the system's name service, keeps answers for a minute, and lets through only what the guard allows.
#[derive(Debug, Clone)]
pub(super) struct Resolver {
    guard: Guard,
    /// A host that the operator named as proxy and that the guard therefore does not judge.
    trusted: Option<String>,
    kept: Arc<Mutex<Kept>>,
}

impl Resolver {
    pub(super) fn new(guard: Guard) -> Resolver {
        Resolver { guard, trusted: None, kept: Arc::default() }
    }

    /// The same resolver, with the same memory, for a client that goes through the proxy at `host`.
    pub(super) fn trusting(&self, host: &str) -> Resolver {
        Resolver { trusted: Some(host.to_owned()), ..self.clone() }
    }

    /// The addresses of `host` that may be connected to; at least one.
    pub(super) async fn lookup(&self, host: &str) -> Result<Vec<SocketAddr>, ResolveError> {
        let found = self.lookup_unjudged(host).await?;
        if self.trusted.as_deref() == Some(host) {
            return Ok(found.to_vec());
        }
        let mut refusal = None;
        let allowed: Vec<SocketAddr> = found
            .iter()
            .filter(|address| match self.guard.check_address(host, address.ip()) {
                Ok(()) => true,
                Err(refused) => {
                    refusal.get_or_insert(refused);
                    false
                }
            })
            .copied()
            .collect();
        match refusal {
            Some(refused) if allowed.is_empty() => Err(refused.into()),
            _ => Ok(allowed),
        }
    }

    async fn lookup_unjudged(&self, host: &str) -> Result<Arc<[SocketAddr]>, ResolveError> {
        if let Some((_, addresses)) = self.lock().get(host).filter(|(asked, _)| asked.elapsed() < KEEP) {
            return Ok(Arc::clone(addresses));
        }
        let failed = |source| ResolveError::Failed { host: host.to_owned(), source };
        let addresses: Arc<[SocketAddr]> = tokio::net::lookup_host((host, 0)).await.map_err(failed)?.collect();
        if addresses.is_empty() {
            return Err(failed(io::Error::new(io::ErrorKind::NotFound, "the name has no address")));
        }
        let mut kept = self.lock();
        if kept.len() >= KEEP_NAMES {
            kept.retain(|_, (asked, _)| asked.elapsed() < KEEP);
        }
        if kept.len() < KEEP_NAMES {
            kept.insert(host.to_owned(), (Instant::now(), Arc::clone(&addresses)));
        }
        Ok(addresses)
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let addresses = resolver.lookup(name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_at_private_addresses_are_refused_unless_allowed_or_trusted() {
        let strict = Resolver::new(Guard::default());
        assert!(matches!(strict.lookup("localhost").await, Err(ResolveError::Refused(_))));
        assert!(strict.trusting("localhost").lookup("localhost").await.is_ok());
        assert!(matches!(strict.trusting("proxy").lookup("localhost").await, Err(ResolveError::Refused(_))));
        let open = Resolver::new(Guard { allow_private: true });
        assert!(open.lookup("localhost").await.is_ok_and(|found| !found.is_empty()));
        assert!(matches!(open.lookup("no-such-host.invalid").await, Err(ResolveError::Failed { .. })));
    }

    #[tokio::test]
    async fn what_is_kept_is_judged_again_for_each_asker() {
        let strict = Resolver::new(Guard::default());
        assert!(strict.trusting("localhost").lookup("localhost").await.is_ok());
        assert_eq!(strict.lock().len(), 1);
        assert!(strict.lookup("localhost").await.is_err());
    }
}
