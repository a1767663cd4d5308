//! The authorization endpoint: a request is judged, somebody signs in, and the client gets its answer.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use identity_kernel::secret::SecretString;

use super::browser::hash_of;
use super::error::OAuthError;
use crate::error::Error;
use crate::model::authorization::{AnswerTo, AuthorizationRequest, OAuthCode, Refused, Wish};
use crate::model::authorization_code::AuthorizationCode;
use crate::model::browser_session::BrowserSession;
use crate::model::client::AppClient;
use crate::model::factors::SecondFactors;
use crate::model::ids::{ClientId, UserPoolId};
use crate::model::oauth::{OAuthFlow, OAuthSettings};
use crate::model::pool::UserPool;
use crate::model::redirect::{Place, RedirectUri};
use crate::model::resource_server::{ResourceServerId, Scope, ScopeName};
use crate::model::user::User;
use crate::ops::gate::{Authorized, Party};
use crate::service::UserPools;
use crate::storage::AuthorizationWrite;

/// How long a redeemed code is remembered, in seconds: whoever comes with it until then reveals that it is in two hands.
const REMEMBERED_SECONDS: i64 = 86_400;

/// A request that was judged: its client is known, its answer has a place to go, and what it asks for may be asked.
#[derive(Clone, Debug)]
pub struct Authorization {
    pool: UserPool,
    client: AppClient,
    to: AnswerTo,
    wish: Wish,
}

/// A request that gets no answer that it asked for.
#[derive(Debug)]
pub struct Unanswerable {
    /// Where to send the browser with the error; `None` where it must not be sent anywhere, and a page says what is wrong.
    pub to: Option<String>,
    /// What is wrong.
    pub error: OAuthError,
}

/// When somebody signed in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SignedIn {
    /// In this very request.
    JustNow,
    /// Some time before, for this client or another.
    Before,
}

/// What an authorization comes to.
#[derive(Clone, Debug)]
pub enum Decision {
    /// Somebody must sign in first.
    SignIn,
    /// The browser goes there, with the answer.
    Answer(String),
}

impl Authorization {
    /// The client.
    pub fn client(&self) -> &AppClient {
        &self.client
    }

    /// The pool.
    pub fn pool(&self) -> &UserPool {
        &self.pool
    }

    /// Where the answer goes.
    pub fn leads_to(&self) -> &RedirectUri {
        &self.to.redirect_uri
    }

    /// Whether nobody may be asked anything (`prompt=none`).
    pub fn is_silent(&self) -> bool {
        self.wish.silent
    }

    /// The name to begin with, as the client has it.
    pub fn login_hint(&self) -> Option<&str> {
        self.wish.login_hint.as_deref()
    }

    /// Where the browser goes with this error, said by the issuer of this name (RFC 9207).
    fn location(&self, error: &OAuthError, issuer: &str) -> String {
        error_location(&self.to, error, issuer)
    }
}

fn error_location(to: &AnswerTo, error: &OAuthError, issuer: &str) -> String {
    let description = error.to_string();
    let description = match error {
        OAuthError::Refused(refused) => refused.description,
        OAuthError::Denied(_) => description.as_str(),
        _ => "",
    };
    answer(to, &[("error", error.name()), ("error_description", description), ("iss", issuer)])
}

/// The place of an answer with these parameters, and the state; those that are empty are left out.
fn answer(to: &AnswerTo, parameters: &[(&str, &str)]) -> String {
    let state = to.state.as_deref().map(|state| ("state", state));
    let said = parameters.iter().copied().chain(state).filter(|(_, value)| !value.is_empty());
    let said: Vec<String> = said.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    to.redirect_uri.with(to.place, &said.join("&"))
}

/// A URI with the state that was sent along.
pub(super) fn with_state(uri: &RedirectUri, state: &str) -> String {
    uri.with(Place::Query, &format!("state={}", encoded(state)))
}

/// A value as it stands in a query or form: everything but letters, digits and `-._~` by its bytes.
fn encoded(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            // INVARIANT: writing to a text does not fail.
            byte => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}

