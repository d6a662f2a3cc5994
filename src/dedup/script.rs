//! Letters: one fold for comparing words, and a sound skeleton by which a name is known across alphabets.
//!
//! Owns what is known of alphabets. Knows nothing of items nor of rules.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// The alphabet a letter belongs to, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    Latin,
    Cyrillic,
    Greek,
    Armenian,
    Georgian,
    Arabic,
    Other,
}

/// How Latin letters sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sounds {
    /// `c` is k or s, `x` is ks, `j` is a consonant.
    English,
    /// Turkish and Azerbaijani: `c` is dzh, `x` is kh, `q` is g.
    Turkic,
}

pub(super) fn script_of(letter: char) -> Script {
    match u32::from(letter) {
        0x41..=0x5A | 0x61..=0x7A | 0xAA | 0xBA | 0xC0..=0x24F | 0x1E00..=0x1EFF | 0xFF21..=0xFF5A => Script::Latin,
        0x370..=0x3FF | 0x1F00..=0x1FFF => Script::Greek,
        0x400..=0x52F | 0x1C80..=0x1C8F => Script::Cyrillic,
        0x530..=0x58F => Script::Armenian,
        0x10A0..=0x10FF | 0x1C90..=0x1CBF | 0x2D00..=0x2D2F => Script::Georgian,
        0x600..=0x6FF | 0x750..=0x77F | 0xFB50..=0xFDFF | 0xFE70..=0xFEFF => Script::Arabic,
        _ => Script::Other,
    }
}

/// Whether a character is a letter: the alphabets of most news at once, all others by Unicode's tables.
#[inline]
pub(super) fn is_letter(character: char) -> bool {
    match u32::from(character) {
        0x41..=0x5A | 0x61..=0x7A | 0x410..=0x44F | 0x561..=0x586 | 0x10D0..=0x10FA => true,
        // ASCII's signs, and the quotes and dashes of news.
        0..=0x7F | 0xA0..=0xA9 | 0xAB..=0xB4 | 0xBB..=0xBF | 0x2000..=0x206F => false,
        _ => character.is_alphabetic(),
    }
}

/// [`char::is_uppercase`], the alphabets of most news at once.
#[inline]
pub(super) fn is_capital(letter: char) -> bool {
    match letter {
        '\0'..='\u{7F}' => letter.is_ascii_uppercase(),
        'А'..='я' => letter <= 'Я',
        _ => letter.is_uppercase(),
    }
}

/// The lower case of a letter of an alphabet that is its own fold: no mark, no second form.
#[inline]
pub(super) fn plain_lower(letter: char, script: Script) -> Option<char> {
    match (script, u32::from(letter)) {
        (Script::Latin, 0x61..=0x7A)
        | (Script::Cyrillic, 0x430..=0x44F)
        | (Script::Armenian, 0x561..=0x586)
        | (Script::Georgian, 0x10D0..=0x10FA) => Some(letter),
        (Script::Latin, 0x41..=0x5A) | (Script::Cyrillic, 0x410..=0x42F) => char::from_u32(u32::from(letter) + 0x20),
        (Script::Armenian, 0x531..=0x556) => char::from_u32(u32::from(letter) + 0x30),
        _ => None,
    }
}

/// A letter (lower case) that looks like one of Latin, in both directions; Unicode TS 39, confusables, lower-case letters of news.
const LOOK_ALIKES: [(char, char); 24] = [
    ('а', 'a'),
    ('е', 'e'),
    ('о', 'o'),
    ('р', 'p'),
    ('с', 'c'),
    ('у', 'y'),
    ('х', 'x'),
    ('і', 'i'),
    ('ј', 'j'),
    ('ѕ', 's'),
    ('к', 'k'),
    ('м', 'm'),
    ('т', 't'),
    ('в', 'b'),
    ('н', 'h'),
    ('п', 'n'),
    ('г', 'r'),
    ('и', 'u'),
    ('ԁ', 'd'),
    ('ԛ', 'q'),
    ('ԝ', 'w'),
    ('һ', 'h'),
    ('ё', 'e'),
    ('ь', 'b'),
];

/// The Latin letter that a letter of another alphabet is easily written for.
pub(super) fn latin_twin(letter: char) -> Option<char> {
    match letter {
        'ο' => Some('o'),
        'α' => Some('a'),
        'ρ' => Some('p'),
        'ν' => Some('v'),
        'ε' => Some('e'),
        'ι' => Some('i'),
        'κ' => Some('k'),
        'τ' => Some('t'),
        'υ' => Some('u'),
        'χ' => Some('x'),
        'օ' => Some('o'),
        'ս' => Some('u'),
        'հ' => Some('h'),
        'ո' => Some('n'),
        'ց' => Some('g'),
        'զ' => Some('q'),
        _ => LOOK_ALIKES.iter().find(|(cyrillic, _)| *cyrillic == letter).map(|(_, latin)| *latin),
    }
}

