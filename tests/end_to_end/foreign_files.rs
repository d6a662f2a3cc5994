//! Files as editors, spreadsheets and Windows write them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and its helpers as well")]

use crate::support::kazbek::{Ended, Kazbek};

const COLUMNS: &str = "url,title,summary,published,outlet";
const FIRST: &str =
    "https://news.example/1,Баку и Москва ведут переговоры,Встреча в Баку.,2026-03-01T08:00:00Z,Ежедневник";
const SECOND: &str = "https://news.example/2,\"Tbilisi opens a road\",\"By the river,
past the bridge\",2026-03-02T08:00:00Z,Daily";

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Imports bytes as a file of this name into an empty installation, and exports what is there.
fn imported(name: &str, bytes: &[u8]) -> (Ended, Vec<serde_json::Value>) {
    let kazbek = Kazbek::polling(&[]);
    std::fs::write(kazbek.path(name), bytes).unwrap();
    let ended = kazbek.run(&["import", kazbek.path(name).to_str().unwrap()]);
    let items = kazbek.ok(&["export"]);
    (ended, items.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn a_table_is_read_as_spreadsheets_write_it() {
    let table = [COLUMNS, FIRST, SECOND, ""].join("\n");
    let semicolons = table.replace(',', ";");
    let code_page = in_windows_1251(&semicolons);
    let check = |what: &str, name: &str, bytes: &[u8]| {
        let (ended, items) = imported(name, bytes);
        assert_eq!(ended.code, 0, "{what}: {}{}", ended.stdout, ended.stderr);
        let mut found: Vec<(&str, &str, &str)> = items
            .iter()
            .map(|item| {
                (item["url"].as_str().unwrap(), item["title"].as_str().unwrap(), item["outlet"].as_str().unwrap())
            })
            .collect();
        found.sort_unstable();
        let expected = [
            ("https://news.example/1", "Баку и Москва ведут переговоры", "Ежедневник"),
            ("https://news.example/2", "Tbilisi opens a road", "Daily"),
        ];
        assert_eq!(found, expected, "{what}");
    };
    check("plain", "a.csv", table.as_bytes());
    check("with a mark", "a.csv", format!("\u{FEFF}{table}").as_bytes());
    check("CRLF", "a.csv", table.replace('\n', "\r\n").as_bytes());
    check("CR", "a.csv", table.replace('\n', "\r").as_bytes());
    check("UTF-16", "a.csv", &utf16(&format!("\u{FEFF}{table}")));
    check("semicolons", "a.csv", semicolons.as_bytes());
    check("a line sep=", "a.csv", format!("sep=;\r\n{semicolons}").as_bytes());
    check("tabs in UTF-16", "a.csv", &utf16(&format!("\u{FEFF}{}", semicolons.replace(';', "\t"))));
    check("a name of tabs", "a.tsv", semicolons.replace(';', "\t").as_bytes());
    check(
        "capitals and blanks",
        "a.csv",
        table.replacen(COLUMNS, "URL, Title ,Summary,PUBLISHED,Outlet", 1).as_bytes(),
    );
    check("the code page of the country", "a.csv", &code_page);
    check("an invisible character in the header", "a.csv", format!("\u{200B}{table}").as_bytes());
    check("a mark read as letters", "a.csv", format!("ï»¿{table}").as_bytes());
    check("a form feed", "a.csv", format!("{table}\u{C}\n").as_bytes());
    let (first, second) = table.as_bytes().split_at(40);
    let members = [packed(first), packed(second), vec![0; 700]].concat();
    check("gzip in two members, filled up", "a.csv.gz", &members);
    check("Ctrl-Z", "a.csv", format!("{}\u{1A}", table.replace('\n', "\r\n")).as_bytes());
    check("Ctrl-Z on the last line", "a.tsv", format!("{}\u{1A}", semicolons.trim_end().replace(';', "\t")).as_bytes());
    check("zero bytes up to a block", "a.csv", format!("{table}\u{1A}{}", "\0".repeat(600)).as_bytes());
    check("Ctrl-Z in UTF-16", "a.csv", &utf16(&format!("\u{FEFF}{table}\u{1A}")));
    let second = format!("\u{FEFF}{COLUMNS}\n{SECOND}\n");
    check("two files in one", "a.csv", format!("\u{FEFF}{COLUMNS}\n{FIRST}\n{second}").as_bytes());
    check("two files of DOS in one", "a.csv", format!("{COLUMNS}\n{FIRST}\n\u{1A}{second}\u{1A}").as_bytes());
}

#[test]
fn lines_of_json_are_read_without_padding_and_marks() {
    let line = |number: u8| format!("{{\"url\":\"https://news.example/{number}\",\"title\":\"Baku {number}\"}}");
    let (one, two) = (line(1), line(2));
    for text in [
        format!("{one}\r\n{two}\r\n\u{1A}"),
        format!("{one}\n{two}\u{1A}"),
        format!("{one}\n{two}\n{}", "\0".repeat(100_000)),
        format!("\u{FEFF}{one}\n\u{FEFF}{two}\n"),
        format!("{one}\u{1A}\u{FEFF}{two}"),
        format!("{one}\u{FEFF}{two}"),
        format!("\0\0{one}\n\0{two}"),
    ] {
        let (ended, items) = imported("a.jsonl", text.as_bytes());
        assert_eq!((ended.code, items.len(), ended.stderr.as_str()), (0, 2, ""), "{text:?}: {}", ended.stdout);
    }
}

#[test]
fn dates_are_read_as_spreadsheets_write_them_unless_they_have_two_meanings() {
    let dates = [
        ("2026-11-29", "2026-11-29T00:00:00Z"),
        ("2026-11-29 10:30", "2026-11-29T10:30:00Z"),
        ("29.11.2026 10:30", "2026-11-29T10:30:00Z"),
        ("29/11/2026 10:30:15", "2026-11-29T10:30:15Z"),
        ("11/29/2026 10:30 PM", "2026-11-29T22:30:00Z"),
        ("5/5/2026", "2026-05-05T00:00:00Z"),
        ("Sun, 29 Nov 2026 10:30:00 +0400", "2026-11-29T06:30:00Z"),
        ("1991-12-26T12:00:00Z", "1991-12-26T12:00:00Z"),
    ];
    let others = ["5/6/2026", "46355.4375", "46355", "10:30", "soon", "2026", "Nov 2026", "2026-11"];
    let zeros = ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1899-12-30", "1970-01-01T03:00:00+03:00"];
    let written = dates.iter().map(|(written, _)| *written).chain(others).chain(zeros);
    let rows = written.map(|written| format!("https://news.example/{},Baku,\"{written}\"\n", written.len()));
    let rows: Vec<String> =
        rows.enumerate().map(|(number, row)| row.replacen(",Baku", &format!("/{number},Baku {number}"), 1)).collect();
    // Rows without a cell are no items.
    let (ended, items) = imported("a.csv", format!("url,title,published\n{},,\n,,\n", rows.concat()).as_bytes());
    assert_eq!((ended.code, items.len()), (65, dates.len() + zeros.len()), "{}", ended.stderr);
    for (number, (written, expected)) in dates.iter().enumerate() {
        let item = items.iter().find(|item| item["title"] == format!("Baku {number}"));
        assert_eq!(item.unwrap()["published"], *expected, "{written}");
    }
    assert_eq!(items.iter().filter(|item| item["published"].is_null()).count(), zeros.len());
    assert!(ended.stderr.contains("note: 4 dates were left out"), "{}", ended.stderr);
    assert_eq!(ended.stderr.matches("is not a time of one meaning").count(), others.len(), "{}", ended.stderr);
}

#[test]
fn what_is_no_list_of_lines_is_named_once() {
    let check = |name: &str, bytes: &[u8], said: &str| {
        let kazbek = Kazbek::with_config("");
        std::fs::write(kazbek.path(name), bytes).unwrap();
        let ended = kazbek.run(&["import", name]);
        assert_eq!((ended.code, ended.stderr.lines().count()), (65, 1), "{name}: {}", ended.stderr);
        assert!(ended.stderr.contains(said), "{name}: {}", ended.stderr);
    };
    check("a.json", b"[\n {\n  \"title\": \"Baku\"\n }\n]\n", "one item per line is expected, as `jq -c");
    check("a.json", b"{\n \"title\": \"Baku\"\n}\n", "one item per line");
    check("a.xlsx", b"PK\x03\x04\x14\0", "save the table as CSV");
    check("a.jsonl.xz", b"\xfd7zXZ\0", "compressed with xz");
    check("a.jsonl", b"{}\n", "missing field `title`");
    check("a.jsonl", b"{\"title\": \"\"}\n", "neither `title` nor `url`");
}

#[test]
fn broken_lines_of_json_are_repaired_and_counted() {
    let lines = [
        r#"{"url":" https://news.example/1 ","title":"Baku and Moscow \ud83d talk","outlet":"A"},"#,
        r#"{"url":"https://news.example/2","title":"Tbilisi opens a road","outlet":"A","rank":NaN}"#,
    ];
    let (ended, items) = imported("a.jsonl", lines.join("\n").as_bytes());
    assert_eq!((ended.code, items.len()), (0, 2), "{}", ended.stderr);
    assert_eq!(ended.stderr, "kazbek: note: 2 lines were broken JSON and were repaired\n");
    assert_eq!(items[0]["url"], "https://news.example/1");
    assert_eq!(items[0]["title"], "Baku and Moscow \u{fffd} talk");
}

/// A text of Cyrillic and ASCII letters in windows-1251.
fn in_windows_1251(text: &str) -> Vec<u8> {
    let byte = |letter: char| match letter {
        'А'..='я' => u8::try_from(u32::from(letter) - 0x410 + 0xC0).unwrap(),
        _ => u8::try_from(letter).unwrap(),
    };
    text.chars().map(byte).collect()
}

#[test]
fn bad_records_have_the_numbers_of_their_lines() {
    let lines = [
        "title,summary,published",
        "Baku one,,2026-03-01T08:00:00Z",
        "Baku two,,yesterday",
        "\"Baku three\",\"over",
        "two lines\",2026-03-01T08:00:00Z",
        "",
        "Baku four,,soon",
        "\"Baku",
        "five\",,never",
    ];
    for (end, mark, first) in
        [("\n", "", ""), ("\r\n", "", ""), ("\r", "", ""), ("\r\n", "\u{FEFF}", ""), ("\r\n", "", "sep=,\r\n")]
    {
        let text = format!("{mark}{first}{}", lines.join(end));
        let (ended, items) = imported("a.csv", text.as_bytes());
        assert_eq!((ended.code, items.len()), (65, 2), "{end:?}: {}{}", ended.stdout, ended.stderr);
        let more = usize::from(!first.is_empty());
        let told: Vec<bool> =
            [3, 7, 8].map(|line| ended.stderr.contains(&format!("a.csv:{}: `published`", line + more))).to_vec();
        assert_eq!(told, [true; 3], "{end:?} {mark:?} {first:?}: {}", ended.stderr);
        assert_eq!(ended.stderr.matches("a.csv:").count(), 3, "{}", ended.stderr);
    }
}

#[test]
fn lines_of_json_are_read_as_editors_write_them() {
    let lines = [
        r#"{"url":"https://news.example/1","title":"Baku and Moscow talk","outlet":"A"}"#,
        r#"{"url":"https://news.example/2","title":"broken""#,
        "",
        r#"{"url":"https://news.example/3","title":"Тбилиси открывает дорогу","outlet":"Б"}"#,
        "[1]",
    ];
    for end in ["\n", "\r\n", "\r"] {
        let text = lines.join(end);
        let marked = format!("\u{FEFF}{text}");
        for bytes in [
            text.as_bytes().to_vec(),
            marked.as_bytes().to_vec(),
            utf16(&marked),
            [text.as_bytes(), b"\r\n\x1A"].concat(),
        ] {
            let (ended, items) = imported("a.jsonl", &bytes);
            assert_eq!((ended.code, items.len()), (65, 2), "{end:?}: {}{}", ended.stdout, ended.stderr);
            assert!(
                ended.stderr.contains("a.jsonl:2: ") && ended.stderr.contains("a.jsonl:5: a list"),
                "{}",
                ended.stderr
            );
            assert_eq!(ended.stderr.lines().count(), 2, "{}", ended.stderr);
        }
    }
}

#[test]
fn what_a_file_loses_is_said_with_its_line() {
    let check = |what: &str, name: &str, bytes: &[u8], titles: &[&str], complaint: &str| {
        let (ended, items) = imported(name, bytes);
        let found: Vec<&str> = items.iter().map(|item| item["title"].as_str().unwrap()).collect();
        assert_eq!(found, titles, "{what}: {}", ended.stderr);
        assert!(ended.stderr.contains(complaint), "{what}: {}", ended.stderr);
        assert_eq!(ended.code, if complaint.starts_with("note") || complaint.is_empty() { 0 } else { 65 }, "{what}");
    };
    let head = "url,title,published\n";
    let open = format!("{head}https://news.example/1,\"Baku,2026-03-01\nhttps://news.example/2,Gori,2026-03-02\n");
    check("an open quotation mark", "a.csv", open.as_bytes(), &[], "a.csv:2: a quotation mark is not closed");
    let inches =
        format!("{head}https://news.example/1,A 5\" pipe,2026-03-01\nhttps://news.example/2,Gori,2026-03-02\n");
    check("a mark within", "a.csv", inches.as_bytes(), &["A 5\" pipe", "Gori"], "");
    let comma =
        format!("{head}https://news.example/1,Baku, and Gori,2026-03-01\nhttps://news.example/2,Gori,2026-03-02,,\n");
    check("a comma within", "a.csv", comma.as_bytes(), &["Gori"], "a.csv:2: 4 fields for 3 columns");
    let line = |number: u8, title: &str| {
        format!(
            "{{\"url\":\"https://news.example/{number}\",\"title\":\"{title}\",\"published\":\"2026-03-0{number}\"}}\n"
        )
    };
    let page = in_windows_1251(&line(1, "Баку и Москва ведут переговоры"));
    check("a code page", "a.jsonl", &page, &["Баку и Москва ведут переговоры"], "note: ");
    let broken = [line(1, "Тбилиси и Ереван").as_bytes(), b"{\"title\":\"a\xff\"}\n"].concat();
    check("a line in no encoding", "a.jsonl", &broken, &["Тбилиси и Ереван"], "a.jsonl:2: the line is not UTF-8");
    let sequence = format!("\u{1e}{}\u{1e}{}", line(1, "Baku"), line(2, "Gori"));
    check("a sequence of JSON texts", "a.jsonl", sequence.as_bytes(), &["Baku", "Gori"], "");
    let list = format!("[{},{}]\n", line(1, "Baku").trim(), line(2, "Gori").trim());
    check("a list of items", "a.json", list.as_bytes(), &["Baku", "Gori"], "");
    for (open, between, close) in [("[", ",\n", "]\n"), ("[\n", ",\n", "\n]\n"), ("[\r\n  ", ",\r\n  ", ",\r\n],")] {
        let list = format!("{open}{}{between}{}{close}", line(1, "Baku").trim(), line(2, "Gori").trim());
        check("a list with an item a line", "a.json", list.as_bytes(), &["Baku", "Gori"], "");
    }
    let mixed = format!("[{},1]\n", line(1, "Baku").trim());
    check(
        "a list of more than items",
        "a.json",
        mixed.as_bytes(),
        &["Baku"],
        "a.json:1: a list in which not everything",
    );
    for date in ["2099-03-01", "9999-12-31", "9999-12-31T23:59:59Z", "9999-12-31 00:00:00"] {
        let future = line(1, "Baku").replace("2026-03-01", date);
        check(
            date,
            "a.jsonl",
            future.as_bytes(),
            &["Baku"],
            "note: one date was left out: more than a year in the future",
        );
    }
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, bytes).unwrap();
    gzip.finish().unwrap()
}

/// A gzip file of lines that no compression makes much smaller.
fn gzipped(line: impl Fn(u64) -> String) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut number = 1_u64;
    for place in 1..=400 {
        number = number.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(place);
        std::io::Write::write_all(&mut gzip, line(number).as_bytes()).unwrap();
    }
    gzip.finish().unwrap()
}

