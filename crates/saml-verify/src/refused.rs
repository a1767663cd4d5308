//! Why a response was refused.

use std::fmt;

use crate::malformed::Malformed;

/// Why a response was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Refused {
    /// A signature or digest algorithm that is not believed: SHA-1, an HMAC, one that is not known.
    Algorithm,
    /// There is not exactly one assertion, directly in the response.
    Assertions,
    /// It is for another audience, or names none.
    Audience,
    /// A condition that is not known: it might forbid what is asked.
    Condition,
    /// No confirmation of the subject is a bearer's, for this recipient and of this time.
    Confirmation,
    /// It is addressed to another place; or it is signed and addressed to none.
    Destination,
    /// What is signed was changed.
    Digest,
    /// Two elements have one id.
    DuplicateId,
    /// It is encrypted, which is not read.
    Encrypted,
    /// A time of validity has passed.
    Expired,
    /// A message by redirect is not packed as it must be, or becomes longer than 1 MiB or 100 times its packed length.
    Inflation,
    /// It comes from another identity provider, or does not say from which.
    Issuer,
    /// The text is not XML as it is taken here.
    Malformed(Malformed),
    /// The message is none that comes by redirect.
    Message,
    /// A time of validity has not begun.
    NotYetValid,
    /// The root is no response of SAML 2.0.
    NotAResponse,
    /// A query is not built as the redirect binding demands: a parameter stands twice, is not known, or is not in its place.
    Query,
    /// The signature is not for the element that it stands in.
    Reference,
    /// It answers another request, or one where none was sent.
    ResponseTo,
    /// None of the provider's keys has made the signature.
    Signature,
    /// A signature is not built as it must be.
    SignatureForm,
    /// It says nothing of when and how the user was authenticated.
    Statement,
    /// The provider says that it has not authenticated the user.
    Status,
    /// The subject has no name, or several.
    Subject,
    /// What should be a time is none in UTC.
    Time,
    /// What is signed would be transformed by more than enveloped signature and exclusive canonicalization.
    Transform,
    /// Nothing is signed of which something would have to be: response or assertion, or a query.
    Unsigned,
    /// The version is not 2.0, or an id is missing.
    Version,
}

impl From<Malformed> for Refused {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Algorithm => "the algorithm of the signature is not believed",
            Self::Assertions => "the response does not hold exactly one assertion",
            Self::Audience => "the assertion is for another audience",
            Self::Condition => "the assertion has a condition that is not known",
            Self::Confirmation => "the subject is not confirmed for this recipient and time",
            Self::Destination => "the response is addressed to another place",
            Self::Digest => "what was signed has been changed",
            Self::DuplicateId => "two elements have one id",
            Self::Encrypted => "encrypted assertions are not read",
            Self::Expired => "the response has expired",
            Self::Inflation => "the message cannot be unpacked within its bounds",
            Self::Issuer => "the response comes from another identity provider",
            Self::Malformed(malformed) => return write!(f, "the response cannot be read: {malformed}"),
            Self::Message => "the message is none that comes by redirect",
            Self::NotYetValid => "the response is not valid yet",
            Self::NotAResponse => "it is no saml 2.0 response",
            Self::Query => "the query is not built as it must be",
            Self::Reference => "the signature is not for the element that it stands in",
            Self::ResponseTo => "the response answers another request",
            Self::Signature => "the signature is not the provider's",
            Self::SignatureForm => "the signature is not built as it must be",
            Self::Statement => "the assertion does not say how the user was authenticated",
            Self::Status => "the provider has not authenticated the user",
            Self::Subject => "the assertion does not name exactly one subject",
            Self::Time => "a time in the response is none in utc",
            Self::Transform => "the signature transforms what it signs in a way that is not allowed",
            Self::Unsigned => "nothing is signed that would have to be",
            Self::Version => "the version is not 2.0, or an id is missing",
        })
    }
}

impl std::error::Error for Refused {}
