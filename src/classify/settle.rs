//! Which candidate mentions stand: the longest at each place, then the rules of the ambiguous ones.

use super::ItemText;
use super::language::Languages;
use super::scan::{FIELDS, Hit, Scan};
use crate::lexicon::index::Output;
use crate::lexicon::{Clue, FormInfo, Lexicon, Prior, Rule, Shape, Sort};
use crate::model::Field;

/// A form of an entity at its place in the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mention {
    pub(super) hit: Hit,
    pub(super) form: u32,
    pub(super) entity: u32,
    /// How far it counts toward the score, 0 to 1.
    pub(super) weight: f32,
    pub(super) verdict: Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict {
    /// No rule was asked.
    Plain,
    /// A rule is still to decide.
    Open,
    /// The rule's clues decided, with this sum.
    Accepted(f32),
    /// No clue held; the rule's prior decided.
    Prior,
    Dropped,
}

/// The rounds in which ambiguous names are settled.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Round {
    /// Those that clues speak for.
    Clues,
    /// Those that stand unless clues speak against them.
    Standing,
    /// Those that need clues.
    Rest,
}

impl Mention {
    pub(super) fn stands(&self) -> bool {
        !matches!(self.verdict, Verdict::Dropped | Verdict::Open)
    }

    pub(super) fn field(&self) -> Field {
        FIELDS[usize::from(self.hit.field)]
    }
}

/// The mentions of an item and what clues may look at.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    pub(super) all: Vec<Mention>,
    /// Different clue phrases in the text, each with where it stands first and last.
    words: Vec<(u32, Hit, Hit)>,
    /// Every clue phrase by where it begins, and by where it ends: number of the phrase, field, word.
    begins: Vec<(u8, u32, u32)>,
    ends: Vec<(u8, u32, u32)>,
    /// By entity, the first two places where it or a part of it stands: number of the mention plus one.
    found: Vec<[u32; 2]>,
    /// Entities that `found` holds something for.
    touched: Vec<u32>,
    /// By rule and form, how often it was asked and what it said last.
    asked: Vec<(u32, u32, Verdict)>,
}

/// How often a rule is asked about one form in one item; further mentions follow the last answer, so that time stays linear in the text.
const MOST_ASKED: u32 = 12;

impl Mentions {
    pub(super) fn settle(&mut self, lexicon: &Lexicon, scan: &Scan, languages: &Languages, item: &ItemText<'_>) {
        self.clear(lexicon);
        self.candidates(lexicon, scan, languages);
        if self.all.is_empty() {
            return;
        }
        if self.all.iter().any(|m| m.verdict == Verdict::Open) {
            self.gather_clues(scan);
        }
        for n in 0..self.all.len() {
            if self.all[n].verdict == Verdict::Plain {
                self.note(lexicon, n);
            }
        }
        // What one round accepts speaks in the next: first what clues speak for, then what stands unless clues speak against it, then the rest.
        for round in [Round::Clues, Round::Standing, Round::Rest] {
            self.round(lexicon, languages, item, round);
        }
        self.only_one_of_equals(lexicon);
        self.all.retain(Mention::stands);
    }

    fn clear(&mut self, lexicon: &Lexicon) {
        self.all.clear();
        self.words.clear();
        self.begins.clear();
        self.ends.clear();
        self.asked.clear();
        if self.found.len() == lexicon.entities.len() {
            for entity in self.touched.drain(..) {
                self.found[entity as usize] = [0; 2];
            }
        } else {
            self.touched.clear();
            self.found = vec![[0; 2]; lexicon.entities.len()];
        }
    }

