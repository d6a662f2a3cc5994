//! From mentions to tags with evidence, topics, scope and score. `docs/methods.md` has the formulas.

use std::borrow::Cow;

use super::disambiguate::{Decision, Mention, Mentions};
use super::scan::{FIELDS, ItemText, Scan};
use crate::lexicon::{FormKind, Lexicon, Output};
use crate::model::{Classification, Evidence, Field, Scope, Tag};

/// How much the first mention counts toward the score, by field.
const FIELD_WEIGHT: [f32; 3] = [1.0, 0.4, 0.15];
/// How much a further mention counts, relative to the one before it.
const DECAY: f32 = 0.6;
/// What the score of an item is multiplied by if its topic demotes it.
const DEMOTION: f32 = 0.4;
/// The most lines of evidence for an entity's own tag in one field. A reader needs some, not all.
const MAX_OWN_LINES: u8 = 2;
/// The most lines of evidence for the tag of an ancestor.
const MAX_ANCESTOR_LINES: u8 = 3;
/// The most lines of cues for a topic.
const MAX_TOPIC_LINES: u8 = 4;

/// Topics and scopes by entity, so that the time for an item depends on its mentions and not on the lexicon.
#[derive(Debug)]
pub(super) struct EntityTables {
    /// Topics of which the entity is a cue.
    topics: Vec<Vec<u16>>,
    /// Scopes that a mention of the entity concerns, one bit each.
    scopes: Vec<u16>,
}

impl EntityTables {
    pub(super) fn new(lexicon: &Lexicon) -> EntityTables {
        let mut topics = vec![Vec::new(); lexicon.entities().len()];
        for (number, topic) in lexicon.topics().iter().enumerate() {
            for &entity in &topic.entities {
                topics[entity as usize].push(number as u16);
            }
        }
        let scopes_of = |number: u32| {
            let ancestors = &lexicon.entity_at(number).ancestors;
            let concerns = |place: &u32| *place == number || ancestors.contains(place);
            let scopes = lexicon.scopes().iter().enumerate().filter(|(_, scope)| scope.places.iter().any(concerns));
            scopes.fold(0, |bits, (scope, _)| bits | 1 << scope)
        };
        EntityTables { topics, scopes: (0..lexicon.entities().len() as u32).map(scopes_of).collect() }
    }
}

/// Makes tags, score and scope of the mentions of an item. Returns as well whether its strongest topic is one that the
/// lexicon marks down, so that it has no relations.
pub(super) fn classification(
    lexicon: &Lexicon,
    tables: &EntityTables,
    scan: &Scan,
    mentions: &Mentions,
    item: &ItemText<'_>,
    counter: &mut EvidenceCounter,
) -> (Classification, bool) {
    if mentions.all.is_empty() {
        return (Classification::default(), true);
    }
    let mut out = Classification::default();
    // For each mention its own tag and those of two ancestors; some for topics.
    out.evidence.reserve(4 + 3 * mentions.all.len().min(32));
    counter.clear(lexicon.entities().len());
    for mention in &mentions.all {
        put_evidence(lexicon, mention, item, counter, &mut out.evidence);
    }
    let demoted = topics(lexicon, tables, scan, mentions, item, counter, &mut out.evidence);
    out.evidence.sort_by(|a, b| (a.field, a.start, a.end, &a.tag).cmp(&(b.field, b.start, b.end, &b.tag)));
    let mut tags: Vec<&str> = out.evidence.iter().map(|e| e.tag.as_str()).collect();
    tags.sort_unstable();
    tags.dedup();
    out.tags = tags.into_iter().map(Tag::from).collect();
    let (scope, strength) = scope(lexicon, tables, mentions);
    out.scope = scope;
    out.score = (1.0 - (-1.2 * strength).exp()) * if demoted { DEMOTION } else { 1.0 };
    (out, demoted)
}

/// Counts the lines of evidence of an item by entity, and the points of its topics; reused from item to item.
#[derive(Debug, Default)]
pub(super) struct EvidenceCounter {
    by_entity: Vec<EntityCounts>,
    /// Entities whose counts are not zero.
    touched: Vec<u32>,
    /// By topic.
    points: Vec<f32>,
    /// Topics and cues that have counted, with the field and the first word of each.
    seen: Vec<(u16, u16, (u8, u32))>,
}

