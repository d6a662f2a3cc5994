//! Entities: their heads, their ancestors, their actors, their forms.

use std::collections::BTreeSet;

use super::*;
use crate::lexicon::schema::EntityTable;

/// The entity that its tables make: the first says what it is, the others add to it.
fn entity_of(tables: &Placed<EntityTable>) -> Option<Entity> {
    let ((file, head), extensions) = tables.split_first()?;
    let place = (*file, head.span().start);
    let head = head.get_ref();
    let kind = head.kind?;
    let mut entity = Entity {
        id: head.id.clone(),
        kind,
        label: head.label.clone().unwrap_or_else(|| head.id.clone()),
        wikidata: head.wikidata.clone(),
        note: head.note.clone(),
        parents: head.parents.clone(),
        tag: head.tag.unwrap_or(true).then(|| format!("{}:{}", kind.tag_prefix(), head.id)),
        ancestors: Vec::new(),
        actor: None,
        own_actor: head.actor.clone(),
        place,
    };
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
            entity.own_actor.clone_from(&extension.actor);
        }
        if extension.tag == Some(false) {
            entity.tag = None;
        }
    }
    Some(entity)
}

impl Compiler<'_> {
    /// Entities without their forms, in the order of their ids; gives back the tables of each, whose forms are read once parents and rules are known.
    pub(super) fn entity_heads(&mut self, tables: Placed<EntityTable>) -> Vec<Placed<EntityTable>> {
        let (extensions, heads): (Vec<_>, Vec<_>) = tables.into_iter().partition(|(_, e)| e.get_ref().extend);
        let mut by_id: BTreeMap<String, Placed<EntityTable>> = BTreeMap::new();
        for (file, entity) in heads {
            let place = Place { file, offset: entity.span().start };
            let id = entity.get_ref().id.clone();
            if id.is_empty() || id.chars().any(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
                self.fault(place, format!("entity id `{id}`: only small letters a-z, digits and hyphens"));
            }
            if entity.get_ref().kind.is_none() {
                self.fault(place, format!("entity `{id}` has no kind"));
                continue;
            }
            let tables = by_id.entry(id.clone()).or_default();
            match tables.first() {
                None => tables.push((file, entity)),
                Some((other_file, other)) => {
                    let other = self.position(Place { file: *other_file, offset: other.span().start });
                    let remedy = match (*other_file < self.additions_from, file < self.additions_from) {
                        (true, false) => "write `extend = true` in place of its kind to add to it",
                        _ => "write what both say into one table",
                    };
                    self.fault(place, format!("entity `{id}` stands at {other} already; {remedy}"));
                }
            }
        }
        for (file, extension) in extensions {
            let place = Place { file, offset: extension.span().start };
            let id = &extension.get_ref().id;
            let Some(tables) = by_id.get_mut(id) else {
                self.fault(place, format!("entity `{id}` cannot be extended: no file has it"));
                continue;
            };
            // An entity has one table, but for what a folder of additions adds to the lexicon itself.
            let (head_file, head) = &tables[0];
            if file < self.additions_from || *head_file >= self.additions_from {
                let head = self.position(Place { file: *head_file, offset: head.span().start });
                let message = format!(
                    "entity `{id}` is extended in the lexicon that has it; write this into its table at {head} (`extend` is for the folder of \
                     `lexicon_additions`)"
                );
                self.fault(place, message);
                continue;
            }
            tables.push((file, extension));
        }
        for (id, tables) in &by_id {
            self.entity_ids.insert(id.clone(), self.entities.len() as u32);
            self.entities.extend(entity_of(tables));
        }
        by_id.into_values().collect()
    }

    pub(super) fn ancestors(&mut self) {
        let mut unknown = Vec::new();
        let mut all = Vec::with_capacity(self.entities.len());
        for (n, entity) in self.entities.iter().enumerate() {
            let place = Place { file: entity.place.0, offset: entity.place.1 };
            let mut found: Vec<u32> = Vec::new();
            let mut queue: Vec<&str> = entity.parents.iter().map(String::as_str).collect();
            let mut at = 0;
            while let Some(id) = queue.get(at).copied() {
                at += 1;
                match self.entity_ids.get(id) {
                    Some(&parent) if parent as usize == n => {
                        unknown.push((place, format!("entity `{}` is its own ancestor", entity.id)));
                        break;
                    }
                    Some(parent) if found.contains(parent) => {}
                    Some(&parent) => {
                        found.push(parent);
                        queue.extend(self.entities[parent as usize].parents.iter().map(String::as_str));
                    }
                    None if entity.parents.iter().any(|p| p == id) => {
                        unknown.push((place, format!("entity `{}`: no file has its parent `{id}`", entity.id)));
                    }
                    None => {}
                }
            }
            all.push(found);
        }
        for (entity, ancestors) in self.entities.iter_mut().zip(all) {
            entity.ancestors = ancestors;
        }
        for (place, message) in unknown {
            self.fault(place, message);
        }
    }

    pub(super) fn entity_id(&mut self, place: Place, id: &str) -> Option<u32> {
        let found = self.entity_ids.get(id).copied();
        if found.is_none() {
            self.fault(place, format!("no file has the entity `{id}`"));
        }
        found
    }

    pub(super) fn actors(&mut self, tables: &mut [(usize, FileTables)]) {
        let mut actors = Vec::new();
        for (file, table) in tables.iter_mut() {
            if let Some(list) = table.actors.take() {
                let place = Place { file: *file, offset: list.span().start };
                for id in list.into_inner().places {
                    actors.extend(self.entity_id(place, &id));
                }
            }
        }
        for n in 0..self.entities.len() {
            let entity = &self.entities[n];
            let place = Place { file: entity.place.0, offset: entity.place.1 };
            let actor = match entity.own_actor.clone().as_deref() {
                Some("") => None,
                Some(id) => self.entity_id(place, id),
                None => std::iter::once(n as u32).chain(entity.ancestors.iter().copied()).find(|e| actors.contains(e)),
            };
            self.entities[n].actor = actor;
        }
    }

    /// The forms of an entity: by sort, then by language, then as its tables have them.
    pub(super) fn entity_forms(&mut self, entity: u32, tables: &Placed<EntityTable>) {
        for sort in [Sort::Name, Sort::People, Sort::Adjective] {
            let lists = tables.iter().map(|(file, table)| (*file, table.get_ref(), table.get_ref().lists(sort)));
            let languages: BTreeSet<&String> = lists.clone().flat_map(|(_, _, lists)| lists.keys()).collect();
            for language in languages {
                for (file, table, lists) in lists.clone() {
                    let Some(forms) = lists.get(language) else { continue };
                    let Some(at) = forms.first().map(|f| Place { file, offset: f.span().start }) else { continue };
                    let Some(n) = self.language(at, language) else { continue };
                    let rule = table.rules.get(language).or(table.rule.as_ref()).map(String::as_str);
                    for form in forms {
                        let place = Place { file, offset: form.span().start };
                        self.entity_form(place, entity, sort, n, form.get_ref(), rule);
                    }
                }
            }
        }
    }

    pub(super) fn entity_form(
        &mut self,
        place: Place,
        entity: u32,
        sort: Sort,
        language: usize,
        form: &Form,
        rule: Option<&str>,
    ) {
        let kind = self.entities[entity as usize].kind;
        let rule = match form.rule.as_deref().or(rule) {
            None | Some("") => 0,
            Some(id) => match self.rule_ids.get(id) {
                Some(&n) => n,
                None => {
                    self.fault(place, format!("there is no [[rule]] with id `{id}`"));
                    return;
                }
            },
        };
        let last_class = match &form.class {
            Some(id) => match self.class(place, id) {
                Some(class) => Some(class),
                None => return,
            },
            None => None,
        };
        let last = match last_class {
            Some(_) => phrase_words(&self.chars, &form.form).last().map(|w| w.text.to_owned()).unwrap_or_default(),
            None => String::new(),
        };
        let guess = move |compiler: &Compiler<'_>, word: &str, is_last: bool| match last_class {
            Some(class) if word == last => class,
            _ => compiler.guess(language, sort, Some(kind), word, is_last),
        };
        let Some((paradigms, mut capitals)) = self.phrase(place, &form.form, false, guess) else { return };
        let case = form.case.unwrap_or_else(|| self.default_case(sort, language, &form.form));
        match case {
            Case::Any => capitals = Capitals::default(),
            Case::Capital => capitals = Capitals { first: capitals.first, ..Capitals::default() },
            Case::Exact => {}
        }
        let weight = form.weight.unwrap_or(1.0).clamp(0.0, 1.0);
        let output = Output::Form(self.forms.len() as u32);
        self.forms.push(FormInfo { entity, language: language as u8, sort, rule, weight, rival: None });
        self.put_phrase(&paradigms, PhraseEnding { output, capitals });
        let key = lemma_key(paradigms.iter().map(|&p| self.word_hashes[p as usize]));
        self.same_forms(place, entity, language, &form.form, key, rule);
        let short = form.form.len() <= 12 && form.form.chars().filter(|c| c.is_alphabetic()).count() <= 3;
        if short && case != Case::Exact && rule == 0 && self.languages[language].script.has_case() {
            self.doubt(place, format!("`{}` is short and has no rule: it may be another word", form.form));
        }
    }

    /// Two entities may share a form only where each has a rule for it.
    fn same_forms(&mut self, place: Place, entity: u32, language: usize, text: &str, words: u64, rule: u16) {
        self.form_keys.push(words);
        let key = words ^ language as u64;
        match self.lemmas.get(&key) {
            Some(&(other, other_rule, other_place)) if other != entity && (rule == 0 || other_rule == 0) => {
                // The later of the two is more likely the new one.
                let mut both = [(other_place, other), (place, entity)];
                both.sort_unstable();
                let [(_, first), (place, second)] = both.map(|(place, n)| (place, &self.entities[n as usize].id));
                let message =
                    format!("`{text}` is a form of `{first}` and of `{second}`: both need a rule that settles it");
                self.fault(place, message);
            }
            Some(_) => {}
            None => {
                self.lemmas.insert(key, (entity, rule, place));
            }
        }
    }

    pub(super) fn default_case(&self, sort: Sort, language: usize, text: &str) -> Case {
        let language = &self.languages[language];
        if !language.script.has_case() {
            return Case::Any;
        }
        let letters = || text.chars().filter(|c| c.is_alphabetic()).count();
        let acronym = !text.chars().any(char::is_lowercase) && (2..=6).contains(&letters());
        if acronym {
            Case::Exact
        } else if language.capital.contains(&sort) {
            Case::Capital
        } else {
            Case::Any
        }
    }
}
