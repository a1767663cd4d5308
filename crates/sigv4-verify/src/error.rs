use std::fmt;

/// Why a signature was refused, or could not be made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SignatureError {
    /// The signature's header, a date, or a parameter is missing, doubled, or cannot be read.
    Incomplete(&'static str),
    /// The signature was made too long ago, or the presigned request has run out.
    Expired,
    /// The signature is not what this secret gives for this request.
    Mismatch,
    /// The signature was made in the future.
    NotYetCurrent,
    /// The payload is not the one that was signed, or is not signed where it must be.
    Payload,
    /// The request was signed ahead, and the rules take none such.
    Presigned,
    /// The signature is for another day, region or service.
    Scope,
    /// A header that must be signed is not.
    UnsignedHeader,
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Incomplete(what) => return write!(f, "the request's signature is incomplete: {what}"),
            Self::Expired => "the signature has expired",
            Self::Mismatch => "the request signature we calculated does not match the signature you provided",
            Self::NotYetCurrent => "the signature is not yet current",
            Self::Payload => "the payload does not match its signed hash",
            Self::Presigned => "presigned requests are not accepted here",
            Self::Scope => "the credential is scoped to another date, region or service",
            Self::UnsignedHeader => "a header that must be signed is not",
        })
    }
}

impl std::error::Error for SignatureError {}
