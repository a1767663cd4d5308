//! Where a browser is sent to sign in.

use url::Url;

use crate::relying_party::RelyingParty;

/// What a browser takes along to the provider. `state`, `nonce` and the PKCE verifier are of 128 random bits at least, made for this
/// sign-in alone and bound to this browser.
#[derive(Clone, Copy, Debug)]
pub struct AuthorizationRequest<'a> {
    /// Where the answer is sent, as it is registered at the provider.
    pub redirect_uri: &'a str,
    /// What is asked for, with blanks between; `openid` is among it.
    pub scope: &'a str,
    /// What the answer brings back.
    pub state: &'a str,
    /// What the ID token brings back.
    pub nonce: &'a str,
    /// The SHA-256 of the PKCE verifier, in base64url (`S256`).
    pub code_challenge: &'a str,
    /// Who is expected, if somebody is.
    pub login_hint: Option<&'a str>,
    /// Whether and what the provider asks the user (`login`, `select_account`, ...).
    pub prompt: Option<&'a str>,
}

impl RelyingParty {
    /// The address that the browser is sent to.
    pub fn authorize(&self, request: &AuthorizationRequest<'_>) -> Url {
        let AuthorizationRequest { redirect_uri, scope, state, nonce, code_challenge, login_hint, prompt } = *request;
        let mut url = self.registration.endpoints.authorize.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.registration.client_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("scope", scope)
            .append_pair("state", state)
            .append_pair("nonce", nonce)
            .append_pair("code_challenge", code_challenge)
            .append_pair("code_challenge_method", "S256")
            .extend_pairs(login_hint.map(|hint| ("login_hint", hint)))
            .extend_pairs(prompt.map(|prompt| ("prompt", prompt)));
        url
    }
}
