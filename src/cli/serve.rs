//! `serve`: the pages over a store that another process writes.

use std::sync::Arc;

use clap::Args;

use super::context::Context;
use super::failure::{FAILED, Failure, WRONG_USAGE};
use super::output;
use super::run::shutdown;
use crate::app::clock::Clock;
use crate::app::runtime;
use crate::config::Listen;
use crate::serve::{Server, Site, Sockets, new_token};
use crate::store::Store;

#[derive(Debug, Args)]
pub(super) struct ServeArguments {
    /// Where to listen: an address with a port, or unix:/path [default: as configured]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Print a new token and its hash for the configuration, and serve nothing
    #[arg(long, conflicts_with = "listen")]
    new_token: bool,
}

pub(super) fn serve(context: &Context, arguments: ServeArguments) -> Result<(), Failure> {
    if arguments.new_token {
        let (token, hash) = new_token().map_err(|error| Failure::new(FAILED, error))?;
        return output::table_text(&format!("token: {token}\n\n[serve]\ntoken_hash = \"{hash}\"\n"));
    }
    let failed = |error| Failure::new(FAILED, format!("pages cannot be served: {error}"));
    let runtime = runtime::new().map_err(failed)?;
    let stopped = runtime.block_on(async { shutdown() }).map_err(failed)?;
    let sockets = Sockets::from_supervisor();
    let mut config = context.config()?;
    if let Some(listen) = &arguments.listen {
        let listen: Listen = listen.parse().map_err(|error| Failure::new(WRONG_USAGE, format!("--listen: {error}")))?;
        config.listen_on(listen);
    }
    let database = context.data_dir()?.join(Store::FILE_NAME);
    let site = Site::new(Arc::new(config), &database, Clock::system());
    let server = Server::start(site, &sockets).map_err(|error| Failure::new(FAILED, error))?;
    let signal = runtime.block_on(stopped);
    tracing::info!(signal, "stopping");
    server.stop();
    Ok(())
}