/// The Cyrillic letter that a letter of Latin or Greek is easily written for.
pub(super) fn cyrillic_twin(letter: char) -> Option<char> {
    let latin = if script_of(letter) == Script::Latin { letter } else { latin_twin(letter)? };
    LOOK_ALIKES.iter().find(|(_, twin)| *twin == latin).map(|(cyrillic, _)| *cyrillic)
}

/// Writes the fold of a lower-case letter: marks off (but `й` and the letters of Georgian and Armenian stand), `ё` as `е`.
pub(super) fn fold(letter: char, push: &mut impl FnMut(char)) {
    match letter {
        'a'..='z' | '0'..='9' | 'а'..='я' | 'ა'..='ჿ' => push(letter),
        'ё' => push('е'),
        'ї' | 'і' | 'ӏ' => push('и'),
        'є' => push('е'),
        'ґ' => push('г'),
        'ı' => push('i'),
        'ə' => push('e'),
        'ø' => push('o'),
        'đ' | 'ð' => push('d'),
        'ł' => push('l'),
        'æ' => {
            push('a');
            push('e');
        }
        'œ' => {
            push('o');
            push('e');
        }
        'ß' => {
            push('s');
            push('s');
        }
        'þ' => {
            push('t');
            push('h');
        }
        'և' => {
            push('ե');
            push('ւ');
        }
        'ي' | 'ى' => push('ی'),
        'ك' => push('ک'),
        'ة' => push('ه'),
        'أ' | 'إ' | 'آ' | 'ٱ' => push('ا'),
        'ـ' => {}
        _ => decompose_compatible(letter, |part| {
            if !is_combining_mark(part) {
                push(part);
            }
        }),
    }
}

/// Sounds of a name without its vowels, four bits each, the first sound in the highest bits of 28.
///
/// Voiced velars, uvulars and `h` are one class (Qarabağ, Карабах, Karabakh), so are `s` and `z`, `p` and `f`, and the
/// hushers with a stop (ч, дж, ж). A vowel counts at the beginning only. A letter that is doubled counts once. The idea is that
/// of Soundex and its kin (Russell, US patent 1,261,167; Daitch and Mokotoff 1985), carried to five alphabets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Skeleton {
    bits: u32,
    len: u32,
}

/// Sounds that a skeleton holds at most.
const SKELETON_LENGTH: u32 = 7;

const VOWEL: u32 = 1;
const LABIAL: u32 = 2;
const B: u32 = 3;
const V: u32 = 4;
const VELAR: u32 = 5;
const D: u32 = 6;
const T: u32 = 7;
const S: u32 = 8;
const SH: u32 = 9;
const CH: u32 = 10;
const L: u32 = 11;
const M: u32 = 12;
const N: u32 = 13;
const R: u32 = 14;

impl Skeleton {
    /// The skeleton of a word in lower case.
    pub(super) fn of(word: &[char], sounds: Sounds) -> Skeleton {
        let mut skeleton = Skeleton::default();
        let mut at = 0;
        let mut previous = 0;
        while let Some(&letter) = word.get(at) {
            let next = word.get(at + 1).copied().unwrap_or('\0');
            let (first, second, length) = sound(letter, next, sounds, at == 0);
            for class in [first, second] {
                if class == VOWEL {
                    if skeleton.len == 0 && at == 0 {
                        skeleton.push(VOWEL);
                    }
                } else if class != 0 && class != previous {
                    skeleton.push(class);
                }
                if class != 0 {
                    previous = class;
                }
            }
            at += length;
        }
        skeleton
    }

    fn push(&mut self, class: u32) {
        if self.len < SKELETON_LENGTH {
            self.len += 1;
            self.bits |= class << (4 * (SKELETON_LENGTH - self.len));
        }
    }

    pub(super) fn len(self) -> u32 {
        self.len
    }

    pub(super) fn bits(self) -> u32 {
        self.bits
    }

    /// From the bits of [`Skeleton::bits`].
    pub(super) fn from_bits(bits: u32) -> Skeleton {
        let len = SKELETON_LENGTH - (bits.trailing_zeros().min(4 * SKELETON_LENGTH) / 4);
        Skeleton { bits, len }
    }

    /// The first `len` sounds.
    pub(super) fn prefix(self, len: u32) -> u32 {
        let dropped = 4 * SKELETON_LENGTH.saturating_sub(len);
        (self.bits >> dropped) << dropped
    }
}

