//! `cargo xtask coverage`: each operation of the service models, whether it is built, whether it works over every store, and
//! which clients of others call it. The same table stands in `docs/compatibility.md`, between two marks.
//!
//! What is built, the table that serves says (`cognito_http::coverage`). That a built operation works over memory, SQLite and
//! PostgreSQL, the journey of `cognito-http` makes sure, which calls each of them over each store. What clients call and are
//! answered, the tests of `tests/clients` read from the wire and hold against the files of `tests/clients/called`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::{Failure, root};

const BEGIN: &str = "<!-- coverage: written by `cargo xtask coverage --write` -->";
const END: &str = "<!-- coverage: end -->";

/// What brings the operations that are not built: the beginning or a part of their names, and the part of the service.
const NOT_BUILT: [(&str, &str); 12] = [
    ("IdentityProvider", "federated sign-in"),
    ("ProviderForUser", "federated sign-in"),
    ("SigningCertificate", "federated sign-in"),
    ("UserPoolDomain", "OAuth endpoints and pages"),
    ("Branding", "OAuth endpoints and pages"),
    ("UICustomization", "OAuth endpoints and pages"),
    ("Terms", "OAuth endpoints and pages"),
    ("GetClientToken", "OAuth endpoints and pages"),
    ("GetDerivedToken", "OAuth endpoints and pages"),
    ("CIMD", "OAuth endpoints and pages"),
    ("ClientMetadataURL", "OAuth endpoints and pages"),
    ("Replica", "replicas"),
];

/// The client of others that a script drives, by the beginning of the script's name.
const CLIENTS: [(&str, &str); 14] = [
    ("boto3", "boto3"),
    ("restart", "boto3"),
    ("authlib", "Authlib"),
    ("openid_client", "openid-client and oauth4webapi"),
    ("encryption_sdk_sender", "the AWS Encryption SDK"),
    ("feedback_in_chromium", "Chromium"),
    ("confirm_by_link_in_chromium", "Chromium"),
    ("pycognito", "pycognito"),
    ("cij", "amazon-cognito-identity-js"),
    ("passkeys_in_chromium", "Chromium"),
    ("amplify", "Amplify"),
    ("aws_sdk", "the AWS SDK for Rust"),
    ("jwt_verify", "aws-jwt-verify"),
    ("cognito_jwt_verify", "aws-jwt-verify"),
];

struct Operation {
    service: String,
    name: String,
    built: bool,
    clients: BTreeSet<String>,
}

impl Operation {
    fn state(&self) -> String {
        if self.built { "built".to_owned() } else { format!("not built: {}", comes_with(&self.name)) }
    }

    fn stores(&self) -> &'static str {
        if self.built { "all" } else { "" }
    }

    fn clients(&self) -> String {
        self.clients.iter().cloned().collect::<Vec<_>>().join(", ")
    }
}

fn comes_with(name: &str) -> &'static str {
    NOT_BUILT.iter().find(|(part, _)| name.contains(part)).map_or("later", |(_, with)| with)
}

/// Prints the table.
pub(crate) fn print() -> Result<(), Failure> {
    let operations = operations()?;
    for operation in &operations {
        let Operation { service, name, .. } = operation;
        println!(
            "{service:<17} {name:<40} {:<40} {:<4} {}",
            operation.state(),
            operation.stores(),
            operation.clients()
        );
    }
    println!("\n{}", totals(&operations).join("\n"));
    Ok(())
}

/// Writes the table into `docs/compatibility.md`, or, with `check`, fails if another one stands there.
pub(crate) fn write(check: bool) -> Result<(), Failure> {
    let page = root().join("docs/compatibility.md");
    let before = fs::read_to_string(&page)?;
    let after = with_table(&before, &table(&operations()?))?;
    if before == after {
        println!("docs/compatibility.md: the operations are as the code says");
        return Ok(());
    }
    if check {
        return Err("docs/compatibility.md lists other operations: run cargo xtask coverage --write".into());
    }
    Ok(fs::write(page, after)?)
}

