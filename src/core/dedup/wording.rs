//! The wording of a title: all its words in order, each in two bytes, and the alignment of two of them.
//!
//! Says whether one title is a light edit of the other: the same words in the same order, but for some that change
//! nothing. What may change is decided word by word and not by how much there is of it: one `not` makes another report.

/// What a word of a title does, as far as an edit of it is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FormClass {
    /// It has no content.
    Function = 0,
    /// Any other word.
    Plain = 1,
    Number = 2,
    /// What happened.
    Event = 3,
    /// A place or a nationality.
    Place = 4,
    /// It turns the report: `not`, `denies`, `plans`.
    Stance = 5,
    /// `says`, `reports`.
    Statement = 6,
    /// `up`, `down`, `before`, `after`: without content, but one in the place of another turns the report.
    Direction = 7,
}

/// A word: three bits of class, one for names, eight of what it means, and four of its letters. A word of no concept has
/// twelve bits of its first letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Form(u16);

/// The limit of words.
pub(super) const WORDING: usize = 40;

const SENSE_SHIFT: u32 = 4;
const NAME: u16 = 1 << 12;
const CLASS_SHIFT: u32 = 13;
/// Class, meaning and letters.
const WHOLE: u16 = !NAME;
/// Class and meaning.
const SENSE: u16 = WHOLE & !15;

impl Form {
    pub(super) fn new(class: FormClass, sense: u32, form: u32, is_name: bool) -> Form {
        let bits = (class as u32) << CLASS_SHIFT | (fold(sense) & 0xFF) << SENSE_SHIFT | (fold(form) & 15);
        Form(u16::try_from(bits).unwrap_or_default() | if is_name { NAME } else { 0 })
    }

    pub(super) fn of_bits(bits: u16) -> Form {
        Form(bits)
    }

    pub(super) fn bits(self) -> u16 {
        self.0
    }

    fn class(self) -> u16 {
        self.0 >> CLASS_SHIFT
    }

    fn is(self, class: FormClass) -> bool {
        self.class() == class as u16
    }

    fn is_name(self) -> bool {
        self.0 & NAME != 0 || self.is(FormClass::Place)
    }

    fn has_content(self) -> bool {
        !self.is(FormClass::Function) && !self.is(FormClass::Statement) && !self.is(FormClass::Direction)
    }

    fn weight(self) -> f32 {
        if self.has_content() { 1.0 } else { 0.4 }
    }

    /// Returns how well two words match, 0 to 1: the same letters, or another form or word of the same meaning.
    fn fit(self, other: Form) -> f32 {
        if (self.0 ^ other.0) & WHOLE == 0 {
            1.0
        } else if (self.0 ^ other.0) & SENSE == 0
            && !self.is(FormClass::Number)
            && (self.has_content() || self.is(FormClass::Statement))
        {
            0.85
        } else {
            0.0
        }
    }
}

/// Spreads the bits of a hash over its lowest eight.
fn fold(hash: u32) -> u32 {
    hash ^ hash >> 8 ^ hash >> 16 ^ hash >> 24
}

/// What a word in another place counts.
const MOVED: f32 = 0.8;

/// How one title is edited into the other.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Edit {
    /// Twice the weight of the words that both have in the same order over the weight of all.
    pub(super) kept: f32,
    /// The same over the weight of the shorter title.
    pub(super) contained: f32,
    /// Words with content that one title has and the other has nothing for.
    pub(super) added: u8,
    /// Places where each title has words with content that the other has not.
    pub(super) replaced: u8,
    /// One title has a number, a name, an event or a stance in the place of another, or one that turns it.
    pub(super) turned: bool,
    /// Of the words added, those that name someone, a place, or what happened.
    pub(super) facts_added: u8,
    /// Words with content that are the same in meaning only.
    pub(super) reworded: u8,
    /// Of those, the ones that tell what happened.
    pub(super) events_reworded: u8,
    /// Words with content that both have, in another order.
    pub(super) moved: u8,
    /// Words with content of the title that has fewer such, that the other lacks.
    pub(super) added_to_both: u8,
    /// One title names who says it, and the other does not.
    pub(super) speaker_added: bool,
    /// One title has a number that is not in the other.
    pub(super) number_added: bool,
    /// Words with content of the shorter title.
    pub(super) words: u8,
}

/// The words of a title: who says it, what is said, who says it or who publishes it.
#[derive(Clone, Debug, Default)]
pub(super) struct Wording {
    pub(super) forms: Vec<Form>,
    /// Words before what is said: `Kremlin says`.
    pub(super) head: usize,
    /// Words before those at the end: `…, Lavrov says`, `… - Reuters`.
    pub(super) body: usize,
}

