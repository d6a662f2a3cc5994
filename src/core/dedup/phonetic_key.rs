//! The sound of a name as a key by which it is recognised across alphabets.

/// How Latin letters sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sounds {
    /// `c` is k or s, `x` is ks, `j` is a consonant.
    English,
    /// Turkish and Azerbaijani: `c` is dzh, `x` is kh, `q` is g.
    Turkic,
}

/// The sounds of a name without its vowels, four bits each, the first sound in the highest of 28 bits.
///
/// Voiced velars, uvulars and `h` are one class (Qarabağ, Карабах, Karabakh), so are `s` and `z`, `p` and `f`, and the
/// affricates ч, дж and ж. A vowel counts at the start only. A doubled letter counts once. This is Soundex (Russell, US
/// patent 1,261,167; Daitch and Mokotoff 1985) for five alphabets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PhoneticKey {
    bits: u32,
    len: u32,
}

/// The limit of sounds in a key.
const KEY_SOUNDS_MAX: u32 = 7;

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

impl PhoneticKey {
    /// Returns the key of a word in lower case.
    pub(super) fn of(word: &[char], sounds: Sounds) -> PhoneticKey {
        let mut key = PhoneticKey::default();
        let mut at = 0;
        let mut previous = 0;
        while let Some(&letter) = word.get(at) {
            let next = word.get(at + 1).copied().unwrap_or('\0');
            let (first, second, length) = sound(letter, next, sounds, at == 0);
            for class in [first, second] {
                if class == VOWEL {
                    if key.len == 0 && at == 0 {
                        key.push(VOWEL);
                    }
                } else if class != 0 && class != previous {
                    key.push(class);
                }
                if class != 0 {
                    previous = class;
                }
            }
            at += length;
        }
        key
    }

    fn push(&mut self, class: u32) {
        if self.len < KEY_SOUNDS_MAX {
            self.len += 1;
            self.bits |= class << (4 * (KEY_SOUNDS_MAX - self.len));
        }
    }

    pub(super) fn len(self) -> u32 {
        self.len
    }

    pub(super) fn bits(self) -> u32 {
        self.bits
    }

    /// Returns the key with these [`PhoneticKey::bits`].
    pub(super) fn from_bits(bits: u32) -> PhoneticKey {
        let len = KEY_SOUNDS_MAX - (bits.trailing_zeros().min(4 * KEY_SOUNDS_MAX) / 4);
        PhoneticKey { bits, len }
    }

    /// Returns the first `len` sounds.
    pub(super) fn prefix(self, len: u32) -> u32 {
        let dropped = 4 * KEY_SOUNDS_MAX.saturating_sub(len);
        (self.bits >> dropped) << dropped
    }
}

/// Returns the one or two sounds that start here, and how many letters they take.
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
        // After `ո` this letter makes the vowel u.
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

    fn key_of(word: &str, sounds: Sounds) -> PhoneticKey {
        PhoneticKey::of(&word.chars().collect::<Vec<_>>(), sounds)
    }

    #[test]
    fn a_name_has_one_key_in_every_alphabet() {
        let check = |english: &str, turkic: &str, others: &[&str]| {
            let wanted = key_of(english, Sounds::English);
            assert!(wanted.len() >= 3, "{english}");
            assert_eq!(wanted, key_of(turkic, Sounds::Turkic), "{turkic}");
            for other in others {
                let found = key_of(other, Sounds::English);
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
    fn the_bits_of_a_key_are_enough() {
        for word in ["", "a", "baku", "tskhinvali", "konstantinopel"] {
            let given = key_of(word, Sounds::English);
            assert_eq!(PhoneticKey::from_bits(given.bits()), given, "{word}");
        }
    }
}
