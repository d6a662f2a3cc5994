//! Text to tokens: words and numbers, without markup, with letters folded and look-alikes of other alphabets replaced.
//!
//! Decides where a word starts and ends, independently of languages and rules.

use unicode_normalization::char::is_combining_mark;

use super::hashing::{SEED, finish, step};
use super::letters::{cyrillic_twin, is_capital, is_letter, latin_twin, plain_lower};
use crate::text::fold::for_fingerprint;
use crate::text::html::without_markup;
use crate::text::script::Script;
use crate::text::truncate_to_bytes;

/// The longest text that is read, in characters; comparison needs no more.
const LENGTH_LIMIT: usize = 600;
/// The characters of a summary that are read: about as many words as a fingerprint keeps.
const BEGINNING: usize = 420;
/// The bytes of a text that are read for these characters; there may be markup between them.
const BYTE_LIMIT: usize = 4096;
/// The longest word that is kept, in characters.
const WORD_LIMIT: usize = 40;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    Word,
    Number,
}

/// One word or number, with the positions of its letters in [`Tokens`]: folded, and in lower case.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    folded: (u32, u32),
    sounds: (u32, u32),
    pub(super) kind: TokenKind,
    pub(super) script: Script,
    /// Starts with a capital.
    pub(super) capital: bool,
    /// Two letters or more, all capitals.
    pub(super) capitals: bool,
    /// Opens a sentence, so that its capital means nothing.
    pub(super) opens: bool,
    /// The first word after a dash with spaces, a bar or a bullet.
    pub(super) after_bar: bool,
    /// Directly after a point, as `ru` in `gazeta.ru`.
    pub(super) after_point: bool,
    /// The first word after a comma.
    pub(super) after_comma: bool,
    /// The first word after a colon.
    pub(super) after_colon: bool,
}

/// The tokens of a text.
#[derive(Debug)]
pub(super) struct Tokens {
    folded: Vec<char>,
    sounds: Vec<char>,
    pub(super) list: Vec<Token>,
    /// The alphabet of most letters.
    pub(super) script: Script,
    /// Letters that only Turkish and Azerbaijani have.
    pub(super) turkic_letters: bool,
}

impl Tokens {
    /// Returns the folded letters of a token.
    pub(super) fn word(&self, token: &Token) -> &[char] {
        slice(&self.folded, token.folded)
    }

    /// Returns the lower-case letters of a token, with their marks.
    pub(super) fn sounds(&self, token: &Token) -> &[char] {
        slice(&self.sounds, token.sounds)
    }

    /// Returns the hash of a name of several words.
    pub(super) fn name_hash(&self, tokens: &[Token]) -> u64 {
        let word = |hash, token| self.word(token).iter().fold(step(hash, ' '), |hash, letter| step(hash, *letter));
        finish(tokens.iter().fold(SEED, word))
    }
}

fn slice(letters: &[char], (start, end): (u32, u32)) -> &[char] {
    letters.get(start as usize..end as usize).unwrap_or_default()
}

/// Returns the tokens of a text.
pub(super) fn of_text(text: &str) -> Tokens {
    scan(text, LENGTH_LIMIT)
}

/// Returns the tokens of the start of a text.
pub(super) fn of_beginning(text: &str) -> Tokens {
    scan(text, BEGINNING)
}

fn scan(text: &str, limit: usize) -> Tokens {
    let plain = without_markup(truncate_to_bytes(text, BYTE_LIMIT));
    let (end, script, turkic_letters) = alphabet(&plain, limit);
    let plain = plain.get(..end).unwrap_or(&plain);
    let mut scanner = Scanner {
        tokens: Tokens {
            folded: Vec::with_capacity(plain.len()),
            sounds: Vec::with_capacity(plain.len()),
            list: Vec::with_capacity(plain.len() / 6),
            script,
            turkic_letters,
        },
        word: Vec::with_capacity(WORD_LIMIT),
        opens: true,
        after_bar: false,
        after_point: false,
        after_comma: false,
        after_colon: false,
        initials: false,
        is_grouped: false,
        tampered: false,
    };
    scanner.run(plain);
    scanner.tokens
}