impl Wording {
    fn said(&self) -> &[Form] {
        self.forms.get(self.head..self.body).unwrap_or(&self.forms)
    }

    /// Takes the capitals of a speaker's role for no name: `Foreign Minister says` may be anyone who is.
    pub(super) fn unname_speakers(&mut self, roles: &[usize]) {
        let (head, body) = (self.head, self.body);
        for role in roles.iter().copied().filter(|role| *role < head || *role >= body) {
            // `Transport` before `Minister` is part of the role.
            for index in [Some(role), role.checked_sub(1).filter(|before| *before >= body || role < head)] {
                if let Some(form) = index.and_then(|index| self.forms.get_mut(index)) {
                    form.0 &= !NAME;
                }
            }
        }
    }

    fn speakers(&self) -> impl Iterator<Item = Form> + '_ {
        let (head, tail) = (self.forms.get(..self.head), self.forms.get(self.body..));
        head.into_iter().chain(tail).flatten().copied().filter(|form| form.is_name())
    }
}

/// Returns whether two titles name different speakers.
fn have_other_speakers(a: &Wording, b: &Wording) -> bool {
    let names = |title: &Wording| title.speakers().next().is_some();
    names(a) && names(b) && !a.speakers().any(|name| b.speakers().any(|other| name.fit(other) > 0.0))
}

/// Compares two titles word by word. Who says it makes a difference only if both name someone.
pub(super) fn edit(a: &Wording, b: &Wording, names_tell: bool) -> Edit {
    let other_speakers = have_other_speakers(a, b);
    let speaker_added = a.speakers().next().is_some() != b.speakers().next().is_some();
    let (a, b) = (a.said(), b.said());
    let pairs = aligned(a, b);
    let shared: f32 = pairs.iter().map(|(i, j)| a[*i].fit(b[*j]) * a[*i].weight().min(b[*j].weight())).sum();
    let moved = moved(a, b, &pairs);
    let shared = shared + moved.iter().map(|(i, j)| MOVED * a[*i].weight().min(b[*j].weight())).sum::<f32>();
    let repeated = |title: &[Form], index: usize| title.iter().take(index).any(|form| form.fit(title[index]) >= 1.0);
    let (mut of_a, mut of_b) = (0.0, 0.0);
    for (i, form) in a.iter().enumerate() {
        if !repeated(a, i) || pairs.iter().any(|(x, _)| *x == i) {
            of_a += form.weight();
        }
    }
    for (j, form) in b.iter().enumerate() {
        if !repeated(b, j) || pairs.iter().any(|(_, y)| *y == j) {
            of_b += form.weight();
        }
    }
    let content = |title: &[Form]| title.iter().filter(|form| form.has_content()).count();
    let mut edit = Edit {
        kept: ratio(2.0 * shared, of_a + of_b),
        contained: ratio(shared, of_a.min(of_b)),
        words: count(content(a).min(content(b))),
        reworded: count(pairs.iter().filter(|(i, j)| a[*i].has_content() && a[*i].fit(b[*j]) < 1.0).count()),
        events_reworded: count(
            pairs.iter().filter(|(i, j)| a[*i].is(FormClass::Event) && a[*i].fit(b[*j]) < 1.0).count(),
        ),
        moved: count(moved.iter().filter(|(i, _)| a[*i].has_content()).count()),
        speaker_added,
        ..Edit::default()
    };
    let (mut of_a, mut of_b) = (0, 0);
    let (mut i, mut j) = (0, 0);
    for (next_i, next_j) in pairs.iter().copied().chain([(a.len(), b.len())]) {
        let of_a_only = (i..next_i).filter(|i| !repeated(a, *i) && !moved.iter().any(|(x, _)| x == i));
        let of_b_only = (j..next_j).filter(|j| !repeated(b, *j) && !moved.iter().any(|(_, y)| y == j));
        let of_a_only: Vec<Form> = of_a_only.map(|i| a[i]).collect();
        let of_b_only: Vec<Form> = of_b_only.map(|j| b[j]).collect();
        edit.gap(&of_a_only, &of_b_only, names_tell);
        of_a += content(&of_a_only);
        of_b += content(&of_b_only);
        (i, j) = (next_i + 1, next_j + 1);
    }
    edit.added_to_both = count(of_a.min(of_b));
    edit.turned |= other_speakers || has_moved_actor(a, &pairs, &moved, names_tell);
    let extra = |title: &[Form], other: &[Form]| {
        title
            .iter()
            .filter(|form| form.is(FormClass::Number))
            .any(|number| !other.iter().any(|other| number.fit(*other) > 0.0))
    };
    let (more, fewer) = (extra(a, b), extra(b, a));
    edit.turned |= more && fewer;
    edit.number_added = more || fewer;
    edit
}

