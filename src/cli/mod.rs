//! The command line: one file per command, with its arguments; exit codes.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage, 65 bad input data, 78 bad configuration. Data goes to stdout, logs and
//! progress bars to stderr.

mod arguments;
mod classify;
mod context;
mod database;
mod dedup;
mod digest;
mod explain;
mod export;
mod failure;
mod feeds;
mod import;
mod input;
mod lexicon;
mod manual;
mod mcp;
mod out_feed;
mod outbox;
mod output;
mod parse;
mod poll;
mod reclassify;
mod run;
mod screen;
mod search;
mod serve;
mod text_input;
mod trends;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use context::Context;
use failure::Failure;

/// The heading of the options that every command takes, so that its help shows its own options apart from them.
const GLOBAL_OPTIONS: &str = "Global options";

/// Poll news feeds, tag items that concern the Caucasus and Russia, keep each story once, and write digests and trend
/// reports
#[derive(Debug, Parser)]
#[command(name = "kazbek", version, propagate_version = true)]
struct Cli {
    /// Configuration file [default: $KAZBEK_CONFIG, else the first of ./config/kazbek.toml,
    /// $XDG_CONFIG_HOME/kazbek/kazbek.toml, /etc/kazbek/kazbek.toml, else built in]
    #[arg(long, global = true, help_heading = GLOBAL_OPTIONS, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Directory of the database and the digests [default: $STATE_DIRECTORY, else $XDG_DATA_HOME/kazbek, else
    /// ~/.local/share/kazbek]
    #[arg(long, global = true, help_heading = GLOBAL_OPTIONS, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Use the data of the system's service, in /var/lib/kazbek, and its configuration, /etc/kazbek/kazbek.toml
    #[arg(long, global = true, help_heading = GLOBAL_OPTIONS, conflicts_with = "data_dir")]
    system: bool,
    /// Format of log lines: auto, text, json, journald [default: as configured]
    #[arg(long, global = true, help_heading = GLOBAL_OPTIONS, value_name = "FORMAT")]
    log_format: Option<crate::logging::LogFormat>,
    /// Log filter, e.g. `debug` or `info,kazbek::poller=debug` [default: as configured]
    #[arg(long, global = true, help_heading = GLOBAL_OPTIONS, value_name = "FILTER")]
    log_level: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the daemon: poll feeds when they are due, write and deliver digests, until it is stopped
    Run(run::RunArguments),
    /// Poll all feeds once, or those due, or those named
    Poll(poll::PollArguments),
    /// Show and change the feeds
    #[command(subcommand)]
    Feeds(feeds::FeedsCommand),
    /// Read a feed and print its items
    Parse(parse::ParseArguments),
    /// Tag items: JSONL in, a line of columns for each out, or JSONL with --json
    Classify(input::StreamArguments),
    /// Find duplicates and stories among items, without the database: JSONL in, columns out, or JSONL with --json
    Dedup(dedup::DedupArguments),
    /// Import history: JSONL of {url, title, summary, published, outlet, language}
    Import(import::ImportArguments),
    /// Export the history
    Export(export::ExportArguments),
    /// Search the tagged items of the history, by word or name, in any script
    Search(search::SearchArguments),
    /// Print the trend report
    Trends(trends::TrendsArguments),
    /// Print the digest of the day, week, month or year that contains a date
    Digest(digest::DigestArguments),
    /// Print an Atom or JSON feed of digests, or of items by scope, tag or search
    OutFeed(out_feed::OutFeedArguments),
    /// Re-tag stored items under the current lexicon; continues where it was interrupted
    Reclassify(reclassify::ReclassifyArguments),
    /// Explain why an item has its tags, and why it is a duplicate or part of a story
    Explain(explain::ExplainArguments),
    /// Show deliveries, and retry those that failed
    #[command(subcommand)]
    Outbox(outbox::OutboxCommand),
    /// Check, back up, repair and prune the database
    #[command(subcommand)]
    Db(database::DbCommand),
    /// Check, extend and format a lexicon
    #[command(subcommand)]
    Lexicon(lexicon::LexiconCommand),
    /// Check configuration, lexicon, feed list and data directory; report every fault with file and line
    Check,
    /// Serve the pages over a database that `kazbek run` or an import writes, until it is stopped
    Serve(serve::ServeArguments),
    /// Offer the history to an assistant as tools of the Model Context Protocol, over standard input and output
    Mcp,
    /// Print shell completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page of a command, or write those of all commands
    Man(manual::ManArguments),
}

