//! Clauses of a field: where each begins, who its subject is, and who says it.

use super::nouns::{Head, Noun};
use super::words::{Gap, Text};
use crate::lexicon::WordClass;

/// How a clause is joined to what is before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// It begins a sentence, or comes after a colon or a dash.
    Part,
    Comma,
    /// A word such as `after` or `that`.
    Word,
    /// A word such as `which`.
    Relative,
    /// A verb of saying.
    Said,
}

/// Who a clause is about.
#[derive(Clone, Debug)]
pub(super) enum Subject {
    /// These nouns, joined by `and` or a comma.
    Nouns(Vec<Noun>),
    /// Somebody or something else.
    Other,
    /// Nobody: the clause begins with its verb.
    Missing,
}

#[derive(Clone, Debug)]
pub(super) struct Clause {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) opening: Opening,
    /// Number of the part of the field, between stops, colons and dashes.
    pub(super) part: usize,
    /// Number of the sentence.
    pub(super) sentence: usize,
    pub(super) subject: Subject,
    pub(super) is_question: bool,
}

/// Who says a part of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Speaker {
    /// The writer.
    None,
    /// An actor.
    Actor(u32),
    /// An official of no actor that we know.
    Official,
    /// Somebody who only has an opinion.
    Private,
}

/// The most words of a part that only says who speaks.
const MAX_SPEAKER_WORDS: usize = 9;

/// Splits a field into clauses. `nouns` are by number of the name.
pub(super) fn clauses(text: &Text<'_>, nouns: &[Noun], is_verb: &dyn Fn(usize) -> bool) -> Vec<Clause> {
    let mut out: Vec<Clause> = Vec::new();
    let (mut part, mut sentence) = (0, 0);
    let mut from = 0;
    let mut opening = Opening::Part;
    for at in 0..=text.words.len() {
        let new = if at == text.words.len() {
            Some(Opening::Part)
        } else if at == 0 {
            None
        } else {
            opening_at(text, nouns, at, from)
        };
        let Some(new) = new else { continue };
        if from < at {
            out.push(Clause { from, to: at, opening, part, sentence, subject: Subject::Missing, is_question: false });
        }
        (from, opening) = (at, new);
        if at < text.words.len() && new == Opening::Part {
            part += 1;
            sentence += usize::from(text.words[at].gap == Gap::Stop);
        }
    }
    let parentheses: Vec<bool> = (0..out.len()).map(|n| is_parenthesis(text, &out, n, is_verb)).collect();
    for n in 0..out.len() {
        let own = own_subject(text, nouns, &out[n], is_verb);
        out[n].subject = match own {
            Subject::Missing => inherited(&out, n, nouns, &parentheses),
            own => own,
        };
        out[n].is_question = is_question(text, &out, n);
    }
    out
}

fn opening_at(text: &Text<'_>, nouns: &[Noun], at: usize, from: usize) -> Option<Opening> {
    let word = &text.words[at];
    let before = &text.words[at - 1];
    match word.gap {
        Gap::Stop | Gap::Colon | Gap::Dash => return Some(Opening::Part),
        Gap::Comma if !is_list(text, nouns, at, from) => {
            return Some(if word.is(WordClass::Relative) {
                Opening::Relative
            } else if word.is(WordClass::Clause) {
                Opening::Word
            } else {
                Opening::Comma
            });
        }
        _ => {}
    }
    if word.name.is_some() && text.names.get(usize::from(word.name?)).is_some_and(|name| name.first < at) {
        return None;
    }
    if word.is(WordClass::Relative) {
        return Some(Opening::Relative);
    }
    if word.is(WordClass::Clause) {
        return Some(Opening::Word);
    }
    // `says that`, `says Russia`, `said on Monday Russia`; not `said` at the beginning.
    if word.is(WordClass::Adverb) && before.is(WordClass::Speech) {
        return None;
    }
    let last = (from..at).rev().find(|&at| !text.words[at].is(WordClass::Adverb))?;
    (text.words[last].is(WordClass::Speech) && last > from && text.words[last].name.is_none()).then_some(Opening::Said)
}

/// Whether a comma is between two names of one list.
fn is_list(text: &Text<'_>, nouns: &[Noun], at: usize, from: usize) -> bool {
    let begins = nouns.iter().find(|noun| noun.first == at);
    let ends = nouns.iter().find(|noun| noun.end == at);
    match (ends, begins) {
        // `In Israel, Russia blamed`; a person after an office of the same state is an apposition.
        (Some(a), Some(b)) => {
            if a.first > 0 && text.words[a.first - 1].is_preposition() && a.first <= from + 2 {
                return false;
            }
            let (a, b) = (&text.names[a.name], &text.names[b.name]);
            a.actor != b.actor && a.mention.entity != b.mention.entity
        }
        _ => false,
    }
}

