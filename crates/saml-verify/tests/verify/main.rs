//! Responses that are right but for one thing, and what becomes of them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::format_collect, reason = "tests")]

mod enforced;
mod forms;
mod mutations;
mod provider;
mod redirect;
mod signatures;
mod signxml;
mod wrapping;

use std::sync::LazyLock;

use identity_kernel::time::Timestamp;
use saml_verify::{Answers, Assertion, Expected, Refused, SigningKey};
use test_support::saml::{Facts, IdentityProvider};

const RECIPIENT: &str = "https://app.example/saml";
const NOW: Timestamp = Timestamp::from_epoch_seconds(1_800_000_000);

static IDP: LazyLock<IdentityProvider> = LazyLock::new(|| IdentityProvider::new("https://idp.example"));
static KEYS: LazyLock<[SigningKey; 1]> = LazyLock::new(|| [SigningKey::from_certificate(&IDP.certificate()).unwrap()]);

fn expected() -> Expected<'static> {
    Expected {
        issuer: "https://idp.example",
        keys: &*KEYS,
        audiences: &[RECIPIENT],
        recipients: &[RECIPIENT],
        answers: Answers::Nothing,
        skew_seconds: 60,
    }
}

fn facts() -> Facts {
    Facts::of("ada", RECIPIENT, NOW).with("role", &["reader", "writer"])
}

fn verify(xml: &str) -> Result<Assertion, Refused> {
    expected().verify_xml(xml, NOW)
}

/// A response with a signed assertion, whose text was changed before it was signed.
fn with_assertion(change: impl FnOnce(String) -> String) -> String {
    IDP.response(&facts(), &IDP.sign(&change(IDP.assertion(&facts()))))
}

/// A response that is signed itself, whose text was changed before.
fn with_response(change: impl FnOnce(String) -> String) -> String {
    IDP.sign(&change(IDP.response(&facts(), &IDP.assertion(&facts()))))
}

/// One text in the place of another, which must be there.
fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "no {from} in {text}");
    text.replacen(from, to, 1)
}
