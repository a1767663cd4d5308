//! Two samples of times, compared.

use std::fmt;

/// What two samples have in common, and what not.
#[derive(Clone, Copy, Debug)]
pub struct Compared {
    /// Lower quartile, median and upper quartile of each.
    pub quartiles: [[f64; 3]; 2],
    /// Welch's t of the means.
    pub t: f64,
    /// The rank sum of the first sample as a deviation from what equal distributions give, in standard deviations (Mann and
    /// Whitney, with ties).
    pub z: f64,
}

impl Compared {
    /// Compares two samples, neither of which is empty.
    pub fn of(one: &[f64], other: &[f64]) -> Self {
        Self { quartiles: [quartiles(one), quartiles(other)], t: welch(one, other), z: mann_whitney(one, other) }
    }
}

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for [low, median, high] in self.quartiles {
            write!(f, "{median:.1} ({low:.1} to {high:.1}) | ")?;
        }
        write!(f, "{:+.2} | {:+.2}", self.t, self.z)
    }
}

fn quartiles(sample: &[f64]) -> [f64; 3] {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| sorted[(sorted.len() - 1) * quarter / 4])
}

fn count(sample: &[f64]) -> f64 {
    f64::from(u32::try_from(sample.len()).unwrap())
}

/// Mean, and its variance.
fn mean(sample: &[f64]) -> (f64, f64) {
    let length = count(sample);
    let mean = sample.iter().sum::<f64>() / length;
    let squares: f64 = sample.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, squares / (length - 1.0) / length)
}

fn welch(one: &[f64], other: &[f64]) -> f64 {
    let ((one, of_one), (other, of_other)) = (mean(one), mean(other));
    (one - other) / (of_one + of_other).sqrt()
}

fn mann_whitney(one: &[f64], other: &[f64]) -> f64 {
    let of_one = one.iter().map(|value| (*value, true));
    let mut all: Vec<(f64, bool)> = of_one.chain(other.iter().map(|value| (*value, false))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut rank_sum, mut ties, mut below) = (0.0, 0.0, 0.0);
    for equal in all.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let length = f64::from(u32::try_from(equal.len()).unwrap());
        let from_one = f64::from(u32::try_from(equal.iter().filter(|(_, is_one)| *is_one).count()).unwrap());
        rank_sum += from_one * (below + f64::midpoint(length, 1.0));
        ties += length.powi(3) - length;
        below += length;
    }
    let (n, m, all) = (count(one), count(other), below);
    let variance = n * m / 12.0 * ((all + 1.0) - ties / (all * (all - 1.0)));
    (rank_sum - n * (all + 1.0) / 2.0) / variance.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(value: f64, wanted: f64) -> bool {
        (value - wanted).abs() < 1e-3
    }

    #[test]
    fn equal_samples_differ_in_nothing() {
        let sample = [3.0, 1.0, 2.0, 5.0, 4.0];

        let compared = Compared::of(&sample, &sample);

        let [own, others] = compared.quartiles.map(|quartiles| format!("{quartiles:?}"));
        assert_eq!((own.as_str(), others), ("[2.0, 3.0, 4.0]", own.clone()));
        assert!(about(compared.t, 0.0) && about(compared.z, 0.0), "{compared:?}");
    }

    #[test]
    fn a_shift_shows_in_means_and_ranks() {
        // By hand: means 3 and 4.5, variances of the means 2.5/5 and 3.5/6; four ties of two.
        let (one, other) = ([1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);

        let compared = Compared::of(&one, &other);

        assert!(about(compared.t, -1.5 / (2.5_f64 / 5.0 + 3.5 / 6.0).sqrt()), "{compared:?}");
        let variance = 30.0 / 12.0 * (12.0 - 4.0 * 6.0 / 110.0);
        assert!(about(compared.z, (rank_sum_by_hand() - 30.0) / f64::sqrt(variance)), "{compared:?}");
    }

    /// 1; 2 and 2 share ranks 2 and 3; 3 and 3 ranks 4 and 5; 4 and 4 ranks 6 and 7; 5 and 5 ranks 8 and 9; 6; 7.
    fn rank_sum_by_hand() -> f64 {
        1.0 + 2.5 + 4.5 + 6.5 + 8.5
    }

    #[test]
    fn samples_apart_are_as_far_as_ranks_go() {
        let (one, other): (Vec<f64>, Vec<f64>) = ((0..20).map(f64::from).collect(), (20..40).map(f64::from).collect());

        assert!(Compared::of(&one, &other).z < -5.0);
        assert!(Compared::of(&other, &one).z > 5.0);
    }
}
