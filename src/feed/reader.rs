//! Text to items: one scan decides, then one reader reads.
//!
//! Readers return fields as the feed writes them; [`super::normalize`] makes texts plain and addresses absolute.

mod feed_rs;
mod json_brackets;
mod json_feed;
mod json_item;
mod json_repair;
mod json_values;
mod namespaces;
mod newest;
mod prescan;
mod raw;
mod tolerant;

use url::Url;

pub(crate) use self::json_repair::repaired_json;
pub(super) use self::raw::{RawFeed, RawItem, RawLink, RawText, Refusal};
use super::address::{is_front_page, is_no_link, is_of_a_feed, is_private, is_same_page};
use super::source::Limits;

/// Reads a document with the reader that can read all of it.
pub(super) fn read<'a>(text: &'a str, base: Option<&Url>, limits: &Limits) -> Result<RawFeed<'a>, Refusal> {
    let text = json_repair::after_comments(text);
    // Some begin with what keeps them from being run as a script.
    if text.starts_with('{') || text.starts_with(")]}'") {
        let head = json_feed::Head::of(text).filter(|_| prescan::suits_feed_rs(text, limits.items));
        let feed = head.as_ref().and_then(|_| feed_rs::read(text, base, limits.items));
        let own: Vec<&str> =
            head.iter().flat_map(|head| &head.addresses).map(String::as_str).chain(base.map(Url::as_str)).collect();
        // The other reader finds a title, a link and a date where these are missing, or the link is that of the site.
        let is_page = |link: &RawLink<'_>| {
            !is_front_page(&link.href)
                && !is_of_a_feed(&link.href)
                && !is_no_link(&link.href)
                && !is_private(&link.href)
                && !own.iter().any(|own| is_same_page(&link.href, own))
        };
        let has_all = |item: &RawItem<'_>| {
            item.title.is_some() && item.published.is_some() && item.link.as_ref().is_some_and(is_page)
        };
        let feed = feed.filter(|feed| !feed.items.is_empty() && feed.items.iter().all(has_all));
        return feed.map_or_else(|| json_feed::read(text, limits.items), Ok);
    }
    if text.starts_with('[') {
        return match json_feed::read(text, limits.items) {
            Err(Refusal::JsonSyntax(_) | Refusal::Json) if !text.ends_with(']') => tolerant::read(text, base, limits),
            read => read,
        };
    }
    let read = read_by_feed_rs(text, base, limits).map_or_else(|| tolerant::read(text, base, limits), Ok);
    match read {
        Err(_) if is_json_within(text) => json_feed::read(text, limits.items),
        read => read,
    }
}

/// Returns whether a document is a JSON Feed after something else: the warnings of a program, a comment, or the name of
/// a function or a variable.
fn is_json_within(text: &str) -> bool {
    let end = text.trim_end_matches([';', ')']).trim_end();
    (end.ends_with('}') || text.ends_with("-->")) && text.contains("jsonfeed.org/version") && text.contains("\"items\"")
}

