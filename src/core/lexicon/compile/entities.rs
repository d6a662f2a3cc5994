//! Entities: what they are, what they belong to, for whom they act, and their forms.

use std::collections::{BTreeMap, BTreeSet};

use super::compiler::{Compiler, EntitySource, FormOwner, Located, Location};
use super::phrases::{phrase_key, phrase_words};
use crate::lexicon::entity::{Entity, EntityKind, FormKind, SurfaceForm};
use crate::lexicon::matcher::{Capitals, Output, PhraseEnding};
use crate::lexicon::schema::{Case, EntityTable, FileTables, FormTable};

/// Makes one entity of its tables: the first defines it, the others extend it.
fn entity_of(tables: &Located<EntityTable>) -> Option<(Entity, EntitySource)> {
    let ((file, head), extensions) = tables.split_first()?;
    let location = Location::of(*file, head);
    let head = head.get_ref();
    let kind = head.kind?;
    let mut entity = Entity {
        id: head.id.clone(),
        kind,
        label: head.label.clone().unwrap_or_else(|| head.id.clone()),
        wikidata: head.wikidata.clone(),
        note: head.note.clone(),
        office: head.office.clone(),
        since: head.since.as_ref().map(|date| date.get_ref().clone()),
        until: head.until.as_ref().map(|date| date.get_ref().clone()),
        parents: head.parents.clone(),
        tag: head.tag.unwrap_or(true).then(|| kind.namespace().tag(&head.id)),
        ancestors: Vec::new(),
        given_names: Vec::new(),
        actor: None,
        is_agent: false,
    };
    let mut source = EntitySource { location, actor: head.actor.clone() };
    for (_, extension) in extensions {
        let extension = extension.get_ref();
        entity.parents.extend(extension.parents.iter().cloned());
        if let Some(label) = &extension.label {
            entity.label.clone_from(label);
        }
        if extension.wikidata.is_some() {
            entity.wikidata.clone_from(&extension.wikidata);
        }
        if extension.actor.is_some() {
            source.actor.clone_from(&extension.actor);
        }
        if extension.office.is_some() {
            entity.office.clone_from(&extension.office);
        }
        for (date, newer) in [(&mut entity.since, &extension.since), (&mut entity.until, &extension.until)] {
            if let Some(newer) = newer {
                *date = Some(newer.get_ref().clone());
            }
        }
        if extension.tag == Some(false) {
            entity.tag = None;
        }
    }
    Some((entity, source))
}

/// Whether a text is a year, a month or a day as ISO 8601 has it.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths_fit = parts.iter().zip([4, 2, 2]).all(|(part, length)| part.len() == length);
    lengths_fit && parts.len() <= 3 && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
}