impl UserPools {
    /// Judges a request. What is wrong with its client or with where its answer goes is never sent anywhere (RFC 6749 §4.1.2.1).
    ///
    /// # Errors
    ///
    /// [`Unanswerable`].
    pub async fn begin_authorization(
        &self,
        pool: &UserPoolId,
        request: &AuthorizationRequest,
    ) -> Result<Authorization, Unanswerable> {
        let here = |error: OAuthError| Unanswerable { to: None, error };
        let (pool, client) = self.asking_client(pool, request).await.map_err(here)?;
        let settings = &client.settings.oauth;
        let to = request.answer_to(settings).map_err(|refused| here(refused.into()))?;
        match self.wish(&pool, settings, request).await {
            Ok(wish) => Ok(Authorization { pool, client, to, wish }),
            Err(error) => {
                let location = error_location(&to, &error, &self.issuer(&pool.id));
                Err(Unanswerable { to: Some(location), error })
            }
        }
    }

    async fn asking_client(
        &self,
        pool: &UserPoolId,
        request: &AuthorizationRequest,
    ) -> Result<(UserPool, AppClient), OAuthError> {
        let unknown = || OAuthError::new(OAuthCode::InvalidClient, "there is no such client");
        let id: ClientId = request.client_id.as_deref().unwrap_or_default().parse().map_err(|_| unknown())?;
        let pool = self.find_pool(pool).await?.ok_or_else(unknown)?.record;
        let client = self.storage.clients().get(&pool.id, &id).await?.ok_or_else(unknown)?.record;
        if client.settings.oauth.signs_users_in() { Ok((pool, client)) } else { Err(unknown()) }
    }

    async fn wish(
        &self,
        pool: &UserPool,
        settings: &OAuthSettings,
        request: &AuthorizationRequest,
    ) -> Result<Wish, OAuthError> {
        let mut wish = request.wish(settings)?;
        wish.granted.scopes = self.scopes_that_are(&pool.id, wish.granted.scopes).await?;
        if wish.granted.scopes.is_empty() {
            return Err(OAuthError::new(OAuthCode::InvalidScope, "none of the scopes is there"));
        }
        Ok(wish)
    }

    /// Those of these scopes that there are: a client keeps scopes whose resource server or name has gone. One read, and none
    /// where nothing of a resource server is asked for.
    pub(super) async fn scopes_that_are(&self, pool: &UserPoolId, scopes: Vec<String>) -> Result<Vec<String>, Error> {
        let of_server = |scope: &str| -> Option<(ResourceServerId, ScopeName)> {
            let scope: Scope = scope.parse().ok()?;
            if scope.is_standard() { None } else { scope.at_server() }
        };
        let servers: BTreeSet<ResourceServerId> =
            scopes.iter().filter_map(|scope| of_server(scope)).map(|(server, _)| server).collect();
        if servers.is_empty() {
            return Ok(scopes);
        }
        let servers: Vec<&ResourceServerId> = servers.iter().collect();
        let found = self.storage.resource_servers().get_many(pool, &servers).await?;
        let is_there = |scope: &String| match of_server(scope) {
            Some((server, name)) => found.iter().any(|there| there.id == server && there.has(name.as_str())),
            None => true,
        };
        Ok(scopes.into_iter().filter(is_there).collect())
    }

    /// Where the browser goes with this error in the place of an authorization.
    pub fn decline_authorization(&self, authorization: &Authorization, error: &OAuthError) -> String {
        authorization.location(error, &self.issuer(&authorization.pool.id))
    }

    /// Decides an authorization on whoever has signed in with this browser, if anybody has.
    ///
    /// # Errors
    ///
    /// [`Unanswerable`], always with a place to go.
    pub async fn decide_authorization(
        &self,
        authorization: &Authorization,
        browser: Option<&SecretString>,
        signed_in: SignedIn,
    ) -> Result<Decision, Unanswerable> {
        self.decide(authorization, browser, signed_in).await.map_err(|error| {
            let to = Some(authorization.location(&error, &self.issuer(&authorization.pool.id)));
            Unanswerable { to, error }
        })
    }

