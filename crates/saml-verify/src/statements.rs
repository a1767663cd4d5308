//! What a signed assertion says, held to what is expected (SAML Core §2, Profiles §4.1.4).

use identity_kernel::time::Timestamp;

use crate::assertion::{Assertion, Attribute, NameId};
use crate::expected::Expected;
use crate::names::{ASSERTION, only};
use crate::refused::Refused;
use crate::validity::{Window, parse};
use crate::xml::Element;

/// The longest id of an assertion, in bytes.
const LONGEST_ID: usize = 1024;
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

/// Reads an assertion out of the bytes that were signed. `answered` is the request that the response says to answer.
pub(crate) fn read(
    assertion: &Element<'_>,
    expected: &Expected<'_>,
    answered: Option<&str>,
    window: Window,
) -> Result<Assertion, Refused> {
    let id = assertion.attribute("ID").filter(|id| (1..=LONGEST_ID).contains(&id.len()));
    let id = id.filter(|_| assertion.attribute("Version") == Some("2.0")).ok_or(Refused::Version)?;
    window.has_been(assertion.attribute("IssueInstant"))?;
    let issuer = only(assertion, ASSERTION, "Issuer").and_then(Element::text);
    let issuer = issuer.filter(|issuer| *issuer == expected.issuer).ok_or(Refused::Issuer)?;
    let subject = only(assertion, ASSERTION, "Subject").ok_or(Refused::Subject)?;
    let (audience, conditions_end) = conditions(assertion, expected, window)?;
    let (recipient, confirmation_ends) = confirmation(subject, expected, answered, window)?;
    Ok(Assertion {
        id: id.to_owned(),
        issuer: issuer.to_owned(),
        name_id: name_id(subject)?,
        audience,
        recipient,
        attributes: attributes(assertion)?,
        session_ends_at: session_end(assertion, window)?,
        usable_until: conditions_end.map_or(confirmation_ends, |end| end.min(confirmation_ends)),
    })
}

/// The only name in an element.
pub(crate) fn name_id(subject: &Element<'_>) -> Result<NameId, Refused> {
    let name = only(subject, ASSERTION, "NameID").ok_or(Refused::Subject)?;
    let value = name.text().filter(|value| !value.is_empty()).ok_or(Refused::Subject)?;
    let own = |attribute| name.attribute(attribute).map(str::to_owned);
    Ok(NameId {
        value: value.to_owned(),
        format: own("Format"),
        name_qualifier: own("NameQualifier"),
        sp_name_qualifier: own("SPNameQualifier"),
    })
}

/// The audience, and when the conditions end.
fn conditions(
    assertion: &Element<'_>,
    expected: &Expected<'_>,
    window: Window,
) -> Result<(String, Option<Timestamp>), Refused> {
    let conditions = only(assertion, ASSERTION, "Conditions").ok_or(Refused::Audience)?;
    window.has_begun(conditions.attribute("NotBefore"))?;
    let end = window.has_not_ended(conditions.attribute("NotOnOrAfter"))?;
    let mut audience = None;
    for condition in conditions.elements() {
        match condition.local {
            "AudienceRestriction" => audience = Some(named_audience(condition, expected)?),
            "OneTimeUse" | "ProxyRestriction" => {}
            _ => return Err(Refused::Condition),
        }
        if &*condition.namespace != ASSERTION {
            return Err(Refused::Condition);
        }
    }
    Ok((audience.ok_or(Refused::Audience)?, end))
}

fn named_audience(restriction: &Element<'_>, expected: &Expected<'_>) -> Result<String, Refused> {
    let mut named = restriction.named(ASSERTION, "Audience").filter_map(Element::text);
    let found = named.find(|audience| expected.audiences.contains(audience));
    found.map(str::to_owned).ok_or(Refused::Audience)
}

/// The recipient of the first confirmation that holds, and when the last that does ends. If none holds: why the last does not.
fn confirmation(
    subject: &Element<'_>,
    expected: &Expected<'_>,
    answered: Option<&str>,
    window: Window,
) -> Result<(String, Timestamp), Refused> {
    let judged = subject.named(ASSERTION, "SubjectConfirmation");
    let judged = judged.map(|one| judge_confirmation(one, expected, answered, window));
    let (recipient, end) = judged.reduce(either).unwrap_or(Err(Refused::Confirmation))?;
    Ok((recipient.to_owned(), end))
}

/// A recipient, and when its confirmation ends.
type Confirmed<'s> = Result<(&'s str, Timestamp), Refused>;

fn either<'s>(one: Confirmed<'s>, other: Confirmed<'s>) -> Confirmed<'s> {
    match (one, other) {
        (Ok((recipient, end)), Ok((_, later))) => Ok((recipient, end.max(later))),
        (Ok(held), Err(_)) | (_, Ok(held)) => Ok(held),
        (Err(_), last) => last,
    }
}

/// A bearer's confirmation (SAML Profiles §4.1.4.2).
fn judge_confirmation<'s>(
    confirmation: &'s Element<'_>,
    expected: &Expected<'_>,
    answered: Option<&str>,
    window: Window,
) -> Confirmed<'s> {
    let is_bearer = confirmation.attribute("Method") == Some(BEARER);
    let data = only(confirmation, ASSERTION, "SubjectConfirmationData").filter(|_| is_bearer);
    let data = data.ok_or(Refused::Confirmation)?;
    let recipient = data.attribute("Recipient").filter(|recipient| expected.recipients.contains(recipient));
    let recipient = recipient.ok_or(Refused::Confirmation)?;
    window.has_begun(data.attribute("NotBefore"))?;
    let end = window.has_not_ended(data.attribute("NotOnOrAfter"))?.ok_or(Refused::Confirmation)?;
    let own = data.attribute("InResponseTo");
    expected.answers.judge(own)?;
    if answered.is_some() && own != answered { Err(Refused::ResponseTo) } else { Ok((recipient, end)) }
}

/// The earliest end of a session. At least one statement says that the user was authenticated.
fn session_end(assertion: &Element<'_>, window: Window) -> Result<Option<Timestamp>, Refused> {
    let mut earliest = None;
    let mut statements = assertion.named(ASSERTION, "AuthnStatement").peekable();
    statements.peek().ok_or(Refused::Statement)?;
    for statement in statements {
        window.has_been(statement.attribute("AuthnInstant"))?;
        let written = statement.attribute("SessionNotOnOrAfter");
        window.has_not_ended(written)?;
        if let Some(end) = written.map(parse).transpose()? {
            earliest = Some(earliest.map_or(end, |earlier: Timestamp| earlier.min(end)));
        }
    }
    Ok(earliest)
}

fn attributes(assertion: &Element<'_>) -> Result<Vec<Attribute>, Refused> {
    let statements = assertion.named(ASSERTION, "AttributeStatement");
    let attributes = statements.flat_map(|statement| statement.named(ASSERTION, "Attribute"));
    attributes.map(attribute).collect()
}

fn attribute(attribute: &Element<'_>) -> Result<Attribute, Refused> {
    let name = attribute.attribute("Name").ok_or(Refused::Statement)?;
    let values = attribute.named(ASSERTION, "AttributeValue").filter_map(Element::text);
    Ok(Attribute { name: name.to_owned(), values: values.map(str::to_owned).collect() })
}