/// Returns the first noun of a clause, if no verb is before it.
fn own_subject(text: &Text<'_>, nouns: &[Noun], clause: &Clause, is_verb: &dyn Fn(usize) -> bool) -> Subject {
    let mut at = clause.from;
    let mut phrases = 0;
    while at < clause.to {
        let word = &text.words[at];
        if let Some(noun) = nouns.iter().find(|noun| noun.first <= at && at < noun.end) {
            return Subject::Nouns(coordinated(text, nouns, noun, clause.to));
        }
        if is_verb(at) {
            return Subject::Missing;
        }
        if word.is_preposition() && word.name.is_none() {
            phrases += 1;
            if phrases > 2 {
                return Subject::Other;
            }
            at = after_phrase(text, nouns, at + 1, clause.to);
            continue;
        }
        let may_precede = word.is_any(&[
            WordClass::Clause,
            WordClass::Relative,
            WordClass::Question,
            WordClass::Adverb,
            WordClass::And,
            WordClass::Determiner,
            WordClass::Official,
            WordClass::Genitive,
        ]);
        let is_number = text.word_text(at).chars().all(|c| c.is_ascii_digit());
        if word.is_any(&[WordClass::Auxiliary, WordClass::Passive, WordClass::Light, WordClass::Pronoun]) {
            return Subject::Missing;
        }
        if !may_precede && !is_number {
            return if text.has_verb_ending(at) && !word.is_capitalised() { Subject::Missing } else { Subject::Other };
        }
        at += 1;
    }
    Subject::Missing
}

/// Returns the word after a phrase that a preposition begins: its name, or one noun.
fn after_phrase(text: &Text<'_>, nouns: &[Noun], mut at: usize, to: usize) -> usize {
    while at < to && text.words[at].is(WordClass::Determiner) {
        at += 1;
    }
    match nouns.iter().find(|noun| noun.first <= at && at < noun.end) {
        Some(noun) => noun.end,
        None => (at + 1).min(to),
    }
}

/// Returns a noun and those joined to it by `and`, a comma or a hyphen.
pub(super) fn coordinated(text: &Text<'_>, nouns: &[Noun], first: &Noun, to: usize) -> Vec<Noun> {
    let mut out = vec![*first];
    while out.len() < 4 {
        let Some(last) = out.last() else { break };
        let mut at = last.end;
        let Some(word) = text.words.get(at) else { break };
        let mut is_joined = matches!(word.gap, Gap::Comma | Gap::Hyphen);
        if text.words.get(at).is_some_and(|w| w.is(WordClass::And)) {
            at += 1;
            is_joined = true;
        }
        while text.words.get(at).is_some_and(|w| w.is(WordClass::Determiner)) {
            at += 1;
        }
        // `US, Israeli and Iranian`: an adjective without a noun shares that of the next.
        let next = nouns.iter().find(|noun| noun.first <= at && at < noun.end);
        match next {
            Some(next) if is_joined && at < to => out.push(*next),
            _ => break,
        }
    }
    // `Turkish and Armenian ministers`: the first adjective has the head of the last.
    if let Some(head) = out.last().map(|last| last.head) {
        for noun in &mut out {
            if noun.end <= first.end && matches!(noun.head, Head::Nothing | Head::Citizen) && !noun.is_modifier {
                noun.head = head;
            }
        }
    }
    out
}

/// Returns the subject that a clause without one shares with a clause before it.
fn inherited(clauses: &[Clause], n: usize, nouns: &[Noun], parentheses: &[bool]) -> Subject {
    let clause = &clauses[n];
    // `Armenia, in a surprise move, opened`
    let skips = clause.opening == Opening::Comma
        && n > 1
        && parentheses[n - 1]
        && matches!(clauses[n - 2].subject, Subject::Nouns(_));
    let until = if skips { n - 1 } else { n };
    let before = clauses[..until].iter().rev().take_while(|before| before.part == clause.part);
    match clause.opening {
        Opening::Relative => {
            let Some(before) = before.take(1).next() else { return Subject::Other };
            let last = nouns.iter().rfind(|noun| before.from <= noun.first && noun.end <= before.to);
            last.filter(|noun| noun.end == before.to).map_or(Subject::Other, |noun| Subject::Nouns(vec![*noun]))
        }
        Opening::Comma | Opening::Word | Opening::Said => {
            let found = before.filter(|before| before.opening != Opening::Relative).map(|before| &before.subject);
            found.take(1).next().cloned().unwrap_or(Subject::Missing)
        }
        Opening::Part => Subject::Missing,
    }
}

