//! Takes keys out of a TOML table one by one, so that any key left over is a typing error.
//!
//! Every fault is collected with its line; none stops the reading.

use std::fmt;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::model::{Diagnostic, closest};

/// The faults of one file, collected while it is read.
pub(super) struct Faults<'a> {
    pub(super) file: &'a str,
    text: &'a str,
    pub(super) found: Vec<Diagnostic>,
}

impl<'a> Faults<'a> {
    pub(super) fn new(file: &'a str, text: &'a str) -> Faults<'a> {
        Faults { file, text, found: Vec::new() }
    }

    /// Returns the line of a byte offset, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
    }

    pub(super) fn add(&mut self, offset: usize, message: String) {
        let line = self.line(offset);
        self.found.push(Diagnostic { file: self.file.to_owned(), line, message });
    }
}

/// One table while its keys are taken out.
pub(super) struct Keys<'t, 'i> {
    /// The table's name with a dot, for messages: `poller.`; empty at the top.
    prefix: String,
    table: Vec<(&'t Spanned<toml::de::DeString<'i>>, &'t Spanned<DeValue<'i>>, bool)>,
    known: Vec<&'static str>,
}

impl<'t, 'i> Keys<'t, 'i> {
    pub(super) fn new(prefix: &str, table: &'t DeTable<'i>) -> Keys<'t, 'i> {
        Keys {
            prefix: prefix.to_owned(),
            table: table.iter().map(|(key, value)| (key, value, false)).collect(),
            known: Vec::new(),
        }
    }

    /// Takes the value of a key; `None` if the table does not have the key.
    pub(super) fn take(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'i>>> {
        self.known.push(key);
        let entry = self.table.iter_mut().find(|(name, _, _)| name.get_ref() == key)?;
        entry.2 = true;
        Some(entry.1)
    }

    /// Returns the byte offset of the table's first key.
    pub(super) fn start(&self) -> usize {
        self.table.iter().map(|(key, _, _)| key.span().start).min().unwrap_or(0)
    }

    /// Returns the byte offset of a key's value, or of the table if the key is missing.
    pub(super) fn at(&self, key: &str) -> usize {
        let found = self.table.iter().find(|(name, _, _)| name.get_ref() == key);
        found.map_or_else(|| self.start(), |(_, value, _)| value.span().start)
    }

    fn wrong(&self, faults: &mut Faults<'_>, key: &str, value: &Spanned<DeValue<'_>>, expected: &str) {
        let message = format!("`{}{key}` must be {expected}", self.prefix);
        faults.add(value.span().start, message);
    }

    pub(super) fn string(&mut self, faults: &mut Faults<'_>, key: &'static str) -> Option<String> {
        let value = self.take(key)?;
        match value.get_ref().as_str() {
            Some(text) => Some(text.to_owned()),
            None => {
                self.wrong(faults, key, value, "a string in quotes");
                None
            }
        }
    }

    pub(super) fn boolean(&mut self, faults: &mut Faults<'_>, key: &'static str, target: &mut bool) {
        let Some(value) = self.take(key) else { return };
        match value.get_ref().as_bool() {
            Some(flag) => *target = flag,
            None => self.wrong(faults, key, value, "true or false"),
        }
    }

    /// Takes a whole number within `range` into `target`.
    pub(super) fn number<T>(
        &mut self,
        faults: &mut Faults<'_>,
        key: &'static str,
        range: std::ops::RangeInclusive<T>,
        target: &mut T,
    ) where
        T: TryFrom<i64> + PartialOrd + fmt::Display + Copy,
    {
        let Some(value) = self.take(key) else { return };
        let number = value
            .get_ref()
            .as_integer()
            .and_then(|integer| i64::from_str_radix(&integer.as_str().replace('_', ""), integer.radix()).ok())
            .and_then(|number| T::try_from(number).ok())
            .filter(|number| range.contains(number));
        match number {
            Some(number) => *target = number,
            None => {
                self.wrong(faults, key, value, &format!("a whole number from {} to {}", range.start(), range.end()))
            }
        }
    }

    /// Takes a number from 0 to 1.
    pub(super) fn fraction(&mut self, faults: &mut Faults<'_>, key: &'static str) -> Option<f64> {
        let value = self.take(key)?;
        let text = match value.get_ref() {
            DeValue::Float(number) => number.as_str(),
            DeValue::Integer(number) => number.as_str(),
            _ => "",
        };
        let number = text.parse().ok().filter(|number| (0.0..=1.0).contains(number));
        if number.is_none() {
            self.wrong(faults, key, value, "a number from 0 to 1");
        }
        number
    }

