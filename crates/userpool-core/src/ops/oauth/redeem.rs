//! A code is redeemed for tokens (RFC 6749 §4.1.3).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use document_store::Versioned;
use identity_kernel::secret::{SecretString, constant_time_eq};
use ring::digest::{SHA256, digest};

use super::browser::hash_of;
use super::client_auth::ClientProof;
use super::error::OAuthError;
use super::token::Granting;
use crate::error::Error;
use crate::model::authorization::{OAuthCode, is_unreserved};
use crate::model::authorization_code::AuthorizationCode;
use crate::model::client::AppClient;
use crate::model::ids::UserPoolId;
use crate::model::oauth::OAuthFlow;
use crate::model::pool::UserPool;
use crate::model::session::Session;
use crate::ops::gate::{Authorized, Party};
use crate::service::UserPools;
use crate::storage::{AuthorizationWrite, Write};

/// What comes with a code.
#[derive(Clone, Debug)]
pub struct Redemption {
    /// The code.
    pub code: SecretString,
    /// Where it was sent.
    pub redirect_uri: Option<String>,
    /// What answers the challenge of the request.
    pub verifier: Option<SecretString>,
}

const DEAD: OAuthError = OAuthError::new(OAuthCode::InvalidGrant, "the code does not count, or no longer");

impl UserPools {
    /// Tokens for a code, once. Whoever comes with it again reveals that it is in two hands: the session that the first one
    /// began is revoked (RFC 6749 §4.1.2).
    ///
    /// # Errors
    ///
    /// [`OAuthError`].
    pub async fn redeem_code(
        &self,
        pool: &UserPoolId,
        client: &ClientProof,
        redemption: &Redemption,
    ) -> Result<Granting, OAuthError> {
        let (pool, client) = self.calling_client(pool, client).await?;
        if !client.settings.oauth.allows(OAuthFlow::Code) {
            return Err(OAuthError::new(OAuthCode::UnauthorizedClient, "the client may not redeem codes"));
        }
        let id = hash_of(&redemption.code);
        let found = self.storage.authorizations().code(&pool.id, &id).await?;
        // Of another client's code nothing is told, and nothing happens to it.
        let code = found.filter(|code| code.client == client.id).ok_or(DEAD)?;
        if let Some(session) = &code.spent {
            self.end_session_of_code(&pool.id, session).await?;
            return Err(DEAD);
        }
        self.check_redemption(&code, redemption)?;
        let granting = self.tokens_for(&pool, &client, &code).await;
        if granting.is_err() {
            self.revoke_if_spent(&pool.id, &id).await?;
        }
        granting
    }

    fn check_redemption(&self, code: &AuthorizationCode, redemption: &Redemption) -> Result<(), OAuthError> {
        if self.now() >= code.expires_at {
            return Err(DEAD);
        }
        match &redemption.redirect_uri {
            Some(uri) if *uri == code.redirect_uri => {}
            None if !code.names_redirect_uri => {}
            _ => return Err(OAuthError::new(OAuthCode::InvalidGrant, "redirect_uri is not the one of the request")),
        }
        check_verifier(code.challenge.as_deref(), redemption.verifier.as_ref())
    }

    async fn tokens_for(
        &self,
        pool: &UserPool,
        client: &AppClient,
        code: &Versioned<AuthorizationCode>,
    ) -> Result<Granting, OAuthError> {
        let user = self.storage.users().get(&pool.id, &code.sub).await?.ok_or(DEAD)?;
        if user.epoch != code.epoch || !pool.is_valid_since(code.mark, code.auth_time) {
            return Err(DEAD);
        }
        let second = self.second_factors(pool, &user.sub).await?.map(|found| found.record).unwrap_or_default();
        let party =
            Party { pool, client, user: &user, second: &second, device: None, offers_device: false, narrowed: None };
        let authorized = Authorized { proofs: &code.proofs, granted: &code.granted, auth_time: code.auth_time };
        let spend = |session: &Session| -> Vec<Write> {
            let after = AuthorizationCode { spent: Some(session.id.clone()), ..code.record.clone() };
            vec![AuthorizationWrite::SpendCode { before: code.clone(), after }.into()]
        };
        match self.begin_authorized_session(party, authorized, true, spend).await {
            Ok(tokens) => Ok(Granting::of_user(tokens, &code.granted.scopes)),
            // Another call was faster.
            Err(Error::Concurrent) => Err(DEAD),
            Err(error) => Err(error.into()),
        }
    }

    async fn revoke_if_spent(&self, pool: &UserPoolId, id: &str) -> Result<(), Error> {
        let now = self.storage.authorizations().code(pool, id).await?;
        match now.and_then(|code| code.record.spent) {
            Some(session) => self.end_session_of_code(pool, &session).await,
            None => Ok(()),
        }
    }

    async fn end_session_of_code(&self, pool: &UserPoolId, session: &str) -> Result<(), Error> {
        match self.storage.sessions().get(pool, session).await? {
            Some(session) => self.end_session(session).await,
            None => Ok(()),
        }
    }
}

/// Whether the verifier answers the challenge, and neither comes without the other (RFC 7636 §4.6).
fn check_verifier(challenge: Option<&str>, verifier: Option<&SecretString>) -> Result<(), OAuthError> {
    let no = |description| Err(OAuthError::new(OAuthCode::InvalidGrant, description));
    match (challenge, verifier.map(SecretString::expose)) {
        (None, None) => Ok(()),
        (None, Some(_)) => no("the request had no code_challenge"),
        (Some(_), None) => no("code_verifier is missing"),
        (Some(_), Some(verifier)) if !(43..=128).contains(&verifier.len()) || !is_unreserved(verifier) => {
            Err(OAuthError::new(OAuthCode::InvalidRequest, "code_verifier has 43 to 128 unreserved characters"))
        }
        (Some(challenge), Some(verifier)) => {
            let hash = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
            let same = constant_time_eq(hash.as_bytes(), challenge.as_bytes());
            if same { Ok(()) } else { no("code_verifier does not answer the code_challenge") }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_21_a_verifier_has_its_form_and_answers_its_challenge() {
        let challenge = Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        let name = |challenge, verifier: Option<&str>| {
            let verifier = verifier.map(SecretString::from);
            check_verifier(challenge, verifier.as_ref()).map_err(|error| error.name())
        };
        let right = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

        assert_eq!(name(challenge, Some(right)), Ok(()));
        assert_eq!(name(None, None), Ok(()));
        assert_eq!(name(None, Some(right)), Err("invalid_grant"));
        assert_eq!(name(challenge, None), Err("invalid_grant"));
        assert_eq!(name(challenge, Some(&"a".repeat(43))), Err("invalid_grant"));
        for form in [&right[1..], &format!("{right}+"), &"a".repeat(129), &format!("{right} ")] {
            assert_eq!(name(challenge, Some(form)), Err("invalid_request"), "{form}");
        }
    }
}