#[test]
fn of_a_compressed_file_that_breaks_off_the_whole_lines_are_stored() {
    let lines = gzipped(|number| {
        format!(
            "{{\"url\":\"https://news.example/{number}\",\"title\":\"Talks {number:x} in Baku\",\"outlet\":\"A\"}}\n"
        )
    });
    let table = gzipped(|number| format!("https://news.example/{number},Talks {number:x} in Baku,2026-03-01\n"));
    let head = {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut gzip, b"url,title,published\n").unwrap();
        gzip.finish().unwrap()
    };
    let check = |what: &str, name: &str, bytes: &[u8], least: usize, most: usize| {
        let (ended, items) = imported(name, bytes);
        assert_eq!(ended.code, 65, "{what}: {}", ended.stderr);
        assert!((least..=most).contains(&items.len()), "{what}: {} items", items.len());
        let said =
            format!("after line {} the file breaks off or is damaged", items.len() + usize::from(name.contains("csv")));
        assert!(items.is_empty() || ended.stderr.contains(&said), "{what}: {}", ended.stderr);
        let is_whole = |title: &str| title.starts_with("Talks ") && title.ends_with(" in Baku");
        assert!(items.iter().all(|item| is_whole(item["title"].as_str().unwrap())), "{what}");
    };
    check("lines", "a.jsonl.gz", &lines[..lines.len() / 2], 50, 350);
    check("the last bytes are missing", "a.jsonl.gz", &lines[..lines.len() - 4], 400, 400);
    let mut changed = lines.clone();
    let end = changed.len() - 6;
    changed[end] ^= 1;
    check("a wrong sum", "a.jsonl.gz", &changed, 399, 400);
    check("nothing but a head", "a.jsonl.gz", &lines[..10], 0, 0);
    let table = [head, table].concat();
    check("a table", "a.csv.gz", &table[..table.len() / 2], 50, 350);
}

