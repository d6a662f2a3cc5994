//! Relations: what a headline says two actors do to each other.
//!
//! Looks for a cue between or next to two actors, its tone, what negates or weakens it, and who acts on whom. The text
//! is not parsed; `docs/methods.md` has the rules.

use super::disambiguate::{Mention, Mentions};
use super::scan::{FIELDS, Hit, ItemText, Scan};
use crate::lexicon::{Direction, Effect, Lexicon, Output, Side};
use crate::model::{Evidence, Relation};

/// How far into a field relations are looked for.
const REACH_BYTES: u32 = 600;
/// The most cues, and the most actors, of a field.
const MAX_IN_FIELD: usize = 48;
/// The most phrases of the lexicon, cues and others, of a field.
const MAX_HITS: usize = 2048;
/// The most words in place of an ellipsis in a cue.
const ELLIPSIS_WORDS: u32 = 3;
/// The most words between a cue and an actor.
const ACTOR_WORDS: u32 = 12;
/// The tag of evidence of relations.
const TAG: &str = "relation";

/// A cue found in a text, with its modifiers applied.
#[derive(Clone, Copy)]
struct Cue {
    hit: Hit,
    /// Number of the cue.
    cue: u16,
    tone: f32,
    /// Number of the modifier that negates it.
    negated_by: Option<u16>,
}

/// An actor mentioned in a text.
#[derive(Clone, Copy)]
struct Actor<'a> {
    mention: &'a Mention,
    /// Number of the entity that acts.
    actor: u32,
}

/// Returns the relations of an item, at most one a pair, sorted by pair.
pub(super) fn relations(lexicon: &Lexicon, scan: &Scan, mentions: &Mentions, item: &ItemText<'_>) -> Vec<Relation> {
    let mut out: Vec<Relation> = Vec::new();
    for (field, confidence) in [(0u8, 1.0f32), (1, 0.6)] {
        let text = item.field(field);
        let actors = actors(lexicon, mentions, field);
        // A relation needs two actors.
        if actors.iter().all(|other| other.actor == actors[0].actor) {
            continue;
        }
        let from = scan.hits.partition_point(|h| h.field < field);
        let len = scan.hits[from..].partition_point(|h| h.field == field && h.start < REACH_BYTES);
        let hits = &scan.hits[from..from + len.min(MAX_HITS)];
        for cue in cues(lexicon, hits, text) {
            for (a, b, directed) in pairs(lexicon, &cue, &actors, text) {
                let relation = relation(lexicon, item, &cue, a, b, directed, confidence);
                keep_strongest(&mut out, relation);
            }
        }
    }
    out.sort_by(|x, y| (&x.a, &x.b).cmp(&(&y.a, &y.b)));
    out
}

fn actors<'a>(lexicon: &Lexicon, mentions: &'a Mentions, field: u8) -> Vec<Actor<'a>> {
    mentions
        .all
        .iter()
        .filter(|m| m.hit.field == field && m.hit.start < REACH_BYTES)
        .filter_map(|mention| lexicon.entity_at(mention.entity).actor.map(|actor| Actor { mention, actor }))
        .take(MAX_IN_FIELD)
        .collect()
}

/// Returns the cues of a field with their modifiers applied. Of overlapping cues the longest counts, of equally long
/// ones the first.
fn cues(lexicon: &Lexicon, hits: &[Hit], text: &str) -> Vec<Cue> {
    let mut found: Vec<Cue> = Vec::new();
    for (n, hit) in hits.iter().enumerate() {
        let Output::Cue { cue, form, part: 0, parts } = hit.output else { continue };
        let Some(whole) = whole_cue(*hit, cue, form, parts, &hits[n + 1..]) else { continue };
        let tone = lexicon.cue(cue).tone;
        found.push(Cue { hit: whole, cue, tone, negated_by: None });
        if found.len() == MAX_IN_FIELD {
            break;
        }
    }
    let rank = |hit: &Hit| (hit.end_word - hit.first_word, std::cmp::Reverse(hit.first_word));
    let all = found.clone();
    found.retain(|c| !all.iter().any(|other| overlap(&other.hit, &c.hit) && rank(&other.hit) > rank(&c.hit)));
    let outcomes: Vec<Outcome> = found.into_iter().map(|cue| modified(lexicon, cue, hits, text)).collect();
    // The words of a denial are no cue themselves: "denies shelling" is neither an assault nor a rejection.
    let denials: Vec<Hit> =
        outcomes.iter().filter_map(|o| if let Outcome::Denied(by) = o { Some(*by) } else { None }).collect();
    let is_no_denial = |cue: &Cue| !denials.iter().any(|by| overlap(by, &cue.hit));
    let asserted = outcomes.into_iter().filter_map(|o| if let Outcome::Asserted(cue) = o { Some(cue) } else { None });
    asserted.filter(is_no_denial).collect()
}