/// Reads a document with `feed-rs`, if the scan finds it suitable; the head comes from the scan, the items from
/// `feed-rs`.
fn read_by_feed_rs<'a>(text: &'a str, base: Option<&Url>, limits: &Limits) -> Option<RawFeed<'a>> {
    let head = prescan::prescan(text, base, limits).ok()?;
    let read = feed_rs::read(text, base, limits.items)?;
    // Where an item has the address of the whole feed, the other reader finds a better one.
    let named = [&head.link, &head.own_address].into_iter().flatten().map(|own| &*own.href);
    let own: Vec<&str> = named.chain(base.map(Url::as_str)).collect();
    let is_own = |link: &RawLink<'_>| own.iter().any(|own| is_same_page(&link.href, own));
    if read.items.iter().filter_map(|item| item.link.as_ref()).any(is_own) {
        return None;
    }
    Some(RawFeed {
        title: head.title.or(read.title),
        link: head.link.or(read.link),
        language: head.language.or(read.language),
        items: read.items,
        items_left_out: read.items_left_out,
        empty_items: read.empty_items,
        unread_dates: read.unread_dates,
        warnings: read.warnings,
        is_whole: true,
        format: head.format,
        hints: head.hints,
        own_address: head.own_address,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::normalize::normalize;
    use crate::feed::{Source, charset};
    use crate::model::ParsedFeed;

    fn source() -> Source<'static> {
        Source::at("2026-11-23T00:00:00Z".parse().unwrap())
    }

    fn is_for_feed_rs(text: &str) -> bool {
        prescan::prescan(text, None, &Limits::default()).is_ok()
    }

    /// Every file of the fixtures and of the folders that `KAZBEK_SUITES` and `KAZBEK_FEEDS` name.
    fn files() -> Vec<(String, Vec<u8>)> {
        let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        let given = ["KAZBEK_SUITES", "KAZBEK_FEEDS"].into_iter().filter_map(std::env::var_os).map(Into::into);
        let mut folders: Vec<std::path::PathBuf> = std::iter::once(fixtures).chain(given).collect();
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                match path.extension().and_then(|extension| extension.to_str()) {
                    _ if path.is_dir() => folders.push(path),
                    Some("xml" | "json") => files.push((path.display().to_string(), std::fs::read(&path).unwrap())),
                    _ => {}
                }
            }
        }
        files
    }

    /// Returns what the two readers make of a text if they differ, `None` if they agree or feed-rs is not chosen.
    fn difference(text: &str, chosen: &mut usize) -> Option<(String, String)> {
        let base: Url = "https://base.example/feed/".parse().unwrap();
        let source = Source { base_url: Some(base.as_str()), ..source() };
        if text.is_empty() || !is_for_feed_rs(text) {
            return None;
        }
        *chosen += 1;
        let printed = |raw: RawFeed<'_>| {
            let feed = normalize(raw, Some(base.clone()), &source);
            // The dates of the feed itself are looked at by feed-rs alone, so the warnings may differ.
            let hints = format!("{:?}", feed.hints);
            serde_json::to_string_pretty(&ParsedFeed { warnings: Vec::new(), ..feed }).unwrap() + &hints
        };
        // What feed-rs refuses after all goes to the tolerant reader.
        let feed_rs = printed(read_by_feed_rs(text, Some(&base), &source.limits)?);
        let tolerant =
            tolerant::read(text, Some(&base), &source.limits).map_or_else(|refusal| format!("{refusal:?}"), printed);
        (feed_rs != tolerant).then_some((feed_rs, tolerant))
    }

    /// The place at which they begin to differ.
    fn show((feed_rs, tolerant): (String, String)) -> String {
        let same = feed_rs.chars().zip(tolerant.chars()).take_while(|(left, right)| left == right).count();
        let piece = |text: &str| text.chars().skip(same.saturating_sub(60)).take(120).collect::<String>();
        format!("feed-rs:  {:?}\ntolerant: {:?}", piece(&feed_rs), piece(&tolerant))
    }

    #[test]
    fn both_readers_agree_where_feed_rs_is_chosen() {
        let (mut chosen, mut differences) = (0, Vec::new());
        for (file, bytes) in files() {
            let decoded = charset::decode(&bytes, None, None);
            differences
                .extend(difference(decoded.text.trim(), &mut chosen).map(|found| format!("{file}\n{}", show(found))));
        }
        assert!(differences.is_empty(), "{}", differences.join("\n"));
        assert!(chosen > 3, "feed-rs reads {chosen} files");
    }

    #[test]
    fn both_readers_of_json_feed_agree() {
        let mut compared = 0;
        for (file, bytes) in files().into_iter().filter(|(file, _)| file.ends_with(".json")) {
            let decoded = charset::decode(&bytes, None, None);
            let text = decoded.text.trim();
            if !prescan::suits_feed_rs(text, 2_000) {
                continue;
            }
            let (Some(feed_rs), Ok(own)) = (feed_rs::read(text, None, 1000), json_feed::read(text, 1000)) else {
                continue;
            };
            let printed = |raw| serde_json::to_string_pretty(&normalize(raw, None, &source())).unwrap();
            let (feed_rs, own) = (printed(feed_rs), printed(own));
            assert!(feed_rs == own, "{file}\n{}", show((feed_rs, own)));
            compared += 1;
        }
        assert!(compared > 0, "no JSON Feed among the files");
    }

    /// What is put into feeds: what is well-formed, and what is not quite.
    const PIECES: [&str; 36] = [
        " ",
        "\n",
        "\u{a0}",
        "&amp;",
        "&lt;b&gt;x&lt;/b&gt;",
        "&amp;amp;",
        "&quot;",
        "&#8217;",
        "&#150;",
        "<![CDATA[ <p>a</p> ]]>",
        "]]>",
        "<!-- c -->",
        "<?p i?>",
        "<title>U</title>",
        "<link>/u</link>",
        "<link href='/u' rel='alternate'/>",
        "<link href='/u' rel='self'/>",
        "<guid>g</guid>",
        "<id>i</id>",
        "<category>c</category>",
        "<category term='t'/>",
        "<author><name>N</name></author>",
        "<author>N</author>",
        "<description/>",
        "<summary>s</summary>",
        "<content type='html'>c</content>",
        "<pubDate>1 Nov 2026</pubDate>",
        "<updated>2026-11-01T00:00:00Z</updated>",
        "<published>x</published>",
        "<item><title>V</title><link>/v</link></item>",
        "<entry><title>V</title><link href='/v'/></entry>",
        "<image><title>I</title><link>/i</link></image>",
        "<language>ru</language>",
        "<source><title>S</title></source>",
        "<enclosure url='/e'/>",
        "Ж’",
    ];

    #[test]
    fn both_readers_agree_on_feeds_with_something_put_into_them() {
        use rand::{Rng, SeedableRng};
        let seconds = std::env::var("KAZBEK_FUZZ_SECS").ok().and_then(|seconds| seconds.parse().ok());
        let start = std::time::Instant::now();
        let mut random = rand::rngs::StdRng::seed_from_u64(20_261_123);
        let decoded = files().into_iter().map(|(_, bytes)| charset::decode(&bytes, None, None).text.trim().to_owned());
        let texts: Vec<String> =
            decoded.filter(|text| difference(text, &mut 0).is_none() && text.len() < 50_000).collect();
        let usual: Vec<&String> = texts.iter().filter(|text| is_for_feed_rs(text)).collect();
        let (mut cases, mut chosen) = (0, 0);
        while seconds.map_or(cases < 3000, |seconds| start.elapsed().as_secs() < seconds) {
            let mut text = usual[random.random_range(0..usual.len())].clone();
            for _ in 0..random.random_range(1..4) {
                let mut at = random.random_range(0..=text.len());
                // Most places of a text are within a tag or a word; those after a tag show more.
                if random.random_bool(0.8) {
                    at = text.get(at..).and_then(|rest| rest.find('>')).map_or(at, |end| at + end + 1);
                }
                if text.is_char_boundary(at) {
                    text.insert_str(at, PIECES[random.random_range(0..PIECES.len())]);
                }
            }
            if let Some(found) = difference(text.trim(), &mut chosen) {
                panic!("{}\n{}", show(found), if text.len() < 5000 { &text } else { "of a long text" });
            }
            cases += 1;
        }
        println!("{cases} cases, feed-rs reads {chosen}");
        assert!(chosen > cases / 20, "feed-rs reads {chosen} of {cases}");
    }
}