/// Returns the command line, with examples.
fn command() -> clap::Command {
    manual::with_examples(Cli::command())
}

/// Runs the command line of this process and returns its exit code.
pub fn main() -> ExitCode {
    failure::report_panics_in_one_line();
    let cli = match command().try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(help) if !help.use_stderr() => help.exit(),
        Err(error) => return failure::wrong_usage(&error),
    };
    match failure::caught(|| dispatch(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.exit(),
    }
}

fn dispatch(cli: Cli) -> Result<(), Failure> {
    let context = match cli.system {
        true => Context::of_service(cli.config, cli.log_format, cli.log_level),
        false => Context::new(cli.config, cli.data_dir, cli.log_format, cli.log_level),
    };
    match cli.command {
        Command::Run(arguments) => run::run(&context, &arguments),
        Command::Poll(arguments) => poll::poll(&context, &arguments),
        Command::Feeds(command) => feeds::feeds(&context, command),
        Command::Parse(arguments) => parse::parse(&arguments),
        Command::Classify(arguments) => classify::classify(&context, &arguments),
        Command::Dedup(arguments) => dedup::dedup(&context, &arguments),
        Command::Import(arguments) => import::import(&context, &arguments),
        Command::Export(arguments) => export::export(&context, &arguments),
        Command::Search(arguments) => search::search(&context, &arguments),
        Command::Trends(arguments) => trends::trends(&context, &arguments),
        Command::Digest(arguments) => digest::digest(&context, &arguments),
        Command::OutFeed(arguments) => out_feed::out_feed(&context, &arguments),
        Command::Reclassify(arguments) => reclassify::reclassify(&context, &arguments),
        Command::Explain(arguments) => explain::explain(&context, &arguments),
        Command::Outbox(command) => outbox::outbox(&context, &command),
        Command::Db(command) => database::database(&context, command),
        Command::Lexicon(command) => lexicon::lexicon(&context, &command),
        Command::Serve(arguments) => serve::serve(&context, arguments),
        Command::Mcp => mcp::mcp(&context),
        Command::Check => database::check(&context),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut command(), "kazbek", &mut script);
            output::data_text(&String::from_utf8_lossy(&script))
        }
        Command::Man(arguments) => manual::man(command(), &arguments),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    /// Examples as a person types them, one command of a line at a time.
    #[test]
    fn every_command_has_examples_that_it_takes() {
        fn check(command: &clap::Command, path: &str) {
            let help = command.get_after_help().unwrap_or_else(|| panic!("`{path}` has no example")).to_string();
            assert!(command.get_about().is_some(), "`{path}` does not say what it does");
            let lines = help.lines().map(str::trim).filter(|line| !line.starts_with('#') && *line != "Examples:");
            let mut count = 0;
            for line in lines {
                // Quotes keep words together; there are none within others but those of a phrase.
                let shell = line.replace("$(date +%F)", "2026-01-31").replace("'\"peace treaty\" OR zangez*'", "peace");
                let shell = shell.replace("\"The News\"", "News");
                for part in shell.split([';', '|', '>']).flat_map(|part| part.split("&&")) {
                    let part = part.trim().trim_start_matches("sudo ");
                    if part.starts_with("kazbek ") {
                        count += 1;
                        let words = part.split_whitespace();
                        assert!(part.starts_with(path), "an example of `{path}`: {line}");
                        if let Err(error) = Cli::try_parse_from(words) {
                            panic!("{line}: {error}");
                        }
                    }
                }
            }
            assert!(count > 0, "`{path}`: {help}");
            for sub in command.get_subcommands() {
                check(sub, &format!("{path} {}", sub.get_name()));
            }
        }
        check(&command(), "kazbek");
    }
}
