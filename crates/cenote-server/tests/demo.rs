//! The main job: `cenote demo` runs to its end, permissions and refusals side by side.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::process::Command;

#[test]
fn the_demo_runs_the_whole_journey() {
    let output = Command::new(env!("CARGO_BIN_EXE_cenote")).arg("demo").output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);

    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    for line in
        ["signs in by SRP", "role by rules", "role by token", "✓ ada uploads below her own prefix", "✗ a guest uploads"]
    {
        assert!(told.contains(line), "{line} is missing in:\n{told}");
    }
}

#[test]
fn a_flag_that_cannot_be_ends_with_its_reason() {
    let output = Command::new(env!("CARGO_BIN_EXE_cenote"))
        .args(["serve", "--listen", "0.0.0.0:0", "--memory", "--test-api"])
        .output()
        .unwrap();

    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("--test-api is refused"));
}

#[test]
fn line_114_a_folder_that_takes_no_files_ends_the_start_with_its_reason() {
    let output = Command::new(env!("CARGO_BIN_EXE_cenote"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data", "/proc/cenote"])
        .output()
        .unwrap();

    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("/proc/cenote") && !told.contains("panicked"), "{told}");
}
