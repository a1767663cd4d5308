use std::sync::OnceLock;

use identity_kernel::strict_json;
use identity_kernel::time::{CLOCK_SKEW_SECONDS, Timestamp};
use serde_json::Value;

use crate::base64url::decode;
use crate::claims_json;
use crate::error::TokenError;
use crate::jws::{Header, Parts, TypRule};
use crate::key_set::KeySet;
use crate::registered::{NumericDate, Registered};
use crate::verified::{LazyToken, VerifiedToken};

/// Checks tokens of one issuer.
///
/// A token passes if it is well formed, its header demands nothing (`crit`), the issuer's key of its `kid` signed it
/// with that key's own algorithm, `iss` is the issuer byte for byte, and it is alive: `exp` is there and not past,
/// `nbf` and `iat`, if there, are not in the future (by more than clocks differ). For whom it must be has to be said before
/// there is a verifier; what it must allow may be added.
///
/// A token that says what it is for is taken where just that is wanted, and nowhere else: one with `token_use` by
/// [`id_tokens_of`](UnboundVerifier::id_tokens_of), [`access_tokens_of`](UnboundVerifier::access_tokens_of) or
/// [`token_use`](Self::token_use), one whose header has a `typ` other than `JWT` by [`typ`](Self::typ).
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use jwt_tokens::{Algorithm, KeySet, SigningKey, Timestamp, TokenError, Verifier};
/// use serde_json::json;
///
/// let key = SigningKey::generate(Algorithm::Es256)?;
/// let keys = KeySet::from_jwks([key.public_jwk()]);
/// let issuer = "https://idp.example/eu-west-1_Ab3dEf9hJ";
/// let token = key.sign(&json!({
///     "iss": issuer, "sub": "ada", "exp": 1_700_000_600, "token_use": "access",
///     "client_id": "shop", "scope": "orders/read", "cognito:groups": ["staff"],
/// }))?;
///
/// let orders = Verifier::new(issuer).access_tokens_of(["shop"]).any_scope(["orders/read", "orders/write"]);
/// let now = Timestamp::from_epoch_seconds(1_700_000_000);
/// assert_eq!(orders.verify(&keys, &token, now)?.claim_str("sub"), Some("ada"));
/// assert_eq!(orders.any_group(["admins"]).verify(&keys, &token, now).unwrap_err(), TokenError::Group);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Verifier {
    issuer: String,
    leeway_seconds: i64,
    ahead_seconds: i64,
    wanted: Wanted,
    token_use: Option<String>,
    typ: Option<String>,
    any_scope: Vec<String>,
    any_group: Vec<String>,
}

/// Which tokens are wanted: of any audience, or for one of these.
#[derive(Clone, Debug)]
enum Wanted {
    Any,
    Audience(Vec<String>),
    Id(Vec<String>),
    Access(Vec<String>),
}

fn owned<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Vec<String> {
    texts.into_iter().map(Into::into).collect()
}

/// A verifier that has not been told yet whose tokens it may take: each method makes it one that has.
#[derive(Clone, Debug)]
#[must_use = "it verifies nothing until it is told for whom the tokens must be"]
pub struct UnboundVerifier {
    issuer: String,
}

impl UnboundVerifier {
    /// Takes tokens whose `aud` names one of these audiences (RFC 7519 §4.1.3).
    pub fn audience<T: Into<String>>(self, audiences: impl IntoIterator<Item = T>) -> Verifier {
        Verifier::of(self.issuer, Wanted::Audience(owned(audiences)))
    }

    /// Takes ID tokens of a user pool only, made for one of these app clients: `token_use` is `id`, and `aud` that client
    /// alone.
    pub fn id_tokens_of<T: Into<String>>(self, clients: impl IntoIterator<Item = T>) -> Verifier {
        Verifier::of(self.issuer, Wanted::Id(owned(clients)))
    }

