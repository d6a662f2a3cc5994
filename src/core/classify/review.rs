//! What items say about a lexicon: names that it does not have, and names that it may take for something else. For
//! `kazbek lexicon candidates` and `kazbek lexicon lint`.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::ItemText;
use crate::lexicon::Lexicon;
use crate::model::Classification;
use crate::text::script::Script;

/// The most words of a candidate.
const MAX_WORDS: usize = 4;
/// The fewest letters of a candidate, and of each word of a candidate of several.
const MIN_LETTERS: usize = 4;
/// How many contexts of a candidate are kept.
const MAX_CONTEXTS: usize = 3;
/// By how many letters two forms of one word may differ in length.
const MAX_ENDING: usize = 4;

/// A frequent name that the lexicon does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its most frequent short form.
    pub name: String,
    /// All its forms, the most frequent first.
    pub forms: Vec<String>,
    /// Name of its script.
    pub script: &'static str,
    /// Language of most of its items, if they declare one.
    pub language: Option<String>,
    /// How many items have it.
    pub items: usize,
    /// How many outlets have it.
    pub outlets: usize,
    /// Id of the place that most of its items name.
    pub place: Option<String>,
    /// Titles of some items.
    pub contexts: Vec<String>,
}

#[derive(Debug, Default)]
struct Uses {
    items: usize,
    outlets: HashSet<String>,
    languages: BTreeMap<String, usize>,
    places: BTreeMap<String, usize>,
    contexts: Vec<String>,
}

/// Gathers the names of items of the scopes.
#[derive(Debug, Default)]
pub struct Candidates {
    uses: HashMap<String, Uses>,
    /// Names of items that concern no scope, with the number of items.
    elsewhere: HashMap<String, usize>,
    /// Words in small letters, with the number of items that have them so. A word that is often so is no name.
    small: HashMap<String, usize>,
    capital: HashMap<String, usize>,
}

impl Candidates {
    /// Adds an item. Names come from items of the scopes; the others show which names are not of the region.
    pub fn add(&mut self, lexicon: &Lexicon, item: &ItemText<'_>, outlet: &str, said: &Classification) {
        let mut names: BTreeSet<String> = BTreeSet::new();
        let (mut small, mut capital) = (BTreeSet::new(), BTreeSet::new());
        for text in [item.title, item.summary] {
            for word in words(text) {
                let first = word.text.chars().next();
                if first.is_some_and(char::is_lowercase) {
                    small.insert(word.text.to_owned());
                } else if first.is_some_and(char::is_uppercase) {
                    capital.insert(word.text.to_lowercase());
                }
            }
            names.extend(names_of(text).into_iter().filter(|name| is_unknown(lexicon, name)));
        }
        for (words, counts) in [(small, &mut self.small), (capital, &mut self.capital)] {
            words.into_iter().for_each(|word| *counts.entry(word).or_default() += 1);
        }
        if said.scope.is_none() {
            names.into_iter().for_each(|name| *self.elsewhere.entry(name).or_default() += 1);
            return;
        }
        for name in names {
            let uses = self.uses.entry(name).or_default();
            uses.items += 1;
            uses.outlets.insert(outlet.to_owned());
            if let Some(language) = item.language {
                *uses.languages.entry(language.to_owned()).or_default() += 1;
            }
            for place in said.tags.iter().filter_map(|tag| tag.strip_prefix("place:")) {
                *uses.places.entry(place.to_owned()).or_default() += 1;
            }
            if uses.contexts.len() < MAX_CONTEXTS && !uses.contexts.iter().any(|title| title == item.title) {
                uses.contexts.push(item.title.to_owned());
            }
        }
    }

