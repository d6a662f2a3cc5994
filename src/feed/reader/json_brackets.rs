//! The brackets of broken JSON: which are open, and what one closes that does not match.
//!
//! What follows a bracket shows whether it is one too many, one too few or of the wrong kind: after `]` in place of the
//! `}` of an item comes the next item, which the object around the list has no room for.

/// The brackets that are open, the innermost last.
#[derive(Debug, Default)]
pub(super) struct Brackets<'t> {
    open: Vec<Open<'t>>,
    /// How many of them are of objects.
    objects: usize,
}

#[derive(Clone, Copy, Debug)]
struct Open<'t> {
    bracket: char,
    is_empty: bool,
    /// The first key: of an object its own, of a list that of its first object.
    first_key: Option<&'t str>,
}

/// What a closing bracket closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closing {
    /// The innermost bracket, which it matches.
    Own,
    /// The innermost bracket, which is of the other kind.
    Innermost,
    /// The next bracket of its kind, and those within it.
    AllWithin,
    Nothing,
}

/// What follows a closing bracket, after white space and commas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next<'t> {
    End,
    Closing(char),
    /// The end of an object before the next one or the end of their list.
    ItemEnd,
    /// An object with its first key.
    Object(Option<&'t str>),
    Key(&'t str),
    Other,
}

impl<'t> Next<'t> {
    pub(super) fn of(text: &'t str) -> Next<'t> {
        let text = text.trim_start_matches(|letter: char| letter == ',' || letter.is_whitespace());
        match text.chars().next() {
            None => Next::End,
            Some('}') if text.get(1..).is_some_and(is_after_an_item) => Next::ItemEnd,
            Some(bracket @ (']' | '}')) => Next::Closing(bracket),
            Some('{') => Next::Object(text.get(1..).and_then(|inside| key_ahead(inside.trim_start()))),
            Some(_) => key_ahead(text).map_or(Next::Other, Next::Key),
        }
    }
}

fn is_after_an_item(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with(']') || text.strip_prefix(',').is_some_and(|text| text.trim_start().starts_with('{'))
}

/// How long the keys are by which objects are compared.
const KEY_BYTES: usize = 40;

/// Returns the key at the beginning of a text, if it is one without escapes before a colon.
pub(super) fn key_ahead(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b':' | b'@' | b'.');
    let inside = text.get(1..)?;
    let end = inside.bytes().take(KEY_BYTES).take_while(|byte| is_part(byte)).count();
    let after = inside.get(end..)?.strip_prefix(quote)?;
    (end > 0 && after.trim_start().starts_with(':')).then(|| inside.get(..end)).flatten()
}

pub(super) fn is_pair(open: char, close: char) -> bool {
    matches!((open, close), ('{', '}') | ('[', ']'))
}

impl<'t> Brackets<'t> {
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    pub(super) fn push(&mut self, bracket: char) {
        self.objects += usize::from(bracket == '{');
        self.open.push(Open { bracket, is_empty: true, first_key: None });
    }

    pub(super) fn pop(&mut self) -> Option<char> {
        let closed = self.open.pop()?;
        self.objects -= usize::from(closed.bracket == '{');
        if let Some(list) = self.open.last_mut().filter(|open| open.bracket == '[') {
            list.first_key = list.first_key.or(closed.first_key);
        }
        Some(closed.bracket)
    }

    pub(super) fn innermost(&self) -> Option<char> {
        self.open.last().map(|open| open.bracket)
    }

    pub(super) fn is_in_object(&self) -> bool {
        self.innermost() == Some('{')
    }

    pub(super) fn is_in_list(&self) -> bool {
        self.innermost() == Some('[')
    }

    /// Whether nothing is in the innermost bracket yet.
    pub(super) fn is_empty_inside(&self) -> bool {
        self.open.last().is_some_and(|open| open.is_empty)
    }

    /// Whether what is innermost is the element of a list.
    pub(super) fn is_element(&self) -> bool {
        self.around(1) == Some('[')
    }

    /// Notes that something is in the innermost bracket.
    pub(super) fn member(&mut self, key: Option<&'t str>) {
        if let Some(open) = self.open.last_mut() {
            open.first_key = open.first_key.or(key.filter(|_| open.is_empty));
            open.is_empty = false;
        }
    }

    /// Whether a key within the innermost list is the first of an object whose bracket is missing.
    pub(super) fn begins_an_object(&self, key: &str) -> bool {
        let Some(list) = self.open.last() else { return false };
        list.is_empty || list.first_key == Some(key) || !self.is_member(1)
    }

    /// Returns the kind of the bracket so many levels around the innermost.
    fn around(&self, levels: usize) -> Option<char> {
        self.open.iter().rev().nth(levels).map(|open| open.bracket)
    }

    fn is_member(&self, levels: usize) -> bool {
        self.around(levels) == Some('{')
    }

    /// Returns what a bracket closes.
    pub(super) fn closing<'n>(&self, bracket: char, next: impl FnOnce() -> Next<'n>) -> Closing {
        let Some(innermost) = self.open.last() else { return Closing::Nothing };
        let is_outermost = self.open.len() == 1;
        if is_pair(innermost.bracket, bracket) {
            let ends_too_early = is_outermost && bracket == '}' && matches!(next(), Next::Key(_));
            return if ends_too_early { Closing::Nothing } else { Closing::Own };
        }
        let has_own = if bracket == '}' { self.objects > 0 } else { self.open.len() > self.objects };
        match (bracket, next()) {
            // `"a": [1, 2}` at the end of all.
            (_, Next::End) if has_own => Closing::AllWithin,
            _ if is_outermost => Closing::Nothing,
            // In place of the bracket of an item or of a text.
            (']', Next::Object(_) | Next::Closing(']')) => Closing::Innermost,
            (']', _) if !self.is_element() => Closing::Innermost,
            (']', Next::ItemEnd) => Closing::Nothing,
            (']', Next::Key(_)) if self.around(3) != Some('[') => Closing::Nothing,
            (']', _) if has_own => Closing::AllWithin,
            ('}', Next::Closing('}') | Next::ItemEnd | Next::Key(_)) => Closing::Innermost,
            ('}', Next::Object(Some(first))) if innermost.first_key == Some(first) && self.around(2) == Some('[') => {
                Closing::Nothing
            }
            // The item ends within one of its lists.
            ('}', Next::Object(_) | Next::Closing(_)) if self.is_member(1) && self.around(2) == Some('[') => {
                Closing::AllWithin
            }
            _ => Closing::Nothing,
        }
    }
}
