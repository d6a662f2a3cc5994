//! Relations: what a headline says two actors do to each other.
//!
//! A shallow parser: clauses, the nouns around names, and for each cue the actors at the places that its frame gives
//! them. What it does not understand gives no relation. `docs/methods.md` has the rules; which words mean what is in
//! the lexicon.

mod agents;
mod cases;
mod clauses;
mod cues;
mod frames;
mod nouns;
mod objects;
mod passives;
mod speakers;
mod words;

use super::disambiguate::Mentions;
use super::scan::{FIELDS, Hit, ItemText, Scan};
use crate::lexicon::{Lexicon, WordClass};
use crate::model::{Evidence, Relation};
use clauses::{Opening, clauses};
use cues::{Cue, find_cues};
use frames::{DEED, Pair, Parsed};
use nouns::{CueKind, Head, Noun};
use speakers::{Speaker, speakers};
use words::Text;

/// How far into a field relations are looked for.
const REACH_BYTES: usize = 600;
/// The most phrases of the grammar, the cues and their modifiers that are read of a field.
const MAX_HITS: usize = 2048;
/// The most names of a field that show its language.
const MAX_NAMES: usize = 48;
/// The tag of evidence of relations.
const TAG: &str = "relation";
/// The least certainty, 0 to 1, of a relation.
const MIN_CERTAINTY: f32 = 0.55;
/// How much a relation of the summary counts, and one without a direction.
const SUMMARY: f32 = 0.6;
const UNDIRECTED: f32 = 0.8;
/// From which certainty on a relation is read off a plain sentence.
const PLAIN: f32 = 0.78;
/// The tone of an accusation.
const ACCUSED: f32 = -2.0;
/// A relation as a field reports it.
struct Reported {
    relation: Relation,
    /// Whether a plain main clause says it.
    is_plain: bool,
}

/// Returns the relations of an item, at most one a pair, sorted by pair. `language` is the number of the item's.
pub(super) fn relations(
    lexicon: &Lexicon,
    scan: &mut Scan,
    mentions: &Mentions,
    item: &ItemText<'_>,
    language: Option<usize>,
) -> Vec<Relation> {
    let mut out: Vec<Reported> = Vec::new();
    for (field, confidence) in [(0u8, 1.0f32), (1, SUMMARY)] {
        // A relation needs two actors.
        let mut actors =
            mentions.all.iter().filter(|m| m.hit.field == field).filter_map(|m| lexicon.entity_at(m.entity).actor);
        let Some(first) = actors.next() else { continue };
        if actors.all(|actor| actor == first) {
            continue;
        }
        let Some(language) = language.or_else(|| language_of(lexicon, mentions, field)) else { continue };
        let text = beginning(item.field(field));
        scan.relation_phrases(lexicon, field, text);
        let hits = &scan.hits[..scan.hits.len().min(MAX_HITS)];
        for mut new in of_field(lexicon, mentions, item, (field, text), language, hits) {
            new.relation.confidence *= confidence;
            keep_strongest(&mut out, new);
        }
    }
    let mut out: Vec<Relation> = out.into_iter().map(|reported| reported.relation).collect();
    out.sort_by(|x, y| (&x.a, &x.b).cmp(&(&y.a, &y.b)));
    out
}

/// Returns the language of most names of a field.
fn language_of(lexicon: &Lexicon, mentions: &Mentions, field: u8) -> Option<usize> {
    let of_field = mentions.all.iter().filter(|mention| mention.hit.field == field).take(MAX_NAMES);
    let languages: Vec<u8> = of_field.map(|mention| lexicon.form(mention.form).language).collect();
    let count = |language: &u8| languages.iter().filter(|other| *other == language).count();
    // Of equals the first.
    languages.iter().rev().max_by_key(|language| count(language)).map(|language| usize::from(*language))
}