    /// Returns the names of at least `min_items` items, by script, the most frequent first.
    pub fn finish(self, min_items: usize) -> Vec<Candidate> {
        let Candidates { uses, elsewhere, small, capital } = self;
        let is_word = |word: &str| {
            let word = word.to_lowercase();
            let count = |counts: &HashMap<String, usize>| counts.get(&word).copied().unwrap_or_default();
            count(&small) * 4 > count(&capital)
        };
        let is_of_the_region = |name: &str, uses: &Uses| elsewhere.get(name).copied().unwrap_or_default() <= uses.items;
        let mut all: Vec<(String, Uses)> = uses
            .into_iter()
            .filter(|(name, uses)| is_of_the_region(name, uses) && !name.split(' ').all(&is_word))
            .collect();
        all.sort_by(|a, b| b.1.items.cmp(&a.1.items).then_with(|| a.0.cmp(&b.0)));
        // Forms of one name are near each other in buckets of the first letters of their words.
        let mut buckets: HashMap<String, Vec<usize>> = HashMap::new();
        let mut groups: Vec<Vec<(String, Uses)>> = Vec::new();
        for (name, uses) in all {
            let bucket: String = name.split(' ').flat_map(|word| word.chars().take(3)).collect();
            let known = buckets.entry(bucket).or_default();
            match known.iter().find(|&&n| groups[n].iter().any(|(other, _)| are_forms_of_one(other, &name))) {
                Some(&n) => groups[n].push((name, uses)),
                None => {
                    known.push(groups.len());
                    groups.push(vec![(name, uses)]);
                }
            }
        }
        let mut out: Vec<Candidate> = groups.into_iter().filter_map(|group| candidate(group, min_items)).collect();
        out.sort_by(|a, b| (a.script, b.items, &a.name).cmp(&(b.script, a.items, &b.name)));
        out
    }
}

/// Makes one candidate of all forms of a name.
fn candidate(group: Vec<(String, Uses)>, min_items: usize) -> Option<Candidate> {
    let items = group.iter().map(|(_, uses)| uses.items).sum();
    if items < min_items {
        return None;
    }
    // Of the frequent forms the shortest is most likely without an ending.
    let most = group.first()?.1.items;
    let frequent = group.iter().filter(|(_, uses)| uses.items * 4 >= most);
    let name = frequent.min_by_key(|(name, _)| name.chars().count())?.0.clone();
    let forms = group.iter().map(|(name, _)| name.clone()).collect();
    let (mut languages, mut places) = (BTreeMap::new(), BTreeMap::new());
    let (mut outlets, mut contexts) = (HashSet::new(), Vec::new());
    for (_, uses) in group {
        outlets.extend(uses.outlets);
        contexts.extend(uses.contexts);
        for (from, to) in [(uses.languages, &mut languages), (uses.places, &mut places)] {
            from.into_iter().for_each(|(key, count)| *to.entry(key).or_insert(0) += count);
        }
    }
    contexts.dedup();
    contexts.truncate(MAX_CONTEXTS);
    let most = |counts: BTreeMap<String, usize>| counts.into_iter().max_by_key(|(_, count)| *count).map(|(key, _)| key);
    let script = name.chars().find(|c| c.is_alphabetic()).map_or(Script::Other, Script::of);
    Some(Candidate {
        name,
        forms,
        script: script.name(),
        language: most(languages),
        items,
        outlets: outlets.len(),
        place: most(places),
        contexts,
    })
}

/// Whether two names may be inflected forms of one: as many words, which differ in their endings only.
fn are_forms_of_one(a: &str, b: &str) -> bool {
    let (a, b): (Vec<&str>, Vec<&str>) = (a.split(' ').collect(), b.split(' ').collect());
    a.len() == b.len()
        && a.iter().zip(&b).all(|(a, b)| {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            let same = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
            let (shorter, longer) = (a.len().min(b.len()), a.len().max(b.len()));
            same + 2 >= shorter
                && same >= MIN_LETTERS.min(shorter.saturating_sub(1))
                && longer - shorter <= MAX_ENDING
                && same * 3 >= longer * 2
        })
}

/// Whether neither a name nor its last word is a form of the lexicon.
fn is_unknown(lexicon: &Lexicon, name: &str) -> bool {
    let last = name.rsplit(' ').next().unwrap_or(name);
    !lexicon.has_name(name) && !lexicon.has_name(last)
}

#[derive(Clone, Copy)]
struct WordAt<'a> {
    start: usize,
    end: usize,
    text: &'a str,
}

fn words(text: &str) -> impl Iterator<Item = WordAt<'_>> {
    let mut at = 0;
    text.split(|c: char| !c.is_alphanumeric()).filter_map(move |word| {
        let start = at;
        let end = start + word.len();
        at = end + text.get(end..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        (!word.is_empty()).then_some(WordAt { start, end, text: word })
    })
}

