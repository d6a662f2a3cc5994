use proptest::prelude::*;

use super::*;

fn item(id: &str, link: &str, title: &str) -> Item {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Item { id: some(id), link: some(link), title: title.to_owned(), ..Item::default() }
}

#[test]
fn an_item_keeps_its_identity() {
    let check = |a: Item, b: Item, same: bool| assert_eq!(identity(&a) == identity(&b), same, "{a:?} {b:?}");
    check(item("1", "https://a.example/x", "A"), item("1", "https://a.example/y", "B"), true);
    check(item("1", "https://a.example/x", "A"), item("2", "https://a.example/x", "A"), false);
    check(item("", "http://www.a.example/x/", "A"), item("", "https://a.example/x?utm_source=rss", "B"), true);
    check(item("https://a.example/x", "", "A"), item("", "http://a.example/x", "A"), true);
    check(item("", "https://a.example/x?id=1", "A"), item("", "https://a.example/x?id=2", "A"), false);
    check(item("https://a.example/#1", "", "A"), item("https://a.example/#2", "", "A"), false);
    check(item("", "https://a.example/", "A headline"), item("", "https://a.example/", "Another"), false);
    check(item("", "https://a.example/", "A headline"), item("", "", "a  HEADLINE"), true);
    check(
        item("https://a.example/", "https://a.example/1", "A"),
        item("https://a.example/", "https://a.example/2", "B"),
        false,
    );
}

#[test]
fn an_id_that_stands_for_several_titles_names_none() {
    let check = |items: &[Item], distinct: usize| {
        let found: HashSet<Identity> = identities(items).into_iter().collect();
        assert_eq!(found.len(), distinct, "{items:?}");
    };
    check(&[], 0);
    check(&[item("1", "", "A"), item("1", "", "B"), item("2", "", "C")], 3);
    check(&[item("1", "", "A"), item("1", "", "a ")], 1);
    check(&[item("1", "https://a.example/x", "A"), item("1", "https://a.example/y", "B")], 2);
    check(&[item("", "https://a.example/feed", "A"), item("", "https://a.example/feed", "B")], 2);
    let dated = |title: &str, day: &str| Item { published: day.parse().ok(), ..item("", "", title) };
    check(&[dated("Weather", "2026-11-01T00:00:00Z"), dated("Weather", "2026-11-02T00:00:00Z")], 2);
    check(&[dated("Weather", "2026-11-01T00:00:00Z"), dated("Weather", "2026-11-01T00:00:00Z")], 1);
    let revision =
        |title: &str, day: &str| Item { updated: day.parse().ok(), ..item("1", "https://a.example/x", title) };
    check(&[revision("A", "2026-11-01T00:00:00Z"), revision("B", "2026-11-02T00:00:00Z")], 1);
}

#[test]
fn a_page_that_lists_items_names_none_of_them() {
    let entry = |title: &str, date: &str, text: &str| Item {
        published: date.parse().ok(),
        summary: Some(text.to_owned()),
        ..item("", "https://a.example/diary", title)
    };
    let check = |items: &[Item], distinct: usize| {
        let found: HashSet<Identity> = identities(items).into_iter().collect();
        assert_eq!(found.len(), distinct, "{items:?}");
        for (item, identity) in items.iter().zip(identities(items)) {
            assert!(possible_identities(item).contains(&identity), "{item:?}");
        }
    };
    const NINE: &str = "2026-11-01T09:00:00Z";
    const TEN: &str = "2026-11-01T10:00:00Z";
    let texts = [entry("Hearing", NINE, "A theft."), entry("Hearing", NINE, "A burnt house.")];
    check(&texts, 2);
    check(&[entry("Hearing", NINE, ""), entry("Hearing", TEN, "")], 2);
    check(&[entry("Hearing", NINE, "A theft."), entry("hearing", NINE, "A theft")], 1);
    check(&[entry("Hearing", "", "A theft."), entry("Hearing", "", "A burnt house.")], 2);
    // Two of five are two versions of one article.
    let article = |number: u8| item("", &format!("https://a.example/{number}"), &format!("Article {number}"));
    check(&[&texts[..], &[article(1), article(2), article(3)]].concat(), 4);
    let lists = |items: &[Item]| are_on_list_page(items);
    assert_eq!(lists(&[article(1)]), [true], "it may be the first of a list");
    assert_eq!(lists(&[article(1), article(2)]), [false, false]);
    assert_eq!(lists(&[&texts[..], &[article(1)]].concat()), [true, true, false]);
    let many: Vec<Item> = (0..20).map(article).chain(std::iter::repeat_n(texts[0].clone(), 4)).collect();
    assert_eq!(lists(&many).iter().filter(|is_list| **is_list).count(), 4);
    assert_eq!(lists(&[item("1", "", "A"), item("2", "", "B")]), [true, true], "items without a page");
}

#[test]
fn a_shared_id_gives_an_item_the_same_identity_whatever_stands_beside_it() {
    let (a, b, c) = (item("1", "", "A"), item("1", "", "B"), item("1", "", "C"));
    let first = identities(&[a.clone(), b.clone()]);
    let second = identities(&[c, b, a]);
    assert_eq!((first[0], first[1]), (second[2], second[1]));
}

#[test]
fn short_titles_are_a_second_key_with_their_text_only() {
    assert_eq!(title_key(&item("", "", "Daily news")), None);
    let with_text = |text: &str| title_key(&Item { summary: Some(text.to_owned()), ..item("", "", "Daily news") });
    assert_eq!(with_text("Sunny in the morning."), None, "a text that recurs as well");
    let text = "The bridge in Poti opens after a year of work.";
    assert!(with_text(text).is_some());
    assert_eq!(with_text(text), with_text("The bridge in Poti opens, after a year of work"));
    assert_ne!(with_text(text), with_text("The bridge in Poti stays shut after a year of work."));
    assert_eq!(
        title_key(&item("", "", "Погода на завтра, 5 мая")),
        title_key(&item("", "", "погода на ЗАВТРА: 5 мая"))
    );
    assert!(title_key(&item("", "", "Погода на завтра, 5 мая")).is_some());
}

proptest! {
    #[test]
    fn identities_do_not_hang_on_the_order(
        parts in proptest::collection::vec((0..3_u8, 0..3_u8, 0..3_u8), 0..12),
        turn in 0..12_usize,
    ) {
        let name = |kind: &str, number: u8| if number == 0 { String::new() } else { format!("https://a.example/{kind}{number}") };
        let mut items: Vec<Item> =
            parts.iter().map(|(id, link, title)| item(&name("i", *id), &name("l", *link), &format!("Title {title}"))).collect();
        let straight = identities(&items);
        let turn = turn % items.len().max(1);
        items.rotate_left(turn);
        let mut turned = identities(&items);
        turned.rotate_right(turn);
        prop_assert_eq!(straight, turned);
    }
}