    /// Takes a string that `read` understands; reports a fault if the key is missing.
    pub(super) fn required<T, E: fmt::Display>(
        &mut self,
        faults: &mut Faults<'_>,
        key: &'static str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let before = faults.found.len();
        let mut found = None;
        self.word(faults, key, &mut found, |text| read(text).map(Some));
        if found.is_none() && faults.found.len() == before {
            faults.add(self.start(), format!("`{}{key}` is missing", self.prefix));
        }
        found
    }

    /// Takes a string that `read` understands into `target`.
    pub(super) fn word<T, E: fmt::Display>(
        &mut self,
        faults: &mut Faults<'_>,
        key: &'static str,
        target: &mut T,
        read: impl Fn(&str) -> Result<T, E>,
    ) {
        let Some(value) = self.take(key) else { return };
        match value.get_ref().as_str().map(read) {
            Some(Ok(read)) => *target = read,
            Some(Err(error)) => faults.add(value.span().start, format!("`{}{key}`: {error}", self.prefix)),
            None => self.wrong(faults, key, value, "a string in quotes"),
        }
    }

    /// Takes an array of strings that `read` understands into `target`.
    pub(super) fn words<T, E: fmt::Display>(
        &mut self,
        faults: &mut Faults<'_>,
        key: &'static str,
        target: &mut Vec<T>,
        read: impl Fn(&str) -> Result<T, E>,
    ) {
        let Some(value) = self.take(key) else { return };
        let Some(array) = value.get_ref().as_array() else {
            return self.wrong(faults, key, value, "an array of strings");
        };
        if array.is_empty() {
            return self.wrong(faults, key, value, "an array of at least one string");
        }
        let mut words = Vec::new();
        for element in array.iter() {
            match element.get_ref().as_str().map(&read) {
                Some(Ok(word)) => words.push(word),
                Some(Err(error)) => faults.add(element.span().start, format!("`{}{key}`: {error}", self.prefix)),
                None => self.wrong(faults, key, element, "an array of strings"),
            }
        }
        *target = words;
    }

    /// Takes a table.
    pub(super) fn table(&mut self, faults: &mut Faults<'_>, key: &'static str) -> Option<Keys<'t, 'i>> {
        let value = self.take(key)?;
        match value.get_ref().as_table() {
            Some(table) => Some(Keys::new(&format!("{}{key}.", self.prefix), table)),
            None => {
                self.wrong(faults, key, value, "a table");
                None
            }
        }
    }

    /// Takes a table of strings with arbitrary keys, each pair checked by `check`.
    pub(super) fn pairs<E: fmt::Display>(
        &mut self,
        faults: &mut Faults<'_>,
        key: &'static str,
        check: impl Fn(&str, &str) -> Result<(), E>,
    ) -> Vec<(String, String)> {
        let Some(value) = self.take(key) else { return Vec::new() };
        let Some(table) = value.get_ref().as_table() else {
            self.wrong(faults, key, value, "a table of strings: { \"Name\" = \"value\" }");
            return Vec::new();
        };
        let mut pairs = Vec::new();
        for (name, value) in table.iter() {
            match value.get_ref().as_str().map(|text| check(name.get_ref(), text).map(|()| text)) {
                Some(Ok(text)) => pairs.push((name.get_ref().to_string(), text.to_owned())),
                Some(Err(error)) => faults.add(value.span().start, format!("`{}{key}`: {error}", self.prefix)),
                None => self.wrong(faults, key, value, "a table of strings: { \"Name\" = \"value\" }"),
            }
        }
        pairs
    }

    /// Takes an array of tables.
    pub(super) fn tables(&mut self, faults: &mut Faults<'_>, key: &'static str) -> Vec<Keys<'t, 'i>> {
        let Some(value) = self.take(key) else { return Vec::new() };
        let tables: Option<Vec<_>> =
            value.get_ref().as_array().and_then(|array| array.iter().map(|one| one.get_ref().as_table()).collect());
        match tables {
            Some(tables) => {
                tables.into_iter().map(|table| Keys::new(&format!("{}{key}.", self.prefix), table)).collect()
            }
            None => {
                self.wrong(faults, key, value, "an array of tables: [[…]]");
                Vec::new()
            }
        }
    }

    /// Ends the reading and reports the remaining keys as unknown.
    pub(super) fn end(self, faults: &mut Faults<'_>) {
        for (key, _, is_taken) in &self.table {
            if *is_taken {
                continue;
            }
            let name = key.get_ref();
            let hint = match closest(name, self.known.iter().copied()) {
                Some(known) => format!("did you mean `{}{known}`?", self.prefix),
                None => format!("known are: {}", self.known.join(", ")),
            };
            faults.add(key.span().start, format!("unknown key `{}{name}`; {hint}", self.prefix));
        }
    }
}
