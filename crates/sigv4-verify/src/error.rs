/// Why a signature was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The signature's header, a date, or a parameter is missing, doubled, or cannot be read.
    #[error("the request's signature is incomplete: {0}")]
    Incomplete(&'static str),
    /// The signature was made too long ago, or the presigned request has run out.
    #[error("the signature has expired")]
    Expired,
    /// The signature is not what this secret gives for this request.
    #[error("the request signature we calculated does not match the signature you provided")]
    Mismatch,
    /// The signature was made in the future.
    #[error("the signature is not yet current")]
    NotYetCurrent,
    /// The payload is not the one that was signed, or is not signed where it must be.
    #[error("the payload does not match its signed hash")]
    Payload,
    /// The signature is for another day, region or service.
    #[error("the credential is scoped to another date, region or service")]
    Scope,
    /// A header that must be signed is not.
    #[error("a header that must be signed is not")]
    UnsignedHeader,
}
