use crate::model::ids::ClientId;

/// Why a caller was refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The access token's life is over.
    #[error("the access token has expired")]
    AccessTokenExpired,
    /// Not an access token of a pool of this service.
    #[error("the access token is invalid")]
    AccessTokenInvalid,
    /// The session of the access token is over.
    #[error("the access token has been revoked")]
    AccessTokenRevoked,
    /// The access token is signed by none of its pool's keys.
    #[error("the access token's signature is not the pool's")]
    AccessTokenSignature,
    /// The client lets nobody of this outside provider in.
    #[error("the client lets nobody of this provider in")]
    ProviderNotAllowed,
    /// The outside provider does not say who it is.
    #[error("the provider does not say who it is")]
    LoginWithoutSubject,
    /// The sign-up was confirmed before.
    #[error("the sign-up is confirmed already")]
    AlreadyConfirmed,
    /// The client may not write this attribute.
    #[error("the client may not write this attribute")]
    AttributeNotWritable,
    /// The call bears no proof of the client's secret, or a wrong one.
    #[error("the client's secret is missing or wrong")]
    ClientSecretWrong(ClientId),
    /// The access token lacks the scope that the operation asks for.
    #[error("the access token lacks a required scope")]
    MissingScope,
    /// The sign-in is too long ago, or proved too little, for a change of second factors.
    #[error("sign in anew with every factor to change second factors")]
    FreshSignInNeeded,
    /// The password is a temporary one: a new sign-in is needed, in which another is chosen.
    #[error("a new password must be chosen at a new sign-in")]
    MustChoosePassword,
    /// The user has no password that could be reset: a temporary one, or none that was confirmed.
    #[error("the password cannot be reset in the user's state")]
    PasswordNotResettable,
    /// Administrators alone reset passwords in this pool.
    #[error("an administrator alone can reset the password")]
    RecoveryByAdministrator,
    /// The refresh token's life is over.
    #[error("the refresh token has expired")]
    RefreshTokenExpired,
    /// Not a refresh token of this client.
    #[error("the refresh token is invalid")]
    RefreshTokenInvalid,
    /// The session of the refresh token was ended.
    #[error("the refresh token has been revoked")]
    RefreshTokenRevoked,
    /// The pool proves no address, so there is no code to send again.
    #[error("the pool sends no confirmation codes")]
    ResendDisabled,
    /// The client has a secret and the call bears no hash made with it.
    #[error("the secret hash is missing")]
    SecretHashMissing(ClientId),
    /// The hash was not made with the client's secret over this name.
    #[error("the secret hash is wrong")]
    SecretHashWrong(ClientId),
    /// A second factor is demanded that the sign-in did not prove.
    #[error("a second factor is demanded; sign in anew")]
    SecondFactorMissing,
    /// The challenge was not answered in time, or an operator declared it void.
    #[error("the sign-in has expired; begin anew")]
    SessionExpired,
    /// Not a challenge of this user and client, or what it was begun on has changed.
    #[error("the sign-in does not belong here; begin anew")]
    SessionInvalid,
    /// The challenge was answered before.
    #[error("the sign-in was continued before; begin anew")]
    SessionSpent,
    /// Only administrators make users in this pool.
    #[error("the pool takes no sign-ups")]
    SignUpDisabled,
    /// The temporary password was not used in time.
    #[error("the temporary password has expired")]
    TemporaryPasswordExpired,
    /// The time that the client says is too far from the server's.
    #[error("the timestamp is too far from the server's time")]
    TimestampOutOfRange,
    /// The sign-in was refused as too risky, by address, or for want of a second factor.
    #[error("the sign-in was refused for security reasons")]
    RiskTooHigh,
    /// The token of a notification is wrong, spent or too old.
    #[error("the feedback token is invalid")]
    FeedbackTokenInvalid,
    /// The permit to upload a file is none, or its time is over.
    #[error("the upload is not permitted, or not any more")]
    UploadNotPermitted,
    /// The user is disabled.
    #[error("the user is disabled")]
    UserDisabled,
    /// Name, password or proof is wrong. Which of them is not told.
    #[error("the username or password is wrong")]
    WrongCredentials,
}
