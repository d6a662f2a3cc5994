//! What a headline says of two actors: a cue between or beside them, its tone, what negates or weakens it, and who acts on whom.
//!
//! A reading of the surface, without a parse: the rules stand in `docs/methods.md`.

use super::ItemText;
use super::scan::{FIELDS, Hit, Scan};
use super::settle::{Mention, Mentions};
use crate::lexicon::index::Output;
use crate::lexicon::{Direction, Effect, Lexicon, Side};
use crate::model::{Evidence, Relation};

/// How far into a field relations are looked for.
const REACH_BYTES: u32 = 600;
/// How many cues and actors of a field are looked at.
const MOST: usize = 48;
/// How many phrases of the lexicon, cues and others, are looked at in a field.
const MOST_HITS: usize = 2048;
/// How many words an ellipsis in a cue stands for.
const ELLIPSIS_WORDS: u32 = 3;
/// How many words a cue may stand away from an actor.
const ACTOR_WORDS: u32 = 12;
/// The tag that evidence of relations bears.
const TAG: &str = "relation";

/// A cue at its place, after what modifies it.
#[derive(Clone, Copy)]
struct Cue {
    hit: Hit,
    cue: u16,
    tone: f32,
    becomes: Option<u16>,
}

/// An actor at its place.
#[derive(Clone, Copy)]
struct Actor<'a> {
    mention: &'a Mention,
    actor: u32,
}