/// Returns the end of the first `limit` characters in bytes, the alphabet of most of their letters, and whether any is
/// Turkic.
fn alphabet(text: &str, limit: usize) -> (usize, Script, bool) {
    let mut counts = [0_usize; Script::COUNT];
    let mut turkic = false;
    let mut end = text.len();
    for (read, (at, letter)) in text.char_indices().enumerate() {
        if read == limit {
            end = at;
            break;
        }
        if letter.is_ascii() {
            counts[0] += usize::from(letter.is_ascii_alphabetic());
            continue;
        }
        if matches!(letter, 'А'..='я') {
            counts[Script::Cyrillic as usize] += 1;
            continue;
        }
        turkic |= matches!(letter, 'ə' | 'Ə' | 'ğ' | 'Ğ' | 'ı' | 'İ' | 'ş' | 'Ş');
        if is_letter(letter) {
            counts[Script::of_fingerprint(letter) as usize] += 1;
        }
    }
    let scripts = [
        Script::Latin,
        Script::Cyrillic,
        Script::Greek,
        Script::Armenian,
        Script::Georgian,
        Script::Arabic,
        Script::Other,
    ];
    let mut best = Script::Latin;
    let mut most = 0;
    for script in scripts {
        if counts[script as usize] > most {
            most = counts[script as usize];
            best = script;
        }
    }
    (end, best, turkic)
}

struct Scanner {
    tokens: Tokens,
    /// The current word, as written.
    word: Vec<char>,
    opens: bool,
    after_bar: bool,
    after_point: bool,
    after_comma: bool,
    after_colon: bool,
    /// The current word has points between its letters.
    initials: bool,
    /// The current word is a number in groups of three digits with spaces between them.
    is_grouped: bool,
    /// Some word mixed alphabets: others may consist of look-alikes entirely.
    tampered: bool,
}

impl Scanner {
    fn run(&mut self, text: &str) {
        let mut letters = text.chars().peekable();
        let mut before = ' ';
        while let Some(letter) = letters.next() {
            let next = letters.peek().copied().unwrap_or(' ');
            if letter == '.' && self.is_initial(before, next) {
                let mut ahead = letters.clone();
                ahead.next();
                if ahead.next().is_some_and(char::is_lowercase) {
                    // `Д. Сахаров` and `Сахаров` are one name.
                    self.word.clear();
                    self.initials = false;
                    before = letter;
                    continue;
                }
            }
            if is_letter(letter) || letter.is_alphanumeric() || (is_mark(letter) && !self.word.is_empty()) {
                // 20km, 5G: the number ends where the letters start.
                let digits = self.word.first().is_some_and(char::is_ascii_digit);
                if digits && !letter.is_ascii_digit() && self.word.last().is_some_and(char::is_ascii_digit) {
                    self.finish();
                }
                // `впросакСергей`: a line break was lost between two words.
                if before.is_lowercase() && is_glued(&self.word, letter, &letters) {
                    self.finish();
                }
                self.word.push(letter);
                before = letter;
                if is_letter(letter) {
                    // Inside a word none of the tests below is needed.
                    while let Some(letter) =
                        letters.next_if(|letter| is_letter(*letter) && !matches!(*letter, 'А'..='Я'))
                    {
                        self.word.push(letter);
                        before = letter;
                    }
                }
                continue;
            } else if is_invisible(letter) {
                continue;
            } else if self.joins_initials(letter, before, next) {
                self.initials = true;
            } else if self.joins_digits(letter, before, next) {
                self.word.push(letter);
            } else if self.joins_thousands(letter, &letters) {
                self.is_grouped = true;
                continue;
            } else if matches!(letter, '\'' | '’' | 'ʼ' | '`') && !self.word.is_empty() && next.is_alphabetic() {
                self.apostrophe(&mut letters);
            } else {
                self.finish();
                self.separator(letter, before, next);
            }
            before = letter;
        }
        self.finish();
    }

    /// Returns whether the current word, with a point after it, may be an initial: `Д.Сахаров`, `Дж.Керри`,
    /// `А.Д.Сахаров`.
    fn is_initial(&self, before: char, next: char) -> bool {
        let begins_a_name = self.word.first().is_some_and(|first| first.is_uppercase()) && next.is_uppercase();
        begins_a_name && (self.word.len() == 1 || self.initials || (self.word.len() == 2 && before.is_lowercase()))
    }

    /// The point between two initials: `U.S.` is `US`.
    fn joins_initials(&self, letter: char, before: char, next: char) -> bool {
        letter == '.' && (self.word.len() == 1 || self.initials) && before.is_uppercase() && next.is_uppercase()
    }

    /// A point or comma within a number.
    fn joins_digits(&self, letter: char, before: char, next: char) -> bool {
        matches!(letter, '.' | ',')
            && before.is_ascii_digit()
            && next.is_ascii_digit()
            && self.word.first().is_some_and(char::is_ascii_digit)
    }

