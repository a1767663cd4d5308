//! Every target for a moment, on bent inputs and arbitrary bytes; and every input that ever broke one.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use fuzz_targets::TARGETS;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

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
        let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
        let input = prop_oneof![4 => bent(seed), 1 => prop::collection::vec(any::<u8>(), 0..300)];
        let outcome = runner.run(&input, |input| {
            target(&input);
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn what_broke_a_target_once_breaks_it_no_more() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/regressions");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let Some((_, target, _)) = TARGETS.iter().find(|(own, ..)| name.starts_with(own)) else { continue };
        target(&std::fs::read(&path).unwrap());
    }
}
