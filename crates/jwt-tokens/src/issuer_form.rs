/// How the `iss` of the tokens of an issuer of ours is written: the same choice for user pools and identity pools.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum IssuerForm {
    /// `{base URL}/{pool id}`: where the key set and the discovery document really are.
    Own(String),
    /// As Amazon's services write it, for clients that accept nothing else: user pools as
    /// `https://cognito-idp.{region}.amazonaws.com/{pool id}`, identity pools as `https://cognito-identity.amazonaws.com`.
    Amazon,
}