/// What was counted for an entity.
#[derive(Clone, Copy, Debug, Default)]
struct EntityCounts {
    /// Lines for its own tag, from its own mentions, by field.
    own: [u8; 3],
    /// Lines for its own tag, from mentions of its parts.
    from_parts: u8,
    /// Whether it has counted for its topics.
    in_topics: bool,
}

impl EvidenceCounter {
    fn clear(&mut self, entities: usize) {
        if self.by_entity.len() == entities {
            for entity in self.touched.drain(..) {
                self.by_entity[entity as usize] = EntityCounts::default();
            }
        } else {
            self.touched.clear();
            self.by_entity.clear();
            self.by_entity.resize(entities, EntityCounts::default());
        }
    }

    fn of(&mut self, entity: u32) -> &mut EntityCounts {
        self.touched.push(entity);
        &mut self.by_entity[entity as usize]
    }
}

/// Adds the evidence of a mention, for its entity's tag and those of the ancestors.
fn put_evidence(
    lexicon: &Lexicon,
    mention: &Mention,
    item: &ItemText<'_>,
    counter: &mut EvidenceCounter,
    out: &mut Vec<Evidence>,
) {
    let own = &mut counter.of(mention.entity).own[usize::from(mention.hit.field)];
    if *own >= MAX_OWN_LINES {
        return;
    }
    *own += 1;
    let entity = lexicon.entity_at(mention.entity);
    let (start, end) = (mention.hit.start as usize, mention.hit.end as usize);
    let form = item.words(&mention.hit);
    let rule = rule_of(lexicon, mention);
    let line = |tag: &Tag, rule: String| Evidence {
        tag: tag.clone(),
        entity: entity.id.clone(),
        form: form.to_owned(),
        field: mention.field(),
        start,
        end,
        rule,
    };
    for &number in &entity.ancestors {
        let ancestor = lexicon.entity_at(number);
        let lines = &mut counter.of(number).from_parts;
        if *lines < MAX_ANCESTOR_LINES
            && let Some(tag) = &ancestor.tag
        {
            *lines += 1;
            out.push(line(tag, [&rule, ", part of ", &ancestor.id].concat()));
        }
    }
    if let Some(tag) = &entity.tag {
        out.push(line(tag, rule.into_owned()));
    }
}

/// Returns the rule of an evidence line: the kind of form, and what decided if it is ambiguous.
fn rule_of(lexicon: &Lexicon, mention: &Mention) -> Cow<'static, str> {
    let form = lexicon.form(mention.form);
    let kind = match form.kind {
        FormKind::Other => "name",
        kind => kind.as_str(),
    };
    let rule = lexicon.rule_of(form).map(|rule| rule.id.as_str());
    match (mention.decision, rule) {
        (Decision::Accepted(sum), Some(rule)) => format!("{kind}, settled by {rule} ({sum:+})").into(),
        (Decision::Prior, Some(rule)) => format!("{kind}, prior of {rule}").into(),
        _ => kind.into(),
    }
}

