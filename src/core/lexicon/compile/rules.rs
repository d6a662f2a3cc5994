//! Rules for ambiguous names, contexts, stop phrases and scopes.

use std::collections::BTreeMap;

use super::compiler::{Compiler, Location, take};
use crate::lexicon::entity::FormKind;
use crate::lexicon::matcher::{Capitals, Output, PhraseEnding};
use crate::lexicon::rule::{Clue, Prior, Rule, ScopeDefinition};
use crate::lexicon::schema::{ClueTable, FileTables, PriorTable};
use crate::model::{PressBloc, Scope};

/// The most scopes: sets of scopes are masks of 16 bits.
const MAX_SCOPES: usize = u16::BITS as usize;

/// Lists of clue words by the id of their context.
type Contexts = BTreeMap<String, Vec<String>>;

impl Compiler<'_> {
    /// Gives each rule its number, so that forms can name rules before these are read.
    pub(super) fn number_rules(&mut self, tables: &[(usize, FileTables)]) {
        for (file, table) in tables {
            for rule in &table.rule {
                let location = Location::of(*file, rule);
                let id = &rule.get_ref().id;
                let number = self.rule_numbers.len() as u16 + 1;
                if self.rule_numbers.insert(id.clone(), number).is_some() {
                    self.error(location, format!("rule `{id}` is defined twice; rename one of the two"));
                }
            }
        }
    }

    /// Reads the rules of names that name none.
    pub(super) fn default_rules(&mut self, tables: &mut [(usize, FileTables)]) {
        for (file, table) in take(tables, |tables| &mut tables.default_rules) {
            let location = Location::of(file, &table);
            let table = table.into_inner();
            let Some(rule) = self.rule_number(location, &table.rule) else { continue };
            let languages = table.languages.iter().filter_map(|id| self.language(location, id));
            let languages = languages.fold(0, |mask, number| mask | 1u32 << number);
            self.default_rules.push((table.kinds, languages, rule));
        }
    }

    /// Returns the number of a rule; reports an unknown one.
    pub(super) fn rule_number(&mut self, location: Location, id: &str) -> Option<u16> {
        let number = self.rule_numbers.get(id).copied();
        if number.is_none() {
            let message = format!("no file defines a [[rule]] with the id `{id}`; define it or correct the id");
            self.error(location, message);
        }
        number
    }

    fn clue_phrase(&mut self, location: Location, text: &str) -> Option<u32> {
        if let Some(&number) = self.clue_numbers.get(text) {
            return Some(number);
        }
        let number = self.clue_texts.len() as u32;
        self.fixed_phrase(location, text, Output::Clue(number))?;
        self.clue_numbers.insert(text.to_owned(), number);
        self.clue_texts.push(text.to_owned());
        Some(number)
    }

    /// Returns the sorted numbers of the phrases of a clue; `@id` is a context.
    fn clue_list(&mut self, location: Location, words: &[String], contexts: &Contexts) -> Vec<u32> {
        let mut out = Vec::new();
        for word in words {
            if let Some(id) = word.strip_prefix('@') {
                match contexts.get(id) {
                    Some(list) => out.extend(list.iter().filter_map(|word| self.clue_phrase(location, word))),
                    None => {
                        self.error(location, format!("no file defines [context.{id}]; define it or correct the id"))
                    }
                }
            } else {
                out.extend(self.clue_phrase(location, word));
            }
        }
        out.sort_unstable();
        out.dedup();
        out
    }

    pub(super) fn rules(&mut self, tables: &mut [(usize, FileTables)]) {
        let mut contexts = Contexts::new();
        for (_, table) in tables.iter_mut() {
            for (id, context) in std::mem::take(&mut table.context) {
                contexts.entry(id).or_default().extend(context.into_inner().words);
            }
        }
        for (file, rule) in take(tables, |table| &mut table.rule) {
            let location = Location::of(file, &rule);
            let rule = rule.into_inner();
            let prior = match rule.prior {
                PriorTable::Word(word) if word == "tag" => Prior::Tag(1.0),
                PriorTable::Word(word) if word == "abstain" => Prior::Abstain,
                PriorTable::Weight(weight) if (0.0..=1.0).contains(&weight) => Prior::Tag(weight),
                _ => {
                    let message =
                        format!("rule `{}`: unknown prior; write `tag`, `abstain` or a number from 0 to 1", rule.id);
                    self.error(location, message);
                    continue;
                }
            };
            let mut clues = Vec::with_capacity(rule.clues.len());
            for clue in rule.clues {
                let location = Location::of(file, &clue);
                clues.push(self.clue(location, clue.into_inner(), &contexts));
            }
            self.rules.push(Rule { id: rule.id, note: rule.note, prior, clues });
        }
    }

    fn clue(&mut self, location: Location, clue: ClueTable, contexts: &Contexts) -> Clue {
        let words = self.clue_list(location, &clue.words, contexts);
        let before = self.clue_list(location, &clue.before, contexts);
        let after = self.clue_list(location, &clue.after, contexts);
        let kin = clue.entities.iter().any(|id| id == "@kin");
        let named = clue.entities.iter().filter(|id| *id != "@kin");
        let entities = named.filter_map(|id| self.entity_number(location, id)).collect();
        let languages = clue.languages.iter().filter_map(|id| self.language(location, id));
        let languages = languages.fold(0, |mask, number| mask | 1 << number);
        let mut blocs = Vec::new();
        for bloc in &clue.blocs {
            match bloc.parse::<PressBloc>() {
                Ok(bloc) => blocs.push(bloc),
                Err(error) => self.error(location, error.to_string()),
            }
        }
        Clue {
            weight: clue.weight,
            most: clue.most.unwrap_or(1),
            words,
            before,
            after,
            entities,
            kin,
            name_ends: clue.name_ends,
            shapes: clue.shape,
            url: clue.url,
            countries: clue.countries,
            blocs,
            languages,
        }
    }

    /// Returns the scopes, sorted by id. Several files may add to one scope.
    pub(super) fn scopes(&mut self, tables: &mut [(usize, FileTables)]) -> Vec<ScopeDefinition> {
        let mut all: BTreeMap<String, (Location, Vec<u32>, Vec<String>)> = BTreeMap::new();
        for (file, table) in tables.iter_mut() {
            for (id, scope) in std::mem::take(&mut table.scope) {
                let location = Location::of(*file, &scope);
                let scope = scope.into_inner();
                let (_, places, all_of) = all.entry(id).or_insert((location, Vec::new(), Vec::new()));
                all_of.extend(scope.all_of);
                for entity in scope.places {
                    places.extend(self.entity_number(location, &entity));
                }
            }
        }
        if let Some((id, (location, ..))) = all.iter().nth(MAX_SCOPES) {
            self.error(*location, format!("[scope.{id}] is one too many; remove one, {MAX_SCOPES} is the limit"));
        }
        let ids: Vec<(String, bool)> = all.iter().map(|(id, (_, places, _))| (id.clone(), places.is_empty())).collect();
        let mut scopes = Vec::new();
        for (id, (location, places, all_of)) in all {
            let scope = match id.parse::<Scope>() {
                Ok(scope) => scope,
                Err(error) => {
                    self.error(location, error.to_string());
                    continue;
                }
            };
            if !places.is_empty() && !all_of.is_empty() {
                let message = format!("[scope.{id}] has both `places` and `all_of`; make two scopes of it");
                self.error(location, message);
            }
            let mut numbers = Vec::new();
            for other in &all_of {
                match ids.iter().position(|(id, is_empty)| id == other && !is_empty) {
                    Some(number) => numbers.push(number),
                    None => {
                        let message =
                            format!("[scope.{id}]: `all_of` names `{other}`; it may only name scopes with `places`");
                        self.error(location, message);
                    }
                }
            }
            scopes.push(ScopeDefinition { id: scope, places, all_of: numbers });
        }
        scopes
    }

    pub(super) fn stop_phrases(&mut self, tables: &[(usize, FileTables)]) {
        for (file, table) in tables {
            for (language, phrases) in &table.stop {
                for phrase in phrases {
                    let location = Location::of(*file, phrase);
                    let Some(language) = self.language(location, language) else { continue };
                    let choose_class = |compiler: &Compiler<'_>, word: &str, is_last: bool| {
                        compiler.choose_class(language, FormKind::Other, None, word, is_last)
                    };
                    if let Some((paradigms, capitals)) = self.phrase(location, phrase.get_ref(), true, choose_class) {
                        let capitals = Capitals { first: capitals.first, ..Capitals::default() };
                        self.put_phrase(&paradigms, PhraseEnding { output: Output::Stop, capitals });
                    }
                }
            }
        }
    }
}
