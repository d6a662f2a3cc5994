//! Tables of addresses and their canonical forms.

use proptest::prelude::*;

use super::*;

fn rules() -> UrlRules {
    UrlRules::built_in().unwrap()
}

#[test]
fn addresses_of_one_page_have_one_form() {
    let rules = rules();
    let check = |given: &str, wanted: &str| {
        assert_eq!(canonical_url(&rules, given).as_deref(), Some(wanted), "{given}");
    };
    check("HTTP://WWW.Example.ORG:80/A/?utm_source=x#top", "https://example.org/A");
    check("https://m.example.org/a?b=2&a=1", "https://example.org/a?a=1&b=2");
    check("https://en.m.wikipedia.org/wiki/Tbilisi", "https://en.wikipedia.org/wiki/Tbilisi");
    check("https://example.org/a/amp/", "https://example.org/a");
    check("https://example.org/amp/a.html", "https://example.org/a.html");
    check("https://example.org/a.amp.html", "https://example.org/a.html");
    check("https://example.org/a?amp=1&id=7", "https://example.org/a?id=7");
    check("https://example.org/a?id=7&amp;ref=rss", "https://example.org/a?id=7");
    check("https://example.org/a?ref=8812", "https://example.org/a?ref=8812");
    check("https://example.org/%7euser/%d0%b0", "https://example.org/~user/%D0%B0");
    check("https://www.google.com/url?q=https%3A%2F%2Fexample.org%2Fa%3Fid%3D1&sa=D", "https://example.org/a?id=1");
    check("https://www.google.com.tr/amp/s/www.example.org/a", "https://example.org/a");
    check("https://example-org.cdn.ampproject.org/c/s/example.org/a?x=1", "https://example.org/a?x=1");
    check("https://www-some--site-org.translate.goog/a?_x_tr_sl=ru", "https://some-site.org/a");
    check("https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2Fa%3Ffbclid%3D1&h=AT0", "https://example.org/a");
    check("https://vk.com/away.php?to=http%3A%2F%2Fexample.org%2F", "https://example.org/");
    check("https://example.turbopages.org/turbo/example.org/s/news/1", "https://example.org/news/1");
    check("https://web.archive.org/web/20200101000000/http://example.org/a", "https://example.org/a");
    check("https://youtu.be/abc?t=3", "https://youtube.com/watch?v=abc");
    check("https://www.youtube.com/watch?v=abc&t=3s&feature=share", "https://youtube.com/watch?v=abc");
    check("https://t.me/s/channel/12?single", "https://t.me/channel/12");
    check("https://user:word@example.org/", "https://example.org/");
    check("https://example.org/#!/news/5", "https://example.org/#!/news/5");
    check("//example.org/a", "https://example.org/a");
    check("https://example.org/news/amp/123", "https://example.org/news/123");
    check("https://example.org/a-b/print", "https://example.org/a-b");
    check("https://example.org/a/index.php?id=5", "https://example.org/a?id=5");
    check("https://example.org/a?sid=8d7f3c6a9b2e4f1d8d7f3c6a9b2e4f1d&id=1", "https://example.org/a?id=1");
    check("https://example.org/a?rss=1&m=1&print=y", "https://example.org/a");
    check("https://example.org/a?q=a+b", "https://example.org/a?q=a%20b");
    check("https://example.org/live#entry-12", "https://example.org/live#entry-12");
    check("https://example.org/live#2026-11-28", "https://example.org/live#2026-11-28");
    check("https://example.org/a#comment-12", "https://example.org/a");
    check("https://example.org/a#xtor=RSS-32", "https://example.org/a");
    check("https://example.org/a#Echobox=1793", "https://example.org/a");
    check("https://example.org/a#:~:text=words", "https://example.org/a");
    check("https://\u{43f}\u{440}\u{438}\u{43c}\u{435}\u{440}.\u{440}\u{444}/a", "https://xn--e1afmkfd.xn--p1ai/a");
    check("https://urldefense.com/v3/__https://example.org/a?id=1__;!!x!y$", "https://example.org/a?id=1");
}

