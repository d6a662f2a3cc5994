//! From mentions to tags with evidence, topics, scope and score; formulas in `docs/methods.md`.

use std::borrow::Cow;

use super::ItemText;
use super::scan::Scan;
use super::settle::{Mention, Mentions, Verdict};
use crate::lexicon::index::Output;
use crate::lexicon::{Lexicon, Sort};
use crate::model::{Classification, Evidence, Field, Scope, Tag};

/// How much a first mention in a field counts toward the score.
const FIELD_WEIGHT: [f32; 3] = [1.0, 0.4, 0.15];
/// What a further mention of the same side counts beside the one before it.
const FADING: f32 = 0.6;
/// What the score of an item of a `down` topic is multiplied by.
const DOWN: f32 = 0.4;
/// Lines of evidence that an entity gives at most for its own tag in one field: a reader needs some, not all.
const LINES_PER_TAG: u8 = 2;
/// Lines of evidence that the tag of a whole has at most from its parts.
const LINES_PER_WHOLE: u8 = 3;
/// Lines of evidence that a topic has at most.
const LINES_PER_TOPIC: u8 = 4;

/// What the lexicon says of each entity, by its number, so that an item costs what it holds and not what the lexicon holds.
#[derive(Debug)]
pub(super) struct Tables {
    /// Topics that the entity speaks for.
    topics: Vec<Vec<u16>>,
    /// The scopes that a mention of it concerns, a bit each.
    scopes: Vec<u16>,
}

impl Tables {
    pub(super) fn new(lexicon: &Lexicon) -> Tables {
        let mut topics = vec![Vec::new(); lexicon.entities.len()];
        for (number, topic) in lexicon.topics.iter().enumerate() {
            for &entity in &topic.entities {
                let of: &mut Vec<u16> = &mut topics[entity as usize];
                of.push(number as u16);
            }
        }
        let scopes_of = |number: usize| {
            let concerns = |place: &u32| *place == number as u32 || lexicon.entities[number].ancestors.contains(place);
            let scopes = lexicon.scopes.iter().enumerate().filter(|(_, scope)| scope.places.iter().any(concerns));
            scopes.fold(0, |bits, (scope, _)| bits | 1 << scope)
        };
        Tables { topics, scopes: (0..lexicon.entities.len()).map(scopes_of).collect() }
    }
}

pub(super) fn classification(
    lexicon: &Lexicon,
    tables: &Tables,
    scan: &Scan,
    mentions: &Mentions,
    item: &ItemText<'_>,
    ledger: &mut Ledger,
) -> Classification {
    if mentions.all.is_empty() {
        return Classification::default();
    }
    let mut out = Classification::default();
    // A place, what it is a part of, and some for topics.
    out.evidence.reserve(4 + 3 * mentions.all.len().min(32));
    ledger.open(lexicon.entities.len());
    for mention in &mentions.all {
        put_evidence(lexicon, mention, item, ledger, &mut out.evidence);
    }
    let down = topics(lexicon, tables, scan, mentions, item, ledger, &mut out.evidence);
    out.evidence.sort_by(|a, b| (a.field, a.start, a.end, &a.tag).cmp(&(b.field, b.start, b.end, &b.tag)));
    let mut tags: Vec<&str> = out.evidence.iter().map(|e| e.tag.as_str()).collect();
    tags.sort_unstable();
    tags.dedup();
    out.tags = tags.into_iter().map(Tag::from).collect();
    let (scope, strength) = scope(lexicon, tables, mentions);
    out.scope = scope;
    if !down {
        out.relations = super::relate::relations(lexicon, scan, mentions, item);
    }
    out.score = (1.0 - (-1.2 * strength).exp()) * if down { DOWN } else { 1.0 };
    out
}

/// What was counted for an item: how many lines of evidence stand already, from each entity by field for its own tag and for the
/// tag of each whole, and the points of the topics.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    of: Vec<Counts>,
    /// Entities of which `of` holds something.
    touched: Vec<u32>,
    /// By topic, its points.
    points: Vec<f32>,
    /// Topics with the numbers of their cues that have counted.
    seen: Vec<(u16, u16)>,
}

/// What was counted for an entity.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    own: [u8; 3],
    whole: u8,
    /// Whether it has spoken for its topics.
    counted: bool,
}

impl Ledger {
    fn open(&mut self, entities: usize) {
        if self.of.len() == entities {
            for entity in self.touched.drain(..) {
                self.of[entity as usize] = Counts::default();
            }
        } else {
            self.touched.clear();
            self.of.clear();
            self.of.resize(entities, Counts::default());
        }
    }

    fn of(&mut self, entity: u32) -> &mut Counts {
        self.touched.push(entity);
        &mut self.of[entity as usize]
    }
}

fn put_evidence(
    lexicon: &Lexicon,
    mention: &Mention,
    item: &ItemText<'_>,
    ledger: &mut Ledger,
    out: &mut Vec<Evidence>,
) {
    let own = &mut ledger.of(mention.entity).own[usize::from(mention.hit.field)];
    if *own >= LINES_PER_TAG {
        return;
    }
    *own += 1;
    let entity = &lexicon.entities[mention.entity as usize];
    let (start, end) = (mention.hit.start as usize, mention.hit.end as usize);
    let form = item.field(mention.hit.field).get(start..end).unwrap_or_default();
    let rule = rule_of(lexicon, mention);
    let line = |tag: &str, rule: String| Evidence {
        tag: tag.into(),
        entity: entity.id.clone(),
        form: form.to_owned(),
        field: mention.field(),
        start,
        end,
        rule,
    };
    for &whole in &entity.ancestors {
        let source = &lexicon.entities[whole as usize];
        let lines = &mut ledger.of(whole).whole;
        if *lines < LINES_PER_WHOLE
            && let Some(tag) = &source.tag
        {
            *lines += 1;
            out.push(line(tag, [&rule, ", part of ", &source.id].concat()));
        }
    }
    if let Some(tag) = &entity.tag {
        out.push(line(tag, rule.into_owned()));
    }
}