fn overlap(a: &Hit, b: &Hit) -> bool {
    a.first_word < b.end_word && b.first_word < a.end_word
}

/// What modifiers make of a cue.
enum Outcome {
    Asserted(Cue),
    /// The cue is denied, by these words.
    Denied(Hit),
    Void,
}

/// Joins the parts of a cue with an ellipsis, of which `first` is the first.
fn whole_cue(first: Hit, cue: u16, form: u16, parts: u8, rest: &[Hit]) -> Option<Hit> {
    let mut whole = first;
    for part in 1..parts {
        let next = rest
            .iter()
            .take_while(|h| h.first_word <= whole.end_word + ELLIPSIS_WORDS)
            .find(|h| h.first_word >= whole.end_word && h.output == Output::Cue { cue, form, part, parts })?;
        whole.end_word = next.end_word;
        whole.end = next.end;
    }
    Some(whole)
}

/// Applies the modifiers that reach a cue.
fn modified(lexicon: &Lexicon, mut cue: Cue, hits: &[Hit], text: &str) -> Outcome {
    let mut seen: Vec<u16> = Vec::new();
    for hit in hits {
        let Output::Modifier(n) = hit.output else { continue };
        let modifier = lexicon.modifier(n);
        // "refuses to" and "to sign" share a word.
        let before = hit.first_word < cue.hit.first_word
            && hit.end_word < cue.hit.end_word
            && cue.hit.first_word.saturating_sub(hit.end_word) < modifier.reach_words
            && modifier.side != Side::After
            && !sentence_ends(text, hit.end, cue.hit.start);
        let after = hit.first_word >= cue.hit.end_word
            && hit.first_word - cue.hit.end_word < modifier.reach_words
            && modifier.side != Side::Before
            && !sentence_ends(text, cue.hit.end, hit.start);
        if !(before || after) || seen.contains(&n) {
            continue;
        }
        seen.push(n);
        match modifier.effect {
            Effect::Void => return Outcome::Void,
            Effect::Weaken => cue.tone *= modifier.factor,
            Effect::Negate if cue.tone < 0.0 => return Outcome::Denied(*hit),
            Effect::Negate => {
                cue.tone = modifier.becomes.as_ref().map_or(-2.0, |b| b.1);
                cue.negated_by = Some(n);
            }
        }
    }
    Outcome::Asserted(cue)
}

/// Whether a sentence ends between two bytes of the text.
fn sentence_ends(text: &str, from: u32, to: u32) -> bool {
    let gap = text.get(from as usize..(to as usize).max(from as usize)).unwrap_or_default();
    let mut before = None;
    for (at, c) in gap.char_indices() {
        let ends = matches!(c, '!' | '?' | ';' | '|' | '։' | '\n')
            || c == '.'
                && gap.get(at + 1..).is_none_or(|rest| rest.starts_with(' '))
                && before.is_some_and(char::is_lowercase);
        if ends {
            return true;
        }
        before = Some(c);
    }
    false
}

/// Whether the characters between two actors make them one party: `and`, a comma, a hyphen.
fn coordinated(text: &str, a: &Mention, b: &Mention) -> bool {
    let gap = text.get(a.hit.end as usize..b.hit.start as usize).unwrap_or_default();
    let gap = gap.trim();
    gap.chars().count() <= 3 && gap.chars().all(|c| c.is_alphabetic() || matches!(c, ',' | '-' | '–' | '—' | '&' | '/'))
}