    fn gather_clues(&mut self, scan: &Scan) {
        for hit in &scan.hits {
            if let Output::Clue(phrase) = hit.output {
                self.words.push((phrase, *hit, *hit));
                self.begins.push((hit.field, hit.first, phrase));
                self.ends.push((hit.field, hit.behind, phrase));
            }
        }
        self.begins.sort_unstable();
        self.ends.sort_unstable();
        self.words.sort_by_key(|w| w.0);
        self.words.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                kept.2 = later.2;
            }
            same
        });
    }

    fn round(&mut self, lexicon: &Lexicon, languages: &Languages, item: &ItemText<'_>, round: Round) {
        self.asked.clear();
        let mut settled = Vec::new();
        for n in 0..self.all.len() {
            if self.all[n].verdict != Verdict::Open {
                continue;
            }
            let form = self.all[n].form;
            let at = self.asked.iter().position(|a| a.0 == form).unwrap_or_else(|| {
                self.asked.push((form, 0, Verdict::Open));
                self.asked.len() - 1
            });
            if self.asked[at].1 < MOST_ASKED {
                self.asked[at].1 += 1;
                self.asked[at].2 = self.ask(lexicon, languages, item, n, round);
            }
            let verdict = self.asked[at].2;
            if verdict != Verdict::Open {
                settled.push((n, verdict));
            }
        }
        for (n, verdict) in settled {
            self.all[n].verdict = verdict;
            let rule = &lexicon.rules[usize::from(lexicon.forms[self.all[n].form as usize].rule) - 1];
            if let (Verdict::Prior, Prior::Tag(weight)) = (verdict, rule.prior) {
                self.all[n].weight *= weight;
            }
            if self.all[n].stands() {
                self.note(lexicon, n);
            }
        }
    }

    /// What the rule says of the mention; it stays open where only a later round may decide.
    fn ask(&self, lexicon: &Lexicon, languages: &Languages, item: &ItemText<'_>, n: usize, round: Round) -> Verdict {
        let form = &lexicon.forms[self.all[n].form as usize];
        let rule = &lexicon.rules[usize::from(form.rule) - 1];
        let sum = self.weigh(lexicon, rule, n, item, languages);
        if sum > 0.0 {
            return Verdict::Accepted(sum);
        }
        match rule.prior {
            _ if round == Round::Clues => Verdict::Open,
            Prior::Abstain if round == Round::Standing => Verdict::Open,
            Prior::Abstain => Verdict::Dropped,
            Prior::Tag(_) if sum < 0.0 => Verdict::Dropped,
            Prior::Tag(_) => Verdict::Prior,
        }
    }

    /// Leftmost and longest; entities and stop phrases swallow what they cover.
    fn candidates(&mut self, lexicon: &Lexicon, scan: &Scan, languages: &Languages) {
        let fits = |hit: &Hit| match hit.output {
            Output::Form(form) => {
                let form = &lexicon.forms[form as usize];
                languages.allowed >> form.language & 1 != 0
                    || languages.names_only >> form.language & 1 != 0 && form.sort == Sort::Name
            }
            Output::Stop => true,
            _ => false,
        };
        let mut at = 0;
        let (mut field, mut free) = (0u8, 0u32);
        let hits = &scan.hits;
        while at < hits.len() {
            let (this_field, first) = (hits[at].field, hits[at].first);
            let group = hits[at..].iter().take_while(|h| h.field == this_field && h.first == first).count();
            let group = &hits[at..at + group];
            at += group.len();
            if this_field != field {
                (field, free) = (this_field, 0);
            }
            if first < free {
                continue;
            }
            let Some(behind) = group.iter().filter(|h| fits(h)).map(|h| h.behind).max() else { continue };
            free = behind;
            if group.iter().any(|h| h.behind == behind && h.output == Output::Stop) {
                continue;
            }
            for hit in group.iter().filter(|h| h.behind == behind && fits(h)) {
                let Output::Form(n) = hit.output else { continue };
                let form = &lexicon.forms[n as usize];
                let verdict = if form.rule == 0 { Verdict::Plain } else { Verdict::Open };
                let twin = self
                    .all
                    .iter_mut()
                    .rev()
                    .take_while(|m| (m.hit.field, m.hit.first) == (hit.field, hit.first))
                    .find(|m| m.entity == form.entity);
                let leans = |form: &FormInfo| languages.lean == Some(usize::from(form.language));
                match twin {
                    // The form of the item's own language decides; where none is of it, a doubt of any.
                    Some(twin) => {
                        let old = &lexicon.forms[twin.form as usize];
                        if !leans(old) && (leans(form) || verdict == Verdict::Open && twin.verdict == Verdict::Plain) {
                            twin.verdict = verdict;
                            twin.form = n;
                            twin.weight = form.weight;
                        }
                    }
                    None => {
                        self.all.push(Mention {
                            hit: *hit,
                            form: n,
                            entity: form.entity,
                            weight: form.weight,
                            verdict,
                        });
                    }
                }
            }
        }
    }

    fn note(&mut self, lexicon: &Lexicon, n: usize) {
        let Mention { entity, hit, .. } = self.all[n];
        let ancestors = &lexicon.entities[entity as usize].ancestors;
        for &id in std::iter::once(&entity).chain(ancestors) {
            let [first, second] = &mut self.found[id as usize];
            if *first == 0 {
                *first = n as u32 + 1;
                self.touched.push(id);
            } else if *second == 0 {
                let other = &self.all[*first as usize - 1].hit;
                if (other.field, other.start) != (hit.field, hit.start) {
                    *second = n as u32 + 1;
                }
            }
        }
    }

    /// Whether the entity, or a part of it, stands elsewhere than at this place.
    fn stands_elsewhere(&self, entity: u32, hit: &Hit) -> bool {
        self.found[entity as usize].iter().any(|&n| {
            n.checked_sub(1).is_some_and(|n| {
                let other = &self.all[n as usize].hit;
                (other.field, other.start) != (hit.field, hit.start)
            })
        })
    }

    fn weigh(&self, lexicon: &Lexicon, rule: &Rule, n: usize, item: &ItemText<'_>, languages: &Languages) -> f32 {
        rule.clues
            .iter()
            .map(|clue| clue.weight * f32::from(self.count(lexicon, clue, n, item, languages).min(clue.most)))
            .sum()
    }

    /// How many different conditions of the clue hold for the mention.
    fn count(&self, lexicon: &Lexicon, clue: &Clue, n: usize, item: &ItemText<'_>, languages: &Languages) -> u8 {
        let mention = &self.all[n];
        let hit = &mention.hit;
        let enough = clue.most;
        let mut count = 0u8;
        if !clue.words.is_empty() {
            let apart = |at: &Hit| at.field != hit.field || at.behind <= hit.first || at.first >= hit.behind;
            for (phrase, first, last) in &self.words {
                if clue.words.binary_search(phrase).is_ok() && (apart(first) || apart(last)) {
                    count += 1;
                    if count >= enough {
                        return count;
                    }
                }
            }
        }
        let beside = |list: &[(u8, u32, u32)], word: u32, of: &[u32]| {
            let from = list.partition_point(|&(f, w, _)| (f, w) < (hit.field, word));
            list[from..]
                .iter()
                .take_while(|&&(f, w, _)| (f, w) == (hit.field, word))
                .any(|(_, _, phrase)| of.binary_search(phrase).is_ok())
        };
        if !clue.before.is_empty() && beside(&self.ends, hit.first, &clue.before) {
            count += 1;
        }
        if !clue.after.is_empty() && beside(&self.begins, hit.behind, &clue.after) {
            count += 1;
        }
        let kin: &[u32] = if clue.kin { &lexicon.entities[mention.entity as usize].ancestors } else { &[] };
        for &entity in clue.entities.iter().chain(kin) {
            if count >= enough {
                return count;
            }
            count += u8::from(self.stands_elsewhere(entity, hit));
        }
        let text = item.field(hit.field);
        let more = has_name(&clue.name_ends, item)
            || clue.shapes.iter().any(|&shape| self.has_shape(shape, mention, text))
            || !clue.url.is_empty()
                && item.url.is_some_and(|url| {
                    let url = url.to_lowercase();
                    clue.url.iter().any(|part| url.contains(part.as_str()))
                })
            || item.country.is_some_and(|c| clue.countries.iter().any(|country| country.eq_ignore_ascii_case(c)))
            || item.bloc.is_some_and(|b| clue.blocs.contains(&b))
            || languages.main.is_some_and(|l| clue.languages >> l & 1 != 0);
        count.saturating_add(u8::from(more))
    }

    fn has_shape(&self, shape: Shape, mention: &Mention, text: &str) -> bool {
        let (start, end) = (mention.hit.start as usize, mention.hit.end as usize);
        let before = text.get(..start).unwrap_or_default();
        let form = text.get(start..end).unwrap_or_default();
        let after = text.get(end..).unwrap_or_default();
        match shape {
            Shape::CapitalBefore => word_before(before).is_some_and(|(word, at)| {
                capitalised(word) && !self.is_entity(mention.hit.field, at as u32) && !begins_sentence(before, at)
            }),
            Shape::CapitalAfter => word_after(after)
                .is_some_and(|(word, at)| capitalised(word) && !self.is_entity(mention.hit.field, (end + at) as u32)),
            Shape::SentenceStart => begins_sentence(text, start),
            Shape::OpensSentence => {
                begins_sentence(text, start)
                    && word_after(after).is_some_and(|(word, _)| word.chars().next().is_some_and(char::is_lowercase))
            }
            Shape::Lower => form.chars().next().is_some_and(char::is_lowercase),
            Shape::AllCaps => {
                form.chars().all(|c| !c.is_lowercase()) && form.chars().filter(|c| c.is_uppercase()).count() > 1
            }
            Shape::Quoted => {
                let is_quote = |c: char| matches!(c, '"' | '«' | '»' | '“' | '”' | '„' | '‘' | '’' | '\'');
                before.chars().next_back().is_some_and(is_quote) && after.chars().next().is_some_and(is_quote)
            }
            Shape::Title => mention.hit.field == 0,
        }
    }

    fn is_entity(&self, field: u8, at: u32) -> bool {
        // Mentions stand in the order of the text and cover each other only where they are the same words.
        let behind = self.all.partition_point(|m| (m.hit.field, m.hit.start) <= (field, at));
        self.all[..behind]
            .iter()
            .rev()
            .take_while(|m| m.hit.field == field && at < m.hit.end)
            .any(|m| matches!(m.verdict, Verdict::Plain | Verdict::Accepted(_)))
    }

    /// Of several entities at one place the one whose clues weigh most stands, a name before an adjective. Where equals are left, what they are
    /// all a part of stands for them: Якутском is of the city or of the republic, and Russia in either case.
    fn only_one_of_equals(&mut self, lexicon: &Lexicon) {
        let strength = |m: &Mention| match m.verdict {
            Verdict::Plain => 1000.0,
            Verdict::Accepted(sum) => sum,
            Verdict::Prior => 0.0,
            _ => -1.0,
        };
        let is_name = |m: &Mention| lexicon.forms[m.form as usize].sort == Sort::Name;
        let mut at = 0;
        while at < self.all.len() {
            let (field, start) = (self.all[at].hit.field, self.all[at].hit.start);
            let len = self.all[at..].iter().take_while(|m| m.hit.field == field && m.hit.start == start).count();
            if len > 1 {
                let group = &mut self.all[at..at + len];
                let best = group
                    .iter()
                    .map(|m| (strength(m), is_name(m)))
                    .fold((-1.0, false), |best, one| if one > best { one } else { best });
                for mention in group.iter_mut().filter(|m| (strength(m), is_name(m)) != best) {
                    mention.verdict = Verdict::Dropped;
                }
                one_for_all(lexicon, group);
            }
            at += len;
        }
    }
}

