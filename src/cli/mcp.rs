//! `mcp`: tools for an assistant that starts this command and speaks to it.

use std::sync::Arc;

use super::context::Context;
use super::failure::{FAILED, Failure};
use super::run::shutdown;
use crate::app::clock::Clock;
use crate::app::runtime;
use crate::mcp;
use crate::serve::{LocalApi, Site};
use crate::store::Store;

pub(super) fn mcp(context: &Context) -> Result<(), Failure> {
    let failed = |error| Failure::new(FAILED, format!("the tools cannot be offered: {error}"));
    let runtime = runtime::new().map_err(failed)?;
    let stopped = runtime.block_on(async { shutdown() }).map_err(failed)?;
    let database = context.data_dir()?.join(Store::FILE_NAME);
    let site = Site::new(Arc::new(context.config()?), &database, Clock::system());
    let ended = runtime.block_on(async {
        tokio::select! {
            ended = mcp::answer(LocalApi::new(site)) => ended,
            _ = stopped => Ok(()),
        }
    });
    // A read of standard input cannot be cancelled.
    runtime.shutdown_background();
    ended.map_err(|error| Failure::new(FAILED, format!("the assistant does not speak the protocol: {error}")))
}
