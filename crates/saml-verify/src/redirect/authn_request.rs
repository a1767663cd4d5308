//! The request by which a sign-in begins, as the URL that a browser is sent to.

use std::fmt;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use identity_kernel::time::Timestamp;
use miniz_oxide::deflate::compress_to_vec;

use super::query::percent_encoded;
use crate::names::{ASSERTION, PROTOCOL};
use crate::signing_key::{ECDSA_SHA256, ECDSA_SHA384, RSA_SHA256};

/// The longest relay state (SAML Bindings §3.4.3), in bytes.
const LONGEST_RELAY_STATE: usize = 80;
/// How hard is packed: a request is short.
const LEVEL: u8 = 6;

/// The request that a user be authenticated (SAML Core §3.4.1). The response comes by a form (`HTTP-POST`).
#[derive(Clone, Copy, Debug)]
pub struct AuthnRequest<'a> {
    /// Its id, which the response must name ([`Answers::Request`](crate::Answers::Request)): a letter or `_`, then letters,
    /// digits, `-`, `.` and `_`. Make it of 128 random bits at least.
    pub id: &'a str,
    /// The identity provider's address for requests by redirect, without fragment.
    pub destination: &'a str,
    /// Our entity id.
    pub issuer: &'a str,
    /// Where the response is to be sent.
    pub consumer: &'a str,
    /// How the subject is to be named; `None` leaves it to the provider.
    pub name_id_format: Option<&'a str>,
    /// Whether the user must prove anew who it is.
    pub force_authn: bool,
    /// Now.
    pub issued_at: Timestamp,
}

/// How a request is signed. Signatures of ECDSA are `r` and `s` beside each other, as in tokens (RFC 7518 §3.4).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RedirectAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaSha256,
    /// ECDSA on P-256 with SHA-256.
    EcdsaSha256,
    /// ECDSA on P-384 with SHA-384.
    EcdsaSha384,
}

/// Why no request is made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum InvalidRequest {
    /// The destination is no `https` or `http` URL in ASCII, or has a fragment.
    Destination,
    /// The id cannot be one in XML.
    Id,
    /// The relay state is longer than 80 bytes.
    RelayState,
    /// A text has a character that XML has not.
    Text,
}

/// A request that is to be sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Redirect {
    /// The destination with what separates its own query.
    before: String,
    query: String,
}

impl AuthnRequest<'_> {
    /// The request in a URL. With an algorithm it is to be signed: [`octets`](Redirect::octets) by it, then
    /// [`signed`](Redirect::signed).
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`].
    pub fn redirect(
        &self,
        relay_state: Option<&str>,
        algorithm: Option<RedirectAlgorithm>,
    ) -> Result<Redirect, InvalidRequest> {
        let before = self.before_query()?;
        let packed = BASE64_STANDARD.encode(compress_to_vec(self.xml()?.as_bytes(), LEVEL));
        let mut query = format!("SAMLRequest={}", percent_encoded(&packed));
        if let Some(state) = relay_state {
            if state.len() > LONGEST_RELAY_STATE {
                return Err(InvalidRequest::RelayState);
            }
            query.push_str("&RelayState=");
            query.push_str(&percent_encoded(state));
        }
        if let Some(algorithm) = algorithm {
            query.push_str("&SigAlg=");
            query.push_str(&percent_encoded(algorithm.uri()));
        }
        Ok(Redirect { before, query })
    }

    fn before_query(&self) -> Result<String, InvalidRequest> {
        let rest = self.destination.strip_prefix("https://").or_else(|| self.destination.strip_prefix("http://"));
        let sound = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
        let separator = match rest.filter(|rest| sound(rest)).ok_or(InvalidRequest::Destination)? {
            rest if rest.ends_with(['?', '&']) => "",
            rest if rest.contains('?') => "&",
            _ => "?",
        };
        Ok(format!("{}{separator}", self.destination))
    }

    fn xml(&self) -> Result<String, InvalidRequest> {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        if !self.id.starts_with(|first: char| first == '_' || first.is_ascii_alphabetic()) || !self.id.bytes().all(word)
        {
            return Err(InvalidRequest::Id);
        }
        let mut xml = format!(
            "<samlp:AuthnRequest xmlns:samlp=\"{PROTOCOL}\" xmlns:saml=\"{ASSERTION}\" ID=\"{}\" Version=\"2.0\" \
             IssueInstant=\"{}\" Destination=\"{}\" AssertionConsumerServiceURL=\"{}\" \
             ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\"",
            self.id,
            self.issued_at.to_iso8601(),
            escaped(self.destination)?,
            escaped(self.consumer)?,
        );
        xml.push_str(if self.force_authn { " ForceAuthn=\"true\">" } else { ">" });
        let _ = write!(xml, "<saml:Issuer>{}</saml:Issuer><samlp:NameIDPolicy", escaped(self.issuer)?);
        if let Some(format) = self.name_id_format {
            let _ = write!(xml, " Format=\"{}\"", escaped(format)?);
        }
        xml.push_str(" AllowCreate=\"true\"/></samlp:AuthnRequest>");
        Ok(xml)
    }
}

impl RedirectAlgorithm {
    fn uri(self) -> &'static str {
        match self {
            Self::RsaSha256 => RSA_SHA256,
            Self::EcdsaSha256 => ECDSA_SHA256,
            Self::EcdsaSha384 => ECDSA_SHA384,
        }
    }
}

impl Redirect {
    /// What is signed.
    pub fn octets(&self) -> &[u8] {
        self.query.as_bytes()
    }

    /// The URL with this signature over [`octets`](Self::octets).
    pub fn signed(&self, signature: &[u8]) -> String {
        format!("{self}&Signature={}", percent_encoded(&BASE64_STANDARD.encode(signature)))
    }
}

/// The URL without signature.
impl fmt::Display for Redirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.before, self.query)
    }
}

/// A text between quotes or tags.
fn escaped(text: &str) -> Result<String, InvalidRequest> {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' | '<' | '>' | '"' => {
                let _ = write!(escaped, "&#{};", u32::from(character));
            }
            character if character < ' ' || matches!(character, '\u{FFFE}' | '\u{FFFF}') => {
                return Err(InvalidRequest::Text);
            }
            character => escaped.push(character),
        }
    }
    Ok(escaped)
}

impl fmt::Display for InvalidRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Destination => "the destination is no url to which a query can be added",
            Self::Id => "the id cannot be one in xml",
            Self::RelayState => "the relay state is longer than 80 bytes",
            Self::Text => "a text has a character that xml has not",
        })
    }
}

impl std::error::Error for InvalidRequest {}
