//! Each pattern of the models takes what Java's dialect takes, and refuses what it refuses.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use cognito_wire::schema::Pattern;
use cognito_wire::{check, cognito_identity, cognito_idp, iam, sts};
use serde_json::json;

/// A pattern as the models write it, texts that fit, and texts that do not.
type Case = (&'static str, &'static [&'static str], &'static [&'static str]);

const CASES: &[Case] = &[
    ("(?s).*", &["", "two\nlines"], &[]),
    (
        "(arn:[\\w+=/,.@-]+:[\\w+=/,.@-]+:([\\w+=/,.@-]*)?:[0-9]+:[\\w+=/,.@-]+(:[\\w+=/,.@-]+)?(:[\\w+=/,.@-]+)?)?",
        &["", "arn:aws:iam::123456789012:role/team/app", "arn:aws:lambda:eu-west-1:123456789012:function:f:live"],
        &["arn:aws:iam:::role/app", "role/app", "arn:aws:iam::12345678901x:role/app"],
    ),
    (".*\\{####\\}.*", &["{####}", "Code: {####}."], &["Code: {###}", "line\n{####}", "line\u{2028}{####}"]),
    ("Level[1-4]", &["Level1", "Level4"], &["Level0", "Level5", "Level", "level1"]),
    ("[0-9]+", &["0", "123456"], &["", "12a", "٣", "0-9"]),
    ("[A-Z0-9]+", &["AZ09"], &["", "a", "A-B", "٣"]),
    ("[A-Za-z0-9-_+/=.]+", &["aZ0-_+/=."], &["", "a b", "a,b", ":"]),
    ("[A-Za-z0-9-_=.]+", &["aZ0-_=."], &["", "a+b", "a/b", ":"]),
    ("[A-Za-z0-9]+", &["aZ0"], &["", "a-b", "ä"]),
    ("[\\S]+", &["secret", "ä-\u{a0}"], &["", "two words", "a\tb", "a\u{b}b"]),
    ("[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\p{Z}]+", &["a b", "ä€7."], &["", "a\nb"]),
    ("[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\s*]*", &["", "a *\nb"], &["a\u{0}", "a\u{200b}"]),
    (
        "[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\s*]*\\{####\\}[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\s*]*",
        &["{####}", "Your code:\n{####}!"],
        &["Your code", "{####}\u{0}"],
    ),
    (
        "[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\s*]*\\{##[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\s*]*##\\}[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\s*]*",
        &["{####}", "Please {##click here##}."],
        &["Please click", "{##a\u{0}##}"],
    ),
    ("[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\s*]+", &["a *\nb"], &["", "a\u{0}"]),
    ("[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\s]+", &["Hello,\tyou"], &["", "a\u{0}"]),
    ("[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\t\\n\\r ]+", &["a\tb\r\nc d"], &["", "a\u{b}b", "a\u{a0}b"]),
    ("[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+", &["ada@example.com", "ß€"], &["", "ada l", "a\u{200b}"]),
    (
        "[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+@[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+",
        &["ada@example.com"],
        &["ada", "@example.com", "a b@c"],
    ),
    ("[\\w+-]+", &["a_0+-"], &["", "a b", "ä", "a."]),
    ("[\\w+=/]+", &["a_0+=/"], &["", "a-b", "ä"]),
    ("[\\w+]+", &["a_0+"], &["", "a-b", "ä"]),
    ("[\\w-]+_[0-9a-f-]+", &["us-east-1_0af-"], &["us-east-1", "us-east-1_G", "_0"]),
    ("[\\w-]+_[0-9a-zA-Z]+", &["eu-west-1_Ab3dEf9hJ"], &["eu-west-1", "no pool", "eu-west-1_a-b"]),
    ("[\\w\\s+=,.@-]+", &["my client, 2.0+=@-"], &["", "a/b", "ä"]),
    ("[\\w\\s+=.@-]+", &["my pool 2.0+=@-"], &["", "a,b", "ä"]),
    ("[\\w]+", &["a_0"], &["", "a-b", "ä"]),
    ("[\\x21\\x23-\\x2E\\x30-\\x5B\\x5D-\\x7E]+", &["!#.0[]~"], &["", "a b", "a\"b", "a/b", "a\\b"]),
    ("[\\x21\\x23-\\x5B\\x5D-\\x7E]+", &["!#/[]~"], &["", "a b", "a\"b", "a\\b"]),
    ("[^_\\p{Z}][\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}][^_\\p{Z}]+", &["Facebook", "a_b"], &["", "ab", "_abc", "a bc"]),
    ("^(terms-of-use|privacy-policy)$", &["terms-of-use"], &["terms", "privacy-policy\n"]),
    ("^(tkn|sso)[a-z0-9]{25}$", &["tkn0123456789abcdefghijklmno"], &["tkn0123", "abc0123456789abcdefghijklmno"]),
    ("^[0-9A-Za-z\\.\\-_]*(?<!\\.)$", &["", "a.b-c_d", "a"], &["a.", ".", "a b"]),
    ("^[0-9a-fA-F]+$", &["00aF"], &["", "0g", "00\n"]),
    (
        "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[4][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$",
        &["0a1b2c3d-1111-4222-8333-444455556666"],
        &["0a1b2c3d-1111-1222-8333-444455556666", "0a1b2c3d-1111-4222-7333-444455556666"],
    ),
    (
        "^[0-9a-f]{8}\\b-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-\\b[0-9a-f]{12}$",
        &["0a1b2c3d-1111-4222-8333-444455556666"],
        &["0A1b2c3d-1111-4222-8333-444455556666", "0a1b2c3d-1111-4222-8333-44445555666"],
    ),
    ("^[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+$", &["ada"], &["", "a b"]),
    ("^[\\w\\- ]+$", &["my role-1"], &["", "a.b", "a\tb"]),
    ("^[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?$", &["a", "login-1", "login.example.com"], &["", "-a", "a-", "A"]),
    ("^[a-z0-9]+$", &["abc1"], &["", "A", "a-b"]),
    ("^[a-zA-Z0-9_-]+$", &["aB_-1"], &["", "a.b"]),
    (
        "^arn\\:(aws|aws-us-gov|aws-eusc)\\:secretsmanager\\:([\\d\\w\\-]+):(\\d{12})\\:secret\\/[\\w+=\\/,.@\\-]+$",
        &["arn:aws:secretsmanager:us-east-1:123456789012:secret/app"],
        &["arn:aws:secretsmanager:us-east-1:0-9:secret/app", "arn:aws-cn:secretsmanager:x:123456789012:secret/a"],
    ),
    (
        "^cognito:(default|dutch|english|french|spanish|german|bahasa-indonesia|italian|japanese|korean|portuguese-brazil|chinese-(simplified|traditional))$",
        &["cognito:german", "cognito:chinese-simplified"],
        &["cognito:chinese-", "german"],
    ),
    (
        "^https://[!$-;=@-\\[\\]_a-z~]+$",
        &["https://*.example.com/a=b"],
        &["http://a", "https://", "https://a b", "https://a?b"],
    ),
    ("^https://[^\\s]+$", &["https://example.com"], &["http://a", "https://a b"]),
    (
        "arn:[\\w+=/,.@-]+:[\\w+=/,.@-]+:([\\w+=/,.@-]*)?:[0-9]+:[\\w+=/,.@-]+(:[\\w+=/,.@-]+)?(:[\\w+=/,.@-]+)?",
        &["arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_a"],
        &["", "arn:aws:iam:::role/app", "arn:aws:iam::0-9:role/app"],
    ),
    (
        "arn:[\\w+=/,.@-]+:[\\w+=/,.@-]+:::[\\w+=/,.@-]+(:[\\w+=/,.@-]+)?(:[\\w+=/,.@-]+)?",
        &["arn:aws:s3:::bucket"],
        &["arn:aws:s3:us-east-1:123456789012:bucket"],
    ),
    ("import-[0-9a-zA-Z-]+", &["import-aZ0-"], &["import-", "import-a_b"]),
    ("(un)?authenticated", &["authenticated", "unauthenticated"], &["un", "authenticated "]),
    ("[\\w-]+:[0-9a-f-]+", &["us-east-1:0af-"], &["us-east-1", "us-east-1:G"]),
    ("[\\w.;_/-]+", &["a.;_/-"], &["", "a:b"]),
    ("[\\w._-]+", &["login.my-app_1"], &["", "a/b", "a:b"]),
    ("[\\w._:/-]+", &["cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a:client"], &["", "a b", "a;b"]),
    ("[\\w_]+", &["a_0"], &["", "a-b"]),
    ("\\d+", &["123456789012"], &["", "0-9", "9+", "12x", "٣"]),
    ("[\\d]*", &["", "123456"], &["0-9", "12x"]),
    ("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*", &["", "cost centre: a_b"], &["a,b", "a\nb"]),
    ("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+", &["cost centre"], &["", "a,b"]),
    (
        "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+",
        &["{\"a\": \"ä😀\"}\n"],
        &["", "\u{0}", "\u{80}"],
    ),
    ("[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*", &["", "aÿ"], &["\u{80}", "Ā"]),
    ("[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+", &["{\"Version\": \"2012-10-17\"}"], &["", "\u{0}", "Ā"]),
    ("[\\w+=,.@-]*", &["", "a+=,.@-"], &["a/b", "ä"]),
    ("[\\w+=,.@-]+", &["app", "a+=,.@-"], &["", "a/b", "ä"]),
    ("[\\w+=,.@:-]*", &["", "a:b"], &["a/b"]),
    ("[\\w+=,.@:\\/-]*", &["", "a:/b"], &["a b"]),
    ("[\\w+=,.@\\:-]*", &["", "a:b"], &["a/b"]),
    ("[\\w+=/:,.@-]*", &["", "a/:b"], &["a b"]),
    ("[\\w]*", &["", "a_0"], &["a-b"]),
    (
        "[\\x21\\x23-\\x2B\\x2D-\\x5B\\x5D-\\x7E]+( [\\x21\\x23-\\x2B\\x2D-\\x5B\\x5D-\\x7E]+)*",
        &["openid", "openid email"],
        &["", " openid", "a  b", "a,b"],
    ),
    ("v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?", &["v1", "v10", "v2.a-9"], &["v0", "1", "v1.ä", "v1.a.b", "V1"]),
];

fn all() -> Vec<&'static Pattern> {
    let all = [&cognito_idp::PATTERNS[..], &cognito_identity::PATTERNS[..], &sts::PATTERNS[..], &iam::PATTERNS[..]];
    all.into_iter().flatten().copied().collect()
}

#[test]
fn every_pattern_of_the_models_compiles() {
    let unsound: Vec<&str> = all().into_iter().filter(|pattern| !pattern.is_sound()).map(|p| p.shown).collect();

    assert_eq!(unsound, Vec::<&str>::new());
}

#[test]
fn every_pattern_of_the_models_has_texts_that_fit_and_texts_that_do_not() {
    let tried: BTreeSet<&str> = CASES.iter().map(|(pattern, ..)| *pattern).collect();
    let models: BTreeSet<&str> = all().into_iter().map(|pattern| pattern.shown).collect();

    assert_eq!(models.difference(&tried).collect::<Vec<_>>(), Vec::<&&str>::new());
    assert!(CASES.iter().all(|(pattern, fit, not)| !fit.is_empty() && (!not.is_empty() || *pattern == "(?s).*")));
}

#[test]
fn every_pattern_of_the_models_takes_what_it_takes_in_java() {
    let mut wrong = Vec::new();
    for pattern in all() {
        for (_, fit, not) in CASES.iter().filter(|(shown, ..)| *shown == pattern.shown) {
            wrong
                .extend(fit.iter().filter(|text| !pattern.matches(text)).map(|text| (pattern.shown, "refused", *text)));
            wrong.extend(not.iter().filter(|text| pattern.matches(text)).map(|text| (pattern.shown, "took", *text)));
        }
    }

    assert_eq!(wrong, Vec::new());
}

#[test]
fn an_account_id_is_digits() {
    let body = |account: &str| json!({"AccountId": account, "IdentityPoolId": "us-east-1:0a1b2c3d-1111-4222-8333-444455556666"});

    assert!(check::read::<cognito_identity::GetId>(body("123456789012")).is_ok());
    assert!(check::read::<cognito_identity::GetId>(body("0-9+")).is_err());
}
