//! Examples for the help of each command, and manual pages (man-pages(7)).

use std::path::Path;

use clap::{Args, Command, ValueHint};

use super::failure::{FAILED, Failure, WRONG_USAGE};
use super::output;
use crate::files::{self, Access};

#[derive(Debug, Args)]
pub(super) struct ManArguments {
    /// The command, such as `feeds add` [default: kazbek itself]
    command: Vec<String>,
    /// Write the pages of all commands to this folder, such as /usr/local/share/man/man1
    #[arg(long, value_name = "DIR", conflicts_with = "command", value_hint = ValueHint::DirPath)]
    all: Option<std::path::PathBuf>,
}

/// Examples of a command: what each does, and its line.
type Examples = &'static [(&'static str, &'static str)];

/// The examples of each command, by its words.
const EXAMPLES: &[(&str, Examples)] = &[
    (
        "",
        &[
            ("Poll the feeds once, and read what they have", "kazbek poll && kazbek digest --date $(date +%F)"),
            ("Poll for good, and write a digest each morning", "kazbek run"),
        ],
    ),
    (
        "run",
        &[
            ("Run in the foreground, and say what is done with each feed", "kazbek run --log-level debug"),
            ("Use a configuration of your own", "kazbek run --config kazbek.toml"),
        ],
    ),
    (
        "poll",
        &[
            ("Poll all feeds now", "kazbek poll"),
            ("From cron: only feeds that are due", "kazbek poll --due"),
            ("One feed", "kazbek poll https://news.example/rss"),
        ],
    ),
    ("feeds", &[("List the feeds whose last poll failed", "kazbek feeds list --failing")]),
    (
        "feeds list",
        &[
            ("List all feeds with their health", "kazbek feeds list"),
            ("Addresses of the feeds that fail", "kazbek feeds list --failing --json | jq -r .url"),
        ],
    ),
    (
        "feeds add",
        &[
            ("Add the feed of a site", "kazbek feeds add https://news.example/"),
            ("Say who publishes it", "kazbek feeds add --outlet \"The News\" https://news.example/rss"),
        ],
    ),
    ("feeds remove", &[("Remove a feed; its items stay", "kazbek feeds remove https://news.example/rss")]),
    ("feeds enable", &[("Poll a feed again", "kazbek feeds enable https://news.example/rss")]),
    ("feeds disable", &[("Stop polling a feed for now", "kazbek feeds disable https://news.example/rss")]),
    (
        "feeds check",
        &[
            ("Find out why a feed fails", "kazbek feeds check https://news.example/rss"),
            ("Read a feed from a file", "kazbek feeds check feed.xml"),
        ],
    ),
    ("feeds import", &[("Add the feeds of another feed reader", "kazbek feeds import subscriptions.opml")]),
    ("feeds export", &[("Take the feeds to another feed reader", "kazbek feeds export > subscriptions.opml")]),
    (
        "parse",
        &[
            ("Show the items of a feed in a file", "kazbek parse feed.xml"),
            ("The same from a pipe, as JSON", "curl -s https://news.example/rss | kazbek parse --json -"),
        ],
    ),
    ("classify", &[("Tag the items of a file", "kazbek classify items.jsonl --json > tagged.jsonl")]),
    ("dedup", &[("Find the duplicates and stories of a file", "kazbek dedup items.jsonl --json > stories.jsonl")]),
    (
        "import",
        &[
            ("Import a file of JSON lines, gzipped", "kazbek import history.jsonl.gz"),
            ("Import a table that a spreadsheet saved", "kazbek import history.csv"),
        ],
    ),
    (
        "export",
        &[
            ("Export all items", "kazbek export > items.jsonl"),
            (
                "A table of the items of one month with a tag",
                "kazbek export --format csv --since 2026-01-01 --until 2026-02-01 --tag place:armenia",
            ),
        ],
    ),
    (
        "serve",
        &[
            ("Pages over the database, at http://127.0.0.1:8650/", "kazbek serve"),
            ("At another address", "kazbek serve --listen 127.0.0.1:9000"),
            ("A token, for an address that others can reach", "kazbek serve --new-token"),
        ],
    ),
    ("mcp", &[("For the configuration of an assistant, which starts it", "kazbek mcp")]),
    (
        "search",
        &[
            ("Items about a person in every language, with another word", "kazbek search Pashinyan parliament"),
            ("All of these words, in any form of their letters", "kazbek search '\"zangezur\" corridor'"),
            ("A phrase, or a beginning", "kazbek search '\"peace treaty\" OR zangez*'"),
            (
                "What one outlet had about a place since a day",
                "kazbek search talks --since 2026-01-01 --tag place:armenia",
            ),
        ],
    ),
    (
        "trends",
        &[
            ("The last thirty days that have items", "kazbek trends"),
            ("Two actors in one quarter", "kazbek trends --pair russia-armenia --since 2026-01-01 --until 2026-04-01"),
            ("Counts by day, for a program", "kazbek trends --by day --format json"),
        ],
    ),
    (
        "digest",
        &[
            ("Yesterday", "kazbek digest"),
            (
                "The week of a day, as a web page",
                "kazbek digest --period week --date 2026-01-15 --format html > week.html",
            ),
            ("The issues that were written", "kazbek digest --list"),
        ],
    ),
    (
        "out-feed",
        &[
            ("List the configured feeds", "kazbek out-feed"),
            ("An Atom feed of the items with a tag", "kazbek out-feed --tag place:georgia > georgia.atom"),
        ],
    ),
    ("reclassify", &[("After a change of the lexicon", "kazbek reclassify")]),
    (
        "explain",
        &[
            ("An item that `search --json` shows", "kazbek explain 1234"),
            ("An article", "kazbek explain https://news.example/story"),
        ],
    ),
    ("outbox", &[("List the deliveries that were given up", "kazbek outbox list --dead")]),
    (
        "outbox list",
        &[
            ("List the newest deliveries", "kazbek outbox list --limit 20"),
            ("Those that are waiting", "kazbek outbox list --open"),
        ],
    ),
    (
        "outbox retry",
        &[
            ("Try two deliveries again", "kazbek outbox retry 17 18"),
            ("All that were given up", "kazbek outbox retry --dead"),
        ],
    ),
    ("db", &[("Show how much there is", "kazbek db stats")]),
    ("db check", &[("Check for damage", "kazbek db check")]),
    ("db backup", &[("Copy the database of a running daemon", "kazbek db backup /var/backups/kazbek.db")]),
    ("db compact", &[("After a prune, make the file smaller", "kazbek db compact")]),
    ("db repair", &[("If `db check` says so", "kazbek db repair")]),
    ("db prune", &[("Count what would be removed", "kazbek db prune --dry-run")]),
    ("db stats", &[("Figures for a program", "kazbek db stats --json")]),
    ("lexicon", &[("Find doubtful entries", "kazbek lexicon lint")]),
    (
        "lexicon lint",
        &[("Find names that are words of a language as well", "kazbek lexicon lint --words /usr/share/dict/words")],
    ),
    (
        "lexicon candidates",
        &[(
            "Frequent names of this year that the lexicon lacks",
            "kazbek lexicon candidates --since 2026-01-01 --min 10",
        )],
    ),
    ("lexicon fmt", &[("In a check before a commit", "kazbek lexicon fmt --check lexicon")]),
    ("check", &[("Before a reload of the daemon", "kazbek check --config /etc/kazbek/kazbek.toml")]),
    ("completions", &[("For bash", "kazbek completions bash > ~/.local/share/bash-completion/completions/kazbek")]),
    (
        "man",
        &[
            ("Read the page of a command", "kazbek man feeds add | man -l -"),
            ("Install all pages", "sudo kazbek man --all /usr/local/share/man/man1"),
        ],
    ),
];

