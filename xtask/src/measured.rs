//! Campaigns that measure: each writes its table into a section of its own of `docs/performance.md`.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::clients::{self, run};
use crate::{Failure, root};

/// From here on `cargo xtask bench` leaves the page as it stands.
const BEGIN: &str = "<!-- measured by campaigns -->";

/// Runs a campaign with the release binaries of these features, and keeps the table that it prints.
pub(crate) fn into_page(words: &[&str], features: &str) -> Result<(), Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--release", "--package", "cenote-server", "--package", "campaigns"]);
    run(build.args(["--features", features]).current_dir(root()))?;
    let before = load();
    let mut name = words.join(" ");
    let mut campaign = Command::new(target().join("release/campaigns"));
    campaign.args(words);
    let table = table_of(campaign, &name)?;
    if !features.is_empty() {
        let _ = write!(name, ", --features {features}");
    }
    keep(&name, &table, &before)
}

/// Puts a table into its section of the page.
fn keep(name: &str, table: &str, load_before: &str) -> Result<(), Failure> {
    let told =
        format!("Measured on {}; load of the machine {load_before} before and {} after.\n\n{table}", today()?, load());
    let page = root().join("docs/performance.md");
    Ok(fs::write(&page, with_section(&fs::read_to_string(&page)?, name, &told))?)
}

/// Measures what vending costs the server beside moto, and keeps the table.
pub(crate) fn beside_moto(rounds: &str) -> Result<(), Failure> {
    clients::install()?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    run(build.args(["build", "--quiet", "--release", "--package", "cenote-server"]).current_dir(root()))?;
    let before = load();
    let mut script = Command::new(root().join("target/clients/venv/bin/python"));
    script.arg(root().join("tests/clients/scripts/beside_moto.py")).arg(target().join("release/cenote")).arg(rounds);
    let table = table_of(script, "beside-moto")?;
    keep("beside-moto", &table, &before)
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The lines of a program's table; everything that it says is shown as it comes.
fn table_of(mut program: Command, name: &str) -> Result<String, Failure> {
    let mut campaign = program.stdout(Stdio::piped()).spawn()?;
    let mut table = String::new();
    for line in campaign.stdout.take().into_iter().flat_map(|out| BufReader::new(out).lines()) {
        let line = line?;
        println!("{line}");
        if line.starts_with('|') {
            let _ = writeln!(table, "{line}");
        }
    }
    if campaign.wait()?.success() { Ok(table) } else { Err(format!("campaign {name} failed").into()) }
}

/// How many wanted to run in the last minute, on average.
fn load() -> String {
    let told = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    told.split(' ').next().unwrap_or_default().to_owned()
}

fn today() -> Result<String, Failure> {
    let told = Command::new("date").args(["-u", "+%Y-%m-%d %H:%M UTC"]).output()?;
    Ok(String::from_utf8(told.stdout)?.trim().to_owned())
}

/// The page with this section, in the place of the one of its name or as the last.
fn with_section(page: &str, name: &str, body: &str) -> String {
    let (begin, end) = (format!("### `{name}`\n"), "<!-- end -->\n");
    let section = format!("{begin}\n{body}{end}");
    let stands = page.split_once(&begin).and_then(|(head, rest)| Some((head, rest.split_once(end)?.1)));
    match stands {
        Some((head, tail)) => format!("{head}{section}{tail}"),
        None if page.contains(BEGIN) => format!("{page}\n{section}"),
        None => format!("{page}\n{BEGIN}\n\n## Campaigns\n\n{section}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_takes_the_place_of_the_one_of_its_name_and_of_no_other() {
        let page = with_section("page\n", "one", "1\n");
        let page = with_section(&page, "two", "2\n");

        let again = with_section(&page, "one", "3\n");

        assert_eq!(again, page.replace("1\n<!--", "3\n<!--"));
        assert!(again.contains("### `two`\n\n2\n") && again.starts_with("page\n\n<!-- measured"), "{again}");
    }
}
