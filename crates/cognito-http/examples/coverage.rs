//! Prints every operation of the API and whether it is built, from the table that serves them.

use std::collections::BTreeMap;

fn main() {
    let mut totals: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for operation in cognito_http::coverage() {
        let state = if operation.built { "built" } else { "-" };
        println!("{:<17} {:<40} {state}", operation.service, operation.name);
        let (built, all) = totals.entry(operation.service).or_default();
        *built += usize::from(operation.built);
        *all += 1;
    }
    println!();
    for (service, (built, all)) in totals {
        println!("{service:<17} {built} of {all} built");
    }
}