    /// The space in `5 000`. In a Latin text only one that does not break a line: `in the top 10 100 years later`.
    fn joins_thousands(&self, letter: char, rest: &std::iter::Peekable<std::str::Chars<'_>>) -> bool {
        let joins = matches!(letter, '\u{A0}' | '\u{202F}' | '\u{2009}')
            || (letter == ' ' && self.tokens.script != Script::Latin);
        joins
            && (self.is_grouped || matches!(self.word.len(), 1..=3))
            && self.word.first() != Some(&'0')
            && self.word.iter().all(char::is_ascii_digit)
            && !self.word.is_empty()
            && rest.clone().take_while(char::is_ascii_digit).take(4).count() == 3
    }

    /// After an apostrophe comes an ending (Erdoğan'dan, Trump's) or the rest of a name (O'Brien).
    fn apostrophe(&mut self, letters: &mut std::iter::Peekable<std::str::Chars<'_>>) {
        if self.word.len() <= 1 {
            self.word.clear();
            return;
        }
        let mut rest = Vec::new();
        while let Some(letter) = letters.next_if(|letter| letter.is_alphanumeric() || is_mark(*letter)) {
            rest.push(letter);
        }
        let negated = rest == ['t'] && self.word.last().is_some_and(|last| matches!(last, 'n' | 'N'));
        self.finish();
        if rest.len() > 5 {
            self.word = rest;
        } else if negated {
            // `isn't` and `can't` are two words.
            self.word = vec!['n', 'o', 't'];
            self.finish();
        }
    }

    fn separator(&mut self, letter: char, before: char, next: char) {
        match letter {
            '|' | '•' | '·' | '»' if letter == '|' || before.is_whitespace() => {
                self.after_bar = true;
                self.opens = true;
            }
            '-' | '–' | '—' | '―' | '/' if before.is_whitespace() && next.is_whitespace() => {
                self.after_bar = true;
                self.opens = true;
            }
            ':' if before == ':' => self.after_bar = true,
            ',' | '،' => self.after_comma = true,
            '.' | '!' | '?' | ':' | '։' | '"' | '«' | '“' | '„' | '(' | '…' => {
                self.opens = true;
                self.after_point = letter == '.' && !next.is_whitespace();
                self.after_colon |= letter == ':' && next.is_whitespace();
            }
            _ => {}
        }
    }

    fn finish(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let word = std::mem::take(&mut self.word);
        if word.first().is_some_and(char::is_ascii_digit)
            && word.iter().all(|letter| letter.is_ascii_digit() || matches!(letter, '.' | ','))
        {
            self.number(&word);
        } else {
            self.letters(&word);
        }
        self.word = word;
        self.word.clear();
        self.opens = false;
        self.after_bar = false;
        self.after_point = false;
        self.after_comma = false;
        self.after_colon = false;
        self.initials = false;
        self.is_grouped = false;
    }

    /// `1,000` and `1.000` are a thousand, `4,6` and `4.6` are not.
    fn number(&mut self, word: &[char]) {
        let start = self.tokens.folded.len();
        let mut groups = word.split(|letter| matches!(letter, '.' | ','));
        let first = groups.next().unwrap_or_default();
        let rest: Vec<&[char]> = groups.collect();
        let thousands =
            !rest.is_empty() && first.len() <= 3 && first != ['0'] && rest.iter().all(|group| group.len() == 3);
        self.tokens.folded.extend(first);
        for group in rest {
            if !thousands {
                self.tokens.folded.push('.');
            }
            self.tokens.folded.extend(group);
        }
        self.push(start, self.tokens.sounds.len(), TokenKind::Number, Script::Other, (false, false));
    }

    fn letters(&mut self, word: &[char]) {
        let capital = word.first().is_some_and(|letter| is_capital(*letter));
        let start = self.tokens.folded.len();
        let sounds_start = self.tokens.sounds.len();
        let script = self.script_of_word(word);
        for letter in word.iter().take(WORD_LIMIT) {
            if let Some(lower) = plain_lower(*letter, script) {
                self.tokens.sounds.push(lower);
                self.tokens.folded.push(lower);
                continue;
            }
            for lower in letter.to_lowercase() {
                let lower = self.without_disguise(lower, script);
                if !is_combining_mark(lower) {
                    self.tokens.sounds.push(lower);
                }
                let folded = &mut self.tokens.folded;
                for_fingerprint(lower, &mut |letter| {
                    if !is_combining_mark(letter) {
                        folded.push(letter);
                    }
                });
            }
        }
        let capitals = word.len() >= 2 && word.iter().all(|letter| is_capital(*letter));
        self.push(start, sounds_start, TokenKind::Word, script, (capital, capitals));
    }