pub(super) fn relations(lexicon: &Lexicon, scan: &Scan, mentions: &Mentions, item: &ItemText<'_>) -> Vec<Relation> {
    let mut out: Vec<Relation> = Vec::new();
    for (field, sure) in [(0u8, 1.0f32), (1, 0.6)] {
        let text = item.field(field);
        let actors = actors(lexicon, mentions, field);
        // A relation takes two.
        if actors.iter().all(|other| other.actor == actors[0].actor) {
            continue;
        }
        let from = scan.hits.partition_point(|h| h.field < field);
        let len = scan.hits[from..].partition_point(|h| h.field == field && h.start < REACH_BYTES);
        let hits = &scan.hits[from..from + len.min(MOST_HITS)];
        for cue in cues(lexicon, hits, text) {
            for (a, b, directed) in pairs(lexicon, &cue, &actors, text) {
                let relation = relation(lexicon, item, &cue, a, b, directed, sure);
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
        .filter_map(|mention| lexicon.entities[mention.entity as usize].actor.map(|actor| Actor { mention, actor }))
        .take(MOST)
        .collect()
}

/// The cues of a field with their modifiers applied; of overlapping cues the longer, of equally long ones the first.
fn cues(lexicon: &Lexicon, hits: &[Hit], text: &str) -> Vec<Cue> {
    let mut found: Vec<Cue> = Vec::new();
    for (n, hit) in hits.iter().enumerate() {
        let Output::Cue { cue, form, part: 0, parts } = hit.output else { continue };
        let Some(whole) = whole_cue(*hit, cue, form, parts, &hits[n + 1..]) else { continue };
        let tone = lexicon.cues[usize::from(cue)].tone;
        found.push(Cue { hit: whole, cue, tone, becomes: None });
        if found.len() == MOST {
            break;
        }
    }
    let rank = |hit: &Hit| (hit.behind - hit.first, std::cmp::Reverse(hit.first));
    let all = found.clone();
    found.retain(|c| !all.iter().any(|other| overlap(&other.hit, &c.hit) && rank(&other.hit) > rank(&c.hit)));
    let said: Vec<Said> = found.into_iter().map(|cue| modified(lexicon, cue, hits, text)).collect();
    // What denies a deed is no deed itself: "denies shelling" is neither an assault nor a rejection.
    let denials: Vec<Hit> =
        said.iter().filter_map(|s| if let Said::Denied(by) = s { Some(*by) } else { None }).collect();
    let stands = |cue: &Cue| !denials.iter().any(|by| overlap(by, &cue.hit));
    said.into_iter().filter_map(|s| if let Said::Done(cue) = s { Some(cue) } else { None }).filter(stands).collect()
}

fn overlap(a: &Hit, b: &Hit) -> bool {
    a.first < b.behind && b.first < a.behind
}

/// What is said of a deed.
enum Said {
    Done(Cue),
    /// It is denied, by these words.
    Denied(Hit),
    Void,
}

fn whole_cue(first: Hit, cue: u16, form: u16, parts: u8, rest: &[Hit]) -> Option<Hit> {
    let mut whole = first;
    for part in 1..parts {
        let next = rest
            .iter()
            .take_while(|h| h.first <= whole.behind + ELLIPSIS_WORDS)
            .find(|h| h.first >= whole.behind && h.output == Output::Cue { cue, form, part, parts })?;
        whole.behind = next.behind;
        whole.end = next.end;
    }
    Some(whole)
}

fn modified(lexicon: &Lexicon, mut cue: Cue, hits: &[Hit], text: &str) -> Said {
    let mut seen: Vec<u16> = Vec::new();
    for hit in hits {
        let Output::Modifier(n) = hit.output else { continue };
        let modifier = &lexicon.modifiers[usize::from(n)];
        // "refuses to" and "to sign" share a word.
        let before = hit.first < cue.hit.first
            && hit.behind < cue.hit.behind
            && cue.hit.first.saturating_sub(hit.behind) < modifier.reach
            && modifier.side != Side::After
            && !sentence_ends(text, hit.end, cue.hit.start);
        let after = hit.first >= cue.hit.behind
            && hit.first - cue.hit.behind < modifier.reach
            && modifier.side != Side::Before
            && !sentence_ends(text, cue.hit.end, hit.start);
        if !(before || after) || seen.contains(&n) {
            continue;
        }
        seen.push(n);
        match modifier.effect {
            Effect::Void => return Said::Void,
            Effect::Weaken => cue.tone *= modifier.factor,
            Effect::Negate if cue.tone < 0.0 => return Said::Denied(*hit),
            Effect::Negate => {
                cue.tone = modifier.becomes.as_ref().map_or(-2.0, |b| b.1);
                cue.becomes = Some(n);
            }
        }
    }
    Said::Done(cue)
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

/// Whether what stands between two actors makes them one party: `and`, a comma, a hyphen.
fn coordinated(text: &str, a: &Mention, b: &Mention) -> bool {
    let gap = text.get(a.hit.end as usize..b.hit.start as usize).unwrap_or_default();
    let gap = gap.trim();
    gap.chars().count() <= 3 && gap.chars().all(|c| c.is_alphabetic() || matches!(c, ',' | '-' | '–' | '—' | '&' | '/'))
}

/// The pairs that a cue joins: actor, other, and whether the first acts on the second.
fn pairs<'a>(lexicon: &Lexicon, cue: &Cue, actors: &[Actor<'a>], text: &str) -> Vec<(Actor<'a>, Actor<'a>, bool)> {
    let near = |m: &Mention| {
        if m.hit.behind <= cue.hit.first {
            cue.hit.first - m.hit.behind <= ACTOR_WORDS && !sentence_ends(text, m.hit.end, cue.hit.start)
        } else {
            m.hit.first.saturating_sub(cue.hit.behind) <= ACTOR_WORDS && !sentence_ends(text, cue.hit.end, m.hit.start)
        }
    };
    let before: Vec<Actor<'a>> =
        actors.iter().rev().filter(|a| a.mention.hit.behind <= cue.hit.first && near(a.mention)).copied().collect();
    let after: Vec<Actor<'a>> =
        actors.iter().filter(|a| a.mention.hit.behind > cue.hit.first && near(a.mention)).copied().collect();
    let direction = match cue.becomes {
        // Who will not sign does something to the other; it is no longer mutual.
        Some(_) => Direction::Forward,
        None => lexicon.cues[usize::from(cue.cue)].direction,
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
            // One actor on both sides and another beside it: "Armenia, Azerbaijan sign deal in Yerevan".
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

/// The nearest actor and those coordinated with it, at most three.
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

/// The nearest actor and the nearest other one: a pair without direction.
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
    sure: f32,
) -> Relation {
    let id = |actor: Actor<'_>| lexicon.entities[actor.actor as usize].id.as_str();
    let (a, b) = if !directed && id(a) > id(b) { (b, a) } else { (a, b) };
    let info = &lexicon.cues[usize::from(cue.cue)];
    let class = match cue.becomes {
        Some(n) => lexicon.modifiers[usize::from(n)].becomes.as_ref().map_or("reject", |b| b.0.as_str()),
        None => &info.class,
    };
    let rule = match cue.becomes {
        Some(n) => format!("cue {}, negated by {}", info.id, lexicon.modifiers[usize::from(n)].id),
        None if cue.tone == info.tone => format!("cue {}", info.id),
        None => format!("cue {}, weakened", info.id),
    };
    let line = |hit: &Hit, entity: &str, rule: String| Evidence {
        tag: TAG.into(),
        entity: entity.to_owned(),
        form: item.field(hit.field).get(hit.start as usize..hit.end as usize).unwrap_or_default().to_owned(),
        field: FIELDS[usize::from(hit.field)],
        start: hit.start as usize,
        end: hit.end as usize,
        rule,
    };
    let entity = |actor: Actor<'_>| lexicon.entities[actor.mention.entity as usize].id.as_str();
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
        confidence: sure * if directed { 1.0 } else { 0.8 },
        evidence,
    }
}

/// One relation a pair: the surer field first, in it what has a direction, then the stronger tone.
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
