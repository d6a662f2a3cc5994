//! How letters are folded before texts are compared: one table of what all profiles share, and the profiles.
//!
//! | letter | [`for_lexicon`] | [`for_search`] | [`for_fingerprint`] | [`push_lower`] |
//! |---|---|---|---|---|
//! | used by | matching of names | full-text search | deduplication | identities |
//! | ё, ґ, ı | е, г, i | е, г, i | е, г, i | kept |
//! | ї, і, ӏ; є | kept | kept | и; е | kept |
//! | ə | kept | e | e | kept |
//! | ǝ, and ә among Latin letters | ə | e | kept | kept |
//! | é, ş | kept | e, s | e, s | kept |
//! | ø, đ, ł, æ, œ, þ | kept | o, d, l, ae, oe, th | o, d, l, ae, oe, th | kept |
//! | ß, ǆ; ſ, ϐ; ș, ț (`of_another_form`) | ss, dž; s, β; ş, ţ | ss, dz; s, β; s, t | ss, dz; s, β; s, t | kept |
//! | և; ւ | եվ; վ | եվ; վ | եւ; kept | kept |
//! | Arabic ي, ك, ة, أ | as Persian has them | as Persian has them | as Persian has them | kept |
//! | soft hyphen, zero-width and other invisible characters | ignored | ignored | ignored | kept |
//! | и + U+0306; а + U+0301 | й; а | й; а | и; а | kept |
//! | Гpузия with a Latin p ([`in_one_script`]) | Грузия | Грузия | kept | kept |
//! | Ａ, ﬁ, ﺑ, 𝐀 ([`usual_letters`]) | a, fi, ب, a | a, fi, ب, a | a, fi, ب, a | kept |
//!
//! The differences are on purpose: the lexicon keeps the letters that distinguish languages and words
//! (`docs/lexicon.md`, section 1, has a measurement), a fingerprint should
//! survive a change of spelling, and a search should find what was typed on another keyboard. A search folds what the
//! lexicon has folded, so that it finds by its name whatever the lexicon tagged by it.
//!
//! What [`for_fingerprint`] and [`push_lower`] give is hashed into stored fingerprints and identities: a change needs a
//! new version of these. What [`for_search`] gives is in the full-text index: a change needs a step of the schema that
//! indexes everything again.

use std::borrow::Cow;

use unicode_normalization::char::{decompose_compatible, is_combining_mark};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::script::Script;

/// The letter that one letter is written as in every folding profile, for letters in lower case.
const fn shared(letter: char) -> Option<char> {
    Some(match letter {
        'ё' => 'е',
        'ґ' => 'г',
        'ı' => 'i',
        'ي' | 'ى' => 'ی',
        'ك' => 'ک',
        'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
        'ة' => 'ه',
        _ => return None,
    })
}

/// Folds one character for the lexicon, to none, one or two. Letters keep their marks.
pub fn for_lexicon(letter: char) -> [Option<char>; 2] {
    let one = |letter| [Some(letter), None];
    if let Some(folded) = shared(letter) {
        return one(folded);
    }
    if let Some(folded) = of_another_form(letter) {
        return folded;
    }
    match letter {
        'I' | 'İ' => one('i'),
        'Ё' => one('е'),
        'Ґ' => one('г'),
        // The ligature ev is written in capitals as the letters ech and vew, in the classical orthography as ech and
        // yiwn.
        'և' => [Some('ե'), Some('վ')],
        'ւ' | 'Ւ' => one('վ'),
        'ۀ' => one('ه'),
        'ؤ' => one('و'),
        'ς' => one('σ'),
        'Ⴀ'..='Ⴥ' => one(char::from_u32(u32::from(letter) - 0x10A0 + 0x10D0).unwrap_or(letter)),
        'ⴀ'..='ⴥ' => one(char::from_u32(u32::from(letter) - 0x2D00 + 0x10D0).unwrap_or(letter)),
        _ if is_ignored(letter) => [None, None],
        _ => {
            let mut lower = letter.to_lowercase();
            [lower.next(), lower.next()]
        }
    }
}

