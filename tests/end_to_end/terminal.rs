//! What a person at a terminal sees: wrapped lines, styles, plain ASCII, a pager, progress. `script` of util-linux gives
//! the program a pseudo-terminal.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use crate::support::kazbek::Kazbek;
use crate::support::site::{Site, rss};

const MONDAY: &str = "Mon, 05 Jan 2026 08:00:00 GMT";
const TITLE: &str = "Armenia and Russia agree on a “corridor” – and on everything else that was on the table";

/// An installation with two tagged items, one of them in Georgian.
static READ: LazyLock<(Kazbek, Site)> = LazyLock::new(|| {
    let site = Site::start();
    let items = [(TITLE, "/1", MONDAY), ("საქართველო და რუსეთი", "/2", MONDAY)];
    site.put("/a.xml", "application/rss+xml", rss(&items));
    let kazbek = Kazbek::polling(&[site.url("/a.xml")]);
    kazbek.ok(&["poll"]);
    (kazbek, site)
});

/// A command on a terminal, before it is started.
fn terminal(kazbek: &Kazbek, arguments: &str, environment: &[(&str, &str)]) -> Command {
    let line = format!("'{}' --config kazbek.toml --data-dir data {arguments}", env!("CARGO_BIN_EXE_kazbek"));
    let mut command = Command::new("script");
    command.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    command.env_clear().env("PATH", std::env::var_os("PATH").expect("a path")).env("HOME", kazbek.dir.path());
    command.env("TERM", "xterm").env("SHELL", "/bin/sh").envs(environment.iter().copied());
    command.current_dir(kazbek.dir.path()).stdin(Stdio::null());
    command
}

/// Runs a command on a terminal, and returns what it shows, with LF as the end of lines, and its exit code.
fn on_terminal(kazbek: &Kazbek, arguments: &str, environment: &[(&str, &str)]) -> (String, i32) {
    let output = terminal(kazbek, arguments, environment).output().expect("`script` of util-linux");
    let shown = String::from_utf8(output.stdout).expect("UTF-8");
    (shown.replace("\r\n", "\n"), output.status.code().expect("an exit code"))
}

const PLAIN: &[(&str, &str)] = &[("LANG", "C.UTF-8"), ("KAZBEK_PAGER", "cat"), ("NO_COLOR", "1"), ("COLUMNS", "50")];

const TEXTS: &[&str] = &[
    "digest --period week --date 2026-01-05",
    "trends --since 2026-01-01 --until 2026-01-10",
    "search armenia",
    "feeds list",
    "explain 1",
];

#[test]
fn text_fits_the_width_of_the_terminal_and_files_get_it_as_it_is() {
    let (kazbek, _site) = &*READ;
    for command in TEXTS {
        let (shown, code) = on_terminal(kazbek, command, PLAIN);
        assert_eq!(code, 0, "{command}: {shown}");
        assert!(!shown.contains('\u{1b}'), "{command}: NO_COLOR is set: {shown}");
        for line in shown.lines() {
            // Only a word can be wider.
            let is_word = !line.trim().contains(' ');
            assert!(line.chars().count() <= 50 || is_word, "{command}: {line}");
        }
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let file = kazbek.ok(&command.split(' ').collect::<Vec<_>>());
        assert_eq!(words(&shown), words(&file), "{command}: nothing is lost");
        assert!(!file.contains('\u{1b}') && !file.contains('\r'), "{command}");
    }
    let digest = kazbek.ok(&["digest", "--period", "week", "--date", "2026-01-05"]);
    assert!(digest.contains(TITLE), "a file is not wrapped: {digest}");
}

#[test]
fn data_are_the_same_on_a_terminal() {
    let (kazbek, _site) = &*READ;
    for command in
        ["search armenia --json", "digest --period week --date 2026-01-05 --format json", "feeds list --json"]
    {
        let (shown, _) = on_terminal(kazbek, command, PLAIN);
        let file = kazbek.ok(&command.split(' ').collect::<Vec<_>>());
        assert_eq!(shown, file, "{command}");
    }
}