    /// Takes access tokens of a user pool only, made for one of these app clients: `token_use` is `access`, and
    /// `client_id` one of them.
    pub fn access_tokens_of<T: Into<String>>(self, clients: impl IntoIterator<Item = T>) -> Verifier {
        Verifier::of(self.issuer, Wanted::Access(owned(clients)))
    }

    /// Takes the issuer's tokens of any kind, whomever they were made for: for who looks at the audience afterwards. A
    /// server that stops here lets in whoever holds a token that the issuer made for somebody else.
    pub fn any_audience(self) -> Verifier {
        Verifier::of(self.issuer, Wanted::Any)
    }
}

impl Verifier {
    /// A verifier for `issuer`, once it knows for whom the tokens must be. Tokens die on the second; `nbf` and `iat` may
    /// lie up to 60 seconds ahead, for the issuer's clock is another.
    ///
    /// ```compile_fail
    /// # use jwt_tokens::{KeySet, Timestamp, Verifier};
    /// # let (keys, token, now) = (KeySet::default(), "", Timestamp::from_epoch_seconds(0));
    /// Verifier::new("https://idp.example").verify(&keys, token, now); // of which audience?
    /// ```
    #[expect(clippy::new_ret_no_self, reason = "there is no verifier without an audience")]
    pub fn new(issuer: impl Into<String>) -> UnboundVerifier {
        UnboundVerifier { issuer: issuer.into() }
    }

    fn of(issuer: String, wanted: Wanted) -> Self {
        let (any_scope, any_group) = (Vec::new(), Vec::new());
        let (leeway_seconds, ahead_seconds) = (0, CLOCK_SKEW_SECONDS);
        Self { issuer, leeway_seconds, ahead_seconds, wanted, token_use: None, typ: None, any_scope, any_group }
    }

    /// Wants this `token_use`, which [`audience`](UnboundVerifier::audience) takes only if it is absent: `access`, say, for
    /// access tokens that are made for a resource.
    #[must_use]
    pub fn token_use(self, token_use: &str) -> Self {
        Self { token_use: Some(token_use.to_owned()), ..self }
    }

    /// Wants a header of this `typ`, such as `at+jwt` (RFC 9068 §2.1). Case does not count, nor does a leading
    /// `application/` (RFC 7515 §4.1.9).
    #[must_use]
    pub fn typ(self, typ: &str) -> Self {
        Self { typ: Some(typ.to_owned()), ..self }
    }

    /// Forgives clocks that differ by this much, 0 to 60 seconds (more counts as 60), for `exp` as for `nbf` and `iat`.
    #[must_use]
    pub fn leeway_seconds(self, seconds: u32) -> Self {
        let seconds = i64::from(seconds).min(CLOCK_SKEW_SECONDS);
        Self { leeway_seconds: seconds, ahead_seconds: seconds, ..self }
    }

    /// Wants at least one of these scopes in `scope`.
    #[must_use]
    pub fn any_scope<T: Into<String>>(self, scopes: impl IntoIterator<Item = T>) -> Self {
        Self { any_scope: owned(scopes), ..self }
    }

    /// Wants at least one of these groups in `cognito:groups`.
    #[must_use]
    pub fn any_group<T: Into<String>>(self, groups: impl IntoIterator<Item = T>) -> Self {
        Self { any_group: owned(groups), ..self }
    }

    /// Whose tokens it checks.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The token with all its claims, if it passes.
    ///
    /// # Errors
    ///
    /// [`TokenError`] says which check failed first. Nothing is told of a token whose signature is wrong but that.
    pub fn verify(&self, keys: &KeySet, token: &str, now: Timestamp) -> Result<VerifiedToken, TokenError> {
        let token = self.verify_lazily(keys, token, now)?;
        Ok(VerifiedToken { token, claims: OnceLock::new() })
    }

