use super::*;

fn hit(pattern: &str, text: &str) -> bool {
    let context = Context::new().with("aws:PrincipalTag/team", "a*");
    Pattern::read(pattern, true).unwrap().matches(text, &context) == Some(true)
}

#[test]
fn wildcards_match_runs_and_single_characters() {
    for (pattern, text, expected) in [
        ("*", "", true),
        ("a*c", "abbbc", true),
        ("a*c", "ac", true),
        ("a?c", "ac", false),
        ("a?c", "aüc", true),
        ("*a*b*", "xxaxxbxx", true),
        ("*a*b", "ab_", false),
        ("", "a", false),
        ("*a?c*", "xxabxadcx", true),
        ("*a?c", "abc_adc", true),
        ("a*b?", "abxbü", true),
        ("a*a", "a", false),
        ("**", "", true),
        ("*?*", "", false),
    ] {
        assert_eq!(hit(pattern, text), expected, "{pattern} {text}");
    }
}

#[test]
fn line_110_a_value_never_acts_as_pattern_and_escapes_are_characters() {
    assert!(hit("x/${aws:principaltag/TEAM}/y", "x/a*/y"));
    assert!(!hit("x/${aws:PrincipalTag/team}/y", "x/abc/y"));
    assert!(hit("a${*}b${?}${$}", "a*b?$"));
    assert!(!hit("a${*}b", "axb"));
}

#[test]
fn an_unset_variable_matches_nothing_unless_it_has_a_default() {
    assert!(!hit("${aws:PrincipalTag/none}", ""));
    assert!(!hit("x*${aws:PrincipalTag/none}", "x"));
    assert!(hit("${aws:PrincipalTag/none, 'd*'}", "d*"));
}

#[test]
fn a_variable_without_value_leaves_open_only_what_could_match() {
    let context = Context::new().with("aws:PrincipalTag/team", "a");
    let says = |pattern: &str, text: &str| Pattern::read(pattern, true).unwrap().matches(text, &context);

    assert_eq!(says("x/${aws:none}/y", "x/1/y"), None);
    assert_eq!(says("x/${aws:none}/y", "z/1/y"), Some(false));
    assert_eq!(says("x/${aws:none}/y", "x/1/z"), Some(false));
    assert_eq!(says("${aws:PrincipalTag/team}/${aws:none}", "b/1"), Some(false));
}

#[test]
fn equality_takes_wildcards_as_characters_and_nothing_for_a_variable_without_value() {
    let context = Context::new().with("aws:v", "Ü*");
    let read = |pattern: &str| Pattern::read(pattern, true).unwrap();

    assert!(read("a*?${aws:v}").equals("a*?Ü*", &context));
    assert!(!read("a*?${aws:v}").equals("ab?Ü*", &context));
    assert!(!read("a").equals("ab", &context) && !read("ab").equals("a", &context));
    assert!(!read("${aws:none}").equals("", &context));
    assert!(read("a*?${aws:v}").equals_ignoring_case("A*?ü*", &context));
    assert!(!read("a").equals_ignoring_case("ab", &context) && !read("ab").equals_ignoring_case("a", &context));
}

/// Patterns of which each was slow by some way of matching, and the text that showed it.
fn hostile(size: usize) -> Vec<(String, String)> {
    let text = "a".repeat(size);
    vec![
        ("*a".repeat(size / 2) + "*b", text.clone()),
        (format!("*{}b*", "a?".repeat(size / 4)), text.clone()),
        (format!("*{}b*", "?".repeat(size / 2)), text.clone()),
        ("*?a".repeat(size / 2) + "*b*", text.clone()),
        (format!("*{}*b*", "*a?".repeat(size / 8)), text.clone()),
        (format!("*{}b*", "a".repeat(size / 2)), text.clone()),
        (format!("*{}b*", "${aws:v}".repeat(size / 16)), text.clone()),
        (format!("*{}?b*", "${aws:v}".repeat(size / 16)), text),
    ]
}

#[test]
fn line_110_matching_takes_no_more_steps_than_the_bound() {
    let context = Context::new().with("aws:v", "aaaaaaaa");
    for size in [64, 1000, 8000] {
        for (pattern, text) in hostile(size) {
            let read = Pattern::read(&pattern, true).unwrap();
            let (_, steps) = steps::of(|| read.matches(&text, &context));
            let widest = pattern.split('*').filter(|part| part.contains('?')).map(str::len).max().unwrap_or(0);
            let bound = 4 * (text.len() + 1) * (1 + widest.min(text.len()) / 64) + pattern.len();
            let shown: String = pattern.chars().take(12).collect();
            assert!(steps <= bound, "{shown}: {steps} of {bound} steps for {size}");
        }
    }
}

#[test]
fn line_110_a_pattern_that_would_be_huge_is_not_put_together() {
    let context = Context::new().with("aws:v", "a".repeat(60_000));
    let text = "a".repeat(60_000);
    for pattern in ["${aws:v}".repeat(10_000), format!("*{}*", "${aws:v}".repeat(10_000))] {
        let read = Pattern::read(&pattern, true).unwrap();

        let (equal, steps) = steps::of(|| read.equals(&text, &context));
        assert!(!equal && steps <= 2 * text.len(), "{steps}");
        let (matches, steps) = steps::of(|| read.matches(&text, &context));
        assert!(matches == Some(false) && steps <= 2 * text.len(), "{steps}");
    }
}
