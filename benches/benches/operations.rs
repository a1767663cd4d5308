//! Every operation, with criterion's statistics.

use cenote_benches::groups;
use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for group in groups() {
        let mut measured = criterion.benchmark_group(group.name);
        for mut operation in group.operations {
            measured.bench_function(operation.name, |bencher| bencher.iter(|| (operation.run)()));
        }
        measured.finish();
    }
    criterion.final_summary();
}