/// Returns the letters that a letter is another form of: an old or a small one, two in one sign, or one that is written
/// with a comma in place of a cedilla. A search has them from here.
const fn of_another_form(letter: char) -> Option<[Option<char>; 2]> {
    let (first, second) = match letter {
        // Romanian keyboards write Turkish words with a comma below.
        'ș' | 'Ș' => ('ş', None),
        'ț' | 'Ț' => ('ţ', None),
        'ſ' => ('s', None),
        // The letter of other alphabets that looks like that of Azerbaijani.
        'ǝ' | 'Ǝ' => ('ə', None),
        'ẛ' => ('ṡ', None),
        // Without capitals of its own for most of its time.
        'ß' | 'ẞ' => ('s', Some('s')),
        'ĳ' | 'Ĳ' => ('i', Some('j')),
        'ǆ' | 'ǅ' | 'Ǆ' => ('d', Some('ž')),
        'ǉ' | 'ǈ' | 'Ǉ' => ('l', Some('j')),
        'ǌ' | 'ǋ' | 'Ǌ' => ('n', Some('j')),
        'ǳ' | 'ǲ' | 'Ǳ' => ('d', Some('z')),
        // A grave accent marks stress.
        'ѐ' | 'Ѐ' => ('е', None),
        'ѝ' | 'Ѝ' => ('и', None),
        'ϐ' => ('β', None),
        'ϑ' | 'ϴ' => ('θ', None),
        'ϕ' => ('φ', None),
        'ϖ' => ('π', None),
        'ϰ' => ('κ', None),
        'ϱ' => ('ρ', None),
        'ϲ' | 'Ϲ' => ('σ', None),
        'ϵ' => ('ε', None),
        'ϒ' => ('υ', None),
        'ϓ' => ('ύ', None),
        'ϔ' => ('ϋ', None),
        'µ' => ('μ', None),
        _ => return None,
    };
    Some([Some(first), second])
}