/// Returns the pairs that a cue joins: two actors, and whether the first acts on the second.
fn pairs<'a>(lexicon: &Lexicon, cue: &Cue, actors: &[Actor<'a>], text: &str) -> Vec<(Actor<'a>, Actor<'a>, bool)> {
    let near = |m: &Mention| {
        if m.hit.end_word <= cue.hit.first_word {
            cue.hit.first_word - m.hit.end_word <= ACTOR_WORDS && !sentence_ends(text, m.hit.end, cue.hit.start)
        } else {
            m.hit.first_word.saturating_sub(cue.hit.end_word) <= ACTOR_WORDS
                && !sentence_ends(text, cue.hit.end, m.hit.start)
        }
    };
    let before: Vec<Actor<'a>> = actors
        .iter()
        .rev()
        .filter(|a| a.mention.hit.end_word <= cue.hit.first_word && near(a.mention))
        .copied()
        .collect();
    let after: Vec<Actor<'a>> =
        actors.iter().filter(|a| a.mention.hit.end_word > cue.hit.first_word && near(a.mention)).copied().collect();
    let direction = match cue.negated_by {
        // A refusal is no longer mutual: who refuses acts on the other.
        Some(_) => Direction::Forward,
        None => lexicon.cue(cue.cue).direction,
    };
    let mut out = Vec::new();
    match (before.first(), after.first()) {
        (Some(_), Some(_)) => {
            let sources = party(&before, text, true);
            let targets = party(&after, text, false);
            for &a in &sources {
                for &b in &targets {
                    if a.actor != b.actor {
                        match direction {
                            Direction::Forward => out.push((a, b, true)),
                            Direction::Backward => out.push((b, a, true)),
                            Direction::Mutual => out.push((a, b, false)),
                        }
                    }
                }
            }
            // One actor on both sides and another next to it: "Armenia, Azerbaijan sign deal in Yerevan".
            if out.is_empty() {
                out.extend(two_of(&before).or_else(|| two_of(&after)));
            }
        }
        (Some(_), None) => out.extend(two_of(&before)),
        (None, Some(_)) => out.extend(two_of(&after)),
        (None, None) => {}
    }
    out
}

/// Returns the nearest actor and those coordinated with it, at most three.
fn party<'a>(side: &[Actor<'a>], text: &str, backward: bool) -> Vec<Actor<'a>> {
    let mut out: Vec<Actor<'a>> = Vec::new();
    for &actor in side {
        if let Some(last) = out.last() {
            let (left, right) = if backward { (actor.mention, last.mention) } else { (last.mention, actor.mention) };
            if out.len() == 3 || !coordinated(text, left, right) {
                break;
            }
        }
        out.push(actor);
    }
    out
}

/// Returns the nearest actor and the nearest other one, as a pair without direction.
fn two_of<'a>(side: &[Actor<'a>]) -> Option<(Actor<'a>, Actor<'a>, bool)> {
    let first = side.first()?;
    let other = side.iter().find(|a| a.actor != first.actor)?;
    Some((*first, *other, false))
}

fn relation(
    lexicon: &Lexicon,
    item: &ItemText<'_>,
    cue: &Cue,
    a: Actor<'_>,
    b: Actor<'_>,
    directed: bool,
    confidence: f32,
) -> Relation {
    let id = |actor: Actor<'_>| lexicon.entity_at(actor.actor).id.as_str();
    let (a, b) = if !directed && id(a) > id(b) { (b, a) } else { (a, b) };
    let info = lexicon.cue(cue.cue);
    let class = match cue.negated_by {
        Some(n) => lexicon.modifier(n).becomes.as_ref().map_or("reject", |b| b.0.as_str()),
        None => &info.class,
    };
    let rule = match cue.negated_by {
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
    let entity = |actor: Actor<'_>| lexicon.entity_at(actor.mention.entity).id.as_str();
    let role = |text: &str| if directed { text.to_owned() } else { "actor".to_owned() };
    let mut evidence = vec![
        line(&a.mention.hit, entity(a), role("actor, acts")),
        line(&b.mention.hit, entity(b), role("actor, is acted on")),
        line(&cue.hit, &info.id, rule),
    ];
    evidence.sort_by_key(|e| (e.field, e.start));
    Relation {
        a: id(a).to_owned(),
        b: id(b).to_owned(),
        tone: cue.tone.clamp(-10.0, 10.0),
        class: class.to_owned(),
        directed,
        confidence: confidence * if directed { 1.0 } else { 0.8 },
        evidence,
    }
}

/// Keeps one relation a pair: that of the first field, in it one with a direction, then the stronger tone.
fn keep_strongest(out: &mut Vec<Relation>, new: Relation) {
    let same = |r: &Relation| r.a == new.a && r.b == new.b || r.a == new.b && r.b == new.a;
    let field = |r: &Relation| r.evidence.first().map(|e| e.field);
    match out.iter_mut().find(|r| same(r)) {
        Some(old) => {
            let strength = |r: &Relation| (r.directed, r.tone.abs());
            if field(old) == field(&new) && strength(&new) > strength(old) {
                *old = new;
            }
        }
        None => out.push(new),
    }
}
