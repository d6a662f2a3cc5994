use super::*;

const TEXT: &str =
    "<?xml version='1.0'?><rss><channel><title>Новости Тбилиси и Еревана за сегодняшний день</title></channel></rss>";

fn check(bytes: &[u8], content_type: Option<&str>, expected: &str, warnings: usize) {
    let decoded = decode(bytes, content_type, None);
    assert_eq!(decoded.text, expected);
    assert_eq!(decoded.warnings.len(), warnings, "{:?}", decoded.warnings);
}

fn declared(label: &str) -> String {
    TEXT.replace("'?>", &format!("' encoding=\"{label}\"?>"))
}

#[test]
fn bytes_are_decoded_by_what_declares_them() {
    for label in [
        "windows-1251",
        "cp-1251",
        "CP1251",
        "win-1251",
        "Windows1251",
        "koi8-r",
        "KOI8R",
        "koi8-u",
        "iso-8859-5",
        "ibm866",
    ] {
        let text = declared(label);
        let encoding = by_label(label).unwrap();
        check(&encoding.encode(&text).0, None, &text, 0);
        check(&encoding.encode(TEXT).0, Some(&format!("text/xml; Charset='{label}'")), TEXT, 0);
    }
    // HTTP counts before the prolog.
    let text = declared("koi8-r");
    check(&encoding_rs::WINDOWS_1251.encode(&text).0, Some("application/rss+xml;charset=windows-1251"), &text, 0);
}

#[test]
fn utf_16_is_known_by_its_mark_or_its_first_character() {
    for text in [TEXT.to_owned(), declared("utf-16"), declared("utf-8"), format!("\n{TEXT}")] {
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        check(&little, None, &text, 0);
        check(&big, None, &text, 0);
        check(&[&[0xFF, 0xFE], little.as_slice()].concat(), Some("text/xml; charset=utf-8"), &text, 0);
        check(&[&[0xFE, 0xFF], big.as_slice()].concat(), None, &text, 0);
    }
}

#[test]
fn what_is_declared_wrongly_or_not_at_all_is_seen() {
    check(TEXT.as_bytes(), None, TEXT, 0);
    check(TEXT.as_bytes(), Some("text/xml; charset=us-ascii"), TEXT, 0);
    check(TEXT.as_bytes(), Some("text/xml; charset=windows-1251"), TEXT, 1);
    check(declared("utf-16").as_bytes(), None, &declared("utf-16"), 1);
    for encoding in [encoding_rs::WINDOWS_1251, encoding_rs::KOI8_U] {
        check(&encoding.encode(TEXT).0, None, TEXT, 1);
        check(&encoding.encode(&declared("utf-8")).0, None, &declared("utf-8"), 2);
        check(&encoding.encode(&declared("moon")).0, Some("text/xml;charset=utf-8"), &declared("moon"), 3);
    }
    // One broken character in UTF-8 costs that character.
    let mut bytes = TEXT.as_bytes().to_vec();
    let at = TEXT.find('Н').unwrap();
    bytes.remove(at);
    check(&bytes, Some("text/xml; charset=windows-1251"), &TEXT.replacen('Н', "\u{FFFD}", 1), 2);
}

#[test]
fn latin_is_disbelieved_where_words_are_of_another_script() {
    let cyrillic = encoding_rs::WINDOWS_1251.encode(TEXT).0;
    check(&cyrillic, Some("text/xml; charset=iso-8859-1"), TEXT, 2);
    let text = declared("windows-1251");
    check(&encoding_rs::WINDOWS_1251.encode(&text).0, Some("text/xml; charset=iso-8859-1"), &text, 1);
    for latin in
        ["<rss>déjà vu à Noël, «créée» – façade</rss>", "<rss>¡Qué niño! ¿Señor?</rss>", "<rss>ÄÖÜ größer…</rss>"]
    {
        check(&encoding_rs::WINDOWS_1252.encode(latin).0, Some("text/xml; charset=iso-8859-1"), latin, 0);
    }
}

#[test]
fn utf_32_is_known_by_its_mark_or_its_first_character() {
    let little_of =
        |text: &str| -> Vec<u8> { text.chars().flat_map(|letter| u32::from(letter).to_le_bytes()).collect() };
    let big_of = |text: &str| -> Vec<u8> { text.chars().flat_map(|letter| u32::from(letter).to_be_bytes()).collect() };
    let (little, big) = (little_of(TEXT), big_of(TEXT));
    for before in ["", "\n", "\r\n ", "["] {
        let text = format!("{before}{TEXT}");
        check(&little_of(&text), None, &text, 0);
        check(&big_of(&text), None, &text, 0);
    }
    check(&[&[0xFF, 0xFE, 0, 0], little.as_slice()].concat(), None, TEXT, 0);
    check(&[&[0, 0, 0xFE, 0xFF], big.as_slice()].concat(), None, TEXT, 0);
}

#[test]
fn one_item_of_another_encoding_costs_only_its_own_letters() {
    let bytes = [TEXT.as_bytes(), &encoding_rs::WINDOWS_1251.encode("<a>Новости</a>").0].concat();
    let decoded = decode(&bytes, None, None);
    assert!(decoded.text.starts_with(TEXT), "{}", decoded.text);
}