#[test]
fn headings_are_bold_and_failures_red_unless_the_user_or_the_terminal_wants_no_colour() {
    let site = Site::start();
    let kazbek = Kazbek::polling(&[site.url("/missing.xml")]);
    kazbek.poll();
    let shown = |environment: &[(&str, &str)]| {
        let pager = [("KAZBEK_PAGER", "cat"), ("LANG", "C.UTF-8")];
        on_terminal(&kazbek, "feeds list", &[&pager, environment].concat()).0
    };
    let styled = shown(&[]);
    assert!(styled.contains("\u{1b}[1mOther feeds\u{1b}[0m"), "{styled:?}");
    assert!(styled.contains("\u{1b}[31mnot-found"), "{styled:?}");
    assert!(shown(&[("NO_COLOR", "")]).contains('\u{1b}'), "an empty NO_COLOR is none");
    for environment in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        assert!(!shown(&[environment]).contains('\u{1b}'), "{environment:?}");
    }
}

#[test]
fn a_terminal_that_does_not_show_utf_8_gets_ascii() {
    let (kazbek, _site) = &*READ;
    for locale in [&[][..], &[("LANG", "C")], &[("LC_ALL", "POSIX"), ("LANG", "en_GB.UTF-8")]] {
        let environment = [&[("KAZBEK_PAGER", "cat"), ("COLUMNS", "200")], locale].concat();
        for command in TEXTS {
            let (shown, _) = on_terminal(kazbek, command, &environment);
            assert!(shown.is_ascii(), "{locale:?}, {command}: {shown}");
        }
        let (found, _) = on_terminal(kazbek, "search armenia", &environment);
        assert!(found.contains("agree on a \"corridor\" - and on everything"), "{found}");
        let (found, _) = on_terminal(kazbek, "search რუსეთი", &environment);
        assert!(found.contains("sakartvelo da ruseti"), "other alphabets are written in Latin letters: {found}");
    }
    let (shown, _) = on_terminal(kazbek, "search armenia", &[("KAZBEK_PAGER", "cat"), ("LC_CTYPE", "ka_GE.utf8")]);
    assert!(shown.contains('“'), "{shown}");
    // A file gets every word, whatever the locale, and bars as the locale has them.
    let piped = |locale: &str| {
        let mut command = kazbek.command(&["trends", "--since", "2026-01-01", "--until", "2026-01-10"]);
        let output = command.env("LC_ALL", locale).output().expect("the program runs");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let (wide, narrow) = (piped("C.UTF-8"), piped("C"));
    let is_bar = |letter: char| ('▁'..='█').contains(&letter);
    assert!(wide.contains(is_bar) && !narrow.contains(is_bar), "{narrow}");
    let words = |text: &str| text.replace(|letter: char| !letter.is_alphanumeric(), "");
    assert_eq!(words(&wide), words(&narrow));
    std::fs::write(kazbek.path("signs.jsonl"), "{\"title\":\"Armenia — “a corridor” → Iran…\"}\n").expect("a file");
    let signs = kazbek.path("signs.jsonl").display().to_string();
    let reading = [format!("classify {signs}"), format!("dedup {signs}"), "search --limit “5”".to_owned()];
    let others = ["feeds add ftp://x", "trends --by day --since 2026-01-01 --until 2026-01-10"];
    for command in TEXTS.iter().copied().chain(others).chain(reading.iter().map(String::as_str)) {
        let output = kazbek.command(&command.split(' ').collect::<Vec<_>>()).env("LC_ALL", "C").output();
        let output = output.expect("the program runs");
        let shown = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        let signs: String = shown.chars().filter(|letter| !letter.is_ascii() && !letter.is_alphanumeric()).collect();
        assert_eq!(signs, "", "{command}: {shown}");
    }
    let mut command = kazbek.command(&["search", "რუსეთი"]);
    let found = command.env("LC_ALL", "C").output().expect("the program runs");
    assert!(String::from_utf8_lossy(&found.stdout).contains("საქართველო"), "words are the news");
    let mut command = kazbek.command(&["search", "armenia", "--json"]);
    let found = command.env("LC_ALL", "C").output().expect("the program runs");
    assert!(String::from_utf8_lossy(&found.stdout).contains('“'), "data are never touched");
}

#[test]
fn a_pager_gets_what_a_terminal_would() {
    let (kazbek, _site) = &*READ;
    let paged = |environment: &[(&str, &str)]| {
        on_terminal(kazbek, "search armenia", &[&[("LANG", "C.UTF-8")], environment].concat())
    };
    let (shown, code) = paged(&[("PAGER", "sed 's/^/own: /'"), ("KAZBEK_PAGER", "sed 's/^/kazbek: /'")]);
    assert_eq!(code, 0);
    assert!(shown.lines().all(|line| line.starts_with("kazbek: ")), "{shown}");
    assert!(shown.contains("\u{1b}[1mArmenia"), "styles are for the pager as well: {shown:?}");
    let (shown, _) = paged(&[("PAGER", "sed 's/^/own: /'")]);
    assert!(shown.lines().all(|line| line.starts_with("own: ")), "{shown}");
    let (shown, _) = paged(&[("PAGER", "env | grep -E '^(LESS|LV)='")]);
    assert_eq!(shown, "LESS=FRX\nLV=-c\n");
    let (shown, _) = paged(&[("PAGER", "env | grep ^LESS="), ("LESS", "-S")]);
    assert_eq!(shown, "LESS=-S\n");
    for none in ["", "cat"] {
        let (shown, _) = paged(&[("KAZBEK_PAGER", none), ("PAGER", "sed 's/^/own: /'")]);
        assert!(shown.starts_with("2026-01-05"), "{none:?}: {shown}");
    }
    // The reader leaves before the end, or the pager cannot be started.
    let (_, code) = paged(&[("PAGER", "head -c 1")]);
    assert_eq!(code, 0);
    for missing in ["/nowhere/pager", "no-such-pager -X"] {
        let (shown, code) = paged(&[("PAGER", missing)]);
        assert!(
            code == 0 && (shown.starts_with("\u{1b}[1m2026-01-05") || shown.starts_with("2026-01-05")),
            "{code}: {shown:?}"
        );
    }
    // A pipe has no pager.
    let mut command = kazbek.command(&["search", "armenia"]);
    let output = command.env("PAGER", "sed 's/^/own: /'").output().expect("kazbek runs");
    assert!(output.stdout.starts_with(b"2026-01-05"));
}

/// Reads lines until one has `word`, or all; returns what was read.
fn read_until(lines: &mut impl Iterator<Item = std::io::Result<String>>, word: Option<&str>) -> String {
    let mut read = String::new();
    for line in lines {
        read.push_str(&line.expect("UTF-8"));
        read.push('\n');
        if word.is_some_and(|word| read.contains(word)) {
            break;
        }
    }
    read
}

fn terminate(process: &str) {
    assert!(Command::new("kill").arg(process).status().expect("kill").success());
}

#[test]
fn the_first_round_of_the_daemon_shows_its_progress_on_a_terminal_only() {
    let site = Site::start();
    site.put("/a.xml", "application/rss+xml", rss(&[("Armenia and Russia talk", "/1", MONDAY)]));
    let kazbek = Kazbek::polling(&[site.url("/a.xml"), site.url("/missing.xml")]);
    let mut daemon = terminal(&kazbek, "run & echo process $!; wait $!", &[("LANG", "C.UTF-8")]);
    let mut daemon = daemon.stdout(Stdio::piped()).spawn().expect("`script` of util-linux");
    let mut lines = BufReader::new(daemon.stdout.take().expect("a pipe")).lines();
    let mut shown = read_until(&mut lines, Some("the first round is done"));
    let process = shown.lines().find_map(|line| line.split("process ").nth(1)).expect("the shell says it");
    terminate(process.trim());
    shown.push_str(&read_until(&mut lines, None));
    assert!(daemon.wait().expect("it ends").success(), "{shown}");
    assert!(shown.contains("/2 feeds polled"), "{shown:?}");

    let mut daemon = kazbek.start(&["--log-format", "text", "run"]);
    let mut lines = BufReader::new(daemon.stderr.take().expect("a pipe")).lines();
    let mut log = read_until(&mut lines, Some("kazbek runs"));
    terminate(&daemon.id().to_string());
    log.push_str(&read_until(&mut lines, None));
    assert!(daemon.wait().expect("it ends").success(), "{log}");
    assert!(!log.contains("feeds polled") && !log.contains('\u{1b}') && !log.contains('\r'), "{log}");
}