/// Returns whether the lexicon ignores a character inside a word: soft hyphens, zero-width and other invisible characters
/// (fillers, tags, marks of annotations), vowel signs, combining marks.
pub fn is_ignored(character: char) -> bool {
    matches!(character,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{3164}' | '\u{FFA0}' | '\u{640}' | '\u{610}'..='\u{61A}' | '\u{64B}'..='\u{65F}' | '\u{670}'
        | '\u{6D6}'..='\u{6DC}' | '\u{6DF}'..='\u{6E4}' | '\u{6E7}' | '\u{6E8}' | '\u{6EA}'..='\u{6ED}'
        | '\u{483}'..='\u{487}' | '\u{55A}'..='\u{55C}' | '\u{55E}' | '\u{55F}' | '\u{591}'..='\u{5BD}'
        | '\u{5BF}' | '\u{5C1}' | '\u{5C2}' | '\u{5C4}' | '\u{5C5}' | '\u{5C7}' | '\u{1AB0}'..='\u{1AFF}'
        | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20F0}' | '\u{FE20}'..='\u{FE2F}'
        | '\u{300}'..='\u{36F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Folds a lower-case letter for fingerprints: without marks, and with the letters of Ukrainian and Azerbaijani as
/// their neighbours.
#[inline]
pub fn for_fingerprint(letter: char, push: &mut impl FnMut(char)) {
    if let Some(folded) = shared(letter) {
        return push(folded);
    }
    let mut both = |first, second| {
        push(first);
        push(second);
    };
    match letter {
        'a'..='z' | '0'..='9' | 'а'..='я' | 'ა'..='ჿ' => push(letter),
        'ї' | 'і' | 'ӏ' => push('и'),
        'є' => push('е'),
        'ə' => push('e'),
        'ø' => push('o'),
        'đ' | 'ð' => push('d'),
        'ł' => push('l'),
        'æ' => both('a', 'e'),
        'œ' => both('o', 'e'),
        'ß' => both('s', 's'),
        'þ' => both('t', 'h'),
        'և' => both('ե', 'ւ'),
        'ـ' => {}
        _ => decompose_compatible(letter, |part| {
            if !is_combining_mark(part) {
                push(part);
            }
        }),
    }
}

/// Folds a text for the full-text index and for queries: words are separated as before, but each is written with the
/// letters that its other spellings share.
pub fn for_search(text: &str) -> String {
    if text.is_ascii() {
        return text.to_lowercase();
    }
    let folded = for_search_in_one_script(&without_look_alikes(text).map_or(Cow::Borrowed(text), Cow::Owned));
    // More letters are alike in lower case and without their marks.
    match without_look_alikes(&folded) {
        Some(text) => for_search_in_one_script(&text),
        None => folded,
    }
}

fn for_search_in_one_script(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    match is_nfc_quick(text.chars()) == IsNormalized::Yes && !text.chars().any(has_usual_letters) {
        true => text.chars().for_each(|letter| push_for_search(letter, &mut folded)),
        false => composed(text).for_each(|letter| push_for_search(letter, &mut folded)),
    }
    folded
}

fn push_for_search(letter: char, folded: &mut String) {
    match letter {
        '\0'..='\u{7F}' => return folded.push(letter.to_ascii_lowercase()),
        'а'..='я' => return folded.push(letter),
        // These serve as an apostrophe, which separates words.
        '\u{2B0}'..='\u{2FF}' => return folded.push('\''),
        _ => {}
    }
    for letter in for_lexicon(letter).into_iter().flatten().filter(|letter| !is_ignored(*letter)) {
        match letter {
            'ə' => folded.push('e'),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ł' => folded.push('l'),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ß' => folded.push_str("ss"),
            'þ' => folded.push_str("th"),
            'ѐ' => folded.push('е'),
            'ѝ' => folded.push('и'),
            'ئ' => folded.push('ی'),
            '٠'..='٩' => folded.extend(char::from_digit(u32::from(letter) - 0x660, 10)),
            '۰'..='۹' => folded.extend(char::from_digit(u32::from(letter) - 0x6F0, 10)),
            // Latin and Greek letters lose their marks, those of other scripts are letters of their own.
            '\u{C0}'..='\u{24F}' | '\u{370}'..='\u{3FF}' | '\u{1E00}'..='\u{1FFF}' => {
                decompose_compatible(letter, |part| match part {
                    '\u{2B0}'..='\u{2FF}' => folded.push('\''),
                    _ if is_combining_mark(part) => {}
                    _ => folded.extend(part.to_lowercase()),
                });
            }
            _ if is_combining_mark(letter) => {}
            _ => folded.push(letter),
        }
    }
}

/// Returns a text whose words of Latin and Cyrillic letters are each in one script, since some letters of the two look
/// alike; `None` if there is no such word.
fn without_look_alikes(text: &str) -> Option<String> {
    let is_of_word = |letter: char| letter.is_alphanumeric() || is_ignored(letter);
    let is_mixed = |word: &str| {
        word.contains(|letter: char| letter.is_ascii_alphabetic() || matches!(letter, 'æ' | 'Æ'))
            && word.chars().any(|letter| Script::of(letter) == Script::Cyrillic)
    };
    if !is_mixed(text) || !text.split(|letter| !is_of_word(letter)).any(is_mixed) {
        return None;
    }
    let mut whole = String::with_capacity(text.len());
    for piece in text.split_inclusive(|letter| !is_of_word(letter)) {
        let word = piece.trim_end_matches(|letter| !is_of_word(letter));
        match in_one_script(word).filter(|_| is_mixed(word)) {
            Some(one) => whole.push_str(&one),
            None => whole.push_str(word),
        }
        whole.push_str(piece.get(word.len()..).unwrap_or_default());
    }
    Some(whole)
}

/// Latin letters and the Cyrillic letters that look like them.
const LOOK_ALIKES: [(char, char); 37] = [
    ('A', 'А'),
    ('B', 'В'),
    ('C', 'С'),
    ('E', 'Е'),
    ('H', 'Н'),
    ('I', 'І'),
    ('J', 'Ј'),
    ('K', 'К'),
    ('M', 'М'),
    ('O', 'О'),
    ('P', 'Р'),
    ('S', 'Ѕ'),
    ('T', 'Т'),
    ('X', 'Х'),
    ('Y', 'У'),
    ('a', 'а'),
    ('b', 'Ь'),
    ('c', 'с'),
    ('e', 'е'),
    ('h', 'һ'),
    ('i', 'і'),
    ('j', 'ј'),
    ('k', 'к'),
    ('m', 'м'),
    ('o', 'о'),
    ('p', 'р'),
    ('s', 'ѕ'),
    ('t', 'т'),
    ('x', 'х'),
    ('y', 'у'),
    ('é', 'é'),
    ('ï', 'ї'),
    ('ë', 'ё'),
    // Ossetian is often typed with the Latin letter.
    ('Æ', 'Ӕ'),
    ('æ', 'ӕ'),
    // Old fonts of Azerbaijani had the Cyrillic letter alone.
    ('Ə', 'Ә'),
    ('ə', 'ә'),
];

/// Returns a word of Latin and Cyrillic letters in the script of most of them; `None` if a letter of the other script
/// has no look-alike there.
#[cold]
pub fn in_one_script(word: &str) -> Option<String> {
    let is_latin = |c: char| Script::of(c) == Script::Latin;
    let is_cyrillic = |c: char| Script::of(c) == Script::Cyrillic;
    let latin = word.chars().filter(|&c| is_latin(c)).count();
    let cyrillic = word.chars().filter(|&c| is_cyrillic(c)).count();
    let to_latin = latin > cyrillic;
    word.chars()
        .map(|c| match (to_latin, is_latin(c), is_cyrillic(c)) {
            (false, true, _) => LOOK_ALIKES.iter().find(|pair| pair.0 == c).map(|pair| pair.1),
            (true, _, true) => LOOK_ALIKES.iter().find(|pair| pair.1 == c).map(|pair| pair.0),
            _ => Some(c),
        })
        .collect()
}

/// Returns whether a character is a letter in another form: of full or half width, a ligature, an Arabic presentation
/// form, or one of the mathematical alphabets in which some people set headlines.
pub fn has_usual_letters(character: char) -> bool {
    matches!(character,
        '\u{FB00}'..='\u{FB4F}' | '\u{FB50}'..='\u{FDFB}' | '\u{FE70}'..='\u{FEFC}' | '\u{FF10}'..='\u{FFDC}'
        | '\u{1D400}'..='\u{1D7FF}')
        && character.is_alphanumeric()
}

/// Calls `push` with the letters that a character stands for in running text: itself, unless [`has_usual_letters`].
pub fn usual_letters(character: char, mut push: impl FnMut(char)) {
    match has_usual_letters(character) {
        true => decompose_compatible(character, |part| {
            if part.is_alphanumeric() || is_combining_mark(part) {
                push(part);
            }
        }),
        false => push(character),
    }
}

/// Returns a text in its usual letters, composed (Unicode NFC).
pub fn composed(text: &str) -> impl Iterator<Item = char> {
    let mut usual = String::with_capacity(text.len());
    for character in text.chars() {
        usual_letters(character, |letter| usual.push(letter));
    }
    usual.nfc().collect::<Vec<_>>().into_iter()
}

/// Appends the lower case of a character, as [`char::to_lowercase`] has it, with a shortcut for the alphabets of most
/// news.
#[inline]
pub fn push_lower(text: &mut String, character: char) {
    match character {
        '\0'..='\u{7F}' => text.push(character.to_ascii_lowercase()),
        'а'..='я' => text.push(character),
        _ => text.extend(character.to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profiles_fold_as_the_table_says() {
        let check = |letter: char, lexicon: &str, search: &str, fingerprint: &str| {
            let folded: String = for_lexicon(letter).into_iter().flatten().collect();
            let mut compared = String::new();
            for_fingerprint(letter, &mut |folded| compared.push(folded));
            let searched = for_search(&letter.to_string());
            assert_eq!(
                (folded.as_str(), searched.as_str(), compared.as_str()),
                (lexicon, search, fingerprint),
                "{letter}"
            );
        };
        check('a', "a", "a", "a");
        check('ё', "е", "е", "е");
        check('ґ', "г", "г", "г");
        check('ı', "i", "i", "i");
        check('ї', "ї", "ї", "и");
        check('є', "є", "є", "е");
        check('ə', "ə", "e", "e");
        check('é', "é", "e", "e");
        check('ş', "ş", "s", "s");
        check('æ', "æ", "ae", "ae");
        check('ß', "ss", "ss", "ss");
        check('ș', "ş", "s", "s");
        check('ſ', "s", "s", "s");
        check('ǆ', "dž", "dz", "dz");
        check('ϐ', "β", "β", "β");
        check('և', "եվ", "եվ", "եւ");
        check('ւ', "վ", "վ", "ւ");
        check('ي', "ی", "ی", "ی");
        check('ة', "ه", "ه", "ه");
        check('أ', "ا", "ا", "ا");
        check('ـ', "", "", "");
        check('ა', "ა", "ა", "ა");
    }

    #[test]
    fn a_search_folds_every_spelling_of_a_word_to_one() {
        for spellings in [
            &["минобороны", "МИНОБОРОНЫ", "мин\u{AD}оборо\u{AD}ны", "мин\u{200B}обороны\u{2060}", "миноборо\u{301}ны"]
                [..],
            &["баку", "ба\u{E0041}ку\u{E007F}", "б\u{115F}а\u{1160}ку", "ба\u{3164}ку", "ба\u{FFA0}ку", "баку\u{180E}"],
            &["баку", "ба\u{FFF9}ку\u{FFFB}", "ба\u{1D173}ку", "ба\u{1BCA0}ку", "ба\u{180B}ку\u{180F}", "ба\u{17B5}ку"],
            &["Ёлка", "елка", "Е\u{308}лка", "ЁЛКА\u{FEFF}"],
            &["Андрей", "андреи\u{306}", "АНДРЕИ\u{306}"],
            &["Երևանում", "Երեւանում", "ԵՐԵՎԱՆՈՒՄ", "ԵՐԵՒԱՆՈՒՄ", "երև\u{55C}անում"],
            &["Şəki", "seki", "ŞƏKİ", "s\u{327}əki", "Ｓｅｋｉ"],
            &["Bakı", "baki", "BAKI", "BAKİ", "𝐁𝐚𝐤𝐢"],
            &["თბილისი", "ᲗᲑᲘᲚᲘᲡᲘ", "ႧႡႨႪႨႱႨ", "ⴇⴁⴈⴊⴈⴑⴈ"],
            &["يريفان", "یریفان", "يـريـفان", "يَرِيفان", "ﻳﺮﻳﻔﺎﻥ"],
            &["می\u{200C}رود", "میرود"],
            &["آذربایجان", "اذربايجان", "ا\u{653}ذربایجان"],
            &["٢٠٢٦", "۲۰۲۶", "2026", "２０２６"],
            &["Łódź", "lodz", "ŁO\u{301}DZ\u{301}"],
            &["straße", "STRASSE", "stra\u{AD}ße"],
            &["ﬁnance", "finance"],
            &["Αθήνας", "ΑΘΉΝΑΣ", "αθηνασ"],
            &["п\u{2BC}ять", "п'ять"],
            &["Хуссар Ирыстон, Дзӕуджыхъӕу", "Хуссар Ирыстон, Дзæуджыхъæу", "хуссар ирыстон, дзӔуджыхъӔу"],
        ] {
            let folded: Vec<String> = spellings.iter().map(|text| for_search(text)).collect();
            assert!(folded.iter().all(|text| *text == folded[0]), "{spellings:?}: {folded:?}");
        }
        for (one, other) in
            [("Андрей", "Андреи"), ("Баку", "Бак"), ("Київ", "Киив"), ("№ 5", "No 5"), ("Foo™", "FooTM")]
        {
            assert_ne!(for_search(one), for_search(other));
        }
    }

    /// What a search takes for one letter, since it is the same one in another form or case, is one to the lexicon too.
    #[test]
    fn the_lexicon_folds_every_form_of_a_letter_as_a_search_does() {
        let for_lexicon_whole = |text: &str| -> String {
            composed(text).flat_map(for_lexicon).flatten().filter(|letter| !is_ignored(*letter)).collect()
        };
        let blocks = [0xC0..=0x24F, 0x370..=0x3FF, 0x400..=0x52F, 0x531..=0x587, 0x10A0..=0x10FF, 0x1C90..=0x1CBF];
        let letters = blocks.into_iter().chain([0x1E00..=0x1EFF, 0x2D00..=0x2D2D, 0xFB00..=0xFB17, 0xFF21..=0xFF5A]);
        let mut compared = 0;
        for letter in letters.flatten().filter_map(char::from_u32).filter(|letter| letter.is_alphabetic()) {
            let one = letter.to_string();
            let forms = [
                one.nfkc().collect::<String>(),
                one.nfd().collect(),
                one.to_uppercase(),
                one.to_lowercase(),
                one.to_uppercase().nfkd().collect(),
                one.replace('ş', "ș").replace('ţ', "ț"),
            ];
            let is_part =
                |part| !is_combining_mark(part) && part.is_alphabetic() && !('\u{2B0}'..='\u{2FF}').contains(&part);
            let has_marks = |form: &str| !form.nfc().all(is_part);
            for form in forms.iter().filter(|form| !has_marks(form) && for_search(form) == for_search(&one)) {
                assert_eq!(for_lexicon_whole(form), for_lexicon_whole(&one), "{one} and {form}");
                compared += 1;
            }
        }
        assert!(compared > 5_000, "{compared}");
    }

    #[test]
    fn lower_case_is_that_of_unicode() {
        for character in (0..0x1_1000).filter_map(char::from_u32) {
            let mut lower = String::new();
            push_lower(&mut lower, character);
            assert!(character.to_lowercase().eq(lower.chars()), "{character:?}");
        }
    }

    fn assert_folds_once(text: &str) {
        let folded = for_search(text);
        assert_eq!(for_search(&folded), folded, "{text}");
    }

    #[test]
    fn what_once_folded_further_stays_as_it_is() {
        ["ȺhЦ", "ÀϹa"].into_iter().for_each(assert_folds_once);
    }

    proptest::proptest! {
        #[test]
        fn what_is_folded_stays_as_it_is(text in "\\PC{0,24}") {
            assert_folds_once(&text);
        }
    }
}
