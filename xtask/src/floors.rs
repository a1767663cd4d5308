//! The house: a crate uses only floors below its own, and nothing below floor 5 knows a runtime or a driver.

use std::process::Command;

use serde_json::Value;

use crate::{Failure, root};

/// The floor of each crate.
const FLOORS: [(&str, u8); 23] = [
    ("cenote-server", 7),
    ("cenote", 6),
    ("cognito-http", 5),
    ("host-adapters", 5),
    ("oauth-server", 5),
    ("storage-conformance", 5),
    ("storage-memory", 5),
    ("storage-postgres", 5),
    ("storage-sqlite", 5),
    ("identity-federation", 4),
    ("resource-server", 4),
    ("userpool-core", 4),
    ("credential-vending", 3),
    ("login-providers", 3),
    ("cognito-srp", 2),
    ("document-store", 2),
    ("iam-policy", 2),
    ("jwt-tokens", 2),
    ("saml-verify", 2),
    ("sigv4-verify", 2),
    ("webauthn-verify", 2),
    ("cognito-wire", 1),
    ("identity-kernel", 1),
];

/// What nothing below floor 5 may pull in.
const ABOVE: [&str; 7] = ["axum", "hyper", "reqwest", "rusqlite", "s3s", "tokio", "tokio-postgres"];

/// Checks every crate of the house.
pub(crate) fn check() -> Result<(), Failure> {
    let metadata: Value = serde_json::from_str(&cargo(&["metadata", "--format-version", "1", "--no-deps"])?)?;
    let packages = metadata.get("packages").and_then(Value::as_array).ok_or("cargo metadata names no packages")?;
    let mut broken: Vec<String> = packages.iter().flat_map(misplaced).collect();
    for (name, _) in FLOORS.iter().filter(|(_, floor)| *floor < 5) {
        let tree = cargo(&["tree", "--package", name, "--edges", "normal", "--prefix", "none", "--all-features"])?;
        broken.extend(pulled_from_above(&tree).map(|pulled| format!("{name} pulls in {pulled}")));
    }
    if broken.is_empty() {
        println!("{} crates stand on their floors", FLOORS.len());
        Ok(())
    } else {
        Err(broken.join("; ").into())
    }
}

/// What is wrong with where a package stands.
fn misplaced(package: &Value) -> Vec<String> {
    let name = text(package, "name");
    match floor(name) {
        Some(own) => own_uses(package, name, own),
        None if text(package, "manifest_path").contains("/crates/") => vec![format!("{name} stands on no floor")],
        None => Vec::new(),
    }
}

/// The first crate of a dependency tree that nothing below floor 5 may pull in.
fn pulled_from_above(tree: &str) -> Option<&str> {
    tree.lines().filter_map(|line| line.split(' ').next()).find(|name| ABOVE.contains(name))
}

/// The uses of one package that go sideways or up. Development dependencies may.
fn own_uses(package: &Value, name: &str, own: u8) -> Vec<String> {
    let dependencies = package.get("dependencies").and_then(Value::as_array).into_iter().flatten();
    let normal = dependencies.filter(|dependency| dependency.get("kind").is_none_or(Value::is_null));
    let uses =
        normal.filter_map(|dependency| floor(text(dependency, "name")).map(|floor| (text(dependency, "name"), floor)));
    uses.filter(|(_, floor)| *floor >= own)
        .map(|(used, floor)| format!("{name} ({own}) uses {used} ({floor})"))
        .collect()
}

fn floor(name: &str) -> Option<u8> {
    FLOORS.iter().find(|(own, _)| *own == name).map(|(_, floor)| *floor)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn cargo(arguments: &[&str]) -> Result<String, Failure> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(program).args(arguments).current_dir(root()).output()?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{misplaced, pulled_from_above};

    #[test]
    fn a_crate_that_uses_its_own_floor_or_one_above_is_found() {
        let package = json!({"name": "userpool-core", "manifest_path": "/x/crates/userpool-core/Cargo.toml", "dependencies": [
            {"name": "identity-federation", "kind": null}, {"name": "cenote"}, {"name": "jwt-tokens", "kind": null},
            {"name": "storage-memory", "kind": "dev"}, {"name": "serde", "kind": null}]});

        let above = ["userpool-core (4) uses identity-federation (4)", "userpool-core (4) uses cenote (6)"];
        assert_eq!(misplaced(&package), above);
    }

    #[test]
    fn a_crate_that_stands_on_no_floor_is_found() {
        let package = |name: &str, path: &str| json!({"name": name, "manifest_path": path, "dependencies": []});

        assert_eq!(misplaced(&package("new", "/x/crates/new/Cargo.toml")), ["new stands on no floor"]);
        assert_eq!(misplaced(&package("xtask", "/x/xtask/Cargo.toml")), Vec::<String>::new());
    }

    #[test]
    fn a_runtime_below_floor_five_is_found_wherever_it_stands_in_the_tree() {
        assert_eq!(pulled_from_above("a v1\nfutures v1\ntokio v1.48.0 (*)\n"), Some("tokio"));
        assert_eq!(pulled_from_above("a v1\ntokio-macros v1\n"), None);
    }
}
