//! The version of a lexicon: a hash of its content, independent of the names and order of the files.

use xxhash_rust::xxh3::xxh3_64;

use super::compiler::Phrase;
use crate::lexicon::compiled::Lexicon;
use crate::lexicon::matcher::Output;
use crate::lexicon::rule::{Prior, Shape};
use crate::model::Tag;

/// Part of the hash: increase it if the engine makes other tags of the same lexicon.
const ENGINE_VERSION: u64 = 3;

/// Hashes of single facts. They are sorted before they are hashed together, so their order does not matter. If an order
/// has a meaning, as among topics, the number is part of the fact.
#[derive(Default)]
struct Facts {
    buffer: Vec<u8>,
    hashes: Vec<u64>,
}

impl Facts {
    fn text(&mut self, text: &str) -> &mut Facts {
        self.number(text.len() as u64);
        self.buffer.extend_from_slice(text.as_bytes());
        self
    }

    fn number(&mut self, number: u64) -> &mut Facts {
        self.buffer.extend_from_slice(&number.to_le_bytes());
        self
    }

    fn weight(&mut self, weight: f32) -> &mut Facts {
        self.number(u64::from(weight.to_bits()))
    }

    fn list<'a>(&mut self, texts: impl Iterator<Item = &'a str>) -> &mut Facts {
        let count_at = self.buffer.len();
        self.number(0);
        let mut count = 0u64;
        for text in texts {
            count += 1;
            self.text(text);
        }
        self.buffer[count_at..count_at + 8].copy_from_slice(&count.to_le_bytes());
        self
    }

    /// Adds a list whose order has no meaning.
    fn set<'a>(&mut self, texts: impl Iterator<Item = &'a str>) -> &mut Facts {
        let mut sorted: Vec<&str> = texts.collect();
        sorted.sort_unstable();
        self.list(sorted.into_iter())
    }

    fn end(&mut self) {
        self.hashes.push(xxh3_64(&self.buffer));
        self.buffer.clear();
    }

    fn version(mut self) -> String {
        self.hashes.sort_unstable();
        self.hashes.dedup();
        let bytes: Vec<u8> = self.hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect();
        format!("{:016x}", xxh3_64(&bytes))
    }
}

/// Returns the version of a compiled lexicon. `small_words` has a hash of each, with the number of its language.
pub(super) fn version(lexicon: &Lexicon, phrases: &[Phrase], small_words: &[(usize, u64)]) -> String {
    let mut facts = Facts::default();
    facts.text("engine").number(ENGINE_VERSION).end();
    languages(&mut facts, lexicon, small_words);
    entities(&mut facts, lexicon);
    rules(&mut facts, lexicon);
    topics_and_cues(&mut facts, lexicon);
    for &(output, forms) in phrases {
        phrase(&mut facts, lexicon, output, forms);
    }
    facts.version()
}

fn ids<'a>(lexicon: &'a Lexicon, entities: &'a [u32]) -> impl Iterator<Item = &'a str> {
    entities.iter().map(|&entity| lexicon.entities[entity as usize].id.as_str())
}

fn languages(facts: &mut Facts, lexicon: &Lexicon, small_words: &[(usize, u64)]) {
    for language in &lexicon.languages {
        let mut letters: Vec<char> = language.letters.chars().collect();
        letters.sort_unstable();
        facts.text("language").text(&language.id).number(language.script as u64);
        facts.text(&letters.into_iter().collect::<String>());
        facts.set(language.capitalised.iter().map(|form_kind| form_kind.as_str()));
        facts.set(language.also.iter().map(String::as_str)).end();
    }
    for &(language, forms) in small_words {
        facts.text("small word").text(&lexicon.languages[language].id).number(forms).end();
    }
}

fn entities(facts: &mut Facts, lexicon: &Lexicon) {
    for entity in &lexicon.entities {
        facts.text("entity").text(&entity.id).text(entity.kind.namespace().as_str()).text(&entity.label);
        facts.list(entity.wikidata.iter().map(String::as_str)).list(entity.note.iter().map(String::as_str));
        facts.list(entity.parents.iter().map(String::as_str)).list(entity.tag.iter().map(Tag::as_str));
        facts.list(ids(lexicon, entity.actor.as_slice())).end();
    }
    for scope in &lexicon.scopes {
        facts.text("scope").text(scope.id.as_str()).set(ids(lexicon, &scope.places));
        facts.set(scope.all_of.iter().map(|&other| lexicon.scopes[other].id.as_str())).end();
    }
    for set in &lexicon.name_variants {
        facts.text("rival").text(&set.id).text(&set.entity).text(&set.note);
        facts.list(set.names.iter().flat_map(|name| [name.id.as_str(), name.label.as_str()])).end();
    }
}

