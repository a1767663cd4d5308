//! Which operations a client calls and is answered, from what went over the wire: `cargo xtask coverage` tells of it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use regex::bytes::{Captures, Regex};

use crate::root;

/// Holds what a script called to what is written of it in `tests/clients/called`: each operation that stands there was called
/// and answered. With `CENOTE_RECORD_CALLS` it is written anew.
pub(crate) fn hold(conversations: Option<Vec<[Vec<u8>; 2]>>, script: &str) {
    let Some(conversations) = conversations else { return };
    let called: BTreeSet<String> =
        conversations.iter().flat_map(|[asked, answered]| answered_calls(asked, answered)).collect();
    let file = root().join("tests/clients/called").join(format!("{script}.txt"));
    if std::env::var_os("CENOTE_RECORD_CALLS").is_some() {
        return record(&file, called);
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    let missing: Vec<&str> = written.lines().filter(|line| !called.contains(*line)).collect();
    assert!(missing.is_empty(), "{} says that these are called and answered: {missing:?}", file.display());
}

/// A script may run against several servers: what it called there before stays.
fn record(file: &PathBuf, mut called: BTreeSet<String>) {
    let written = std::fs::read_to_string(file).unwrap_or_default();
    called.extend(written.lines().map(str::to_owned));
    let lines: Vec<String> = called.into_iter().map(|line| line + "\n").collect();
    if !lines.is_empty() {
        std::fs::write(file, lines.concat()).unwrap();
    }
}

/// The operations that were called over one connection and answered with 200, each with its service or protocol.
fn answered_calls(asked: &[u8], answered: &[u8]) -> Vec<String> {
    let request = Regex::new(r"(?:GET|POST|PUT|DELETE|OPTIONS|HEAD) \S+ HTTP/1\.1\r\n").unwrap();
    let status = Regex::new(r"HTTP/1\.1 ([2-5]\d\d) ").unwrap();
    let mut begins: Vec<usize> = request.find_iter(asked).map(|found| found.start()).collect();
    begins.push(asked.len());
    let requests = begins.windows(2).filter_map(|ends| asked.get(*ends.first()?..*ends.last()?));
    let answers =
        status.captures_iter(answered).map(|found| found.get(1).is_some_and(|code| code.as_bytes() == b"200"));
    requests.zip(answers).filter(|(_, good)| *good).filter_map(|(request, _)| operation(request)).collect()
}

fn operation(request: &[u8]) -> Option<String> {
    let target = Regex::new(r"(?mi)^x-amz-target: AWSCognitoIdentity(Provider)?Service\.(\w+)\r$").unwrap();
    let action = Regex::new(r"(?m)(?:^|&)Action=(\w+)").unwrap();
    let text = |found: &Captures<'_>, at| Some(String::from_utf8_lossy(found.get(at)?.as_bytes()).into_owned());
    if let Some(found) = target.captures(request) {
        let service = if found.get(1).is_some() { "cognito-idp" } else { "cognito-identity" };
        return Some(format!("{service}.{}", text(&found, 2)?));
    }
    Some(format!("query.{}", text(&action.captures(request)?, 1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_answered_with_200_was_called_and_nothing_else() {
        let asked = b"POST / HTTP/1.1\r\nX-Amz-Target: AWSCognitoIdentityProviderService.SignUp\r\n\r\n{}\
            POST / HTTP/1.1\r\n\r\nAction=AssumeRole&Version=1GET /x HTTP/1.1\r\n\r\n\
            POST / HTTP/1.1\r\nx-amz-target: AWSCognitoIdentityService.GetId\r\n\r\n{}";
        let answered =
            b"HTTP/1.1 400 Bad Request\r\n\r\n{}HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n";

        assert_eq!(answered_calls(asked, answered), ["query.AssumeRole", "cognito-identity.GetId"]);
    }
}