/// Exit codes, for the pages.
const EXIT_STATUS: &[(&str, &str)] = &[
    ("0", "Success."),
    ("1", "The command failed; the message says why."),
    ("2", "The command line is wrong."),
    ("65", "The input is wrong or damaged: a file, a feed, or the database."),
    ("78", "The configuration, the feed list or the lexicon is wrong."),
];

/// Files, for the pages.
const FILES: &[(&str, &str)] = &[
    (
        "./config/kazbek.toml, $XDG_CONFIG_HOME/kazbek/kazbek.toml, /etc/kazbek/kazbek.toml",
        "The configuration: the first that exists.",
    ),
    ("~/.local/share/kazbek", "The data directory, if neither $STATE_DIRECTORY nor $XDG_DATA_HOME is set."),
    ("kazbek.db", "In the data directory: the database."),
    ("kazbek.lock", "In the data directory: the lock of the one process that writes."),
    ("digests/, feeds/", "In the data directory or in public_folder: what is published."),
];

/// Environment variables, for the pages.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("KAZBEK_CONFIG", "The configuration file."),
    ("STATE_DIRECTORY, XDG_DATA_HOME", "Where the data directory is."),
    (
        "KAZBEK_PAGER, PAGER",
        "The program that shows long output on a terminal; empty or `cat` for none. The default is `less`, with LESS=FRX unless LESS is set.",
    ),
    ("NO_COLOR", "If it is not empty, no colours are used."),
    (
        "LC_ALL, LC_CTYPE, LANG",
        "Unless they name UTF-8, a terminal gets plain ASCII. Files and pipes get UTF-8, with the bars of charts in ASCII.",
    ),
];