    async fn decide(
        &self,
        authorization: &Authorization,
        browser: Option<&SecretString>,
        signed_in: SignedIn,
    ) -> Result<Decision, OAuthError> {
        let Authorization { pool, client, wish, .. } = authorization;
        let nobody = || {
            let refused = Refused::new(OAuthCode::LoginRequired, "nobody has signed in");
            if wish.silent { Err(refused.into()) } else { Ok(Decision::SignIn) }
        };
        let Some(browser) = browser else { return nobody() };
        let Some((session, user)) = self.browser_session(pool, browser).await? else { return nobody() };
        if signed_in == SignedIn::Before && !self.is_recent(&session, client, wish) {
            return nobody();
        }
        let second = self.second_factors(pool, &user.sub).await?.map(|found| found.record).unwrap_or_default();
        let party = party(authorization, &user, &second);
        let authorized = Authorized { proofs: &session.proofs, granted: &wish.granted, auth_time: session.auth_time };
        if self.would_pass(party, authorized).is_err() {
            return nobody();
        }
        match wish.flow {
            OAuthFlow::Implicit => self.tokens_at_once(authorization, party, authorized).await,
            _ => self.give_code(authorization, session).await,
        }
    }

    /// Whether a sign-in of before is good for this request.
    fn is_recent(&self, session: &BrowserSession, client: &AppClient, wish: &Wish) -> bool {
        let age = self.now().seconds_since(session.auth_time);
        let young = |seconds: i64| age < seconds;
        !wish.anew && young(client.sso_minutes * 60) && wish.max_age.is_none_or(young)
    }

    async fn give_code(&self, authorization: &Authorization, session: BrowserSession) -> Result<Decision, OAuthError> {
        let Authorization { pool, client, to, wish } = authorization;
        let (secret, now) = (self.new_bearer_secret(), self.now());
        let expires_at = now.plus_seconds(client.settings.oauth.codes.seconds.into());
        let code = AuthorizationCode {
            pool: pool.id.clone(),
            id: hash_of(&secret),
            client: client.id.clone(),
            redirect_uri: to.redirect_uri.to_string(),
            names_redirect_uri: wish.names_redirect_uri,
            challenge: wish.challenge.clone(),
            granted: wish.granted.clone(),
            sub: session.sub,
            epoch: session.epoch,
            mark: session.mark,
            auth_time: session.auth_time,
            proofs: session.proofs,
            expires_at,
            spent: None,
            kept_until: expires_at.plus_seconds(REMEMBERED_SECONDS),
        };
        self.storage.commit(vec![AuthorizationWrite::InsertCode { code }.into()]).await?;
        let issuer = self.issuer(&pool.id);
        Ok(Decision::Answer(answer(to, &[("code", secret.expose()), ("iss", &issuer)])))
    }

    /// The answer of the implicit flow: no refresh token, and everything in the fragment.
    async fn tokens_at_once(
        &self,
        authorization: &Authorization,
        party: Party<'_>,
        authorized: Authorized<'_>,
    ) -> Result<Decision, OAuthError> {
        let tokens = self.begin_authorized_session(party, authorized, false, |_| Vec::new()).await?;
        let has_openid = authorized.granted.scopes.iter().any(|scope| scope == "openid");
        let id_token = if has_openid { tokens.id_token.expose() } else { "" };
        let (expires_in, issuer) = (tokens.expires_in.to_string(), self.issuer(&party.pool.id));
        let parameters = [
            ("id_token", id_token),
            ("access_token", tokens.access_token.expose()),
            ("token_type", "bearer"),
            ("expires_in", expires_in.as_str()),
            ("iss", issuer.as_str()),
        ];
        Ok(Decision::Answer(answer(&authorization.to, &parameters)))
    }
}

fn party<'a>(authorization: &'a Authorization, user: &'a User, second: &'a SecondFactors) -> Party<'a> {
    let Authorization { pool, client, .. } = authorization;
    Party { pool, client, user, second, device: None, offers_device: false, narrowed: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_18_what_goes_into_a_location_is_encoded() {
        let state = Some("a b&code=evil\r\nX: y#é".to_owned());
        let to = AnswerTo { redirect_uri: "https://app.example/cb?x=1".parse().unwrap(), place: Place::Query, state };

        let location = answer(&to, &[("code", "a+/="), ("empty", "")]);

        let state = "a%20b%26code%3Devil%0D%0AX%3A%20y%23%C3%A9";
        assert_eq!(location, format!("https://app.example/cb?x=1&code=a%2B%2F%3D&state={state}"));
    }
}