#[test]
fn columns_and_addresses_that_are_not_read_are_named() {
    let (ended, items) = imported("a.csv", b"link,headline\nhttps://news.example/1,Baku\n");
    assert_eq!((ended.code, items.len()), (65, 0));
    assert!(ended.stderr.contains("no column is named `title`, only link, headline"), "{}", ended.stderr);
    let (ended, items) = imported("a.csv", b"link,title\nhttps://news.example/1,Baku\n");
    assert_eq!((ended.code, items.len()), (0, 1));
    assert!(ended.stderr.contains("columns that are not read: link"), "{}", ended.stderr);
    for address in ["ftp://news.example/1", "/news/1", "news.example/1", "javascript:alert(1)", "file:///etc/passwd"] {
        let (ended, items) = imported("a.csv", format!("url,title\n{address},Baku\n").as_bytes());
        assert_eq!((ended.code, items.len()), (65, 0), "{address}");
        assert!(ended.stderr.contains(&format!("a.csv:2: `url`: `{address}` is not an http")), "{}", ended.stderr);
    }
}

#[test]
fn a_list_with_an_item_a_line_is_classified_and_compared_whole() {
    let kazbek = Kazbek::with_config("");
    let item = |title: &str| format!("{{\"title\":\"{title}\"}}");
    let (one, two) = (item("Baku and Moscow talk"), item("Gori is quiet"));
    for list in [
        format!("[{one},\n{two}]\n"),
        format!("[\n{one},\n{two}\n]\n"),
        format!("[\r\n  {one}\r\n  ,\r\n  {two}\r\n]\r\n").replace("\r\n  ,", ","),
        format!("[{one},{two}]\n"),
    ] {
        for command in ["classify", "dedup"] {
            let ended = kazbek.feed(&[command, "-", "--json"], list.as_bytes());
            assert_eq!((ended.code, ended.stdout.lines().count()), (0, 2), "{command} {list}: {}", ended.stderr);
        }
    }
    for broken in [format!("[{one},\n{{\"title\":\n]\n"), format!("[{one},1]\n"), format!("[[{one}]]\n")] {
        let ended = kazbek.feed(&["classify", "-", "--json"], broken.as_bytes());
        assert_eq!(ended.code, 65, "{broken}");
    }
}