fn rule_of(lexicon: &Lexicon, mention: &Mention) -> Cow<'static, str> {
    let form = &lexicon.forms[mention.form as usize];
    let sort = match form.sort {
        Sort::Other => "name",
        sort => sort.as_str(),
    };
    let rule = form.rule.checked_sub(1).map(|n| lexicon.rules[usize::from(n)].id.as_str());
    match (mention.verdict, rule) {
        (Verdict::Accepted(sum), Some(rule)) => format!("{sort}, settled by {rule} ({sum:+})").into(),
        (Verdict::Prior, Some(rule)) => format!("{sort}, prior of {rule}").into(),
        _ => sort.into(),
    }
}

/// Puts the evidence of topics; says whether the strongest of them counts the item down.
fn topics(
    lexicon: &Lexicon,
    tables: &Tables,
    scan: &Scan,
    mentions: &Mentions,
    item: &ItemText<'_>,
    ledger: &mut Ledger,
    out: &mut Vec<Evidence>,
) -> bool {
    let mut points = std::mem::take(&mut ledger.points);
    let mut seen = std::mem::take(&mut ledger.seen);
    points.clear();
    points.resize(lexicon.topics.len(), 0.0);
    seen.clear();
    let worth = |field: u8| if field == 0 { 2.0 } else { 1.0 };
    for hit in &scan.hits {
        if let Output::Topic(topic, cue, weak) = hit.output
            && !seen.contains(&(topic, cue))
            && seen.len() < 256
        {
            seen.push((topic, cue));
            points[usize::from(topic)] += worth(hit.field) * if weak { 0.5 } else { 1.0 };
        }
    }
    // Only the first mention of an entity counts.
    for mention in &mentions.all {
        let entity = mention.entity as usize;
        if !tables.topics[entity].is_empty() && !std::mem::replace(&mut ledger.of(mention.entity).counted, true) {
            for &topic in &tables.topics[entity] {
                points[usize::from(topic)] += worth(mention.hit.field);
            }
        }
    }
    let mut order: Vec<usize> = (0..points.len()).filter(|&n| points[n] >= 2.0).collect();
    order.sort_by(|&a, &b| points[b].total_cmp(&points[a]).then(a.cmp(&b)));
    order.truncate(3);
    for &topic in &order {
        let info = &lexicon.topics[topic];
        let mut lines = 0u8;
        let mut put = |field: Field, start: u32, end: u32, text: &str, entity: &str, rule: &str| {
            let (start, end) = (start as usize, end as usize);
            out.push(Evidence {
                tag: info.tag.clone().into(),
                entity: entity.to_owned(),
                form: text.get(start..end).unwrap_or_default().to_owned(),
                field,
                start,
                end,
                rule: rule.to_owned(),
            });
        };
        for hit in &scan.hits {
            if let Output::Topic(t, _, weak) = hit.output
                && usize::from(t) == topic
                && lines < LINES_PER_TOPIC
            {
                lines += 1;
                let rule = if weak { "weak topic cue" } else { "topic cue" };
                let field = super::scan::FIELDS[usize::from(hit.field)];
                put(field, hit.start, hit.end, item.field(hit.field), &info.id, rule);
            }
        }
        for mention in mentions.all.iter().filter(|m| info.entities.contains(&m.entity)).take(1) {
            let hit = &mention.hit;
            let entity = &lexicon.entities[mention.entity as usize].id;
            put(mention.field(), hit.start, hit.end, item.field(hit.field), entity, "topic entity");
        }
    }
    ledger.points = points;
    ledger.seen = seen;
    order.first().is_some_and(|&n| lexicon.topics[n].down)
}

/// The scope of the item, and how much it is about its scopes: the strongest, and half of the next.
fn scope(lexicon: &Lexicon, tables: &Tables, mentions: &Mentions) -> (Option<Scope>, f32) {
    let strengths: Vec<f32> = (0..lexicon.scopes.len()).map(|scope| strength(tables, mentions, scope)).collect();
    // A scope of several others goes before each of them, and of those with places the strongest; of equals, the first.
    let rank = |number: usize| {
        let all_of = &lexicon.scopes[number].all_of;
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
    (best.map(|(number, _)| lexicon.scopes[number].id.clone()), first + 0.5 * second)
}

/// How much the item is about one scope: fading sum over its mentions, title first.
fn strength(tables: &Tables, mentions: &Mentions, scope: usize) -> f32 {
    let mut sum = 0.0;
    let mut factor = 1.0;
    for mention in &mentions.all {
        if tables.scopes[mention.entity as usize] >> scope & 1 != 0 {
            sum += factor * mention.weight * FIELD_WEIGHT[usize::from(mention.hit.field)];
            factor *= FADING;
        }
    }
    sum
}
