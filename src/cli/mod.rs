//! The command line: what a person types, one file a command, and exit codes.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage, 65 bad input data, 78 bad configuration. Data goes to stdout, logs and
//! progress bars to stderr.

mod analyse;
mod context;
mod database;
mod explain;
mod failure;
mod feed_check;
mod feeds;
mod history;
mod inspect;
mod levels;
mod lexicon;
mod outbox;
mod outfeed;
mod output;
mod panics;
mod poll;
mod reports;
mod run;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use context::Context;
use failure::Failure;

/// Polls news feeds, tags what concerns the Caucasus and Russia, keeps every story once, and writes digests and trend reports.
#[derive(Debug, Parser)]
#[command(name = "kazbek", version, propagate_version = true, disable_help_subcommand = true)]
struct Cli {
    /// Configuration file [default: $KAZBEK_CONFIG, else the first of ./config/kazbek.toml, $XDG_CONFIG_HOME/kazbek/kazbek.toml, /etc/kazbek/kazbek.toml, else built in]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the database and the digests live [default: $STATE_DIRECTORY, else $XDG_DATA_HOME/kazbek, else ~/.local/share/kazbek]
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Form of log lines: auto, text, json, journald [default: that of the configuration]
    #[arg(long, global = true, value_name = "FORMAT")]
    log_format: Option<crate::logging::LogFormat>,
    /// What is logged, e.g. `debug` or `info,kazbek::poller=debug` [default: that of the configuration]
    #[arg(long, global = true, value_name = "FILTER")]
    log_level: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The daemon: polls feeds when they are due and writes digests, until it is told to stop
    Run,
    /// One round of all feeds, of those due, or of those named
    Poll(PollArguments),
    /// The feeds and their health
    #[command(subcommand)]
    Feeds(FeedsCommand),
    /// What a feed reads as
    Parse(ParseArguments),
    /// Tags of items: JSONL in, JSONL out
    Classify(StreamArguments),
    /// Duplicates and stories among items: JSONL in, JSONL out, no store touched
    Dedup(StreamArguments),
    /// History in: JSONL of {url, title, summary, published, outlet, language}
    Import(ImportArguments),
    /// History out
    Export(ExportArguments),
    /// Full text over the history, in any script
    Search(SearchArguments),
    /// The trend report
    Trends(TrendsArguments),
    /// The digest of the day, week, month or year that contains a date
    Digest(DigestArguments),
    /// Atom and JSON Feed of digests, and of items by scope, tag or search; without arguments, their names
    OutFeed(outfeed::OutFeedArguments),
    /// The history again under today's lexicon, in place; can be interrupted and goes on where it stopped
    Reclassify(ReclassifyArguments),
    /// Why an item is tagged, a duplicate of another, in its story
    Explain(ExplainArguments),
    /// List deliveries, and retry those that failed
    #[command(subcommand)]
    Outbox(OutboxCommand),
    /// Integrity, backup, space and figures of the database
    #[command(subcommand)]
    Db(DbCommand),
    /// The lexicon, for people who write one
    #[command(subcommand)]
    Lexicon(lexicon::LexiconCommand),
    /// Every fault of the configuration, the lexicon, the feed list and the data directory, with file and line
    Check,
    /// Shell completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// The manual page
    Man,
}

#[derive(Debug, Args)]
struct PollArguments {
    /// Only feeds that are due
    #[arg(long, conflicts_with = "feeds")]
    due: bool,
    /// One JSON object in place of the summary line
    #[arg(long)]
    json: bool,
    /// Addresses or titles of feeds; all where none is given
    feeds: Vec<String>,
}

#[derive(Debug, Subcommand)]
enum FeedsCommand {
    /// Every feed with its health
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
        /// Only feeds whose last fetch failed
        #[arg(long)]
        failing: bool,
    },
    /// Adds feeds; of a web page, the feed that it names
    Add {
        /// Addresses
        #[arg(required = true)]
        urls: Vec<String>,
        /// Who publishes them [default: the feed's title]
        #[arg(long)]
        outlet: Option<String>,
        /// Press bloc of the outlet
        #[arg(long)]
        bloc: Option<crate::model::PressBloc>,
        /// Keeps the address without fetching it
        #[arg(long)]
        unchecked: bool,
    },
    /// Removes feeds; their history stays
    Remove(FeedNames),
    /// Polls feeds again that were switched off
    Enable(FeedNames),
    /// Switches feeds off
    Disable(FeedNames),
    /// Fetches and reads a feed, says what it found, how it is polled and how its last fetches ended; nothing is stored
    Check {
        /// Address or file
        target: String,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Adds the feeds of an OPML file
    Import {
        /// OPML file, or - for standard input
        file: PathBuf,
    },
    /// Writes the feeds as OPML
    Export,
}

#[derive(Debug, Args)]
struct FeedNames {
    /// Addresses or titles
    #[arg(required = true)]
    feeds: Vec<String>,
}