/// Returns the command line with the examples in its help.
pub(super) fn with_examples(command: Command) -> Command {
    add_examples(command, "")
}

fn add_examples(command: Command, words: &str) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let command = names.iter().fold(command, |command, name| {
        let words = format!("{words} {name}");
        command.mut_subcommand(name, |sub| add_examples(sub, words.trim()))
    });
    let examples: Vec<String> = of(words).iter().map(|(what, line)| format!("  # {what}\n  {line}")).collect();
    if examples.is_empty() { command } else { command.after_help(format!("Examples:\n{}", examples.join("\n"))) }
}

fn of(words: &str) -> Examples {
    EXAMPLES.iter().find(|(known, _)| *known == words).map_or(&[], |(_, examples)| examples)
}

/// Prints the page of a command, or writes those of all.
pub(super) fn man(root: Command, arguments: &ManArguments) -> Result<(), Failure> {
    // With their whole names, such as `kazbek-feeds-add`.
    let mut root = root.disable_help_subcommand(true);
    root.build();
    if let Some(folder) = &arguments.all {
        let count = write_pages(&root, "", folder)
            .map_err(|error| Failure::new(FAILED, format!("{}: {error}", folder.display())))?;
        return output::text(&format!("{count} pages written to {}", folder.display()));
    }
    let mut command = &root;
    for word in &arguments.command {
        let no_such = || Failure::new(WRONG_USAGE, format!("`{word}` is no command of `{}`", command.get_name()));
        command = command.find_subcommand(word).ok_or_else(no_such)?;
    }
    output::data_text(&page(command, &arguments.command.join(" "))?)
}

/// Writes the pages of a command and of those below it; returns how many.
fn write_pages(command: &Command, words: &str, folder: &Path) -> std::io::Result<usize> {
    std::fs::create_dir_all(folder)?;
    let file = folder.join(clap_mangen::Man::new(command.clone()).get_filename());
    files::write_whole(&file, page(command, words)?.as_bytes(), Access::Public)?;
    command.get_subcommands().try_fold(1, |count, sub| {
        let words = format!("{words} {}", sub.get_name());
        Ok(count + write_pages(sub, words.trim(), folder)?)
    })
}

/// Returns the page of a command.
fn page(command: &Command, words: &str) -> std::io::Result<String> {
    let man = clap_mangen::Man::new(command.clone());
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    let mut page = String::from_utf8_lossy(&page).into_owned();
    let list = |title: &str, entries: &[(&str, &str)]| {
        let lines = entries.iter().map(|(term, text)| format!(".TP\n\\fB{}\\fR\n{}\n", roff(term), roff(text)));
        format!(".SH {title}\n{}", lines.collect::<String>())
    };
    page.push_str(&list("\"EXIT STATUS\"", EXIT_STATUS));
    page.push_str(&list("ENVIRONMENT", ENVIRONMENT));
    page.push_str(&list("FILES", FILES));
    page.push_str(".SH EXAMPLES\n");
    for (what, line) in of(words) {
        page.push_str(&format!(".PP\n{}:\n.PP\n.RS 4\n.nf\n{}\n.fi\n.RE\n", roff(what), roff(line)));
    }
    let above = words.rsplit_once(' ').map_or("", |(above, _)| above);
    if !words.is_empty() {
        let above = format!("kazbek {above}");
        page.push_str(&format!(".SH \"SEE ALSO\"\n\\fB{}\\fR(1)\n", roff(&above.trim().replace(' ', "-"))));
    }
    Ok(page)
}

/// Returns a line of text with everything escaped that roff would interpret.
fn roff(text: &str) -> String {
    let escaped = text.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq").replace('"', "\\(dq");
    if escaped.starts_with('.') { format!("\\&{escaped}") } else { escaped }
}