/// The one or two sounds that begin here, and how many letters they take.
fn sound(letter: char, next: char, sounds: Sounds, first: bool) -> (u32, u32, usize) {
    let one = |class| (class, 0, 1);
    match letter {
        'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'ä' | 'ö' | 'ü' | 'ə' | 'ı' | 'â' | 'á' | 'é' | 'í' | 'ó' | 'ú' => {
            one(VOWEL)
        }
        's' if next == 'h' => (SH, 0, 2),
        's' if next == 'c' => (S, 0, 2),
        'z' if next == 'h' => (CH, 0, 2),
        'c' if next == 'h' => (CH, 0, 2),
        'k' | 'g' if next == 'h' => (VELAR, 0, 2),
        't' if next == 'h' => (T, 0, 2),
        'p' if next == 'h' => (LABIAL, 0, 2),
        'd' if next == 'j' => (CH, 0, 2),
        'д' if next == 'ж' => (CH, 0, 2),
        'c' if sounds == Sounds::Turkic => one(CH),
        'c' if matches!(next, 'e' | 'i' | 'y') => one(S),
        'x' if sounds == Sounds::English && !first => (VELAR, S, 1),
        'b' | 'б' | 'ბ' | 'բ' => one(B),
        'p' | 'f' | 'п' | 'ф' | 'პ' | 'ფ' | 'պ' | 'փ' | 'ֆ' => one(LABIAL),
        'v' | 'w' | 'в' | 'ў' | 'ვ' | 'վ' => one(V),
        // Behind `ո` this letter makes the vowel u.
        'ո' if next == 'ւ' => (VOWEL, 0, 2),
        'ւ' => one(V),
        'և' => (VOWEL, V, 1),
        'k' | 'q' | 'c' | 'g' | 'ğ' | 'x' | 'h' | 'к' | 'г' | 'ґ' | 'х' | 'კ' | 'გ' | 'ქ' | 'ღ' | 'ყ' | 'ხ' | 'ჰ'
        | 'կ' | 'գ' | 'ք' | 'ղ' | 'խ' | 'հ' => one(VELAR),
        'd' | 'д' | 'დ' | 'դ' => one(D),
        't' | 'т' | 'ტ' | 'თ' | 'տ' | 'թ' => one(T),
        's' | 'z' | 'с' | 'з' | 'ს' | 'ზ' | 'ս' | 'զ' => one(S),
        'ц' | 'ც' | 'წ' | 'ց' | 'ծ' => (T, S, 1),
        'ძ' | 'ձ' => (D, S, 1),
        'ş' | 'š' | 'ш' | 'щ' | 'შ' | 'շ' => one(SH),
        'ç' | 'č' | 'j' | 'ž' | 'ч' | 'ж' | 'ჩ' | 'ჭ' | 'ჟ' | 'ჯ' | 'չ' | 'ճ' | 'ժ' | 'ջ' => one(CH),
        'l' | 'ł' | 'л' | 'ლ' | 'լ' => one(L),
        'm' | 'м' | 'მ' | 'մ' => one(M),
        'n' | 'ñ' | 'н' | 'ნ' | 'ն' => one(N),
        'r' | 'р' | 'რ' | 'ր' | 'ռ' => one(R),
        'ь' | 'ъ' => one(0),
        _ if letter.is_alphabetic() => one(VOWEL),
        _ => one(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skeleton(word: &str, sounds: Sounds) -> Skeleton {
        Skeleton::of(&word.chars().collect::<Vec<_>>(), sounds)
    }

    #[test]
    fn a_name_has_one_skeleton_in_every_alphabet() {
        let check = |english: &str, turkic: &str, others: &[&str]| {
            let wanted = skeleton(english, Sounds::English);
            assert!(wanted.len() >= 3, "{english}");
            assert_eq!(wanted, skeleton(turkic, Sounds::Turkic), "{turkic}");
            for other in others {
                let found = skeleton(other, Sounds::English);
                assert_eq!(found.prefix(wanted.len()), wanted.bits(), "{english} {other}");
            }
        };
        check("pashinyan", "paşinyan", &["пашинян", "пашиняном", "փաշինյանը", "ფაშინიანი"]);
        check("kobakhidze", "kobaxidze", &["кобахидзе", "კობახიძემ", "կոբախիձե"]);
        check("erdogan", "ərdoğan", &["эрдоган", "էրդողան", "ერდოღანი"]);
        check("japaridze", "caparidze", &["джапаридзе", "ჯაფარიძეს"]);
        check("aliyev", "əliyev", &["алиев", "алиева", "ալիևին", "ალიევი"]);
        check("karabakh", "qarabağ", &["карабах", "карабахе", "ყარაბაღში"]);
        check("khasavyurt", "hasavyurt", &["хасавюртом"]);
    }

    #[test]
    fn the_short_ways_say_what_the_tables_say() {
        for letter in (0..0x1_1000).filter_map(char::from_u32) {
            assert_eq!(is_letter(letter), letter.is_alphabetic(), "{letter:?}");
            assert_eq!(is_capital(letter), letter.is_uppercase(), "{letter:?}");
            let Some(lower) = plain_lower(letter, script_of(letter)) else { continue };
            assert!(letter.to_lowercase().eq([lower]), "{letter:?}");
            let mut folded = Vec::new();
            fold(lower, &mut |letter| folded.push(letter));
            assert_eq!(folded, [lower], "{letter:?}");
        }
    }

    #[test]
    fn the_bits_of_a_skeleton_are_enough() {
        for word in ["", "a", "baku", "tskhinvali", "konstantinopel"] {
            let given = skeleton(word, Sounds::English);
            assert_eq!(Skeleton::from_bits(given.bits()), given, "{word}");
        }
    }
}
