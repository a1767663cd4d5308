//! What a source file says of other files of its crate, and how long it and its functions are.

use std::path::Path;
use std::str::FromStr as _;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::Failure;

/// A file of a crate.
#[derive(Debug)]
pub(crate) struct File {
    /// Where it stands in the crate: `src/ops/sign_in.rs` is `["ops", "sign_in"]`, `src/lib.rs` nothing.
    pub(crate) module: Vec<String>,
    /// The paths it names that begin in its own crate, without its tests: `["error", "Error"]`.
    pub(crate) names: Vec<Vec<String>>,
    /// The lines of each of its functions, without its tests.
    pub(crate) functions: Vec<usize>,
    /// Its lines.
    pub(crate) lines: usize,
}

impl File {
    /// Reads a file that lies here below `src`.
    pub(crate) fn read(src: &Path, path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path)?;
        Self::parse(module_of(path.strip_prefix(src)?), &text)
            .map_err(|why| format!("{}: {why}", path.display()).into())
    }

    /// The same of a text.
    pub(crate) fn parse(module: Vec<String>, text: &str) -> Result<Self, Failure> {
        let tokens: Vec<TokenTree> = TokenStream::from_str(text).map_err(|why| why.to_string())?.into_iter().collect();
        let mut names = Vec::new();
        names_in(&tokens, &module, &mut names);
        Ok(Self { module, names, functions: functions_in(text), lines: text.lines().count() })
    }
}

fn module_of(path: &Path) -> Vec<String> {
    let parts = path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect::<Vec<_>>();
    parts.into_iter().filter(|part| !matches!(part.as_str(), "lib" | "main" | "mod")).collect()
}

fn word(token: Option<&TokenTree>) -> Option<String> {
    match token {
        Some(TokenTree::Ident(ident)) => Some(ident.to_string()),
        _ => None,
    }
}

fn is_sign(token: Option<&TokenTree>, sign: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}

fn is_path_separator(tokens: &[TokenTree], at: usize) -> bool {
    is_sign(tokens.get(at), ':') && is_sign(tokens.get(at + 1), ':')
}

fn inner(token: &TokenTree) -> Vec<TokenTree> {
    match token {
        TokenTree::Group(group) => group.stream().into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Paths that begin with `crate`, `self` or `super`, outside of what is compiled for tests alone.
fn names_in(tokens: &[TokenTree], module: &[String], names: &mut Vec<Vec<String>>) {
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if let Some(end) = end_of_test_code(tokens, at) {
            at = end;
            continue;
        }
        let start = word(Some(token)).and_then(|word| start_of_path(&word, module));
        let inside_another = at > 0 && (is_sign(tokens.get(at - 1), '$') || is_sign(tokens.get(at - 1), ':'));
        match start {
            Some(start) if !inside_another && is_path_separator(tokens, at + 1) => {
                names_of_path(tokens, at + 3, start, names);
            }
            _ => names_in(&inner(token), module, names),
        }
        at += 1;
    }
}

/// Where `#[cfg(test)] mod ... { ... }` that begins here ends.
fn end_of_test_code(tokens: &[TokenTree], at: usize) -> Option<usize> {
    let attribute = tokens.get(at + 1).filter(|_| is_sign(tokens.get(at), '#'))?;
    let is_of_tests = attribute.to_string().replace(' ', "") == "[cfg(test)]";
    let rest = tokens.get(at + 2..).filter(|_| is_of_tests)?;
    rest.iter().position(ends_item).map(|body| at + 2 + body + 1)
}

/// Whether a function or module ends with this: its body, or the semicolon in place of one.
fn ends_item(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace) || is_sign(Some(token), ';')
}

/// The module that a path begins in by its first word.
fn start_of_path(word: &str, module: &[String]) -> Option<Vec<String>> {
    match word {
        "crate" => Some(Vec::new()),
        "self" => Some(module.to_vec()),
        "super" => module.split_last().map(|(_, parent)| parent.to_vec()),
        _ => None,
    }
}

/// The names of a path whose next word stands here: one, or one for each branch of `{...}`.
fn names_of_path(tokens: &[TokenTree], at: usize, mut path: Vec<String>, names: &mut Vec<Vec<String>>) {
    match tokens.get(at) {
        Some(TokenTree::Ident(ident)) if ident == "super" => {
            path.pop();
        }
        Some(TokenTree::Ident(ident)) => path.push(ident.to_string()),
        Some(group @ TokenTree::Group(_)) => {
            for branch in inner(group).split(|token| is_sign(Some(token), ',')).filter(|branch| !branch.is_empty()) {
                names_of_path(branch, 0, path.clone(), names);
            }
            return;
        }
        _ => {}
    }
    if is_path_separator(tokens, at + 1) {
        return names_of_path(tokens, at + 3, path, names);
    }
    names.push(path);
}

/// The lines of each function with a body, outside of what is compiled for tests alone. The text is as `cargo fmt` writes it:
/// what begins at some column ends with a brace at the same.
fn functions_in(text: &str) -> Vec<usize> {
    let lines: Vec<&str> = text.lines().collect();
    let column = |line: &str| line.len() - line.trim_start().len();
    let end_of = |at: usize| {
        let own = lines.get(at).map_or(0, |line| column(line));
        (at..lines.len()).find(|end| lines.get(*end).is_some_and(|line| column(line) == own && closes(line)))
    };
    let (mut functions, mut at) = (Vec::new(), 0);
    while let Some(line) = lines.get(at) {
        let of_tests = line.trim() == "#[cfg(test)]";
        if of_tests {
            at = end_of(at + 1).unwrap_or(lines.len());
        } else if is_function(line)
            && let Some(end) = end_of(at)
            && lines.get(end).is_some_and(|line| !line.ends_with(';'))
        {
            functions.push(end - at + 1);
        }
        at += 1;
    }
    functions
}

/// Whether an item that began at this line's column ends with this line.
fn closes(line: &str) -> bool {
    line.trim_start().starts_with('}') || line.ends_with(';') || line.ends_with("{}") || line.ends_with(" }")
}

fn is_function(line: &str) -> bool {
    let words = line.trim_start().split(' ');
    let mut words = words.skip_while(|word| {
        word.starts_with("pub") || ["const", "async", "unsafe", "extern", "in", "crate)", "super)"].contains(word)
    });
    words.next() == Some("fn")
}
