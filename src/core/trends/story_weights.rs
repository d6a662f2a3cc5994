//! The null model of a burst: how many texts appear on a day, and how widely each is copied.

use super::distributions::negative_binomial_tail;

/// Up to this many texts, the distribution of copying is computed exactly; beyond, it is folded into the dispersion.
const EXACT_TEXTS: usize = 48;

/// The marks of a story on a day: how widely it is carried, how new its words are, and who writes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    /// Outlets that carry it, including those with a copy.
    pub(crate) carriers: u32,
    /// Grade of its newest word; see [`super::novelty::Novelty`].
    pub(crate) words: u8,
    /// Grade of its independent versions; see [`super::novelty::Novelty`].
    pub(crate) versions: u8,
}

impl Marks {
    /// Returns the grade of each mark. Carriers are graded by doublings: a wire story in eight outlets says more than
    /// one in a single outlet, but not eight times as much.
    fn grades(self) -> [usize; 3] {
        [self.carriers.max(1).ilog2() as usize, self.words.into(), self.versions.into()]
    }
}

/// The weight of each grade of a mark: how rare it is, in bits.
///
/// Every mark is weighted by its surprisal, -log2 of the share of all stories that reach its grade (Shannon 1948). If
/// everyday stories are widely copied or full of new words, these prove little, and no weight has to be chosen by hand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surprisal {
    stories: [Vec<u64>; 3],
}

/// The most bits that any grade is worth, however few stories reach it.
const RAREST_BITS: f64 = 8.0;

impl Surprisal {
    pub(crate) fn count(&mut self, marks: Marks) {
        for (counts, grade) in self.stories.iter_mut().zip(marks.grades()) {
            counts.resize(counts.len().max(grade + 1), 0);
            counts[grade] += 1;
        }
    }

    /// Returns 1 for the story itself plus the bits of its marks.
    pub(crate) fn weight(&self, marks: Marks) -> u32 {
        let bits: f64 = self.stories.iter().zip(marks.grades()).map(|(counts, grade)| bits(counts, grade)).sum();
        1 + bits.round() as u32
    }
}

fn bits(counts: &[u64], grade: usize) -> f64 {
    let all: u64 = counts.iter().sum();
    let reach: u64 = counts.iter().skip(grade).sum();
    // One more story than observed, so that the only story of a short history does not count as extraordinary.
    (((all + 1) as f64) / ((reach + 1) as f64)).log2().clamp(0.0, RAREST_BITS)
}

/// The distribution of the total weight of a random number of texts, given the copying seen in the whole history.
pub(crate) struct Copying {
    /// `tails[n][v]`: the probability that n texts weigh v or more in total and come from two outlets, as two or more
    /// texts mostly do.
    tails: Vec<Vec<f64>>,
    /// The number of stories that the distribution was made from.
    stories: u64,
    mean: f64,
    /// Squared coefficient of variation of the weight of one text.
    variation: f64,
}

impl Copying {
    /// Takes the number of stories of each weight, starting with weight 1, and how many of them two outlets report in
    /// original texts. A day with a single story counts only if it is such a story.
    pub(crate) fn new(texts_by_weight: &[u64], shared: &[u64]) -> Copying {
        let total: u64 = texts_by_weight.iter().sum();
        let shares: Vec<f64> = match total {
            0 => vec![1.0],
            _ => texts_by_weight.iter().map(|&n| n as f64 / total as f64).collect(),
        };
        let moment = |power: i32| {
            shares.iter().enumerate().map(|(at, share)| share * ((at + 1) as f64).powi(power)).sum::<f64>()
        };
        let mean = moment(1);
        let variation = (moment(2) / (mean * mean) - 1.0).max(0.0);
        let mut tails = Vec::with_capacity(EXACT_TEXTS + 1);
        let mut density = vec![1.0];
        for _ in 0..=EXACT_TEXTS {
            let mut tail = density.clone();
            for at in (0..tail.len().saturating_sub(1)).rev() {
                tail[at] += tail[at + 1];
            }
            tails.push(tail);
            let mut next = vec![0.0; density.len() + shares.len()];
            for (at, p) in density.iter().enumerate() {
                for (more, share) in shares.iter().enumerate() {
                    next[at + more + 1] += p * share;
                }
            }
            density = next;
        }
        let mut alone = 0.0;
        for at in (0..tails[1].len()).rev() {
            alone += at.checked_sub(1).and_then(|at| shared.get(at)).map_or(0.0, |&n| n as f64 / total.max(1) as f64);
            tails[1][at] = alone;
        }
        Copying { tails, stories: total, mean, variation }
    }