/// Leaves one of the mentions that stand: the nearest that all of them are, or are a part of; none where they share nothing.
fn one_for_all(lexicon: &Lexicon, group: &mut [Mention]) {
    let line =
        |m: &Mention| std::iter::once(m.entity).chain(lexicon.entities[m.entity as usize].ancestors.iter().copied());
    let standing: Vec<Mention> = group.iter().filter(|m| m.stands()).copied().collect();
    let Some((first, others)) = standing.split_first() else { return };
    if others.is_empty() {
        return;
    }
    let shared = line(first)
        .filter(|&id| others.iter().all(|other| line(other).any(|of| of == id)))
        .max_by_key(|&id| lexicon.entities[id as usize].ancestors.len());
    let mut left = shared;
    for mention in group.iter_mut().filter(|m| m.stands()) {
        match left.take() {
            Some(entity) => mention.entity = entity,
            None => mention.verdict = Verdict::Dropped,
        }
    }
}

/// How much of an item is searched for names by their ending.
const NAME_SEARCH_WORDS: usize = 300;

/// Whether title or summary have a capitalised word that ends so.
fn has_name(ends: &[String], item: &ItemText<'_>) -> bool {
    !ends.is_empty()
        && [item.title, item.summary].into_iter().any(|text| {
            let words = text.split(|c: char| !c.is_alphanumeric()).take(NAME_SEARCH_WORDS);
            words
                .filter(|word| capitalised(word))
                .any(|word| ends.iter().any(|end| word.len() > end.len() && word.ends_with(end.as_str())))
        })
}

