//! A response, from its text to what was signed in it.

use std::collections::BTreeSet;

use identity_kernel::time::Timestamp;

use crate::assertion::Assertion;
use crate::base64_text;
use crate::expected::Expected;
use crate::malformed::Malformed;
use crate::names::{ASSERTION, PROTOCOL, SUCCESS, only};
use crate::refused::Refused;
use crate::signature::{Placed, signed_bytes};
use crate::signing_key::SigningKey;
use crate::statements;
use crate::validity::Window;
use crate::xml::{Element, Limits, parse};

/// What was signed: every text is the canonical form of which a digest was checked, or lies within one.
#[derive(Debug)]
pub(crate) struct Signed {
    /// The response, if it is signed itself.
    pub(crate) response: Option<String>,
    /// The assertion, if it is signed itself.
    pub(crate) assertion: Option<String>,
}

impl Expected<'_> {
    /// Judges a response as a form carries it: in Base64. White space in it does not matter.
    ///
    /// # Errors
    ///
    /// [`Refused`], by the first rule that is broken.
    pub fn verify(&self, base64: &str, now: Timestamp) -> Result<Assertion, Refused> {
        let bytes = base64_text::decode(base64).ok_or(Malformed::Encoding)?;
        self.verify_xml(std::str::from_utf8(&bytes).map_err(|_| Malformed::Encoding)?, now)
    }

    /// Judges a response.
    ///
    /// # Errors
    ///
    /// [`Refused`], by the first rule that is broken.
    pub fn verify_xml(&self, xml: &str, now: Timestamp) -> Result<Assertion, Refused> {
        verify(self, xml, now)
    }
}

fn verify(expected: &Expected<'_>, xml: &str, now: Timestamp) -> Result<Assertion, Refused> {
    let written = parse(xml, Limits::RESPONSE)?;
    let signed = signed_parts(&written, expected.keys)?;
    let window = Window { now, skew: expected.skew() };
    let reparsed = signed.response.as_deref().map(|bytes| parse(bytes, Limits::CANONICAL)).transpose()?;
    // An unsigned response says nothing that is believed, and may only be a reason to refuse.
    let response = reparsed.as_ref().unwrap_or(&written);
    judge_response(response, expected, signed.response.is_some(), window)?;
    let answered = response.attribute("InResponseTo");
    match &signed.assertion {
        Some(bytes) => statements::read(&parse(bytes, Limits::CANONICAL)?, expected, answered, window),
        None => statements::read(only_assertion(response)?, expected, answered, window),
    }
}

/// Checks every signature that stands where one is used, from the outside in: what is inside is read out of what was signed
/// around it.
pub(crate) fn signed_parts(written: &Element<'_>, keys: &[SigningKey]) -> Result<Signed, Refused> {
    judge_form(written)?;
    let response = signed_bytes(Placed { element: written, around: &[] }, keys)?;
    let reparsed = response.as_deref().map(|bytes| parse(bytes, Limits::CANONICAL)).transpose()?;
    let around = reparsed.as_ref().unwrap_or(written);
    let assertion = signed_bytes(Placed { element: only_assertion(around)?, around: &[around] }, keys)?;
    if response.is_none() && assertion.is_none() {
        return Err(Refused::Unsigned);
    }
    Ok(Signed { response, assertion })
}

/// Holds what is written to one assertion at its one place, and to ids that are each of one element.
fn judge_form(written: &Element<'_>) -> Result<(), Refused> {
    if !written.is(PROTOCOL, "Response") {
        return Err(Refused::NotAResponse);
    }
    let all = written.all();
    if all.iter().any(|element| element.local.starts_with("Encrypted")) {
        return Err(Refused::Encrypted);
    }
    let mut ids = BTreeSet::new();
    if !all.iter().flat_map(|element| ids_of(element)).all(|id| ids.insert(id)) {
        return Err(Refused::DuplicateId);
    }
    let assertion = only_assertion(written)?;
    let advice = assertion.named(ASSERTION, "Advice").flat_map(Element::all);
    let advised = advice.filter(|element| element.local == "Assertion").count();
    let assertions = all.iter().filter(|element| element.local == "Assertion").count();
    if assertions == advised + 1 { Ok(()) } else { Err(Refused::Assertions) }
}

/// Everything that somebody might take for the element's id.
fn ids_of<'s>(element: &'s Element<'_>) -> impl Iterator<Item = &'s str> {
    let ids = element.attributes.iter().filter(|attribute| attribute.local.eq_ignore_ascii_case("id"));
    ids.map(|attribute| attribute.value.as_str())
}

fn only_assertion<'s, 'a>(response: &'s Element<'a>) -> Result<&'s Element<'a>, Refused> {
    only(response, ASSERTION, "Assertion").ok_or(Refused::Assertions)
}

fn judge_response(
    response: &Element<'_>,
    expected: &Expected<'_>,
    is_signed: bool,
    window: Window,
) -> Result<(), Refused> {
    if response.attribute("Version") != Some("2.0") || response.attribute("ID").is_none_or(str::is_empty) {
        return Err(Refused::Version);
    }
    window.has_been(response.attribute("IssueInstant"))?;
    let mut issuers = response.named(ASSERTION, "Issuer");
    if !issuers.all(|issuer| issuer.text() == Some(expected.issuer)) {
        return Err(Refused::Issuer);
    }
    match response.attribute("Destination") {
        Some(destination) if expected.recipients.contains(&destination) => {}
        None if !is_signed => {} // SAML Bindings §3.5.5.2: signed messages have one
        _ => return Err(Refused::Destination),
    }
    expected.answers.judge(response.attribute("InResponseTo"))?;
    let status = only(response, PROTOCOL, "Status").and_then(|status| only(status, PROTOCOL, "StatusCode"));
    let success = status.and_then(|code| code.attribute("Value")) == Some(SUCCESS);
    if success { Ok(()) } else { Err(Refused::Status) }
}
