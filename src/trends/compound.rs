//! The null of a burst: how many texts come on a day, and how widely each is copied.

use super::statistics::negative_binomial_tail;

/// Most texts for which the spread of copying is carried exactly; beyond, it is folded into the dispersion.
const EXACT_TEXTS: usize = 48;

/// What a text weighs that so many newsrooms carry: one for its own, one more for every doubling, two for each grade of newness.
/// A wire story in eight outlets says more than one in one, but not eight times more.
pub(crate) fn weight(newsrooms: u32, novelty: u8) -> u32 {
    1 + newsrooms.max(1).ilog2() + 2 * u32::from(novelty)
}

/// The sum of the weights of a random number of texts, after the copying that the whole history shows.
pub(crate) struct Copying {
    /// `tails[n][v]`: the probability that n texts weigh v or more together.
    tails: Vec<Vec<f64>>,
    mean: f64,
    /// Squared coefficient of variation of the weight of one text.
    variation: f64,
}

impl Copying {
    /// From the number of texts of each weight, the first for weight 1.
    pub(crate) fn new(texts_by_weight: &[u64]) -> Copying {
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
        Copying { tails, mean, variation }
    }

    /// The probability of at least `least` and fewer than `below` texts that weigh `weight` or more together.
    pub(crate) fn tail_below(&self, weight: u32, least: u32, below: u32, mean: f64, dispersion: f64) -> f64 {
        if mean > EXACT_TEXTS as f64 / 4.0 || below as usize > EXACT_TEXTS {
            // Beyond the table the two are close to one another: the lesser of the whole and of what fewer texts allow.
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

    /// The probability of at least `least` texts that weigh `weight` or more together, where `mean` texts of this dispersion are expected.
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
        // What lies beyond the table counts as if it weighed enough: the error is on the side of caution.
        let beyond = negative_binomial_tail(EXACT_TEXTS as u32 + 1, mean, dispersion);
        (sum + beyond.min(folded)).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_grow_with_every_doubling() {
        let check = |newsrooms, wanted| assert_eq!(weight(newsrooms, 0), wanted);
        check(0, 1);
        check(1, 1);
        check(2, 2);
        check(3, 2);
        check(4, 3);
        check(15, 4);
        check(16, 5);
        assert_eq!(weight(1, 2), 5);
    }

    #[test]
    fn without_copying_the_tail_is_the_count_s() {
        let copying = Copying::new(&[10]);
        for (count, mean, phi) in [(2, 0.3, 1.2), (5, 2.0, 2.0), (9, 4.0, 1.5)] {
            let (got, wanted) = (copying.tail(count, 1, mean, phi), negative_binomial_tail(count, mean, phi));
            assert!((got - wanted).abs() < 1e-9, "{got} {wanted}");
        }
    }

    #[test]
    fn one_text_however_widely_copied_is_not_two() {
        let copying = Copying::new(&[80, 10, 5, 5]);
        let one = copying.tail(4, 1, 0.1, 1.2);
        let two = copying.tail(4, 2, 0.1, 1.2);
        assert!(two < one / 2.0, "{two} {one}");
        assert!(copying.tail(8, 2, 0.1, 1.2) < two);
        assert_eq!(copying.tail(1, 1, 0.0, 1.2), 0.0);
        assert!((copying.tail(0, 0, 0.5, 1.2) - 1.0).abs() < 1e-9);
    }
}
