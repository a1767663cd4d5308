//! `cargo xtask sizes`: how long functions and files are.

use crate::inner_floors::{crates, read};
use crate::{Failure, root};

/// What no later state may exceed, as this command counts.
const BEFORE: &str = "at ad1746f: functions 6 20 87, files 99 257 429";

/// Prints the median, the ninetieth percentile and the longest, in lines, of each crate and of all. Generated code and code
/// outside of `crates/*/src` do not count.
pub(crate) fn print() -> Result<(), Failure> {
    let (mut all_functions, mut all_files) = (Vec::new(), Vec::new());
    println!("{:22} {:>26} {:>26}", "", "functions: median p90 max", "files: median p90 max");
    for name in crates()? {
        let files = read(&root().join("crates").join(&name).join("src"))?;
        let written = files.into_iter().filter(|file| file.module.first().is_none_or(|top| top != "generated"));
        let (mut functions, mut lines) = (Vec::new(), Vec::new());
        for file in written {
            functions.extend(file.functions);
            lines.push(file.lines);
        }
        println!("{name:22} {:>26} {:>26}", summary(&functions), summary(&lines));
        all_functions.extend(functions);
        all_files.extend(lines);
    }
    println!("{:22} {:>26} {:>26}", "all", summary(&all_functions), summary(&all_files));
    println!("{} functions in {} files", all_functions.len(), all_files.len());
    println!("{BEFORE}");
    Ok(())
}

fn summary(lengths: &[usize]) -> String {
    let mut sorted = lengths.to_vec();
    sorted.sort_unstable();
    let at = |percent: usize| {
        sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or(0)
    };
    format!("{} {} {}", at(50), at(90), sorted.last().copied().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::summary;
    use crate::source::File;

    #[test]
    fn the_ninetieth_percentile_is_the_tenth_longest_of_a_hundred() {
        let lengths: Vec<usize> = (1..=100).rev().collect();

        assert_eq!(summary(&lengths), "51 91 100");
        assert_eq!(summary(&[]), "0 0 0");
    }

    #[test]
    fn a_function_is_as_long_as_from_its_name_to_its_brace() {
        let text = "\
impl A {
    #[x]
    pub(crate) async fn a(
        b: B,
    ) {
        fn inner() {}
    }

    pub const fn b() -> u8 {
        1
    }
}
trait T {
    fn no_body();
}
#[cfg(test)]
mod tests {
    fn test() {
        a();
    }
}
";

        let file = File::parse(Vec::new(), text).unwrap();

        assert_eq!((file.functions, file.lines), (vec![5, 1, 3], 21));
    }
}