#[test]
fn lines_without_an_id_are_classified_and_compared_by_their_numbers() {
    let kazbek = Kazbek::with_config("");
    let text = "Armenia and Azerbaijan exchange drafts of the peace agreement in Geneva on Monday";
    let lines = format!(
        "\u{FEFF}{{\"title\":\"{text}\"}}\r\n\r\n{{\"id\":null,\"title\":\"{text}\"}}\r\n{{\"id\":\"x\",\"title\":\"Rain\"}}"
    );
    let classified = kazbek.feed(&["classify", "--json"], lines.as_bytes());
    assert_eq!(classified.code, 0, "{}", classified.stderr);
    let ids = |output: &str, key: &str| -> Vec<serde_json::Value> {
        output.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()[key].clone()).collect()
    };
    assert_eq!(ids(&classified.stdout, "id"), [serde_json::json!(1), serde_json::json!(3), serde_json::json!("x")]);
    let placed = kazbek.feed(&["dedup", "--json"], lines.as_bytes());
    assert_eq!(placed.code, 0, "{}", placed.stderr);
    assert_eq!(ids(&placed.stdout, "duplicate_of")[1], 1, "{}", placed.stdout);
}

#[test]
fn a_fault_is_in_the_line_of_the_file_in_which_it_is() {
    let good = "{\"url\": \"https://news.example/1\", \"title\": \"Baku\"}";
    let check = |command: &str, third: &str, ends: &str, expected: &str| {
        let kazbek = Kazbek::with_config("");
        std::fs::write(kazbek.path("a.jsonl"), [good, "", third, ""].join(ends)).unwrap();
        let ended = kazbek.run(&[command, "a.jsonl"]);
        assert_eq!(ended.code, 65, "{third}: {}", ended.stderr);
        assert!(ended.stderr.contains("a.jsonl:3: ") && ended.stderr.contains(expected), "{third}: {}", ended.stderr);
        assert!(!ended.stderr.contains("line 1"), "{third}: {}", ended.stderr);
    };
    for ends in ["\n", "\r\n", "\r"] {
        for command in ["import", "classify", "dedup"] {
            check(command, "{\"url\":", ends, "EOF while parsing a value at column 7");
            check(command, "{\"title\": {\"a\": 1}}", ends, "invalid type: map, expected a string at column ");
            check(command, "nothing", ends, "at column 2");
        }
    }
}

#[test]
fn two_columns_of_one_name_are_one_fault_of_the_header() {
    let table = format!("url,title,Title,published,outlet\n{FIRST}\n{FIRST}\n");
    let (ended, items) = imported("a.csv", table.as_bytes());
    assert_eq!((ended.code, items.len()), (65, 0), "{}", ended.stderr);
    assert!(ended.stderr.contains("a.csv: two columns are named `title`; rename or remove one"), "{}", ended.stderr);
    assert_eq!(ended.stderr.trim().lines().count(), 1, "{}", ended.stderr);
}