fn capitalised(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(char::is_uppercase) && chars.next().is_some_and(char::is_lowercase)
}

/// The word directly before the end of the text, with nothing but one space between, and where it begins.
fn word_before(text: &str) -> Option<(&str, usize)> {
    let trimmed = text.strip_suffix([' ', '\u{a0}'])?;
    let start = trimmed.char_indices().rev().take(64).take_while(|(_, c)| c.is_alphanumeric()).last()?.0;
    Some((trimmed.get(start..)?, start))
}

fn word_after(text: &str) -> Option<(&str, usize)> {
    let space = text.chars().next().filter(|c| matches!(c, ' ' | '\u{a0}'))?.len_utf8();
    let rest = text.get(space..)?;
    let len: usize = rest.chars().take(64).take_while(|c| c.is_alphanumeric()).map(char::len_utf8).sum();
    (len > 0).then(|| rest.get(..len).map(|word| (word, space)))?
}

/// Whether a sentence begins at the byte: at the start of the text or behind an end mark.
fn begins_sentence(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let last = before
        .chars()
        .rev()
        .take(16)
        .find(|c| !c.is_whitespace() && !matches!(c, '"' | '«' | '“' | '„' | '‘' | '\'' | '(' | '—' | '–' | '-'));
    last.is_none_or(|c| matches!(c, '.' | '!' | '?' | ':' | '…' | '։' | '؟'))
}