/// Whether a clause is a phrase without a verb between two commas, with a clause before it.
fn is_parenthesis(text: &Text<'_>, clauses: &[Clause], n: usize, is_verb: &dyn Fn(usize) -> bool) -> bool {
    let clause = &clauses[n];
    let is_inside = |other: Option<&Clause>| other.is_some_and(|other| other.part == clause.part);
    let is_between = is_inside(n.checked_sub(1).and_then(|n| clauses.get(n))) && is_inside(clauses.get(n + 1));
    let first = &text.words[clause.from];
    let begins = first.name.is_none() && (first.is_preposition() || first.is(WordClass::Determiner));
    let verbs = [WordClass::Auxiliary, WordClass::Passive, WordClass::Light, WordClass::Speech];
    let has_verb = (clause.from..clause.to).any(|at| is_verb(at) || text.words[at].is_any(&verbs));
    clause.opening == Opening::Comma && is_between && begins && !has_verb
}

fn is_question(text: &Text<'_>, clauses: &[Clause], n: usize) -> bool {
    let clause = &clauses[n];
    let asks =
        |clause: &Clause| text.words[clause.from..clause.to].iter().take(1).any(|word| word.is(WordClass::Question));
    if asks(clause) || n > 0 && clauses[n - 1].part == clause.part && asks(&clauses[n - 1]) {
        return true;
    }
    let last = clauses[n..].iter().take_while(|later| later.sentence == clause.sentence).last();
    let end = last.map_or(0, |last| text.words[last.to - 1].end as usize);
    text.text.get(end..).is_some_and(|rest| rest.trim_start_matches(['”', '"', '»', '’']).starts_with('?'))
}

/// Returns who says each part, by number of the part.
pub(super) fn speakers(
    text: &Text<'_>,
    nouns: &[Noun],
    clauses: &[Clause],
    is_verb: &dyn Fn(usize) -> bool,
) -> Vec<Speaker> {
    let parts = clauses.last().map_or(0, |last| last.part + 1);
    let mut out = vec![Speaker::None; parts];
    for part in 0..parts {
        let of_part: Vec<&Clause> = clauses.iter().filter(|clause| clause.part == part).collect();
        let (Some(first), Some(last)) = (of_part.first(), of_part.last()) else { continue };
        let (from, to) = (first.from, last.to);
        let Some(speaker) = speaker(text, nouns, from, to, is_verb) else { continue };
        let gap_after = text.words.get(to).map(|word| word.gap);
        if gap_after == Some(Gap::Colon) && part + 1 < parts {
            out[part + 1] = speaker;
        } else if text.words[from].gap == Gap::Dash && part > 0 && out[part - 1] == Speaker::None {
            out[part - 1] = speaker;
        }
    }
    // A speaker speaks for a whole sentence.
    for part in 1..parts {
        let sentence = |part| clauses.iter().find(|clause| clause.part == part).map(|clause| clause.sentence);
        if out[part] == Speaker::None && sentence(part) == sentence(part - 1) && out[part - 1] != Speaker::None {
            let from = clauses.iter().find(|clause| clause.part == part).map_or(0, |clause| clause.from);
            if text.words[from].gap == Gap::Comma {
                out[part] = out[part - 1];
            }
        }
    }
    out
}

/// Returns who speaks, if words only say that.
fn speaker(
    text: &Text<'_>,
    nouns: &[Noun],
    from: usize,
    to: usize,
    is_verb: &dyn Fn(usize) -> bool,
) -> Option<Speaker> {
    let words = &text.words[from..to];
    let says = words.iter().any(|word| word.is(WordClass::Speech));
    if words.len() > MAX_SPEAKER_WORDS || !says && (from..to).any(is_verb) {
        return None;
    }
    let has = |class| words.iter().any(|word| word.is(class));
    if has(WordClass::Commentator) || has(WordClass::Private) {
        return Some(Speaker::Private);
    }
    let noun = nouns.iter().find(|noun| from <= noun.first && noun.end <= to);
    match noun {
        Some(noun) if matches!(noun.head, Head::State | Head::Official) => {
            Some(text.names[noun.name].actor.map_or(Speaker::Official, Speaker::Actor))
        }
        _ if has(WordClass::Official) => Some(Speaker::Official),
        _ => None,
    }
}