    /// The token, if it passes, with only those claims read that are checked: the whole of the JSON is still held to its
    /// grammar, its depth, and to naming each member once.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub fn verify_lazily(&self, keys: &KeySet, token: &str, now: Timestamp) -> Result<LazyToken, TokenError> {
        let payload = keys.verify_typed(token, self.typ_rule())?;
        let payload = claims_json::Text::new(payload).ok_or(TokenError::Malformed)?;
        let claims = Registered::read(&payload)?;
        self.check_times(&claims, now)?;
        if claims.iss.as_deref() != Some(self.issuer.as_str()) {
            return Err(TokenError::Issuer);
        }
        self.check_kind(&claims)?;
        self.check_rights(&claims)?;
        Ok(LazyToken { payload })
    }

    fn check_times(&self, claims: &Registered<'_>, now: Timestamp) -> Result<(), TokenError> {
        let dead = claims.exp.map(NumericDate::time).ok_or(TokenError::ClaimMissing("exp"))?;
        let started = |start: NumericDate| start.time() <= now.plus_seconds(self.ahead_seconds);
        if ![claims.nbf, claims.iat].into_iter().flatten().all(started) {
            return Err(TokenError::NotYetValid);
        }
        if now >= dead.plus_seconds(self.leeway_seconds) {
            return Err(TokenError::Expired { at: dead });
        }
        Ok(())
    }

    fn typ_rule(&self) -> TypRule<'_> {
        match (&self.typ, &self.wanted) {
            (Some(typ), _) => TypRule::Only(typ),
            (None, Wanted::Any) => TypRule::Any,
            (None, _) => TypRule::Plain,
        }
    }

    fn check_kind(&self, claims: &Registered<'_>) -> Result<(), TokenError> {
        let stated = self.token_use.as_deref();
        let (wanted, known) = match &self.wanted {
            Wanted::Any => (stated.or(claims.token_use.as_deref()), true),
            Wanted::Audience(audiences) => (stated, claims.audience().iter().any(|one| is_one(audiences, one))),
            Wanted::Id(clients) => (Some("id"), claims.only_audience().is_some_and(|client| is_one(clients, client))),
            Wanted::Access(clients) => {
                (Some("access"), claims.client_id.as_deref().is_some_and(|client| is_one(clients, client)))
            }
        };
        if claims.token_use.as_deref() != wanted {
            return Err(TokenError::TokenUse);
        }
        if known { Ok(()) } else { Err(TokenError::Audience) }
    }

    fn check_rights(&self, claims: &Registered<'_>) -> Result<(), TokenError> {
        let mut scopes = claims.scope.iter().flat_map(|scope| scope.split(' '));
        if !self.any_scope.is_empty() && !scopes.any(|own| self.any_scope.iter().any(|wanted| wanted == own)) {
            return Err(TokenError::Scope);
        }
        let mut groups = claims.groups().iter();
        if !self.any_group.is_empty() && !groups.any(|own| self.any_group.iter().any(|wanted| wanted == own)) {
            return Err(TokenError::Group);
        }
        Ok(())
    }
}

fn is_one(texts: &[String], text: &str) -> bool {
    texts.iter().any(|own| own == text)
}

impl Verifier {
    /// A text claim of a token that is *not verified yet*: to find whose keys to ask for, and for nothing else.
    ///
    /// # Errors
    ///
    /// [`TokenError`] if the token is too long, malformed or unsigned (`alg` is `none`), or has no such text.
    pub fn unverified_claim(token: &str, name: &'static str) -> Result<String, TokenError> {
        let parts = Parts::split(token)?;
        Header::read(parts.header)?;
        let claims = strict_json::object(&decode(parts.payload)?).ok_or(TokenError::Malformed)?;
        claims.get(name).and_then(Value::as_str).map(str::to_owned).ok_or(TokenError::ClaimMissing(name))
    }

    /// The `kid` of a token that is *not verified yet*: to find out whether its key is at hand, and for nothing else.
    ///
    /// # Errors
    ///
    /// [`TokenError`] if the token is too long, malformed or unsigned (`alg` is `none`).
    pub fn unverified_kid(token: &str) -> Result<Option<String>, TokenError> {
        Ok(Header::read(Parts::split(token)?.header)?.kid)
    }
}