#[test]
fn addresses_of_two_pages_stay_apart() {
    let rules = rules();
    let check = |a: &str, b: &str| {
        let (a, b) = (canonical_url(&rules, a).unwrap(), canonical_url(&rules, b).unwrap());
        assert_ne!(a, b);
    };
    for name in
        ["id", "v", "newsid", "ELEMENT_ID", "sid", "num", "objectid", "p", "article", "news", "nid", "aid", "story"]
    {
        check(&format!("https://example.org/x.php?{name}=1"), &format!("https://example.org/x.php?{name}=2"));
    }
    check("https://example.org/a", "https://example.org/A");
    check("https://example.org/a", "https://news.example.org/a");
    check("https://example.org:8080/a", "https://example.org/a");
    check("https://m.am/a", "https://am/a");
    check("https://www.google.com/search?q=a", "https://www.google.com/search?q=b");
    check("https://example.org/?page=2", "https://example.org/?page=3");
    check("https://example.org/amp", "https://example.org/");
    check("https://example.org/topics/mobile", "https://example.org/topics");
    check("https://example.org/archive?m=202601", "https://example.org/archive?m=202602");
    check("https://example.org/show?print=55", "https://example.org/show?print=56");
    check("https://example.org/forum?sid=12345", "https://example.org/forum?sid=12346");
    check("https://example.org/a#!b", "https://example.org/a#!c");
    check("https://example.org/en/a", "https://example.org/ru/a");
    check("https://en.example.org/a", "https://example.org/a");
    check("https://example.org/a?lang=en", "https://example.org/a");
    check("https://example.org/a/page/2", "https://example.org/a");
    check("https://example.org/a%2Fb", "https://example.org/a/b");
    check("https://example.org/a?feature=12", "https://example.org/a?feature=13");
}

#[test]
fn what_is_no_web_address_has_no_form() {
    let rules = rules();
    for given in [
        "",
        "mailto:a@example.org",
        "urn:uuid:1",
        "tag:example.org,2020:1",
        "ftp://example.org/a",
        "not an address",
        "http://",
        "http://./a",
        "//../.:/.:",
        "javascript:alert(1)",
    ] {
        assert_eq!(canonical_url(&rules, given), None, "{given}");
    }
}

#[test]
fn a_redirector_that_does_not_say_where_is_refused() {
    let text = format!(
        "{}\n[[redirector]]\nhost = \"a.example\"\npath = \"/\"\n",
        include_str!("../../../../config/dedup/urls.toml")
    );
    assert!(UrlRules::load(&text).unwrap_err().to_string().contains("a.example/"));
}

proptest! {
    #[test]
    fn the_form_of_a_form_is_itself(
        scheme in prop::sample::select(vec!["http", "HTTPS"]),
        host in prop::sample::select(vec!["www.example.org", "m.www.example.co.uk", "amp.m.site.am", "www.google.com", "t.me", "youtu.be", "x.turbopages.org", "192.0.2.1", "[2001:db8::1]"]),
        path in "(/(amp|m|s|url|index\\.html|a|%[0-9a-f]{2}|\\PC{0,4}|c)){0,5}/?",
        query in "(&?(utm_x|id|amp|q|url|amp;ref|v|%[0-9a-f]{2})(=(\\PC{0,6}|rss|https?%3A%2F%2Fa\\.example%2F))?){0,4}",
    ) {
        let rules = rules();
        let given = format!("{scheme}://{host}{path}?{query}");
        if let Some(form) = canonical_url(&rules, &given) {
            prop_assert_eq!(canonical_url(&rules, &form), Some(form.clone()), "{}", given);
        }
    }

    // Found by the fuzz target: a host of dots alone, and one that is an entity in small letters.
    #[test]
    fn the_form_of_what_only_looks_like_an_address_is_itself(
        given in "(https?:)?//([/.:@`%a6m?#&;=-]|&[aA][mM][pP];|&#(0?)38;){0,40}",
    ) {
        let rules = rules();
        if let Some(form) = canonical_url(&rules, &given) {
            prop_assert_eq!(canonical_url(&rules, &form), Some(form.clone()), "{}", given);
        }
    }

    #[test]
    fn any_text_is_survived(given in "\\PC{0,200}") {
        let rules = rules();
        let _form = canonical_url(&rules, &given);
    }
}