/// Adds the evidence of the topics of an item; returns whether the strongest topic demotes it.
fn topics(
    lexicon: &Lexicon,
    tables: &EntityTables,
    scan: &Scan,
    mentions: &Mentions,
    item: &ItemText<'_>,
    counter: &mut EvidenceCounter,
    out: &mut Vec<Evidence>,
) -> bool {
    let mut points = std::mem::take(&mut counter.points);
    let mut seen = std::mem::take(&mut counter.seen);
    points.clear();
    points.resize(lexicon.topics().len(), 0.0);
    seen.clear();
    let worth = |field: u8| if field == 0 { 2.0 } else { 1.0 };
    // Cues of two languages, or one cue inside another, may be the same word, which counts once and as the stronger.
    for of_weak in [false, true] {
        for hit in &scan.hits {
            let place = (hit.field, hit.first_word);
            if let Output::Topic { topic, cue, is_weak, .. } = hit.output
                && is_weak == of_weak
                && !seen.iter().any(|&(t, c, p)| t == topic && (c == cue || p == place))
                && seen.len() < 256
            {
                seen.push((topic, cue, place));
                points[usize::from(topic)] += worth(hit.field) * if is_weak { 0.5 } else { 1.0 };
            }
        }
    }
    // Only the first mention of an entity counts.
    for mention in &mentions.all {
        let entity = mention.entity as usize;
        if !tables.topics[entity].is_empty() && !std::mem::replace(&mut counter.of(mention.entity).in_topics, true) {
            for &topic in &tables.topics[entity] {
                points[usize::from(topic)] += worth(mention.hit.field);
            }
        }
    }
    let mut order: Vec<usize> = (0..points.len()).filter(|&n| points[n] >= 2.0).collect();
    order.sort_by(|&a, &b| points[b].total_cmp(&points[a]).then(a.cmp(&b)));
    order.truncate(3);
    for &topic in &order {
        let info = &lexicon.topics()[topic];
        let mut lines = 0u8;
        let mut put = |field: Field, start: u32, end: u32, text: &str, entity: &str, rule: &str| {
            let (start, end) = (start as usize, end as usize);
            out.push(Evidence {
                tag: info.tag.clone(),
                entity: entity.to_owned(),
                form: text.get(start..end).unwrap_or_default().to_owned(),
                field,
                start,
                end,
                rule: rule.to_owned(),
            });
        };
        for hit in &scan.hits {
            if let Output::Topic { topic: of_hit, is_weak, .. } = hit.output
                && usize::from(of_hit) == topic
                && lines < MAX_TOPIC_LINES
            {
                lines += 1;
                let rule = if is_weak { "weak topic cue" } else { "topic cue" };
                let field = FIELDS[usize::from(hit.field)];
                put(field, hit.start, hit.end, item.field(hit.field), &info.id, rule);
            }
        }
        for mention in mentions.all.iter().filter(|m| info.entities.contains(&m.entity)).take(1) {
            let hit = &mention.hit;
            let entity = &lexicon.entity_at(mention.entity).id;
            put(mention.field(), hit.start, hit.end, item.field(hit.field), entity, "topic entity");
        }
    }
    counter.points = points;
    counter.seen = seen;
    order.first().is_some_and(|&n| lexicon.topics()[n].demotes)
}

/// Returns the scope of an item, and how much the item is about its scopes: the strongest, plus half of the next.
fn scope(lexicon: &Lexicon, tables: &EntityTables, mentions: &Mentions) -> (Option<Scope>, f32) {
    let strengths: Vec<f32> = (0..lexicon.scopes().len()).map(|scope| strength(tables, mentions, scope)).collect();
    // A scope of several others goes before each of them. Of scopes with places the strongest wins, of equals the
    // first.
    let rank = |number: usize| {
        let all_of = &lexicon.scopes()[number].all_of;
        let holds = strengths[number] > 0.0 || !all_of.is_empty() && all_of.iter().all(|&other| strengths[other] > 0.0);
        holds.then_some((all_of.len(), strengths[number]))
    };
    let mut best: Option<(usize, (usize, f32))> = None;
    for number in 0..strengths.len() {
        if let Some(rank) = rank(number)
            && best.is_none_or(|(_, best)| rank > best)
        {
            best = Some((number, rank));
        }
    }
    let (first, second) = strengths.iter().fold((0.0f32, 0.0f32), |(first, second), &strength| {
        if strength > first { (strength, first) } else { (first, second.max(strength)) }
    });
    (best.map(|(number, _)| lexicon.scopes()[number].id.clone()), first + 0.5 * second)
}

/// Returns how much an item is about one scope: a sum over its mentions, title first, in which each counts less than
/// the one before.
fn strength(tables: &EntityTables, mentions: &Mentions, scope: usize) -> f32 {
    let mut sum = 0.0;
    let mut factor = 1.0;
    for mention in &mentions.all {
        if tables.scopes[mention.entity as usize] >> scope & 1 != 0 {
            sum += factor * mention.weight * FIELD_WEIGHT[usize::from(mention.hit.field)];
            factor *= DECAY;
        }
    }
    sum
}
