//! `docs/performance.md` and its chart.

use std::fmt::Write as _;
use std::path::Path;

use crate::{Figure, Measured};

pub(crate) fn write(ring: &str, aws_lc: &str, storage: &str, folder: &str) {
    let read = |file: &str| -> Vec<Measured> { serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap() };
    let (ring, aws_lc) = (read(ring), read(aws_lc));
    let storage: Vec<Figure> = serde_json::from_slice(&std::fs::read(storage).unwrap()).unwrap();
    let folder = Path::new(folder);
    std::fs::write(folder.join("performance.md"), page(&ring, &aws_lc, &storage)).unwrap();
    std::fs::write(folder.join("performance.svg"), chart(&aws_lc)).unwrap();
}

fn page(ring: &[Measured], aws_lc: &[Measured], storage: &[Figure]) -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("unknown", |(_, name)| name.trim());
    let ifma = if cpu.contains("avx512ifma") { "with" } else { "without" };
    let mut page = format!(
        "# Performance\n\n\
         Written by `cargo xtask bench`; do not edit. Measured on one machine ({model}, {ifma} AVX-512 IFMA). The absolute\n\
         figures are that machine's; the ratios are what we hold ourselves to. CPU time, every operation of a group in turn\n\
         within one run; a ratio is to the first operation of its group in the same turn, shown as the median and the middle\n\
         half. The token is an ID token of 24 claims and about 1 KB. An aim that was missed is marked `missed`.\n\n\
         ![Ratios of whole tokens to their raw signatures](performance.svg)\n\n"
    );
    for (name, measured) in [("aws-lc-rs", aws_lc), ("ring", ring)] {
        writeln!(
            page,
            "## Over {name}\n\n| group | operation | us | ratio | middle half | aim |\n|---|---|---:|---:|---|---|"
        )
        .unwrap();
        for row in measured {
            let aim = row.aim.map_or_else(String::new, |aim| {
                format!("at most {aim}{}", if row.ratio > aim { ", missed" } else { "" })
            });
            writeln!(
                page,
                "| {} | {} | {:.2} | {:.3} | {:.3} to {:.3} | {aim} |",
                row.group, row.operation, row.microseconds, row.ratio, row.low, row.high
            )
            .unwrap();
        }
        page.push('\n');
    }
    page.push_str("## Storage\n\nDocuments of 600 bytes, wall-clock time, every write durable before it is answered.\n\n| store | what | |\n|---|---|---:|\n");
    for figure in storage {
        writeln!(page, "| {} | {} | {} |", figure.store, figure.what, figure.value).unwrap();
    }
    page
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
