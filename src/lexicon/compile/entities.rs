//! Entities: their heads, their ancestors, their actors, their forms.

use super::*;

impl Compiler<'_> {
    /// Entities without their forms; gives back the tables whose forms are read once parents and rules are known.
    pub(super) fn entity_heads(
        &mut self,
        tables: Placed<crate::lexicon::schema::EntityTable>,
    ) -> Vec<(usize, Spanned<crate::lexicon::schema::EntityTable>)> {
        let (extensions, heads): (Vec<_>, Vec<_>) = tables.into_iter().partition(|(_, e)| e.get_ref().extend);
        for (file, entity) in &heads {
            let place = Place { file: *file, offset: entity.span().start };
            let entity = entity.get_ref();
            if entity.id.is_empty() || entity.id.chars().any(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
                self.fault(place, format!("entity id `{}`: only small letters a-z, digits and hyphens", entity.id));
            }
            let Some(kind) = entity.kind else {
                self.fault(place, format!("entity `{}` has no kind", entity.id));
                continue;
            };
            if self.entity_ids.contains_key(&entity.id) {
                self.fault(place, format!("entity `{}` stands twice; `extend = true` adds to it", entity.id));
                continue;
            }
            self.entity_ids.insert(entity.id.clone(), self.entities.len() as u32);
            self.entities.push(Entity {
                id: entity.id.clone(),
                kind,
                label: entity.label.clone().unwrap_or_else(|| entity.id.clone()),
                wikidata: entity.wikidata.clone(),
                note: entity.note.clone(),
                parents: entity.parents.clone(),
                tag: entity.tag.unwrap_or(true).then(|| format!("{}:{}", kind.tag_prefix(), entity.id)),
                ancestors: Vec::new(),
                actor: None,
                own_actor: entity.actor.clone(),
                place: (*file, place.offset),
            });
        }
        for (file, extension) in &extensions {
            let place = Place { file: *file, offset: extension.span().start };
            let extension = extension.get_ref();
            let Some(&n) = self.entity_ids.get(&extension.id) else {
                self.fault(place, format!("entity `{}` cannot be extended: no file has it", extension.id));
                continue;
            };
            let entity = &mut self.entities[n as usize];
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
        heads.into_iter().chain(extensions).collect()
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

    pub(super) fn entity_forms(&mut self, file: usize, table: &Spanned<crate::lexicon::schema::EntityTable>) {
        let table = table.get_ref();
        let Some(&entity) = self.entity_ids.get(&table.id) else { return };
        for (sort, lists) in
            [(Sort::Name, &table.names), (Sort::People, &table.people), (Sort::Adjective, &table.adjectives)]
        {
            self.sort_forms(file, entity, sort, lists, table.rule.as_deref(), &table.rules);
        }
    }

    pub(super) fn sort_forms(
        &mut self,
        file: usize,
        entity: u32,
        sort: Sort,
        lists: &ByLanguage,
        rule: Option<&str>,
        rules: &BTreeMap<String, String>,
    ) {
        for (language, forms) in lists {
            let Some(at) = forms.first().map(|f| Place { file, offset: f.span().start }) else { continue };
            let Some(n) = self.language(at, language) else { continue };
            let rule = rules.get(language).map(String::as_str).or(rule);
            for form in forms {
                let place = Place { file, offset: form.span().start };
                self.entity_form(place, entity, sort, n, form.get_ref(), rule);
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
        let guess = move |compiler: &Compiler<'_>, word: &str| match last_class {
            Some(class) if word == last => class,
            _ => compiler.guess(language, sort, Some(kind), word),
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
        self.builder.phrase(&paradigms, PhraseEnding { output, capitals });
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
            Some(&(other, other_rule)) if other != entity && (rule == 0 || other_rule == 0) => {
                let message = format!(
                    "`{text}` is a form of `{}` and of `{}`: both need a rule that settles it",
                    self.entities[other as usize].id, self.entities[entity as usize].id
                );
                self.fault(place, message);
            }
            Some(_) => {}
            None => {
                self.lemmas.insert(key, (entity, rule));
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
