//! The binary, with its own data directory and configuration, and none of the machine's.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

/// One installation in a temporary directory.
pub struct Kazbek {
    pub dir: tempfile::TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Kazbek {
    /// An installation with the given configuration file.
    pub fn with_config(config: &str) -> Kazbek {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let kazbek = Kazbek { dir };
        // Daemons of several tests would contend for the port of the pages.
        let pages = if config.contains("[serve]") { "" } else { "\n[serve]\nlisten = \"\"\n" };
        kazbek.write("kazbek.toml", &format!("{config}{pages}"));
        kazbek
    }

    /// An installation that polls these addresses on loopback.
    pub fn polling(urls: &[String]) -> Kazbek {
        let kazbek = Kazbek::with_config(
            "feeds = \"feeds.opml\"\n[poller]\nallow_private_addresses = true\ntimeout_secs = 10\n",
        );
        kazbek.list(urls);
        kazbek
    }

    /// Writes the feed list.
    pub fn list(&self, urls: &[String]) {
        let outlines: Vec<String> = urls
            .iter()
            .enumerate()
            .map(|(number, url)| {
                format!("<outline type=\"rss\" text=\"Feed {number}\" xmlUrl=\"{url}\" outlet=\"Outlet {number}\"/>")
            })
            .collect();
        self.write("feeds.opml", &format!("<opml version=\"2.0\"><body>{}</body></opml>", outlines.join("\n")));
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).expect("a file is written");
        path
    }

    /// The command, before it is started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kazbek"));
        command
            .env_clear()
            // Where a build that measures coverage writes its counts.
            .envs(std::env::var_os("LLVM_PROFILE_FILE").map(|file| ("LLVM_PROFILE_FILE", file)))
            .env("HOME", self.dir.path())
            .env("LANG", "C.UTF-8")
            .current_dir(self.dir.path())
            .arg("--config")
            .arg(self.path("kazbek.toml"))
            .arg("--data-dir")
            .arg(self.path("data"))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        ended(self.command(arguments).output().expect("kazbek starts"))
    }

    /// Runs a command that must do well, and gives its output.
    pub fn ok(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert_eq!(ended.code, 0, "{arguments:?}: {}", ended.stderr);
        ended.stdout
    }

    /// Polls; that no feed can be read is what some tests are about.
    pub fn poll(&self) -> String {
        let ended = self.run(&["poll"]);
        let has_run = ended.code == 0 || (ended.code == 1 && ended.stderr.contains("no feed could be read"));
        assert!(has_run, "poll ends with {}: {}", ended.code, ended.stderr);
        ended.stdout
    }

    /// The same as [`Kazbek::ok`], its output as JSON.
    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let stdout = self.ok(arguments);
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {stdout}"))
    }

    /// Runs a command with a text on its standard input.
    pub fn feed(&self, arguments: &[&str], input: &[u8]) -> Ended {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().expect("kazbek starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        let input = input.to_vec();
        let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().expect("kazbek ends");
        writer.join().expect("the input is written");
        ended(output)
    }

    /// The addresses that a search gives, sorted, without `https://news.example/`.
    pub fn found(&self, arguments: &[&str]) -> Vec<String> {
        let path = |line: &str| {
            let hit: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
            hit["url"].as_str().expect("an address").trim_start_matches("https://news.example/").to_owned()
        };
        let lines = self.ok(&[&["search", "--json"], arguments].concat());
        let mut paths: Vec<String> = lines.lines().map(path).collect();
        paths.sort();
        paths
    }

    /// Asserts that `db check` finds no damage; `when` is part of the message.
    pub fn is_sound(&self, when: &str) {
        let ended = self.run(&["db", "check"]);
        assert_eq!((ended.code, ended.stdout.as_str()), (0, "ok: no damage found\n"), "{when}: {}", ended.stderr);
    }

    /// Starts a command and leaves it running.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().expect("kazbek starts")
    }
}

pub fn ended(output: Output) -> Ended {
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).expect("output is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("messages are UTF-8"),
    }
}
