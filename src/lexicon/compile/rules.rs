//! Ambiguities, contexts, stop phrases and scopes.

use super::*;

impl Compiler<'_> {
    pub(super) fn rule_names(&mut self, tables: &[(usize, FileTables)]) {
        for (file, table) in tables {
            for rule in &table.rule {
                let place = Place { file: *file, offset: rule.span().start };
                let id = &rule.get_ref().id;
                // Number 0 is no rule.
                let n = self.rule_ids.len() as u16 + 1;
                if self.rule_ids.insert(id.clone(), n).is_some() {
                    self.fault(place, format!("rule `{id}` stands twice"));
                }
            }
        }
    }

    pub(super) fn clue_phrase(&mut self, place: Place, text: &str) -> Option<u32> {
        if let Some(&n) = self.clue_phrases.get(text) {
            return Some(n);
        }
        let (paradigms, mut capitals) = self.phrase(place, text, true, |_, _, _| FIXED)?;
        capitals.none = 0;
        let n = self.clue_texts.len() as u32;
        self.put_phrase(&paradigms, PhraseEnding { output: Output::Clue(n), capitals });
        self.clue_phrases.insert(text.to_owned(), n);
        self.clue_texts.push(text.to_owned());
        Some(n)
    }

    pub(super) fn clue_list(
        &mut self,
        place: Place,
        words: &[String],
        contexts: &BTreeMap<String, Vec<String>>,
    ) -> Vec<u32> {
        let mut out = Vec::new();
        for word in words {
            if let Some(id) = word.strip_prefix('@') {
                match contexts.get(id) {
                    Some(list) => out.extend(list.iter().filter_map(|w| self.clue_phrase(place, w))),
                    None => self.fault(place, format!("there is no [context.{id}]")),
                }
            } else {
                out.extend(self.clue_phrase(place, word));
            }
        }
        out.sort_unstable();
        out.dedup();
        out
    }

    pub(super) fn rules(&mut self, tables: &mut [(usize, FileTables)]) {
        let mut contexts: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (_, table) in tables.iter_mut() {
            for (id, context) in std::mem::take(&mut table.context) {
                contexts.entry(id).or_default().extend(context.into_inner().words);
            }
        }
        for (file, rule) in take(tables, |t| std::mem::take(&mut t.rule)) {
            let place = Place { file, offset: rule.span().start };
            let rule = rule.into_inner();
            let prior = match rule.prior {
                PriorTable::Word(word) if word == "tag" => Prior::Tag(1.0),
                PriorTable::Word(word) if word == "abstain" => Prior::Abstain,
                PriorTable::Weight(weight) if (0.0..=1.0).contains(&weight) => Prior::Tag(weight),
                _ => {
                    self.fault(place, format!("rule `{}`: prior is `tag`, `abstain` or a number from 0 to 1", rule.id));
                    continue;
                }
            };
            let mut clues = Vec::new();
            for clue in rule.clues {
                let place = Place { file, offset: clue.span().start };
                let clue = clue.into_inner();
                let words = self.clue_list(place, &clue.words, &contexts);
                let before = self.clue_list(place, &clue.before, &contexts);
                let after = self.clue_list(place, &clue.after, &contexts);
                let kin = clue.entities.iter().any(|id| id == "@kin");
                let named = clue.entities.iter().filter(|id| *id != "@kin");
                let entities = named.filter_map(|id| self.entity_id(place, id)).collect();
                let mut languages = 0;
                for id in &clue.languages {
                    if let Some(n) = self.language(place, id) {
                        languages |= 1 << n;
                    }
                }
                let mut blocs = Vec::new();
                for bloc in &clue.blocs {
                    match bloc.parse::<PressBloc>() {
                        Ok(bloc) => blocs.push(bloc),
                        Err(error) => self.fault(place, error.to_string()),
                    }
                }
                clues.push(Clue {
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
                });
            }
            self.rules.push(Rule { id: rule.id, note: rule.note, prior, clues });
        }
    }

    pub(super) fn scopes(&mut self, tables: &mut [(usize, FileTables)]) -> Vec<ScopeInfo> {
        // Several files may add to one scope.
        let mut all: BTreeMap<String, (Place, Vec<u32>, Vec<String>)> = BTreeMap::new();
        for (file, table) in tables.iter_mut() {
            for (id, scope) in std::mem::take(&mut table.scope) {
                let place = Place { file: *file, offset: scope.span().start };
                let scope = scope.into_inner();
                let (_, places, all_of) = all.entry(id).or_insert((place, Vec::new(), Vec::new()));
                all_of.extend(scope.all_of);
                for entity in scope.places {
                    places.extend(self.entity_id(place, &entity));
                }
            }
        }
        if let Some((place, ..)) = all.values().nth(MOST_SCOPES) {
            self.fault(*place, format!("more than {MOST_SCOPES} scopes"));
        }
        let ids: Vec<(String, bool)> = all.iter().map(|(id, (_, places, _))| (id.clone(), places.is_empty())).collect();
        let mut out = Vec::new();
        for (id, (place, places, all_of)) in all {
            let scope = match id.parse::<Scope>() {
                Ok(scope) => scope,
                Err(error) => {
                    self.fault(place, error.to_string());
                    continue;
                }
            };
            if !places.is_empty() && !all_of.is_empty() {
                self.fault(place, format!("[scope.{id}] has both `places` and `all_of`; write them as two scopes"));
            }
            let mut numbers = Vec::new();
            for other in &all_of {
                match ids.iter().position(|(id, is_empty)| id == other && !is_empty) {
                    Some(number) => numbers.push(number),
                    None => self.fault(
                        place,
                        format!("[scope.{id}]: `all_of` names `{other}`, which is no scope with `places`"),
                    ),
                }
            }
            out.push(ScopeInfo { id: scope, places, all_of: numbers });
        }
        out
    }

    pub(super) fn stops(&mut self, tables: &[(usize, FileTables)]) {
        for (file, table) in tables {
            for (language, phrases) in &table.stop {
                for phrase in phrases {
                    let place = Place { file: *file, offset: phrase.span().start };
                    let Some(n) = self.language(place, language) else { continue };
                    let guess =
                        |c: &Compiler<'_>, word: &str, is_last: bool| c.guess(n, Sort::Other, None, word, is_last);
                    if let Some((paradigms, mut capitals)) = self.phrase(place, phrase.get_ref(), true, guess) {
                        capitals = Capitals { first: capitals.first, ..Capitals::default() };
                        self.put_phrase(&paradigms, PhraseEnding { output: Output::Stop, capitals });
                    }
                }
            }
        }
    }
}