    /// Replaces a letter of another alphabet within a word by its look-alike in the word's own.
    fn without_disguise(&self, letter: char, script: Script) -> char {
        if Script::of_fingerprint(letter) == script {
            return letter;
        }
        match script {
            Script::Latin => latin_twin(letter).unwrap_or(letter),
            Script::Cyrillic => cyrillic_twin(letter).unwrap_or(letter),
            _ => letter,
        }
    }

    /// Returns the alphabet of a word: that of the letters that have no look-alike, else that of most of the text.
    fn script_of_word(&mut self, word: &[char]) -> Script {
        let text = self.tokens.script;
        match text {
            Script::Latin if word.iter().all(char::is_ascii) => return Script::Latin,
            Script::Cyrillic if word.iter().all(|letter| matches!(letter, 'А'..='я')) => return Script::Cyrillic,
            _ => {}
        }
        let mut first = None;
        let mut mixed = false;
        for letter in word.iter().filter(|letter| is_letter(**letter)) {
            let script = Script::of_fingerprint(*letter);
            mixed |= first.is_some_and(|first| first != script);
            first = first.or(Some(script));
        }
        let script = first.unwrap_or(Script::Other);
        if !mixed {
            let pair = matches!(
                (script, text),
                (Script::Latin, Script::Cyrillic) | (Script::Cyrillic | Script::Greek, Script::Latin)
            );
            let twins = pair && self.tampered && word.iter().all(|letter| has_twin(*letter, text));
            return if twins { text } else { script };
        }
        self.tampered = true;
        let own = |wanted: Script, twin: fn(char) -> Option<char>| {
            word.iter()
                .filter(|letter| {
                    Script::of_fingerprint(**letter) == wanted
                        && letter.to_lowercase().all(|lower| twin(lower).is_none())
                })
                .count()
        };
        let (latin, cyrillic) = (own(Script::Latin, cyrillic_twin), own(Script::Cyrillic, latin_twin));
        match latin.cmp(&cyrillic) {
            std::cmp::Ordering::Greater => Script::Latin,
            std::cmp::Ordering::Less => Script::Cyrillic,
            std::cmp::Ordering::Equal if matches!(text, Script::Latin | Script::Cyrillic) => text,
            std::cmp::Ordering::Equal => script,
        }
    }

    fn push(
        &mut self,
        start: usize,
        sounds_start: usize,
        kind: TokenKind,
        script: Script,
        (capital, capitals): (bool, bool),
    ) {
        let range = |start: usize, end: usize| {
            (u32::try_from(start).unwrap_or_default(), u32::try_from(end).unwrap_or_default())
        };
        if self.tokens.folded.len() == start {
            return;
        }
        self.tokens.list.push(Token {
            folded: range(start, self.tokens.folded.len()),
            sounds: range(sounds_start, self.tokens.sounds.len()),
            kind,
            script,
            capital,
            capitals,
            opens: self.opens,
            after_bar: self.after_bar,
            after_point: self.after_point,
            after_comma: self.after_comma,
            after_colon: self.after_colon,
        });
    }
}

/// Returns whether a capital opens a new word in the middle of what looks like one. Cyrillic only: no name is written so.
fn is_glued(word: &[char], letter: char, rest: &std::iter::Peekable<std::str::Chars<'_>>) -> bool {
    matches!(letter, 'А'..='Я')
        && word.len() >= 4
        && rest.clone().take(2).filter(|next| next.is_lowercase()).count() == 2
}

/// Returns whether a letter looks like one of a text's own alphabet; letters that its languages hardly use do not
/// count.
fn has_twin(letter: char, script: Script) -> bool {
    letter.to_lowercase().all(|lower| match script {
        Script::Latin => latin_twin(lower).is_some(),
        _ => cyrillic_twin(lower).is_some_and(|twin| matches!(twin, 'а'..='я')),
    })
}

fn is_mark(letter: char) -> bool {
    !letter.is_ascii() && is_combining_mark(letter)
}

/// Soft hyphen, zero-width characters, direction marks, byte-order mark, variation selectors.
fn is_invisible(letter: char) -> bool {
    matches!(u32::from(letter), 0xAD | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x2064 | 0xFE00..=0xFE0F | 0xFEFF)
}