#[derive(Debug, Args)]
struct ParseArguments {
    /// File, or - for standard input
    file: PathBuf,
    /// Address that relative links are resolved against
    #[arg(long, value_name = "URL")]
    base: Option<String>,
    /// Content-Type that the body came with
    #[arg(long, value_name = "CT")]
    content_type: Option<String>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct StreamArguments {
    /// JSONL file, or - for standard input
    #[arg(default_value = "-")]
    file: PathBuf,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct ImportArguments {
    /// JSONL or CSV file, .gz or not, or - for standard input
    file: PathBuf,
    /// jsonl or csv; by default what the file's name says, else jsonl
    #[arg(long, value_enum)]
    format: Option<ExportFormat>,
    /// One JSON object in place of the summary line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Range {
    /// First day or instant, e.g. 2026-01-31 or 2026-01-31T12:00:00Z
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
    /// The day or instant behind the last
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// Only items with this tag, e.g. place:armenia; several: all of them
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
}

#[derive(Debug, Args)]
struct ExportArguments {
    #[command(flatten)]
    range: Range,
    /// jsonl or csv
    #[arg(long, value_enum, default_value_t = ExportFormat::Jsonl)]
    format: ExportFormat,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ExportFormat {
    Jsonl,
    Csv,
}

#[derive(Debug, Args)]
struct SearchArguments {
    /// Words that must all stand in an item; "a phrase"; begin*; one OR other
    #[arg(required = true)]
    query: Vec<String>,
    #[command(flatten)]
    range: Range,
    /// Only items of this outlet
    #[arg(long)]
    outlet: Option<String>,
    /// At most this many
    #[arg(long, default_value_t = 20)]
    limit: usize,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct TrendsArguments {
    #[command(flatten)]
    range: Range,
    /// Only this pair of actors, e.g. russia-armenia
    #[arg(long, value_name = "A-B")]
    pair: Option<String>,
    /// Bare counts by hour, day, week or month instead of the report: of tags, pairs, outlets, vantages and stories, as text or JSON
    #[arg(long, value_enum, value_name = "STEP")]
    by: Option<StepArgument>,
    /// text, html, md or json
    #[arg(long, value_enum, default_value_t = TrendsFormat::Text)]
    format: TrendsFormat,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum StepArgument {
    Hour,
    Day,
    Week,
    Month,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum TrendsFormat {
    Text,
    Html,
    Md,
    Json,
}

#[derive(Debug, Args)]
struct DigestArguments {
    /// How long
    #[arg(long, value_enum, default_value_t = PeriodArgument::Day)]
    period: PeriodArgument,
    /// A day in the period [default: yesterday]
    #[arg(long, value_name = "DATE")]
    date: Option<jiff::civil::Date>,
    /// html, mail (html as a mail bears it), md, text, json or atom
    #[arg(long, value_enum, default_value_t = DigestFormat::Text)]
    format: DigestFormat,
    /// The issues that were written: cadence, number, label, content hash
    #[arg(long, conflicts_with_all = ["period", "date", "format"])]
    list: bool,
    /// The list as JSON
    #[arg(long, requires = "list")]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PeriodArgument {
    Day,
    Week,
    Month,
    Year,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DigestFormat {
    Html,
    Mail,
    Md,
    Text,
    Json,
    Atom,
}

#[derive(Debug, Args)]
struct ReclassifyArguments {
    /// Only items that count at or after this day or instant
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
}

#[derive(Debug, Args)]
struct ExplainArguments {
    /// Id of an item, or address of an article
    item: String,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum OutboxCommand {
    /// List deliveries, newest first
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
        /// Only dead letters: those that were given up
        #[arg(long)]
        dead: bool,
        /// Only those that are waiting or in progress
        #[arg(long)]
        open: bool,
        /// At most this many
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Retry deliveries at once; works while `kazbek run` is running, which does the delivering
    Retry {
        /// Ids of deliveries, as shown by `outbox list`
        #[arg(required_unless_present = "dead", conflicts_with = "dead")]
        ids: Vec<i64>,
        /// All dead letters
        #[arg(long)]
        dead: bool,
    },
}

#[derive(Debug, Subcommand)]
enum DbCommand {
    /// Looks for damage
    Check {
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Copies the database while others use it
    Backup {
        /// The new file
        file: PathBuf,
    },
    /// Give unused space back to the file system; the data stay as they are
    Compact,
    /// Rebuild the search index and the daily counts if they contradict the items
    Repair,
    /// Remove what [store] no longer keeps: old items and texts, and the oldest items of a file that is too large
    Prune {
        /// Only count what would be removed; this can run beside the daemon
        #[arg(long)]
        dry_run: bool,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Figures
    Stats {
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
}

/// Runs the command line of this process and returns its exit code.
pub fn main() -> ExitCode {
    panics::tell_in_one_line();
    let cli = Cli::parse();
    match panics::caught(|| dispatch(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.exit(),
    }
}

fn dispatch(cli: Cli) -> Result<(), Failure> {
    let context = Context::new(cli.config, cli.data_dir, cli.log_format, cli.log_level);
    match cli.command {
        Command::Run => run::run(&context),
        Command::Poll(arguments) => poll::poll(&context, &arguments),
        Command::Feeds(command) => feeds::feeds(&context, command),
        Command::Parse(arguments) => inspect::parse(&arguments),
        Command::Classify(arguments) => analyse::classify(&context, &arguments),
        Command::Dedup(arguments) => analyse::dedup(&context, &arguments),
        Command::Import(arguments) => history::import(&context, &arguments),
        Command::Export(arguments) => history::export(&context, &arguments),
        Command::Search(arguments) => inspect::search(&context, &arguments),
        Command::Trends(arguments) => reports::trends(&context, &arguments),
        Command::Digest(arguments) => reports::digest(&context, &arguments),
        Command::OutFeed(arguments) => outfeed::out_feed(&context, &arguments),
        Command::Reclassify(arguments) => history::reclassify(&context, &arguments),
        Command::Explain(arguments) => explain::explain(&context, &arguments),
        Command::Outbox(command) => outbox::outbox(&context, &command),
        Command::Db(command) => database::database(&context, command),
        Command::Lexicon(command) => lexicon::lexicon(&context, &command),
        Command::Check => database::check(&context),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "kazbek", &mut script);
            output::bytes(&script)
        }
        Command::Man => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut page)?;
            output::bytes(&page)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