/// Returns the runs of capitalised words of a text that do not begin a sentence. Scripts without capitals have none.
fn names_of(text: &str) -> Vec<String> {
    let all: Vec<WordAt<'_>> = words(text).collect();
    let is_capital = |word: &WordAt<'_>| {
        let mut chars = word.text.chars();
        chars.next().is_some_and(char::is_uppercase) && chars.next().is_some_and(char::is_lowercase)
    };
    // In a headline of capitals they prove nothing.
    let long = all.iter().filter(|word| word.text.chars().count() >= MIN_LETTERS);
    let (count, capitals) =
        long.fold((0, 0), |(all, capitals), word| (all + 1, capitals + usize::from(is_capital(word))));
    if capitals * 10 >= count * 8 && count >= 4 {
        return Vec::new();
    }
    let mut out = Vec::new();
    let mut n = 0;
    while n < all.len() {
        let run = all[n..].iter().take(MAX_WORDS).enumerate().take_while(|(offset, word)| {
            is_capital(word) && (*offset == 0 || text.get(all[n + offset - 1].end..word.start) == Some(" "))
        });
        let length = run.count();
        if length == 0 {
            n += 1;
            continue;
        }
        let begins_sentence = text
            .get(..all[n].start)
            .and_then(|before| before.trim_end_matches([' ', '"', '«', '“', '„', '—', '–', '-']).chars().next_back())
            .is_none_or(|c| matches!(c, '.' | '!' | '?' | ':' | '…' | '։'));
        let name: Vec<&str> = all[n..n + length].iter().map(|word| word.text).collect();
        let name = name.join(" ");
        if (!begins_sentence || length > 1) && name.chars().count() >= MIN_LETTERS {
            out.push(name);
        }
        n += length;
    }
    out
}

/// Counts how often an unambiguous name is near anything of its own country.
#[derive(Debug, Default)]
pub struct Company {
    /// By entity and form in small letters: items, and those with something of the same country or region.
    counts: BTreeMap<(String, String), (usize, usize)>,
}

/// A name whose items never name anything else of its country.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LonelyName {
    /// The entity that it is taken for.
    pub entity: String,
    /// The name, in small letters.
    pub form: String,
    /// The items that have it.
    pub items: usize,
}

impl Company {
    /// Adds an item with its tags and evidence.
    pub fn add(&mut self, lexicon: &Lexicon, said: &Classification) {
        let of = |id: &str| lexicon.entity(id).map(|entity| lexicon.line_of(entity)).unwrap_or_default();
        let entities: BTreeSet<&str> = said.evidence.iter().map(|line| line.entity.as_str()).collect();
        let lines: BTreeMap<&str, Vec<&str>> = entities.iter().map(|&id| (id, of(id))).collect();
        let mut seen = BTreeSet::new();
        for line in said.evidence.iter().filter(|line| line.rule == "name" || line.rule.starts_with("name, part of")) {
            let Some(own) = lines.get(line.entity.as_str()).filter(|own| own.len() > 1) else { continue };
            // The words of a longer name may themselves name the country.
            if line.form.contains(' ') || !seen.insert((line.entity.as_str(), line.form.to_lowercase())) {
                continue;
            }
            let has_company = lines.iter().any(|(other, theirs)| {
                *other != line.entity && own[1..].iter().chain(&own[..1]).any(|part| theirs.contains(part))
            });
            let counts = self.counts.entry((line.entity.clone(), line.form.to_lowercase())).or_default();
            counts.0 += 1;
            counts.1 += usize::from(has_company);
        }
    }

    /// Returns the names of at least `min_items` items that are never in the company of their country.
    pub fn lonely(&self, min_items: usize) -> Vec<LonelyName> {
        let lonely = self.counts.iter().filter(|(_, counts)| counts.0 >= min_items && counts.1 == 0);
        lonely
            .map(|((entity, form), counts)| LonelyName { entity: entity.clone(), form: form.clone(), items: counts.0 })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_runs_of_capitals_that_do_not_begin_a_sentence() {
        let check = |text: &str, expected: &[&str]| assert_eq!(names_of(text), expected, "{text}");
        check("Yesterday the mayor met Bruno Quandell. Later it rained", &["Bruno Quandell"]);
        check("вчера в Озёрске выступил Пётр Лугин", &["Озёрске", "Пётр Лугин"]);
        check("Mayor Bruno Quandell", &["Mayor Bruno Quandell"]);
        check("Every Word Has Capitals Here", &[]);
        check("თბილისში წვიმს", &[]);
        check("", &[]);
    }

    #[test]
    fn forms_of_one_name_differ_in_their_endings_only() {
        let check = |a: &str, b: &str, expected: bool| assert_eq!(are_forms_of_one(a, b), expected, "{a}, {b}");
        check("Пётр Лугин", "Петра Лугина", false);
        check("Лугин", "Лугиным", true);
        check("Анна Берова", "Анны Беровой", true);
        check("Quandell", "Quandell", true);
        check("Quandell", "Quandary", false);
        check("Bruno Quandell", "Quandell", false);
    }
}
