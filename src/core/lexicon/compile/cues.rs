//! Topics, relation cues, their modifiers, and rival names.

use super::compiler::{Compiler, Location};
use super::phrases::{PhraseWord, phrase_key, phrase_words};
use crate::lexicon::cue::{Direction, Frame, Grammar, Modifier, NounCase, RelationCue, Topic};
use crate::lexicon::entity::{NameVariant, NameVariants};
use crate::lexicon::fold::{finish, hash_chars};
use crate::lexicon::matcher::Output;
use crate::lexicon::schema::{FileTables, Phrases};
use crate::model::Namespace;

impl Compiler<'_> {
    pub(super) fn topics(&mut self, tables: &[(usize, FileTables)]) -> Vec<Topic> {
        let mut topics: Vec<Topic> = Vec::new();
        // By topic, how many cues it has.
        let mut cue_counts: Vec<u16> = Vec::new();
        for (file, table) in tables {
            for topic in &table.topic {
                let location = Location::of(*file, topic);
                let topic = topic.get_ref();
                let n = topics.iter().position(|known| known.id == topic.id).unwrap_or_else(|| {
                    topics.push(Topic {
                        id: topic.id.clone(),
                        label: topic.label.clone(),
                        tag: Namespace::Topic.tag(&topic.id),
                        demotes: topic.demotes,
                        entities: Vec::new(),
                    });
                    cue_counts.push(0);
                    topics.len() - 1
                });
                let entities: Vec<u32> =
                    topic.entities.iter().filter_map(|id| self.entity_number(location, id)).collect();
                topics[n].entities.extend(entities);
                for (is_weak, lists) in [(false, &topic.cues), (true, &topic.weak)] {
                    self.topic_cues(*file, n as u16, lists, is_weak, &mut cue_counts[n]);
                }
            }
        }
        topics
    }

    fn topic_cues(&mut self, file: usize, topic: u16, lists: &Phrases, is_weak: bool, count: &mut u16) {
        for (language, phrases) in lists {
            for phrase in phrases {
                let location = Location::of(file, phrase);
                if let Some(language) = self.language(location, language) {
                    let output = Output::Topic { topic, cue: *count, language: language as u8, is_weak };
                    *count = count.saturating_add(1);
                    self.fixed_phrase(location, phrase.get_ref(), output);
                }
            }
        }
    }

    pub(super) fn cues(&mut self, tables: &[(usize, FileTables)]) -> Vec<RelationCue> {
        let mut cues = Vec::new();
        for (file, table) in tables {
            for cue in &table.cue {
                let location = Location::of(*file, cue);
                let cue = cue.get_ref();
                if !(-10.0..=10.0).contains(&cue.tone) {
                    let message = format!("cue `{}`: tone {} is not between -10 and 10; correct it", cue.id, cue.tone);
                    self.error(location, message);
                }
                let mut frame = Frame {
                    is_transitive: cue.is_transitive,
                    place_is_object: cue.place_is_object,
                    genitive_is_object: cue.genitive_is_object,
                    takes_private: cue.takes_private,
                    embeds: cue.embeds,
                    is_of_speaker: cue.is_of_speaker,
                    ..Frame::default()
                };
                for (is_noun, lists) in [(false, &cue.forms), (true, &cue.nouns)] {
                    for (language, phrases) in lists {
                        for phrase in phrases {
                            let location = Location::of(*file, phrase);
                            let Some(language) = self.language(location, language) else { continue };
                            let parts: Vec<&str> = phrase.get_ref().split('…').collect();
                            for (part, text) in parts.iter().enumerate() {
                                let (part, parts) = (part as u8, parts.len() as u8);
                                let form = frame.forms.len() as u16;
                                let output = Output::Cue { cue: cues.len() as u16, form, part, parts };
                                self.fixed_phrase(location, text, output);
                            }
                            frame.forms.push((language as u8, is_noun));
                        }
                    }
                }
                for (language, phrases) in &cue.prepositions {
                    for phrase in phrases {
                        let location = Location::of(*file, phrase);
                        let Some(language) = self.language(location, language) else { continue };
                        for word in self.words_of(location, phrase.get_ref()) {
                            frame.prepositions.push((language as u8, self.word_hash(&word)));
                        }
                    }
                }
                cues.push(RelationCue {
                    id: cue.id.clone(),
                    class: cue.class.clone(),
                    tone: cue.tone,
                    direction: cue.direction.unwrap_or(Direction::Forward),
                    frame,
                });
            }
        }
        cues
    }

    /// Compiles the grammars of all languages, by number of the language.
    pub(super) fn grammars(&mut self, tables: &[(usize, FileTables)]) -> Vec<Grammar> {
        let mut grammars = vec![Grammar::default(); self.languages.len()];
        for (file, table) in tables {
            for (id, grammar) in &table.grammar {
                let location = Location::of(*file, grammar);
                let Some(language) = self.language(location, id) else { continue };
                let table = grammar.get_ref();
                for (&class, words) in &table.words {
                    for word in words {
                        let location = Location::of(*file, word);
                        self.fixed_phrase(location, word.get_ref(), Output::Grammar(language as u8, class));
                    }
                }
                let cases = table.cases.iter();
                let mut cases: Vec<(String, NounCase)> =
                    cases.flat_map(|(&case, endings)| endings.iter().map(move |end| (end.clone(), case))).collect();
                cases.sort_by_key(|(ending, _)| std::cmp::Reverse(ending.chars().count()));
                grammars[language] = Grammar {
                    cases,
                    has_genitive_after: table.has_genitive_after,
                    has_noun_modifiers: table.has_noun_modifiers,
                    is_verb_last: table.is_verb_last,
                    verb_endings: table.verb_endings.clone(),
                    possible: table.possible.clone(),
                };
            }
        }
        grammars
    }

    /// Returns the hash of a word, as a text's word has it.
    fn word_hash(&self, word: &str) -> u64 {
        let mut folded = Vec::new();
        self.chars.fold(word, &mut folded);
        finish(hash_chars(0, &folded))
    }

    pub(super) fn modifiers(&mut self, tables: &[(usize, FileTables)]) -> Vec<Modifier> {
        let mut modifiers = Vec::new();
        for (file, table) in tables {
            for modifier in &table.modifier {
                let modifier = modifier.get_ref();
                for (language, phrases) in &modifier.forms {
                    for phrase in phrases {
                        let location = Location::of(*file, phrase);
                        let Some(language) = self.language(location, language) else { continue };
                        let output = Output::Modifier(modifiers.len() as u16, language as u8);
                        self.fixed_phrase(location, phrase.get_ref(), output);
                    }
                }
                modifiers.push(Modifier {
                    id: modifier.id.clone(),
                    effect: modifier.effect,
                    reach_words: modifier.reach_words,
                    side: modifier.side,
                    becomes: modifier.becomes.as_ref().map(|becomes| (becomes.class.clone(), becomes.tone)),
                    factor: modifier.factor,
                });
            }
        }
        modifiers
    }

    pub(super) fn name_variants(&mut self, tables: &[(usize, FileTables)]) -> Vec<NameVariants> {
        let mut sets = Vec::new();
        for (file, table) in tables {
            for set in &table.name_variants {
                let location = Location::of(*file, set);
                let set = set.get_ref();
                let Some(entity) = self.entity_number(location, &set.entity) else { continue };
                let mut names = Vec::new();
                for (number, name) in set.names.iter().enumerate() {
                    let own = match &name.entity {
                        Some(own) => self.entity_number(location, own),
                        None => Some(entity),
                    };
                    let Some(entity) = own else { continue };
                    for phrase in name.names.values().flatten() {
                        let variant = (sets.len() as u16, number as u16);
                        self.mark_variant(Location::of(*file, phrase), phrase.get_ref(), entity, variant);
                    }
                    names.push(NameVariant { id: name.id.clone(), label: name.label.clone() });
                }
                sets.push(NameVariants {
                    id: set.id.clone(),
                    entity: set.entity.clone(),
                    note: set.note.clone().unwrap_or_default(),
                    names,
                });
            }
        }
        sets
    }

    /// Marks the forms of the entity that are spelled so as one of several rival names.
    fn mark_variant(&mut self, location: Location, text: &str, entity: u32, variant: (u16, u16)) {
        let letters = |word: PhraseWord<'_>| word.text.chars().collect::<Vec<char>>();
        let hashes = phrase_words(&self.chars, text).map(|word| finish(self.chars.hash(&letters(word))));
        let key = phrase_key(hashes);
        let mut is_known = false;
        for (form, _) in self.forms.iter_mut().zip(&self.form_keys).filter(|(_, form_key)| **form_key == key) {
            if form.entity == entity {
                form.variant = Some(variant);
                is_known = true;
            }
        }
        if !is_known {
            let id = &self.entities[entity as usize].id;
            let message = format!("`{text}` is not a name of the entity `{id}`; add it there or correct the spelling");
            self.error(location, message);
        }
    }
}
