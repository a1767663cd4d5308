//! `docs/performance.md` and its chart.

use std::fmt::Write as _;
use std::path::Path;

use cenote_benches::storage::Report;
use cenote_benches::told;

use crate::Measured;

/// From here on the page is the campaigns' that measure: `cargo xtask sign-ins` and `directory`.
const CAMPAIGNS: &str = "<!-- measured by campaigns -->";

pub(crate) fn write(ring: &str, aws_lc: &str, storage: &str, folder: &str) {
    let read = |file: &str| -> Vec<Measured> { serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap() };
    let (ring, aws_lc) = (read(ring), read(aws_lc));
    let storage: Report = serde_json::from_slice(&std::fs::read(storage).unwrap()).unwrap();
    let folder = Path::new(folder);
    let file = folder.join("performance.md");
    let stands = std::fs::read_to_string(&file).unwrap_or_default();
    let kept = stands.find(CAMPAIGNS).map_or("", |at| &stands[at..]);
    std::fs::write(file, format!("{}\n{kept}", page(&ring, &aws_lc, &storage))).unwrap();
    std::fs::write(folder.join("performance.svg"), chart(&aws_lc)).unwrap();
}

fn page(ring: &[Measured], aws_lc: &[Measured], storage: &Report) -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("unknown", |(_, name)| name.trim());
    let ifma = if cpu.contains("avx512ifma") { "with" } else { "without" };
    let mut page = format!(
        "# Performance\n\n\
         Written by `cargo xtask bench` (down to \"Campaigns\"); do not edit. Measured on one machine ({model}, {ifma} AVX-512 IFMA). The absolute\n\
         figures are that machine's; the ratios are what we hold ourselves to. CPU time, every operation of a group in turn\n\
         within one run; a ratio is to the first operation of its group in the same turn, shown as the median and the middle\n\
         half. The token is an ID token of 24 claims and about 1 KB. An aim that was missed is marked so: an aim of our own\n\
         is to be at most so many times the raw operation, of a peer to take at least so many times as long.\n\n\
         ![Ratios of whole tokens to their raw signatures](performance.svg)\n\n"
    );
    for (name, measured) in [("aws-lc-rs", aws_lc), ("ring", ring)] {
        writeln!(
            page,
            "## Over {name}\n\n| group | operation | us | ratio | middle half | aim |\n|---|---|---:|---:|---|---|"
        )
        .unwrap();
        for row in measured {
            let aim = told(row.aim, row.ratio);
            writeln!(
                page,
                "| {} | {} | {:.2} | {:.3} | {:.3} to {:.3} | {aim} |",
                row.group, row.operation, row.microseconds, row.ratio, row.low, row.high
            )
            .unwrap();
        }
        page.push('\n');
    }
    page.push_str(HOW_POLICIES_ARE_POSED);
    write_storage(&mut page, storage);
    page
}

/// What the rows of policies compare.
const HOW_POLICIES_ARE_POSED: &str = "\
## How the policies are posed

Policy number N allows reading the documents of department N to who has a second factor; the last of them applies. Cedar is asked
in two ways: with the document's path in the context and `like` in each policy, as AWS's language has it, and in its own form, with
the document as an entity in its department's folder, the folder in the policy's scope, and the factor as an attribute of the user.

";

fn write_storage(page: &mut String, storage: &Report) {
    let kind = &storage.file_system;
    let where_to = if ["tmpfs", "ramfs"].contains(&kind.as_str()) {
        format!("The files lay in memory ({kind}): \"durable\" is not what it says in this run.")
    } else {
        format!("The files lay on {kind}.")
    };
    writeln!(
        page,
        "## Storage\n\n\
         Documents of 600 bytes, wall-clock time, every write durable before it is answered: the median of several fresh stores\n\
         and, in brackets, the least and the largest. {where_to}\n\n\
         | store | what | | aim |\n|---|---|---:|---|"
    )
    .unwrap();
    for figure in &storage.figures {
        let aim = told(figure.aim, figure.value);
        writeln!(page, "| {} | {} | {} | {aim} |", figure.store, figure.what, figure.told()).unwrap();
    }
}

/// A bar for each operation on tokens of the commonest algorithms.
fn chart(measured: &[Measured]) -> String {
    let shown =
        |row: &&Measured| row.operation != "raw" && ["RS256", "ES256"].iter().any(|at| row.group.starts_with(at));
    let rows: Vec<&Measured> = measured.iter().filter(shown).collect();
    let widest = rows.iter().map(|row| row.ratio).fold(1.0, f64::max);
    let height = rows.len() * 24 + 40;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"760\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"760\" height=\"{height}\" fill=\"white\"/>\n\
         <text x=\"10\" y=\"18\" font-weight=\"bold\">CPU time of a whole token, as a ratio to its raw signature (aws-lc-rs)</text>\n"
    );
    let scale = 400.0 / widest;
    for (at, row) in rows.iter().enumerate() {
        let y = at * 24 + 32;
        let colour = if row.operation.starts_with("cenote") { "#1b7f79" } else { "#c46d5e" };
        let width = row.ratio * scale;
        writeln!(
            svg,
            "<text x=\"10\" y=\"{}\">{}: {}</text><rect x=\"290\" y=\"{y}\" width=\"{width:.0}\" height=\"16\" fill=\"{colour}\"/>\
             <text x=\"{:.0}\" y=\"{}\">{:.2}</text>",
            y + 13, row.group, row.operation, 296.0 + width, y + 13, row.ratio
        )
        .unwrap();
    }
    let raw = 290.0 + scale;
    writeln!(
        svg,
        "<line x1=\"{raw:.0}\" y1=\"26\" x2=\"{raw:.0}\" y2=\"{}\" stroke=\"black\" stroke-dasharray=\"3\"/>\n</svg>",
        height - 8
    )
    .unwrap();
    svg
}