fn rules(facts: &mut Facts, lexicon: &Lexicon) {
    let texts = |list: &[u32]| -> Vec<&str> { list.iter().map(|&n| lexicon.clue_texts[n as usize].as_str()).collect() };
    facts.text("given names").set(lexicon.given_names.iter().map(String::as_str)).end();
    for rule in &lexicon.rules {
        facts.text("rule").text(&rule.id).text(&rule.note);
        match rule.prior {
            Prior::Abstain => facts.number(0),
            Prior::Tag(weight) => facts.number(1).weight(weight),
        };
        for clue in &rule.clues {
            facts.weight(clue.weight).number(u64::from(clue.most)).number(u64::from(clue.kin));
            for list in [&clue.words, &clue.before, &clue.after] {
                facts.set(texts(list).into_iter());
            }
            facts.set(ids(lexicon, &clue.entities)).set(clue.name_ends.iter().map(String::as_str));
            facts.set(clue.shapes.iter().map(|&shape| hashed_as(shape)));
            facts.set(clue.url.iter().map(String::as_str)).set(clue.countries.iter().map(String::as_str));
            facts.set(clue.blocs.iter().map(|bloc| bloc.as_str()));
            let speaks = |n: usize| clue.languages >> n & 1 != 0;
            let languages = lexicon.languages.iter().enumerate().filter(|(n, _)| speaks(*n));
            facts.set(languages.map(|(_, language)| language.id.as_str()));
        }
        facts.end();
    }
}

/// Returns the text by which engine version 2 hashes a shape. Another text would make stored items look outdated.
fn hashed_as(shape: Shape) -> &'static str {
    match shape {
        Shape::CapitalBefore => "a capitalised word before it",
        Shape::CapitalAfter => "a capitalised word behind it",
        Shape::SentenceStart => "it begins a sentence",
        Shape::OpensSentence => "it begins a sentence, with a small letter behind it",
        Shape::Lower => "it is written in small letters",
        Shape::AllCaps => "it is written in capitals",
        Shape::Quoted => "it stands in quotation marks",
        Shape::Credit => "it is the credit of a report",
        Shape::Title => "it stands in the title",
    }
}

fn topics_and_cues(facts: &mut Facts, lexicon: &Lexicon) {
    for (number, topic) in lexicon.topics.iter().enumerate() {
        facts.text("topic").number(number as u64).text(&topic.id).text(&topic.label).number(u64::from(topic.demotes));
        facts.set(ids(lexicon, &topic.entities)).end();
    }
    for (number, cue) in lexicon.cues.iter().enumerate() {
        facts.text("cue").number(number as u64).text(&cue.id).text(&cue.class);
        facts.weight(cue.tone).number(cue.direction as u64);
        let frame = &cue.frame;
        for flag in [
            frame.is_transitive,
            frame.place_is_object,
            frame.genitive_is_object,
            frame.takes_private,
            frame.embeds,
            frame.is_of_speaker,
        ] {
            facts.number(u64::from(flag));
        }
        for &(_, is_noun) in &frame.forms {
            facts.number(u64::from(is_noun));
        }
        for &(language, word) in &frame.prepositions {
            facts.text(&lexicon.languages[usize::from(language)].id).number(word);
        }
        facts.end();
    }
    for (number, modifier) in lexicon.modifiers.iter().enumerate() {
        facts.text("modifier").number(number as u64).text(&modifier.id).number(modifier.effect as u64);
        facts.number(u64::from(modifier.reach_words)).number(modifier.side as u64).weight(modifier.factor);
        if let Some((class, tone)) = &modifier.becomes {
            facts.text(class).weight(*tone);
        }
        facts.end();
    }
    for (language, grammar) in lexicon.languages.iter().zip(&lexicon.grammars) {
        facts.text("grammar").text(&language.id).number(u64::from(grammar.has_genitive_after));
        facts.number(u64::from(grammar.has_noun_modifiers)).number(u64::from(grammar.is_verb_last));
        facts.set(grammar.verb_endings.iter().map(String::as_str)).set(grammar.possible.iter().map(String::as_str));
        facts.set(grammar.cases.iter().map(|c| c.0.as_str()));
        for (ending, case) in &grammar.cases {
            facts.text(ending).number(*case as u64);
        }
        facts.end();
    }
}

fn phrase(facts: &mut Facts, lexicon: &Lexicon, output: Output, forms: u64) {
    facts.number(forms);
    match output {
        Output::Form(number) => {
            let form = &lexicon.forms[number as usize];
            let rule = form.rule.checked_sub(1).map(|rule| lexicon.rules[usize::from(rule)].id.as_str());
            facts.text("form").text(&lexicon.entities[form.entity as usize].id);
            facts.text(&lexicon.languages[usize::from(form.language)].id).text(form.kind.as_str());
            facts.list(rule.into_iter()).weight(form.weight);
            if let Some((set, name)) = form.variant {
                facts.number(u64::from(set)).number(u64::from(name));
            }
        }
        Output::Stop => {
            facts.text("stop");
        }
        Output::Clue(number) => {
            facts.text("clue").text(&lexicon.clue_texts[number as usize]);
        }
        Output::Topic { topic, cue, language, is_weak } => {
            facts.text("topic").number(u64::from(topic)).number(u64::from(cue)).number(u64::from(is_weak));
            facts.text(&lexicon.languages[usize::from(language)].id);
        }
        Output::Cue { cue, form, part, parts } => {
            facts.text("cue").number(u64::from(cue)).number(u64::from(form));
            facts.number(u64::from(part)).number(u64::from(parts));
        }
        Output::Modifier(number, language) => {
            facts.text("modifier").number(u64::from(number));
            facts.text(&lexicon.languages[usize::from(language)].id);
        }
        Output::Grammar(language, class) => {
            facts.text("word").text(&lexicon.languages[usize::from(language)].id).number(class as u64);
        }
    }
    facts.end();
}