fn count(number: usize) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}

fn ratio(part: f32, whole: f32) -> f32 {
    if whole > 0.0 { (part / whole).min(1.0) } else { 0.0 }
}

/// Returns the positions of the words of the heaviest common subsequence.
fn aligned(a: &[Form], b: &[Form]) -> Vec<(usize, usize)> {
    let (a, b) = (a.get(..WORDING).unwrap_or(a), b.get(..WORDING).unwrap_or(b));
    let mut best = [[0.0_f32; WORDING + 1]; WORDING + 1];
    for (i, x) in a.iter().enumerate().rev() {
        for (j, y) in b.iter().enumerate().rev() {
            let fit = x.fit(*y);
            let with = if fit > 0.0 { best[i + 1][j + 1] + fit * x.weight().min(y.weight()) } else { 0.0 };
            best[i][j] = with.max(best[i + 1][j]).max(best[i][j + 1]);
        }
    }
    let mut pairs = Vec::with_capacity(a.len().min(b.len()));
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        let fit = a[i].fit(b[j]);
        if fit > 0.0 && best[i][j] <= best[i + 1][j + 1] + fit * a[i].weight().min(b[j].weight()) {
            pairs.push((i, j));
            i += 1;
            j += 1;
        } else if best[i + 1][j] >= best[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

impl Edit {
    /// Adds what stands between two matched words, in each of the titles.
    fn gap(&mut self, a: &[Form], b: &[Form], names_tell: bool) {
        let content = |run: &[Form]| run.iter().filter(|form| form.has_content()).count();
        let any = |run: &[Form], class: FormClass| run.iter().any(|form| form.is(class));
        let named = |run: &[Form]| run.iter().any(|form| form.is_name() || (!names_tell && form.is(FormClass::Plain)));
        let (of_a, of_b) = (content(a), content(b));
        self.turned |= any(a, FormClass::Stance) || any(b, FormClass::Stance);
        if of_a > 0 && of_b > 0 {
            self.replaced += 1;
            self.turned |= named(a) && named(b)
                || any(a, FormClass::Event) && any(b, FormClass::Event)
                || any(a, FormClass::Number)
                || any(b, FormClass::Number);
        }
        self.turned |= any(a, FormClass::Direction) && any(b, FormClass::Direction);
        let facts = |run: &[Form]| run.iter().filter(|form| form.is_name() || form.is(FormClass::Event)).count();
        self.facts_added = self.facts_added.saturating_add(count(facts(a).abs_diff(facts(b))));
        self.added = self.added.saturating_add(count(of_a.abs_diff(of_b)));
    }
}

/// Returns the positions of the words that both have, but that are not aligned.
fn moved(a: &[Form], b: &[Form], pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut moved: Vec<(usize, usize)> = Vec::new();
    let is_left = |(i, form): &(usize, &Form)| form.has_content() && !pairs.iter().any(|(x, _)| x == i);
    for (i, form) in a.iter().enumerate().filter(is_left) {
        let is_free = |j: usize| !pairs.iter().chain(&moved).any(|(_, y)| *y == j);
        if let Some(j) = (0..b.len()).find(|j| form.fit(b[*j]) > 0.0 && is_free(*j)) {
            moved.push((i, j));
        }
    }
    moved
}

/// Returns whether a word has changed sides of what is told: `Gori beats Poti`, `Poti beats Gori`. Names on both sides of a
/// mere `and` may change places.
fn has_moved_actor(a: &[Form], pairs: &[(usize, usize)], moved: &[(usize, usize)], names_tell: bool) -> bool {
    let is_actor = |form: &Form| form.is_name() || (!names_tell && form.is(FormClass::Plain));
    let decides = |form: &Form| is_actor(form) || form.is(FormClass::Number) || form.is(FormClass::Stance);
    moved.iter().any(|(i, j)| {
        // What it jumps over: the matched words that come before it in one title and after it in the other.
        let jumped = pairs.iter().filter(|(x, y)| (x < i) != (y < j)).map(|(x, _)| &a[*x]);
        let tells = |form: &Form| !is_actor(form) && decides(&a[*i]) || form.is(FormClass::Event);
        jumped.filter(|form| form.has_content()).any(|form| tells(form) || a[*i].is(FormClass::Event))
    })
}