/// Returns the beginning of a text, in which relations are looked for.
fn beginning(text: &str) -> &str {
    let mut end = text.len().min(REACH_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

fn of_field(
    lexicon: &Lexicon,
    mentions: &Mentions,
    item: &ItemText<'_>,
    (field, text): (u8, &str),
    language: usize,
    hits: &[Hit],
) -> Vec<Reported> {
    let text = Text::new(lexicon, mentions, field, text, language, hits);
    let found = find_cues(&text, hits);
    let is_verb_form = |at: usize| found.all.iter().any(|cue| cue.first <= at && at < cue.end && !cue.is_noun);
    let cue_kind = |at: usize| match found.all.iter().find(|cue| cue.first <= at && at < cue.end) {
        None => CueKind::None,
        Some(cue) if cue.is_either => CueKind::Either,
        Some(cue) if cue.is_noun => CueKind::Noun,
        Some(_) => CueKind::Verb,
    };
    let nouns: Vec<Noun> = (0..text.names.len()).map(|name| text.noun(name, &cue_kind)).collect();
    let in_noun = |at: usize| nouns.iter().any(|noun| noun.first <= at && at < noun.end);
    let is_verb = |at: usize| is_verb_form(at) && !in_noun(at);
    let clauses = clauses(&text, &nouns, &is_verb);
    let speakers = speakers(&text, &nouns, &clauses, &is_verb);
    let parsed = Parsed { text: &text, nouns: &nouns, clauses: &clauses, cues: &found.all };
    let mut out: Vec<Reported> = Vec::new();
    for cue in &found.asserted {
        let Some(clause) = parsed.clause_of(cue.first) else { continue };
        let pairs = if text.grammar.is_verb_last { parsed.pairs_by_case(cue) } else { parsed.pairs(cue) };
        let is_void = text.words[cue.first].is_quoted || clause.is_question && !cue.is_noun;
        if is_void {
            continue;
        }
        let embedding = parsed.embedding(cue);
        let speaker = match embedded_speaker(&parsed, cue) {
            Speaker::None => speakers[clause.part],
            inner => inner,
        };
        if pairs.is_empty()
            && embedding >= 1.0
            && let Some(pair) = parsed.blamed(cue, clause, speaker)
        {
            let said = Cue { tone: ACCUSED, said: true, ..*cue };
            out.push(Reported { relation: relation(&text, item, &said, &pair, pair.sure), is_plain: false });
        }
        for pair in pairs {
            let certainty = pair.sure * certainty_of(&text, &pair, cue, speaker) * embedding;
            if certainty < MIN_CERTAINTY {
                let said = accusation(&parsed, item, cue, &pair, speaker);
                out.extend(said.map(|relation| Reported { relation, is_plain: false }));
                continue;
            }
            // `Iran summons envoy after Ukraine bombs ship`: the news is the summons.
            let is_plain = certainty > PLAIN && clause.opening != Opening::Word;
            out.push(Reported { relation: relation(&text, item, cue, &pair, certainty), is_plain });
        }
    }
    out
}

/// Returns who says a clause according to a verb of saying before it: `Russia says Ukraine attacked`.
fn embedded_speaker(parsed: &Parsed<'_>, cue: &Cue) -> Speaker {
    let text = parsed.text;
    let Some(clause) = parsed.clause_of(cue.first) else { return Speaker::None };
    let before = parsed.clauses.iter().rev().filter(|before| before.part == clause.part && before.to <= clause.from);
    for before in before {
        let words = &text.words[before.from..before.to];
        if !words.iter().rev().take(4).any(|word| word.is(WordClass::Speech) && word.name.is_none()) {
            continue;
        }
        if words.iter().any(|word| word.is_any(&[WordClass::Commentator, WordClass::Private])) {
            return Speaker::Private;
        }
        return match &before.subject {
            clauses::Subject::Nouns(nouns) => match nouns[0].head {
                Head::State | Head::Official => {
                    text.names[nouns[0].name].actor.map_or(Speaker::Official, Speaker::Actor)
                }
                _ => Speaker::Private,
            },
            _ => Speaker::Official,
        };
    }
    Speaker::None
}

/// Returns how much a pair counts given who speaks of it, 0 to 1.
fn certainty_of(text: &Text<'_>, pair: &Pair, cue: &Cue, speaker: Speaker) -> f32 {
    let is_party = |actor: u32| [pair.a, pair.b].iter().any(|&name| text.names[name].actor == Some(actor));
    let is_deed = cue.tone <= DEED;
    match speaker {
        Speaker::None => 1.0,
        Speaker::Actor(actor) if is_party(actor) => 0.95,
        Speaker::Actor(_) if is_deed && cue.is_noun => 0.8,
        Speaker::Actor(_) => 0.5,
        Speaker::Official if is_deed => 0.8,
        Speaker::Official => 0.7,
        Speaker::Private if is_deed && cue.is_noun => 0.7,
        Speaker::Private => 0.4,
    }
}

/// Returns what an official says of a hostile act among others: that he accuses who acts.
fn accusation(parsed: &Parsed<'_>, item: &ItemText<'_>, cue: &Cue, pair: &Pair, speaker: Speaker) -> Option<Relation> {
    let text = parsed.text;
    let Speaker::Actor(actor) = speaker else { return None };
    let by = text.names.iter().position(|name| name.actor == Some(actor))?;
    let accused = text.names[pair.a].actor?;
    if !pair.is_directed || cue.tone > -3.0 || accused == actor {
        return None;
    }
    let said = Cue { tone: ACCUSED, said: true, ..*cue };
    Some(relation(text, item, &said, &Pair { a: by, b: pair.a, is_directed: true, sure: 0.7 }, 0.7))
}

fn relation(text: &Text<'_>, item: &ItemText<'_>, cue: &Cue, pair: &Pair, certainty: f32) -> Relation {
    let lexicon = text.lexicon;
    let id = |name: usize| text.names[name].actor.map_or("", |actor| lexicon.entity_at(actor).id.as_str());
    let (a, b) = match pair {
        Pair { is_directed: false, a, b, .. } if id(*a) > id(*b) => (*b, *a),
        Pair { a, b, .. } => (*a, *b),
    };
    let info = lexicon.cue(cue.number);
    let class = match cue.negated_by {
        _ if cue.said => "accuse",
        Some(n) => lexicon.modifier(n).becomes.as_ref().map_or("reject", |b| b.0.as_str()),
        None => &info.class,
    };
    let rule = match cue.negated_by {
        _ if cue.said => format!("cue {}, said of another", info.id),
        Some(n) => format!("cue {}, negated by {}", info.id, lexicon.modifier(n).id),
        None if cue.tone == info.tone => format!("cue {}", info.id),
        None => format!("cue {}, weakened", info.id),
    };
    let line = |hit: &Hit, entity: &str, rule: String| Evidence {
        tag: TAG.into(),
        entity: entity.to_owned(),
        form: item.words(hit).to_owned(),
        field: FIELDS[usize::from(hit.field)],
        start: hit.start as usize,
        end: hit.end as usize,
        rule,
    };
    let mention = |name: usize| text.names[name].mention;
    let entity = |name: usize| lexicon.entity_at(mention(name).entity).id.as_str();
    let role = |role: &str| if pair.is_directed { role.to_owned() } else { "actor".to_owned() };
    let mut evidence = vec![
        line(&mention(a).hit, entity(a), role("actor, acts")),
        line(&mention(b).hit, entity(b), role("actor, is acted on")),
        line(&cue.hit, &info.id, rule),
    ];
    evidence.sort_by_key(|e| (e.field, e.start));
    Relation {
        a: id(a).to_owned(),
        b: id(b).to_owned(),
        tone: cue.tone.clamp(-10.0, 10.0),
        class: class.to_owned(),
        directed: pair.is_directed,
        confidence: certainty * if pair.is_directed { 1.0 } else { UNDIRECTED },
        evidence,
    }
}

/// Keeps one relation a pair: that of the first field, in it one of a plain sentence, then one with a direction, then
/// the stronger tone.
fn keep_strongest(out: &mut Vec<Reported>, new: Reported) {
    let is_same = |old: &Reported| {
        let (old, new) = (&old.relation, &new.relation);
        old.a == new.a && old.b == new.b || old.a == new.b && old.b == new.a
    };
    let field = |r: &Reported| r.relation.evidence.first().map(|e| e.field);
    match out.iter_mut().find(|old| is_same(old)) {
        Some(old) => {
            let strength = |r: &Reported| (r.is_plain, r.relation.directed, r.relation.tone.abs());
            if field(old) == field(&new) && strength(&new) > strength(old) {
                *old = new;
            }
        }
        None => out.push(new),
    }
}
