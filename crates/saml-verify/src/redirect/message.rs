//! What an identity provider sends by redirect.

use identity_kernel::time::Timestamp;

use super::inflated::inflated;
use super::query::{Kind, signed_query};
use crate::assertion::NameId;
use crate::expected::Expected;
use crate::names::{ASSERTION, DS, PROTOCOL, SUCCESS, only};
use crate::refused::Refused;
use crate::statements::name_id;
use crate::validity::{Window, parse as parse_time};
use crate::xml::{Element, Limits, parse};

/// For how long a message is taken, in seconds from when it was made: it is on its way through a browser alone.
const LIFETIME_SECONDS: i64 = 300;

/// A message that came in the query of a URL, whose signature, addressees and times hold.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Redirected {
    /// What it says.
    pub message: Message,
    /// What is to be given back with the answer, or was given with the request. Signed with the message.
    pub relay_state: Option<String>,
}

/// What an identity provider says by redirect.
///
/// Sign-ins never come this way: SAML Profiles §4.1.2 forbids it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Message {
    /// A user is to be signed out.
    LogoutRequest(LogoutRequest),
    /// Whether a user was signed out, as we had asked.
    LogoutResponse(LogoutResponse),
}

/// The wish that a user be signed out (SAML Core §3.7.1).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct LogoutRequest {
    /// Its id, which the answer must name. Until [`usable_until`](Self::usable_until) the same request may come again.
    pub id: String,
    /// Who is to be signed out.
    pub name_id: NameId,
    /// Of which sessions; of all if there is none.
    pub session_indexes: Vec<String>,
    /// From this instant on it is refused for its times, skew included.
    pub usable_until: Timestamp,
}

/// What became of a wish of ours that a user be signed out (SAML Core §3.7.2).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct LogoutResponse {
    /// Its id.
    pub id: String,
    /// The request that it answers, if it names one.
    pub in_response_to: Option<String>,
    /// Whether the user was signed out.
    pub success: bool,
}

impl Expected<'_> {
    /// Judges the query of a URL, without `?`, as it stood in the request: escaped, in its order. It must be signed as a
    /// whole, and nothing in it is unpacked before the signature holds. `audiences` are not asked.
    ///
    /// # Errors
    ///
    /// [`Refused`], by the first rule that is broken; [`Refused::Query`] for a parameter that stands twice or is not the
    /// binding's, or does not stand in its place.
    pub fn verify_redirect(&self, query: &str, now: Timestamp) -> Result<Redirected, Refused> {
        let query = signed_query(query, self.keys)?;
        let xml = inflated(&query.packed)?;
        let root = parse(&xml, Limits::RESPONSE)?;
        let window = Window { now, skew: self.skew() };
        let message = self.judge_message(&root, query.kind, window)?;
        Ok(Redirected { message, relay_state: query.relay_state })
    }

    fn judge_message(&self, root: &Element<'_>, kind: Kind, window: Window) -> Result<Message, Refused> {
        let read = match kind {
            Kind::Request if root.is(PROTOCOL, "LogoutRequest") => logout_request,
            Kind::Response if root.is(PROTOCOL, "LogoutResponse") => logout_response,
            _ => return Err(Refused::Message),
        };
        if root.named(DS, "Signature").next().is_some() {
            return Err(Refused::SignatureForm);
        }
        let id = root.attribute("ID").filter(|id| !id.is_empty());
        let id = id.filter(|_| root.attribute("Version") == Some("2.0")).ok_or(Refused::Version)?;
        if only(root, ASSERTION, "Issuer").and_then(Element::text) != Some(self.issuer) {
            return Err(Refused::Issuer);
        }
        // Signed messages have one: SAML Bindings §3.4.5.2.
        if !root.attribute("Destination").is_some_and(|destination| self.recipients.contains(&destination)) {
            return Err(Refused::Destination);
        }
        let end = made_lately(root, window)?;
        read(self, Made { root, id, end }, window)
    }
}

/// When a message is no longer taken, because of when it was made.
fn made_lately(root: &Element<'_>, window: Window) -> Result<Timestamp, Refused> {
    let made = root.attribute("IssueInstant");
    window.has_been(made)?;
    let end = parse_time(made.unwrap_or_default())?.plus_seconds(LIFETIME_SECONDS + window.skew);
    if window.now >= end { Err(Refused::Expired) } else { Ok(end) }
}

/// A message that was made lately.
#[derive(Clone, Copy)]
struct Made<'s, 'a> {
    root: &'s Element<'a>,
    id: &'s str,
    end: Timestamp,
}

fn logout_request(_: &Expected<'_>, made: Made<'_, '_>, window: Window) -> Result<Message, Refused> {
    let Made { root, id, end } = made;
    if root.elements().any(|element| element.local.starts_with("Encrypted")) {
        return Err(Refused::Encrypted);
    }
    let own_end = window.has_not_ended(root.attribute("NotOnOrAfter"))?;
    let sessions = root.named(PROTOCOL, "SessionIndex").map(Element::text);
    let session_indexes: Option<Vec<_>> = sessions.map(|text| text.map(str::to_owned)).collect();
    Ok(Message::LogoutRequest(LogoutRequest {
        id: id.to_owned(),
        name_id: name_id(root)?,
        session_indexes: session_indexes.ok_or(Refused::Subject)?,
        usable_until: own_end.map_or(end, |own| own.min(end)),
    }))
}

fn logout_response(expected: &Expected<'_>, made: Made<'_, '_>, _: Window) -> Result<Message, Refused> {
    let answered = made.root.attribute("InResponseTo");
    expected.answers.judge(answered)?;
    let status = only(made.root, PROTOCOL, "Status").and_then(|status| only(status, PROTOCOL, "StatusCode"));
    let status = status.and_then(|code| code.attribute("Value")).ok_or(Refused::Status)?;
    Ok(Message::LogoutResponse(LogoutResponse {
        id: made.id.to_owned(),
        in_response_to: answered.map(str::to_owned),
        success: status == SUCCESS,
    }))
}
