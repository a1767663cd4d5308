//! The target that `CENOTE_FUZZ_TARGET` names, under libFuzzer.
#![no_main]

use std::sync::LazyLock;

use fuzz_targets::{TARGETS, Target};
use libfuzzer_sys::fuzz_target;

static CHOSEN: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("CENOTE_FUZZ_TARGET").expect("CENOTE_FUZZ_TARGET names a target");
    *TARGETS.iter().find(|(own, ..)| *own == name).expect("a target of this name")
});

fuzz_target!(|data: &[u8]| (CHOSEN.1)(data));