impl Compiler<'_> {
    /// Creates the entities, sorted by id, without ancestors, actors and forms. Returns the tables of each: forms are
    /// read once ancestors and rules are known.
    pub(super) fn entities(&mut self, tables: Located<EntityTable>) -> Vec<Located<EntityTable>> {
        let (extensions, heads): (Vec<_>, Vec<_>) = tables.into_iter().partition(|(_, table)| table.get_ref().extend);
        let mut by_id: BTreeMap<String, Located<EntityTable>> = BTreeMap::new();
        for (file, entity) in heads {
            let location = Location::of(file, &entity);
            let id = entity.get_ref().id.clone();
            if id.is_empty() || id.chars().any(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
                self.error(
                    location,
                    format!("entity id `{id}` is not valid; use only small letters a-z, digits and hyphens"),
                );
            }
            if entity.get_ref().kind.is_none() {
                let kinds = "place, city, person, organisation, project or event";
                self.error(location, format!("entity `{id}` has no kind; add `kind` with one of {kinds}"));
                continue;
            }
            let tables = by_id.entry(id.clone()).or_default();
            match tables.first() {
                None => tables.push((file, entity)),
                Some((other_file, other)) => {
                    let is_addition = file >= self.additions_from && *other_file < self.additions_from;
                    let other = self.file_and_line(Location::of(*other_file, other));
                    let remedy = if is_addition {
                        "write `extend = true` instead of its kind to add to it"
                    } else {
                        "write both into one table"
                    };
                    self.error(location, format!("entity `{id}` is already defined at {other}; {remedy}"));
                }
            }
        }
        for (file, extension) in extensions {
            self.extend_entity(&mut by_id, file, extension);
        }
        for (id, tables) in &by_id {
            self.entity_numbers.insert(id.clone(), self.entities.len() as u32);
            if let Some((entity, source)) = entity_of(tables) {
                self.entities.push(entity);
                self.entity_sources.push(source);
            }
        }
        for (file, table) in by_id.values().flatten() {
            let table = table.get_ref();
            for date in [&table.since, &table.until].into_iter().flatten() {
                self.check_date(Location::of(*file, date), date.get_ref());
            }
        }
        by_id.into_values().collect()
    }

    /// Reports a date that is not a year, a month or a day.
    pub(super) fn check_date(&mut self, location: Location, date: &str) {
        if !is_date(date) {
            self.error(location, format!("`{date}` is not a date; write 2026, 2026-11 or 2026-11-29"));
        }
    }

    /// Adds a table with `extend = true` to those of its entity. Only additions may extend, and only entities of the
    /// lexicon.
    fn extend_entity(
        &mut self,
        by_id: &mut BTreeMap<String, Located<EntityTable>>,
        file: usize,
        extension: toml::Spanned<EntityTable>,
    ) {
        let location = Location::of(file, &extension);
        let id = &extension.get_ref().id;
        let Some(tables) = by_id.get_mut(id) else {
            let message =
                format!("entity `{id}` is not defined, so it cannot be extended; correct the id or define it");
            self.error(location, message);
            return;
        };
        let (head_file, head) = &tables[0];
        if file < self.additions_from || *head_file >= self.additions_from {
            let head = self.file_and_line(Location::of(*head_file, head));
            let message = format!(
                "entity `{id}` cannot be extended here; write this into its table at {head} (`extend` is only for files \
                 of `lexicon_additions`, about entities of the lexicon)"
            );
            self.error(location, message);
            return;
        }
        tables.push((file, extension));
    }

    /// Finds everything that each entity belongs to.
    pub(super) fn ancestors(&mut self) {
        let mut errors = Vec::new();
        let mut all = Vec::with_capacity(self.entities.len());
        for (number, entity) in self.entities.iter().enumerate() {
            let location = self.entity_sources[number].location;
            let mut found: Vec<u32> = Vec::new();
            let mut queue: Vec<&str> = entity.parents.iter().map(String::as_str).collect();
            let mut at = 0;
            while let Some(id) = queue.get(at).copied() {
                at += 1;
                match self.entity_numbers.get(id) {
                    Some(&parent) if parent as usize == number => {
                        let message = format!("entity `{}` is its own ancestor; remove one of the parents", entity.id);
                        errors.push((location, message));
                        break;
                    }
                    Some(parent) if found.contains(parent) => {}
                    Some(&parent) => {
                        found.push(parent);
                        queue.extend(self.entities[parent as usize].parents.iter().map(String::as_str));
                    }
                    None if entity.parents.iter().any(|parent| parent == id) => {
                        let message = format!(
                            "entity `{}`: no file defines its parent `{id}`; define it or correct the id",
                            entity.id
                        );
                        errors.push((location, message));
                    }
                    None => {}
                }
            }
            all.push(found);
        }
        for (entity, ancestors) in self.entities.iter_mut().zip(all) {
            entity.ancestors = ancestors;
        }
        for (location, message) in errors {
            self.error(location, message);
        }
    }

    /// Finds for whom each entity acts: whom it names, or the nearest of `[actors]` among itself and its ancestors.
    pub(super) fn actors(&mut self, tables: &mut [(usize, FileTables)]) {
        let (mut actors, mut capitals) = (Vec::new(), Vec::new());
        for (file, table) in tables.iter_mut() {
            if let Some(list) = table.actors.take() {
                let location = Location::of(*file, &list);
                let list = list.into_inner();
                for (ids, numbers) in [(list.places, &mut actors), (list.capitals, &mut capitals)] {
                    for id in ids {
                        numbers.extend(self.entity_number(location, &id));
                    }
                }
            }
        }
        for number in 0..self.entities.len() {
            let entity = &self.entities[number];
            let EntitySource { location, actor } = &self.entity_sources[number];
            let location = *location;
            let actor = match actor.clone().as_deref() {
                Some("") => None,
                Some(id) => self.entity_number(location, id),
                None => {
                    let mut line = std::iter::once(number as u32).chain(entity.ancestors.iter().copied());
                    line.find(|entity| actors.contains(entity))
                }
            };
            let is_place = matches!(self.entities[number].kind, EntityKind::Place | EntityKind::City);
            // A state that nobody follows is an agent nevertheless: `Russia and Serbia sign`.
            let is_other_state = actor.is_none() && self.entities[number].kind == EntityKind::Place;
            let is_agent =
                actor == Some(number as u32) || capitals.contains(&(number as u32)) || !is_place || is_other_state;
            self.entities[number].actor = actor;
            self.entities[number].is_agent = is_agent;
        }
    }

    /// Adds the forms of an entity: by kind, then by language, then in the order of its tables.
    pub(super) fn entity_forms(&mut self, entity: u32, tables: &Located<EntityTable>) {
        for kind in [FormKind::Name, FormKind::People, FormKind::Adjective] {
            let lists = tables.iter().map(|(file, table)| (*file, table.get_ref(), table.get_ref().forms(kind)));
            let languages: BTreeSet<&String> = lists.clone().flat_map(|(_, _, lists)| lists.keys()).collect();
            for language in languages {
                for (file, table, lists) in lists.clone() {
                    let Some(forms) = lists.get(language) else { continue };
                    let Some(location) = forms.first().map(|form| Location::of(file, form)) else { continue };
                    let Some(number) = self.language(location, language) else { continue };
                    let rule = table.rules.get(language).or(table.rule.as_ref()).map(String::as_str);
                    for form in forms {
                        let location = Location::of(file, form);
                        self.entity_form(location, entity, kind, number, form.get_ref(), rule);
                    }
                }
            }
        }
    }

    fn entity_form(
        &mut self,
        location: Location,
        entity: u32,
        form_kind: FormKind,
        language: usize,
        form: &FormTable,
        rule: Option<&str>,
    ) {
        let kind = self.entities[entity as usize].kind;
        if kind == EntityKind::Person && form_kind == FormKind::Name {
            self.add_given_name(entity, &form.form);
        }
        let rule = match form.rule.as_deref().or(rule) {
            None => self.default_rule(form_kind, kind, language, &form.form),
            Some("") => 0,
            Some(id) => match self.rule_number(location, id) {
                Some(number) => number,
                None => return,
            },
        };
        let last_class = match &form.class {
            Some(id) => match self.class(location, id) {
                Some(class) => Some(class),
                None => return,
            },
            None => None,
        };
        let last = match last_class {
            Some(_) => {
                phrase_words(&self.chars, &form.form).last().map(|word| word.text.to_owned()).unwrap_or_default()
            }
            None => String::new(),
        };
        let choose_class = move |compiler: &Compiler<'_>, word: &str, is_last: bool| match last_class {
            Some(class) if word == last => class,
            _ => compiler.choose_class(language, form_kind, Some(kind), word, is_last),
        };
        let Some((paradigms, mut capitals)) = self.phrase(location, &form.form, false, choose_class) else { return };
        let case = form.case.unwrap_or_else(|| self.default_case(form_kind, language, &form.form));
        match case {
            Case::Any => capitals = Capitals::default(),
            Case::Capital => capitals = Capitals { first: capitals.first, ..Capitals::default() },
            Case::Exact => {}
        }
        let weight = form.weight.unwrap_or(1.0).clamp(0.0, 1.0);
        let output = Output::Form(self.forms.len() as u32);
        let language_number = language as u8;
        self.forms.push(SurfaceForm {
            entity,
            language: language_number,
            kind: form_kind,
            rule,
            weight,
            variant: None,
        });
        self.put_phrase(&paradigms, PhraseEnding { output, capitals });
        let key = phrase_key(paradigms.iter().map(|&paradigm| self.word_hashes[paradigm as usize]));
        self.form_keys.push(key);
        self.check_owner(language, &form.form, key, FormOwner { entity, rule, location });
        let is_short = form.form.len() <= 12 && form.form.chars().filter(|c| c.is_alphabetic()).count() <= 3;
        if is_short && case != Case::Exact && rule == 0 && self.languages[language].script.has_case() {
            let message =
                format!("`{}` is short and may be another word; give it a rule or `case = \"exact\"`", form.form);
            self.warn(location, message);
        }
    }

    /// Notes the first word of a name of several words as a given name.
    fn add_given_name(&mut self, entity: u32, name: &str) {
        let words: Vec<&str> = phrase_words(&self.chars, name).map(|word| word.text).collect();
        if let [first, _, ..] = words[..] {
            let first = first.to_lowercase();
            let given_names = &mut self.entities[entity as usize].given_names;
            if !given_names.contains(&first) {
                given_names.push(first);
            }
        }
    }

    /// Returns the rule of a form that names none; 0 if it is unambiguous.
    fn default_rule(&self, form_kind: FormKind, kind: EntityKind, language: usize, text: &str) -> u16 {
        if form_kind != FormKind::Name || phrase_words(&self.chars, text).count() != 1 {
            return 0;
        }
        let fits = |(kinds, languages, _): &&(Vec<EntityKind>, u32, u16)| {
            kinds.contains(&kind) && languages >> language & 1 != 0
        };
        self.default_rules.iter().find(fits).map_or(0, |&(_, _, rule)| rule)
    }

    /// Checks that an entity shares a form with another one only if both have a rule for it.
    fn check_owner(&mut self, language: usize, text: &str, key: u64, owner: FormOwner) {
        let key = key ^ language as u64;
        match self.form_owners.get(&key).copied() {
            Some(other) if other.entity != owner.entity && (owner.rule == 0 || other.rule == 0) => {
                // The later of the two is more likely the new one.
                let mut both = [other, owner];
                both.sort_unstable_by_key(|owner| (owner.location, owner.entity));
                let [first, second] = both.map(|owner| &self.entities[owner.entity as usize].id);
                let message = format!("`{text}` is a form of `{first}` and of `{second}`; give both a rule for it");
                self.error(both[1].location, message);
            }
            Some(_) => {}
            None => {
                self.form_owners.insert(key, owner);
            }
        }
    }

    /// Returns the letter case for a form that says none.
    fn default_case(&self, form_kind: FormKind, language: usize, text: &str) -> Case {
        let language = &self.languages[language];
        if !language.script.has_case() {
            return Case::Any;
        }
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        let is_acronym = !text.chars().any(char::is_lowercase) && (2..=6).contains(&letters);
        if is_acronym {
            Case::Exact
        } else if language.capitalised.contains(&form_kind) {
            Case::Capital
        } else {
            Case::Any
        }
    }
}
