use proptest::prelude::*;

use super::*;

#[test]
fn html_becomes_the_text_that_a_person_reads() {
    let check = |html: &str, expected: &str| assert_eq!(text(html, TextKind::Html), expected, "{html}");
    check("", "");
    check(" a  b\n c ", "a b c");
    check("<p>One</p><p>Two<br/>three</p>", "One\nTwo\nthree");
    check("<div><a href='x'>Link</a>, <b>bold</b>&nbsp;text</div>", "Link, bold text");
    check(
        "Tom &amp; Jerry &amp;amp; &lt;b&gt; &#8217; &#x2014; &nosuch; & so",
        "Tom & Jerry &amp; <b> ’ — &nosuch; & so",
    );
    check("<script>if (a < b) {}</script>x<style>p{}</style>y<!-- z -->", "xy");
    check("<iframe src='x'/>shown <iframe src='y'>hidden</iframe>", "shown");
    check("<iframe src='x'>shown", "shown");
    check("shown<script>hidden", "shown");
    check("<ul><li>1</li><li>2</li></ul>", "1\n2");
    check("1 < 2 and 3 > 2", "1 < 2 and 3 > 2");
    check("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a\nb\nc");
    check("<img alt='A cat' src='c.png'/>caption", "caption");
    check("nul\0 and \u{8}bell\u{7f}", "nul and bell");
    check("x<sup>2</sup>", "x2");
    check("<s>old</s> <unknown>new</unknown>", "old new");
    check("&alpha;&Scaron;&NotEqualTilde;&hellip;", "αŠ≂̸…");
    check("<svg><title>A drawing</title></svg>", "A drawing");
    check("<p>x</p><svg><title>A drawing</title></svg>", "x");
    check("<pre>a\n  b</pre>c\nd", "a\nb\nc d");
    check("<math><mi>a</mi><mo>+</mo><mi>b</mi></math>", "a+b");
    check("cut <b", "cut");
    check("<![CDATA[<![CDATA[ Inner <b>text</b> ]]>]]>", "Inner text");
    check("&#146;quoted&#147; &#0;", "’quoted“ \u{FFFD}");
}

#[test]
fn what_feeds_do_not_say_is_taken_for_html_only_where_it_looks_like_it() {
    let check = |html: &str, expected: &str| assert_eq!(text(html, TextKind::Unspecified), expected, "{html}");
    check("Use <T> and <K, V>", "Use <T> and <K, V>");
    check("<b>x</b> & y", "x & y");
    check("i <3 u", "i <3 u");
}

#[test]
fn a_title_is_one_line() {
    let check = |html: &str, kind: TextKind, expected: &str| assert_eq!(line(html, kind), expected, "{html}");
    check("One<br>two\nthree", TextKind::Html, "One two three");
    check("Tom &amp;quot;T&amp;quot; &amp;amp; &amp;lt;b&amp;gt;", TextKind::Unspecified, "Tom \"T\" & &lt;b&gt;");
    check("R &amp;amp;amp; D, AT&amp;amp;T", TextKind::Unspecified, "R & D, AT&T");
    check("R &amp; D", TextKind::Plain, "R & D");
    check("&amp;amp;lt; and &amp;", TextKind::Plain, "&amp;amp;lt; and &");
    check("&quot;Plain&quot; &lt;b&gt;", TextKind::Plain, "\"Plain\" &lt;b&gt;");
    check("<![CDATA[ Twice ]]>", TextKind::Plain, "Twice");
}

#[test]
fn deep_markup_is_read_without_recursion() {
    let html = format!("{}text{}", "<table><tr><td>".repeat(20_000), "</td></tr></table>".repeat(20_000));
    assert_eq!(text(&html, TextKind::Html), "text");
}

/// Pieces of markup, each with the words that a person reads in it.
fn markup() -> impl Strategy<Value = (String, String)> {
    let fixed = |html: &str, words: &str| Just((html.to_owned(), words.to_owned())).boxed();
    let piece = prop_oneof![
        "[a-zа-я]{1,8}".prop_map(|word| (word.clone(), word)).boxed(),
        fixed(" ", ""),
        fixed("&amp;", "&"),
        fixed("<b>x</b>", "x"),
        fixed("<p>y</p>", "y"),
        fixed("<br/>", ""),
        fixed("<div>z<ul><li>1</li><li>2</li></ul></div>", "z12"),
        fixed("<table><tr><td>c</td><td>d</td></tr></table>", "cd"),
        fixed("<pre>e\nf</pre>", "ef"),
        fixed("<svg><title>g</title></svg><script>h</script><!-- i -->", ""),
        fixed("<x-y>j</x-y>", "j"),
    ];
    let concat = |pieces: Vec<(String, String)>| {
        pieces.into_iter().fold(("w".to_owned(), "w".to_owned()), |all, piece| (all.0 + &piece.0, all.1 + &piece.1))
    };
    proptest::collection::vec(piece, 0..20).prop_map(concat)
}

proptest! {
    #[test]
    fn every_word_that_is_shown_is_read((html, words) in markup()) {
        prop_assert_eq!(text(&html, TextKind::Html).split_whitespace().collect::<String>(), words);
    }

    #[test]
    fn any_text_becomes_clean_text(html in "(\\PC|<|>|&|\"|'|/|!|-|b|p|table|\\]\\]>|<!\\[CDATA\\[){0,80}") {
        for kind in [TextKind::Plain, TextKind::Html, TextKind::Unspecified] {
            let text = text(&html, kind);
            prop_assert!(!text.contains("\n\n") && !text.contains("  ") && text.trim() == text);
            prop_assert!(text.chars().all(|character| !character.is_control() || character == '\n'));
            prop_assert!(!line(&html, kind).contains('\n'));
        }
    }
}
