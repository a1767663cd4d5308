//! Finds the secrets in what went over a wire, and looks for them where none may stand (line 118).

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use memchr::memmem;
use regex::bytes::Regex;

/// Members of bodies, parameters of forms, elements and headers whose value is a secret.
const NAMES: &str = "Password|PreviousPassword|ProposedPassword|TemporaryPassword|PASSWORD|NEW_PASSWORD|SECRET_HASH|SecretHash\
    |REFRESH_TOKEN|AccessToken|IdToken|RefreshToken|Token|ClientSecret|SecretKey|SecretAccessKey|SessionToken|Session\
    |SECRET_BLOCK|PASSWORD_CLAIM_SECRET_BLOCK|PASSWORD_CLAIM_SIGNATURE|ConfirmationCode|code|WebIdentityToken\
    |[Aa]uthorization|[Xx]-[Aa]mz-[Ss]ecurity-[Tt]oken";

/// The secrets on these tapes, each with the name under which it was found first.
pub(crate) fn on(tapes: &[Vec<u8>]) -> BTreeMap<Vec<u8>, String> {
    let forms = [
        format!(r#""({NAMES})"\s*:\s*"([^"\\]+)""#),
        format!("<({NAMES})>([^<]+)<"),
        format!("[&\n]({NAMES})=([^&\\s]+)"),
        r"(Signature|[Bb]earer)[= ]([\w.-]{32,})".to_owned(),
        r"()(eyJ[\w-]+\.[\w-]+\.[\w-]{20,})".to_owned(),
    ];
    let mut found = BTreeMap::new();
    for form in forms {
        let form = Regex::new(&form).unwrap();
        for captures in tapes.iter().flat_map(|tape| form.captures_iter(tape)) {
            let (name, secret) = (captures.get(1).unwrap().as_bytes(), captures.get(2).unwrap().as_bytes());
            found.entry(secret.to_vec()).or_insert_with(|| String::from_utf8_lossy(name).into_owned());
        }
    }
    let units: [&[u8]; 4] = [b"seconds", b"minutes", b"hours", b"days"];
    found.retain(|secret, _| secret.len() >= 6 && !units.contains(&secret.as_slice()));
    found
}

/// What every RSA key in PKCS#8 begins with, as bytes and in base64, and what says so in PEM.
pub(crate) fn marks_of_private_keys() -> [(Vec<u8>, String); 3] {
    let der = b"\x02\x01\x00\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x04";
    [der.as_slice(), b"MIIEv", b"PRIVATE KEY"].map(|mark| (mark.to_vec(), "a private key".to_owned()))
}

/// Where these secrets stand in clear, among these files.
pub(crate) fn in_clear(secrets: &BTreeMap<Vec<u8>, String>, files: &[PathBuf]) -> Vec<String> {
    let mut places = Vec::new();
    for file in files {
        let Some(bytes) = unless_gone(std::fs::read(file)) else { continue };
        for (secret, name) in secrets.iter().filter(|(secret, _)| stands_in(&bytes, secret)) {
            places.push(format!("{name} {} in {}", String::from_utf8_lossy(secret), file.display()));
        }
    }
    places
}

/// What was read, unless the file is gone: a running database removes files while they are looked for.
fn unless_gone<T>(read: io::Result<T>) -> Option<T> {
    match read {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        other => Some(other.unwrap()),
    }
}

/// A code is a number among numbers: it counts where no letter, digit, point or line is beside it.
fn stands_in(bytes: &[u8], secret: &[u8]) -> bool {
    let part_of_more =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b".-_:".contains(byte));
    memmem::find_iter(bytes, secret).any(|at| {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        let alone = !part_of_more(before) && !part_of_more(bytes.get(at + secret.len()));
        alone || !secret.iter().all(u8::is_ascii_digit)
    })
}

/// Every file below a folder.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = unless_gone(std::fs::read_dir(folder)).into_iter().flatten();
    let paths = entries.filter_map(unless_gone).map(|entry| entry.path());
    paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_goes_while_it_is_looked_for_is_no_failure_and_a_secret_in_another_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let (there, gone) = (folder.path().join("there"), folder.path().join("gone"));
        std::fs::write(&there, b"a Canary-secret here").unwrap();
        let secrets = BTreeMap::from([(b"Canary-secret".to_vec(), "a secret".to_owned())]);

        assert_eq!(files_below(&gone), Vec::<PathBuf>::new());
        assert_eq!(in_clear(&secrets, &[gone, there]).len(), 1);
    }
}
