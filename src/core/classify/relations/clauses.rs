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

/// What a clause begins with that has its subject elsewhere.
const STARTS_PREDICATE: [WordClass; 5] =
    [WordClass::Auxiliary, WordClass::Passive, WordClass::Light, WordClass::Pronoun, WordClass::Verb];
/// The most clauses between a subject and its verb.
const MAX_BETWEEN: usize = 3;

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
            opening_at(text, nouns, at, from, is_verb)
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
            Subject::Nouns(own) if text.words[out[n].from].is(WordClass::And) => {
                // `Armenia, left, and Azerbaijan hold`
                let first =
                    waiting(&out, n).filter(|&first| (first + 1..n).all(|n| is_verbless(text, &out[n], is_verb)));
                match first.map(|first| &out[first].subject) {
                    Some(Subject::Nouns(first)) => Subject::Nouns([first.as_slice(), &own].concat()),
                    _ => Subject::Nouns(own),
                }
            }
            own => own,
        };
        out[n].is_question = is_question(text, &out, n);
    }
    out
}

fn opening_at(
    text: &Text<'_>,
    nouns: &[Noun],
    at: usize,
    from: usize,
    is_verb: &dyn Fn(usize) -> bool,
) -> Option<Opening> {
    let word = &text.words[at];
    let before = &text.words[at - 1];
    match word.gap {
        Gap::Stop | Gap::Colon | Gap::Dash => return Some(Opening::Part),
        Gap::Comma if !is_list(text, nouns, at, from, is_verb) => {
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
    // `announced they will return`
    let is_told = word.is(WordClass::Pronoun)
        && text.words.get(at + 1).is_some_and(|next| next.is_any(&[WordClass::Auxiliary, WordClass::Passive]))
        && !before.is_preposition()
        && !before.is_any(&[WordClass::Speech, WordClass::Clause, WordClass::Relative, WordClass::And])
        && !before.is_any(&[WordClass::Adverb, WordClass::Question, WordClass::Determiner])
        && !is_verb(at - 1);
    if is_told {
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
fn is_list(text: &Text<'_>, nouns: &[Noun], at: usize, from: usize, is_verb: &dyn Fn(usize) -> bool) -> bool {
    let begins = nouns.iter().find(|noun| noun.first == at);
    let ends = nouns.iter().find(|noun| noun.end == at);
    match (ends, begins) {
        // `In Israel, Russia blamed`; a person after an office of the same state is an apposition.
        (Some(a), Some(b)) => {
            if a.first > 0 && text.words[a.first - 1].is_preposition() && a.first <= from + 2 {
                return false;
            }
            // `Acting on a tip from Chinese police, Armenia on Wednesday arrested`
            let is_opening = text.words[from].is_preposition()
                || text.words[from].is(WordClass::Clause)
                || text.has_verb_ending(from) && text.word_text(from).ends_with("ing");
            if (is_opening || (from..a.first).any(is_verb))
                && is_after_preposition(text, a)
                && begins_predicate(text, b.end, is_verb)
            {
                return false;
            }
            let (a, b) = (&text.names[a.name], &text.names[b.name]);
            // `Fransa, Rusya'nın büyükelçisini`
            if text.grammar.is_verb_last && text.case(a.end - 1) != text.case(b.end - 1) {
                return false;
            }
            a.actor != b.actor && a.mention.entity != b.mention.entity
        }
        _ => false,
    }
}

/// Whether a preposition is directly before a noun.
fn is_after_preposition(text: &Text<'_>, noun: &Noun) -> bool {
    let before = (0..noun.first).rev().find(|&at| !text.words[at].is(WordClass::Determiner));
    before.is_some_and(|at| text.words[at].is_preposition() && text.words[at].name.is_none())
}

/// Whether a verb comes here, after adverbs and a phrase such as `on Wednesday`.
fn begins_predicate(text: &Text<'_>, mut at: usize, is_verb: &dyn Fn(usize) -> bool) -> bool {
    let is_adverb = |at: usize| text.words.get(at).is_some_and(|word| word.is(WordClass::Adverb));
    while is_adverb(at) || is_adverb(at + 1) && text.words[at].is_preposition() {
        at += 1;
    }
    text.words.get(at).is_some_and(|word| {
        let predicates =
            [WordClass::Auxiliary, WordClass::Passive, WordClass::Light, WordClass::Verb, WordClass::Speech];
        // `in Russia, Ukraine strikes`: a verb needs an object.
        let is_last = text.words.get(at + 1).is_none_or(|next| next.gap > Gap::Hyphen);
        word.gap == Gap::Space && (is_verb(at) && !is_last || word.is_any(&predicates) && !word.is_preposition())
    })
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
        // `says renewed strikes on Iran go on`: what is said has a subject of its own.
        let is_described =
            clause.opening == Opening::Said && text.grammar.has_noun_modifiers && text.word_text(at).ends_with("ed");
        if is_described {
            return Subject::Other;
        }
        if word.is_any(&STARTS_PREDICATE) {
            return Subject::Missing;
        }
        if !may_precede && !is_number {
            let begins_verb = text.has_verb_ending(at) && !word.is_capitalised();
            return if begins_verb { Subject::Missing } else { Subject::Other };
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
        // `strike on Ukraine, EU's quarrel`: another subject begins.
        let is_owner = |next: &Noun| {
            let actor = |noun: &Noun| text.names[noun.name].actor;
            let is_other = actor(first).is_some_and(|first| actor(next) != Some(first));
            is_other && next.head == Head::Thing && text.is_possessive(text.names[next.name].end)
        };
        match next {
            Some(next) if is_joined && at < to && !is_owner(next) => out.push(*next),
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
    let waiting = waiting(clauses, n).filter(|_| clause.opening == Opening::Comma).map(|first| first + 1);
    let until = waiting.unwrap_or(if skips { n - 1 } else { n });
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

/// Returns the number of a clause before that is only a subject: `Armenia, a member of the bloc, accused`.
fn waiting(clauses: &[Clause], n: usize) -> Option<usize> {
    let part = clauses[n].part;
    (n.saturating_sub(MAX_BETWEEN + 1)..n).find(|&m| {
        let before = &clauses[m];
        let Subject::Nouns(nouns) = &before.subject else { return false };
        before.part == part
            && nouns.first().is_some_and(|first| before.from <= first.first)
            && nouns.last().is_some_and(|last| last.end == before.to)
    })
}

fn is_verbless(text: &Text<'_>, clause: &Clause, is_verb: &dyn Fn(usize) -> bool) -> bool {
    let verbs = [WordClass::Auxiliary, WordClass::Passive, WordClass::Light, WordClass::Speech, WordClass::Verb];
    !(clause.from..clause.to).any(|at| is_verb(at) || text.words[at].is_any(&verbs))
}

/// Whether a clause is a phrase without a verb between two commas, with a clause before it.
fn is_parenthesis(text: &Text<'_>, clauses: &[Clause], n: usize, is_verb: &dyn Fn(usize) -> bool) -> bool {
    let clause = &clauses[n];
    let is_inside = |other: Option<&Clause>| other.is_some_and(|other| other.part == clause.part);
    let is_between = is_inside(n.checked_sub(1).and_then(|n| clauses.get(n))) && is_inside(clauses.get(n + 1));
    let first = &text.words[clause.from];
    let begins = first.name.is_none() && (first.is_preposition() || first.is(WordClass::Determiner));
    clause.opening == Opening::Comma && is_between && begins && is_verbless(text, clause, is_verb)
}

fn is_question(text: &Text<'_>, clauses: &[Clause], n: usize) -> bool {
    let clause = &clauses[n];
    // `killed when Russia struck`, `the minister who`
    let asks = |clause: &Clause| {
        let first = &text.words[clause.from];
        let is_joined = matches!(clause.opening, Opening::Word | Opening::Relative);
        first.is(WordClass::Question) && !(is_joined && first.is(WordClass::Relative))
    };
    if asks(clause) || n > 0 && clauses[n - 1].part == clause.part && asks(&clauses[n - 1]) {
        return true;
    }
    let last = clauses[n..].iter().take_while(|later| later.sentence == clause.sentence).last();
    let end = last.map_or(0, |last| text.words[last.to - 1].end as usize);
    text.text.get(end..).is_some_and(|rest| rest.trim_start_matches(['”', '"', '»', '’']).starts_with('?'))
}
