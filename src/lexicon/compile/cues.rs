//! Topics, relation cues, their modifiers, and rival names.

use super::*;
use crate::model::Namespace;

impl Compiler<'_> {
    pub(super) fn cue_phrase(&mut self, place: Place, text: &str, output: Output) {
        if let Some((paradigms, mut capitals)) = self.phrase(place, text, true, |_, _, _| FIXED) {
            capitals.none = 0;
            self.put_phrase(&paradigms, PhraseEnding { output, capitals });
        }
    }

    pub(super) fn topics(&mut self, tables: &[(usize, FileTables)]) -> Vec<TopicInfo> {
        let mut out: Vec<TopicInfo> = Vec::new();
        for (file, table) in tables {
            for topic in &table.topic {
                let place = Place { file: *file, offset: topic.span().start };
                let topic = topic.get_ref();
                let n = out.iter().position(|t| t.id == topic.id).unwrap_or_else(|| {
                    out.push(TopicInfo {
                        id: topic.id.clone(),
                        label: topic.label.clone(),
                        tag: Namespace::Topic.tag(&topic.id).to_string(),
                        down: topic.down,
                        entities: Vec::new(),
                        cues: 0,
                    });
                    out.len() - 1
                });
                let entities: Vec<u32> = topic.entities.iter().filter_map(|id| self.entity_id(place, id)).collect();
                out[n].entities.extend(entities);
                for (weak, lists) in [(false, &topic.cues), (true, &topic.weak)] {
                    for (language, phrases) in lists {
                        for phrase in phrases {
                            let place = Place { file: *file, offset: phrase.span().start };
                            if self.language(place, language).is_some() {
                                let cue = out[n].cues;
                                out[n].cues = cue.saturating_add(1);
                                self.cue_phrase(place, phrase.get_ref(), Output::Topic(n as u16, cue, weak));
                            }
                        }
                    }
                }
            }
        }
        out
    }

    pub(super) fn cues(&mut self, tables: &[(usize, FileTables)]) -> Vec<CueInfo> {
        let mut out = Vec::new();
        for (file, table) in tables {
            for cue in &table.cue {
                let place = Place { file: *file, offset: cue.span().start };
                let cue = cue.get_ref();
                if !(-10.0..=10.0).contains(&cue.tone) {
                    self.fault(place, format!("cue `{}`: tone {} is not between -10 and 10", cue.id, cue.tone));
                }
                let n = out.len() as u16;
                let mut form = 0u16;
                for (language, phrases) in &cue.forms {
                    for phrase in phrases {
                        let place = Place { file: *file, offset: phrase.span().start };
                        if self.language(place, language).is_none() {
                            continue;
                        }
                        let parts: Vec<&str> = phrase.get_ref().split('…').collect();
                        for (part, text) in parts.iter().enumerate() {
                            let output = Output::Cue { cue: n, form, part: part as u8, parts: parts.len() as u8 };
                            self.cue_phrase(place, text, output);
                        }
                        form += 1;
                    }
                }
                out.push(CueInfo {
                    id: cue.id.clone(),
                    class: cue.class.clone(),
                    tone: cue.tone,
                    direction: cue.direction.unwrap_or(crate::lexicon::schema::Direction::Forward),
                });
            }
        }
        out
    }

    pub(super) fn modifiers(&mut self, tables: &[(usize, FileTables)]) -> Vec<ModifierInfo> {
        let mut out = Vec::new();
        for (file, table) in tables {
            for modifier in &table.modifier {
                let modifier = modifier.get_ref();
                let n = out.len() as u16;
                self.language_phrases(*file, &modifier.forms, Output::Modifier(n));
                out.push(ModifierInfo {
                    id: modifier.id.clone(),
                    effect: modifier.effect,
                    reach: modifier.reach,
                    side: modifier.side,
                    becomes: modifier.becomes.as_ref().map(|b| (b.class.clone(), b.tone)),
                    factor: modifier.factor,
                });
            }
        }
        out
    }

    pub(super) fn language_phrases(&mut self, file: usize, lists: &Phrases, output: Output) {
        for (language, phrases) in lists {
            for phrase in phrases {
                let place = Place { file, offset: phrase.span().start };
                if self.language(place, language).is_some() {
                    self.cue_phrase(place, phrase.get_ref(), output);
                }
            }
        }
    }

    pub(super) fn rivals(&mut self, tables: &[(usize, FileTables)]) -> Vec<Rival> {
        let mut out = Vec::new();
        for (file, table) in tables {
            for rival in &table.rival {
                let place = Place { file: *file, offset: rival.span().start };
                let rival = rival.get_ref();
                let Some(entity) = self.entity_id(place, &rival.entity) else { continue };
                let mut sides = Vec::new();
                for (number, side) in rival.sides.iter().enumerate() {
                    let own = side.entity.as_deref().unwrap_or(&rival.entity);
                    let Some(entity) = side.entity.as_deref().map_or(Some(entity), |own| self.entity_id(place, own))
                    else {
                        continue;
                    };
                    for phrase in side.names.values().flatten() {
                        let place = Place { file: *file, offset: phrase.span().start };
                        let words = phrase_words(&self.chars, phrase.get_ref());
                        let letters = |word: PhraseWord<'_>| word.text.chars().collect::<Vec<char>>();
                        let key = lemma_key(words.map(|word| finish(self.chars.hash(&letters(word)))));
                        let mut known = false;
                        for (form, _) in self.forms.iter_mut().zip(&self.form_keys).filter(|(_, k)| **k == key) {
                            if form.entity == entity {
                                form.rival = Some((out.len() as u16, number as u16));
                                known = true;
                            }
                        }
                        if !known {
                            let message = format!("`{}` is no name of `{own}`", phrase.get_ref());
                            self.fault(place, message);
                        }
                    }
                    sides.push(RivalSide { id: side.id.clone(), label: side.label.clone() });
                }
                out.push(Rival {
                    id: rival.id.clone(),
                    entity: rival.entity.clone(),
                    note: rival.note.clone().unwrap_or_default(),
                    sides,
                });
            }
        }
        out
    }
}