/// The page with this table between the marks.
fn with_table(page: &str, table: &str) -> Result<String, Failure> {
    let (head, rest) = page.split_once(BEGIN).ok_or("docs/compatibility.md has no mark for the coverage")?;
    let (_, tail) = rest.split_once(END).ok_or("docs/compatibility.md has no end of the coverage")?;
    Ok(format!("{head}{BEGIN}\n{table}{END}{tail}"))
}

fn table(operations: &[Operation]) -> String {
    let mut out = String::from("\n");
    for line in totals(operations) {
        let _ = writeln!(out, "- {line}");
    }
    out.push_str("\n| service | operation | state | stores | called by |\n|---|---|---|---|---|\n");
    for operation in operations {
        let (state, stores, clients) = (operation.state(), operation.stores(), operation.clients());
        let _ = writeln!(out, "| {} | {} | {state} | {stores} | {clients} |", operation.service, operation.name);
    }
    out.push('\n');
    out
}

/// A sentence for each service.
fn totals(operations: &[Operation]) -> Vec<String> {
    let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for operation in operations {
        let [all, built, called] = counts.entry(&operation.service).or_default();
        *all += 1;
        *built += usize::from(operation.built);
        *called += usize::from(!operation.clients.is_empty());
    }
    let line = |(service, [all, built, called]): (&str, [usize; 3])| {
        format!("{service}: {built} of {all} operations built, {called} called by clients of others")
    };
    counts.into_iter().map(line).collect()
}

fn operations() -> Result<Vec<Operation>, Failure> {
    let called = called()?;
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["run", "--quiet", "--package", "cognito-http", "--example", "coverage"]).current_dir(root());
    let output = cargo.output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let listed = String::from_utf8(output.stdout)?;
    Ok(listed.lines().filter_map(|line| operation(line, &called)).collect())
}

/// The operation that a line of the list names.
fn operation(line: &str, called: &BTreeMap<String, BTreeSet<String>>) -> Option<Operation> {
    let mut words = line.split_whitespace();
    let (service, name, built) = (words.next()?.to_owned(), words.next()?.to_owned(), words.next()? == "built");
    let protocol = if matches!(service.as_str(), "sts" | "iam") { "query" } else { &service };
    let clients = called.get(&format!("{protocol}.{name}")).cloned().unwrap_or_default();
    Some(Operation { service, name, built, clients })
}

/// The clients that call each operation.
fn called() -> Result<BTreeMap<String, BTreeSet<String>>, Failure> {
    let mut called: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut files: Vec<PathBuf> = fs::read_dir(root().join("tests/clients/called"))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_, Failure>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    for file in files {
        let script = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let known = CLIENTS.iter().find(|(beginning, _)| script.starts_with(beginning));
        let client = known.map_or(script.clone(), |(_, client)| (*client).to_owned());
        for operation in fs::read_to_string(&file)?.lines() {
            called.entry(operation.to_owned()).or_default().insert(client.clone());
        }
    }
    Ok(called)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_takes_the_place_of_the_one_between_the_marks_and_nothing_else() {
        let page = format!("before\n{BEGIN}\nold\n{END}\nafter\n");

        assert_eq!(with_table(&page, "new\n").unwrap(), format!("before\n{BEGIN}\nnew\n{END}\nafter\n"));
        assert!(with_table("no marks", "new").is_err());
    }

    #[test]
    fn an_operation_is_called_by_the_clients_whose_wire_it_went_over() {
        let called = BTreeMap::from([("query.AssumeRole".to_owned(), BTreeSet::from(["boto3".to_owned()]))]);

        let assumed = operation("sts  AssumeRole  built", &called).unwrap();

        assert_eq!((assumed.state().as_str(), assumed.stores(), assumed.clients().as_str()), ("built", "all", "boto3"));
        let replica = operation("cognito-idp CreateUserPoolReplica -", &called).unwrap();
        assert_eq!((replica.state().as_str(), replica.stores()), ("not built: replicas", ""));
    }
}