    /// Returns the number of stories that the distribution was made from.
    pub(crate) fn stories(&self) -> f64 {
        self.stories as f64
    }

    /// Returns the probability of at least `least` and fewer than `below` texts that weigh `weight` or more in total.
    pub(crate) fn tail_below(&self, weight: u32, least: u32, below: u32, mean: f64, dispersion: f64) -> f64 {
        if mean > EXACT_TEXTS as f64 / 4.0 || below as usize > EXACT_TEXTS {
            // Beyond the table both bounds are close: the smaller of the whole tail and of the probability of so few
            // texts.
            let fewer = 1.0 - negative_binomial_tail(below, mean, dispersion);
            return self.tail(weight, least, mean, dispersion).min(fewer);
        }
        let phi = dispersion.max(1.0 + 1e-6);
        let size = mean / (phi - 1.0);
        let ratio = 1.0 - 1.0 / phi;
        let mut term = (-size * phi.ln()).exp();
        let mut sum = 0.0;
        for (texts, tail) in self.tails.iter().enumerate().take(below as usize) {
            if texts as u32 >= least {
                sum += term * tail.get(weight as usize).copied().unwrap_or(0.0);
            }
            term *= (texts as f64 + size) / (texts as f64 + 1.0) * ratio;
        }
        sum
    }

    /// Returns the probability of at least `least` texts that weigh `weight` or more in total, if `mean` texts of this
    /// dispersion are expected.
    pub(crate) fn tail(&self, weight: u32, least: u32, mean: f64, dispersion: f64) -> f64 {
        if weight == 0 && least == 0 {
            return 1.0;
        }
        if mean.is_nan() || mean <= 0.0 {
            return 0.0;
        }
        let texts = (f64::from(weight) / self.mean).ceil().max(f64::from(least));
        let folded = negative_binomial_tail(texts as u32, mean, dispersion + self.variation);
        if mean > EXACT_TEXTS as f64 / 4.0 || weight as usize >= EXACT_TEXTS * 2 {
            return folded;
        }
        let phi = dispersion.max(1.0 + 1e-6);
        let size = mean / (phi - 1.0);
        let ratio = 1.0 - 1.0 / phi;
        let mut term = (-size * phi.ln()).exp();
        let mut sum = 0.0;
        for (texts, tail) in self.tails.iter().enumerate() {
            if texts as u32 >= least {
                sum += term * tail.get(weight as usize).copied().unwrap_or(0.0);
            }
            term *= (texts as f64 + size) / (texts as f64 + 1.0) * ratio;
        }
        // What is beyond the table counts as heavy enough, which errs on the side of caution.
        let beyond = negative_binomial_tail(EXACT_TEXTS as u32 + 1, mean, dispersion);
        (sum + beyond.min(folded)).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_worth_their_rarity() {
        let mut surprisal = Surprisal::default();
        let marks = |carriers, words| Marks { carriers, words, versions: 0 };
        (0..70).for_each(|_| surprisal.count(marks(1, 0)));
        (0..42).for_each(|_| surprisal.count(marks(2, 0)));
        (0..14).for_each(|_| surprisal.count(marks(5, 0)));
        surprisal.count(marks(4, 2));
        let check = |marks, wanted| assert_eq!(surprisal.weight(marks), wanted, "{marks:?}");
        check(marks(0, 0), 1);
        check(marks(1, 0), 1);
        check(marks(3, 0), 2);
        check(marks(4, 0), 4);
        check(marks(64, 0), 8);
        check(marks(1, 1), 7);
        check(marks(7, 2), 10);
    }

    #[test]
    fn without_copying_the_tail_is_the_count_s() {
        let copying = Copying::new(&[10], &[10]);
        for (count, mean, phi) in [(2, 0.3, 1.2), (5, 2.0, 2.0), (9, 4.0, 1.5)] {
            let (got, wanted) = (copying.tail(count, 1, mean, phi), negative_binomial_tail(count, mean, phi));
            assert!((got - wanted).abs() < 1e-9, "{got} {wanted}");
        }
    }

    #[test]
    fn one_text_however_widely_copied_is_not_two() {
        let copying = Copying::new(&[80, 10, 5, 5], &[80, 10, 5, 5]);
        let one = copying.tail(4, 1, 0.1, 1.2);
        let two = copying.tail(4, 2, 0.1, 1.2);
        assert!(two < one / 2.0, "{two} {one}");
        assert!(copying.tail(8, 2, 0.1, 1.2) < two);
        assert_eq!(copying.tail(1, 1, 0.0, 1.2), 0.0);
        assert!((copying.tail(0, 0, 0.5, 1.2) - 1.0).abs() < 1e-9);
    }
}
