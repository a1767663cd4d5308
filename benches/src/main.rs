//! `ratios FILE [SAMPLES]`: measures every group (or those whose names have the text `ONLY`), its operations in turn, in CPU
//! time, and writes the ratios to the first of each. `report RING AWS_LC STORAGE FOLDER`: makes the report of such files.
//! `storage FILE [LARGE]`: measures the stores.
#![allow(clippy::disallowed_methods, reason = "measurements read the real clock and draw real randomness")]

mod report;

use cenote_benches::{Aim, Group, backend, groups, storage, told};
use cpu_time::ProcessTime;
use serde::{Deserialize, Serialize};

/// What was measured of one operation.
#[derive(Serialize, Deserialize)]
pub(crate) struct Measured {
    group: String,
    operation: String,
    microseconds: f64,
    ratio: f64,
    /// The middle half of the ratios lies between these.
    low: f64,
    high: f64,
    aim: Option<Aim>,
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["ratios", file, samples @ ..] => {
            let samples = samples.first().map_or(25, |text| text.parse().unwrap());
            let only = std::env::var("ONLY").unwrap_or_default();
            let wanted = groups().into_iter().filter(|group| group.name.contains(&only));
            let measured: Vec<Measured> = wanted.flat_map(|group| measure(group, samples)).collect();
            std::fs::write(file, serde_json::to_vec_pretty(&measured).unwrap()).unwrap();
        }
        ["storage", file, large @ ..] => {
            let large = large.first().map_or(1_000_000, |text| text.parse().unwrap());
            let runtime = tokio::runtime::Runtime::new().unwrap();
            let report = runtime.block_on(storage::report([10_000, large]));
            for figure in &report.figures {
                println!("{} {}: {} {}", figure.store, figure.what, figure.told(), told(figure.aim, figure.value));
            }
            std::fs::write(file, serde_json::to_vec_pretty(&report).unwrap()).unwrap();
        }
        ["report", ring, aws_lc, storage, folder] => report::write(ring, aws_lc, storage, folder),
        _ => panic!("ratios FILE [SAMPLES] | storage FILE [LARGE] | report RING AWS_LC STORAGE FOLDER"),
    }
}

/// CPU seconds of so many calls.
fn cost(run: &mut dyn FnMut(), calls: u32) -> f64 {
    let start = ProcessTime::now();
    for _ in 0..calls {
        run();
    }
    start.elapsed().as_secs_f64() / f64::from(calls)
}

/// Measures a group's operations in turn, so that what disturbs one disturbs all, and compares within each turn.
fn measure(mut group: Group, samples: usize) -> Vec<Measured> {
    let calls: Vec<u32> = group
        .operations
        .iter_mut()
        .map(|operation| {
            let once = cost(&mut operation.run, 3).max(1e-7);
            ((0.03 / once) as u32).clamp(1, 200_000)
        })
        .collect();
    let mut costs = vec![Vec::new(); group.operations.len()];
    for _ in 0..samples {
        for ((operation, calls), costs) in group.operations.iter_mut().zip(&calls).zip(&mut costs) {
            costs.push(cost(&mut operation.run, *calls));
        }
    }
    let first = costs[0].clone();
    let out = group.operations.iter().zip(&costs).map(|(operation, costs)| {
        let ratios = sorted(costs.iter().zip(&first).map(|(own, first)| own / first));
        let at = |share: f64| ratios[((ratios.len() - 1) as f64 * share).round() as usize];
        let own = sorted(costs.iter().copied());
        let measured = Measured {
            group: group.name.to_owned(),
            operation: operation.name.to_owned(),
            microseconds: own[own.len() / 2] * 1e6,
            ratio: at(0.5),
            low: at(0.25),
            high: at(0.75),
            aim: operation.aim,
        };
        println!(
            "{:9} {:32} {:38} {:10.2} us  ratio {:6.3} ({:.3} to {:.3})  {}",
            backend(),
            measured.group,
            measured.operation,
            measured.microseconds,
            measured.ratio,
            measured.low,
            measured.high,
            told(measured.aim, measured.ratio),
        );
        measured
    });
    out.collect()
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}
