//! The probability distributions that the detectors use. For formulas and sources see `docs/methods.md`.

/// Returns P(Y ≥ y) for a negative binomial count of mean `mean` and variance `dispersion`·`mean` (the NB1 form:
/// over-dispersion because items come in clusters, one for each story). A `dispersion` of 1 or less means Poisson. If
/// the mean is not positive, the result is 1 for y = 0, else 0.
pub(crate) fn negative_binomial_tail(y: u32, mean: f64, dispersion: f64) -> f64 {
    if y == 0 {
        return 1.0;
    }
    if mean.is_nan() || mean <= 0.0 {
        return 0.0;
    }
    let phi = dispersion.max(1.0 + 1e-6);
    let size = mean / (phi - 1.0);
    let log_zero = -size * phi.ln();
    if log_zero < -700.0 {
        // The first term would underflow; at such means the square root is close to normal: sd(√Y) ≈ √φ / 2.
        let z = (f64::from(y).sqrt() - mean.sqrt()) * 2.0 / phi.sqrt();
        return normal_tail(z);
    }
    let ratio = 1.0 - 1.0 / phi;
    let mut term = log_zero.exp();
    let mut below = 0.0;
    for k in 0..y {
        below += term;
        term *= (f64::from(k) + size) / (f64::from(k) + 1.0) * ratio;
    }
    if below < 0.999 {
        return 1.0 - below;
    }
    // So far out, 1 - below would lose all precision, so the tail itself is summed.
    let mut tail = 0.0;
    let mut k = f64::from(y);
    while term > tail * 1e-12 && term > 0.0 {
        tail += term;
        term *= (k + size) / (k + 1.0) * ratio;
        k += 1.0;
    }
    tail.min(1.0)
}

/// Returns P(Z ≥ z) of the standard normal, by the complementary error function (Abramowitz & Stegun 7.1.26, error
/// below 1.5e-7).
pub(crate) fn normal_tail(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let polynomial =
        t * (0.254_829_592 + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    let half = 0.5 * polynomial * (-x * x).exp();
    if z >= 0.0 { half } else { 1.0 - half }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_those_of_the_tables() {
        let check = |y, mean, dispersion, wanted: f64| {
            let got = negative_binomial_tail(y, mean, dispersion);
            assert!(
                (got - wanted).abs() <= 1e-6 + wanted * 1e-4,
                "P(Y >= {y}; {mean}, {dispersion}) = {got}, not {wanted}"
            );
        };
        // Poisson: 1 - exp(-2)(1 + 2 + 2).
        check(3, 2.0, 1.0, 0.323_324);
        check(0, 2.0, 1.0, 1.0);
        check(1, 0.0, 2.0, 0.0);
        // Dispersion 2 and mean 2: size 2, p 1/2: P(0) = 1/4, P(1) = 1/4, P(2) = 3/16.
        check(1, 2.0, 2.0, 0.75);
        check(2, 2.0, 2.0, 0.5);
        check(3, 2.0, 2.0, 0.3125);
        // Geometric: size 1, p 1/2: P(Y >= 40) = 2^-40, far below the precision of 1 - x.
        let far = negative_binomial_tail(40, 1.0, 2.0);
        assert!((far / 2f64.powi(-40) - 1.0).abs() < 1e-9, "{far}");
    }

    #[test]
    fn great_means_do_not_underflow() {
        let tail = negative_binomial_tail(20_500, 20_000.0, 2.0);
        assert!((0.003..0.01).contains(&tail), "{tail}");
        assert!((normal_tail(1.96) - 0.025).abs() < 1e-4 && (normal_tail(-1.96) - 0.975).abs() < 1e-4);
    }
}
