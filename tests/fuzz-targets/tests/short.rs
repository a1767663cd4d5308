//! Every target for a moment, on bent inputs and arbitrary bytes; and every input that ever broke one.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;

use fuzz_targets::TARGETS;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

/// An input with some of its bytes changed, doubled or left out.
fn bent(seed: &'static [u8]) -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), any::<u8>(), 0..4_u8);
    prop::collection::vec(change, 0..8).prop_map(move |changes| {
        let mut input = seed.to_vec();
        for (at, byte, how) in changes {
            if input.is_empty() {
                break;
            }
            let at = at.index(input.len());
            match how {
                0 => input.insert(at, byte),
                1 => drop(input.remove(at)),
                2 => input.insert(at, *input.get(at).unwrap()),
                _ => *input.get_mut(at).unwrap() = byte,
            }
        }
        input
    })
}

#[test]
fn no_target_breaks_on_bent_or_arbitrary_bytes() {
    for (name, target, seed) in TARGETS {
        let slow = name.starts_with("aws_");
        let cases = if slow { 300 } else { 2000 };
        let rng_seed = RngSeed::Fixed(seed_of_this_run());
        let mut runner = TestRunner::new(Config { cases, rng_seed, failure_persistence: None, ..Config::default() });
        let input = prop_oneof![4 => bent(seed), 1 => prop::collection::vec(any::<u8>(), 0..300)];
        let outcome = runner.run(&input, |input| {
            target(&input);
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{name}, again with PROPTEST_RNG_SEED={}: {error}", seed_of_this_run()));
    }
}

/// The seed of all inputs: what `PROPTEST_RNG_SEED` says, or one of this run's own.
fn seed_of_this_run() -> u64 {
    static SEED: LazyLock<u64> = LazyLock::new(|| match Config::default().rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => RandomState::new().hash_one(0),
    });
    *SEED
}

#[test]
fn what_broke_a_target_once_breaks_it_no_more() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/regressions");
    let mut judged = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            continue;
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        // Of names of which one begins another, the longer is meant.
        let targets = TARGETS.iter().filter(|(own, ..)| name.starts_with(own));
        let Some((_, target, _)) = targets.max_by_key(|(own, ..)| own.len()) else { panic!("{name} is of no target") };
        target(&std::fs::read(&path).unwrap());
        judged += 1;
    }
    assert!(judged > 0);
}
