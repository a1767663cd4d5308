//! The gate to tokens: whoever gets any passes here, however they came, and here alone tokens are made.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity_kernel::secret::SecretString;
use identity_kernel::time::Timestamp;
use jwt_tokens::{AccessClaims, Algorithm, IdClaims, KeyError, KeyRing, KeyUse};
use ring::digest::{SHA256, SHA384, SHA512, digest};

use crate::error::Error;
use crate::model::authorization_code::Granted;
use crate::model::ceremony::{Factor, KeptProofs, Passed};
use crate::model::client::AppClient;
use crate::model::device::Device;
use crate::model::factors::{SecondFactors, are_multi_factor};
use crate::model::gate::{
    Bar, Proved, Way, bar_of_client, bar_of_factors, bar_of_origin, bar_of_provider, bar_of_user,
};
use crate::model::group::GroupClaims;
use crate::model::pool::UserPool;
use crate::model::session::{Grant, Session};
use crate::model::user::User;
use crate::ops::claims;
use crate::ops::outcome::{BrowserSecret, SELF_SERVICE_SCOPE, Tokens};
use crate::ops::refresh_token::RefreshToken;
use crate::ops::taken::refused_step;
use crate::ports::{ClaimChanges, TokenRequest, TokenSource};
use crate::reasons::Refusal;
use crate::service::UserPools;
use crate::storage::{AuthorizationWrite, Write};

/// Who gets tokens, where, and through what.
#[derive(Clone, Copy)]
pub(crate) struct Party<'a> {
    pub(crate) pool: &'a UserPool,
    pub(crate) client: &'a AppClient,
    pub(crate) user: &'a User,
    /// The user's second factors.
    pub(crate) second: &'a SecondFactors,
    /// The device that has proved its secret, now or when the session began.
    pub(crate) device: Option<&'a Device>,
    /// Whether the first tokens of a session offer a device to be confirmed.
    pub(crate) offers_device: bool,
    /// The scopes that tokens of a session which goes on are to have, of those that it has; `None` for all of them.
    pub(crate) narrowed: Option<&'a [String]>,
}

/// What a sign-in at the pages leads to, once a client asks for it.
#[derive(Clone, Copy)]
pub(crate) struct Authorized<'a> {
    pub(crate) proofs: &'a KeptProofs,
    pub(crate) granted: &'a Granted,
    pub(crate) auth_time: Timestamp,
}

impl UserPools {
    /// Begins a session for somebody whose every factor has passed, and issues its first tokens, together with `writes`.
    pub(crate) async fn begin_session(
        &self,
        party: Party<'_>,
        passed: &Passed,
        writes: Vec<Write>,
    ) -> Result<Tokens, Error> {
        let Party { pool, client, user, .. } = party;
        let session = self.new_session(party, passed);
        let refresh_token = RefreshToken::of(&session).text(&self.master_key, &session);
        let way = Way::SignIn(passed.flow());
        check_gate(party, way, &session)?;
        self.post_authentication(pool, client, user).await?;
        let mut tokens = self.tokens_of(party, &session, source_of(passed), Some(refresh_token)).await?;
        tokens.new_device = party.offers_device.then(|| self.offered_device(&session)).transpose()?;
        self.commit_session(pool, user, session, writes).await?;
        Ok(tokens)
    }

    /// Keeps what was proved at the pages, for somebody whom the gate would let pass.
    pub(crate) async fn keep_for_browser(
        &self,
        party: Party<'_>,
        passed: &Passed,
        mut writes: Vec<Write>,
    ) -> Result<BrowserSecret, Error> {
        let Party { pool, client, user, .. } = party;
        check_gate(party, Way::SignIn(passed.flow()), &self.new_session(party, passed))?;
        self.post_authentication(pool, client, user).await?;
        let (secret, session) = self.new_browser_session(pool, user, passed);
        writes.push(AuthorizationWrite::InsertBrowser { session }.into());
        self.storage.commit(writes).await.map_err(refused_step)?;
        Ok(secret)
    }

    /// Whether somebody who has signed in at the pages would be let pass for this.
    pub(crate) fn would_pass(&self, party: Party<'_>, authorized: Authorized<'_>) -> Result<(), Error> {
        let session = self.authorized_session(party, authorized);
        check_gate(party, Way::SignIn(authorized.proofs.passed().flow()), &session)
    }

    /// Begins a session for an authorization, and issues its first tokens, together with the writes that `spend` it for the
    /// session of this id. With `refreshes`, it goes on with a refresh token.
    pub(crate) async fn begin_authorized_session(
        &self,
        party: Party<'_>,
        authorized: Authorized<'_>,
        refreshes: bool,
        spend: impl FnOnce(&Session) -> Vec<Write>,
    ) -> Result<Tokens, Error> {
        let session = self.authorized_session(party, authorized);
        let refresh_token = refreshes.then(|| RefreshToken::of(&session).text(&self.master_key, &session));
        check_gate(party, Way::SignIn(authorized.proofs.passed().flow()), &session)?;
        let tokens = self.tokens_of(party, &session, TokenSource::HostedAuth, refresh_token).await?;
        let writes = spend(&session);
        self.commit_session(party.pool, party.user, session, writes).await?;
        Ok(tokens)
    }

    fn authorized_session(&self, party: Party<'_>, authorized: Authorized<'_>) -> Session {
        let Authorized { proofs, granted, auth_time } = authorized;
        let mut session = self.new_session(party, &proofs.passed());
        session.auth_time = auth_time;
        let Granted { scopes, nonce, resource } = granted.clone();
        (session.grant.scopes, session.grant.nonce, session.grant.resource) = (scopes, nonce, resource);
        session
    }

    /// An access token for a client itself (RFC 6749 §4.4): of no user, and so good for nothing that is a user's.
    pub(crate) async fn issue_to_client(
        &self,
        pool: &UserPool,
        client: &AppClient,
        granted: &Granted,
    ) -> Result<SecretString, Error> {
        let keys = self.pool_keys(&pool.id).await?;
        let iat = self.now().epoch_seconds();
        let access = AccessClaims {
            sub: client.id.to_string(),
            iss: self.issuer(&pool.id),
            client_id: client.id.to_string(),
            token_use: "access".to_owned(),
            scope: granted.scopes.join(" "),
            auth_time: iat,
            iat,
            exp: iat + client.settings.access_token.seconds(),
            jti: self.uuid(),
            origin_jti: None,
            event_id: None,
            username: None,
            groups: Vec::new(),
            device_key: None,
            more: claims::of_oauth(granted.resource.as_ref()).collect(),
        };
        let usage = KeyUse::AccessTokens;
        let sign = move || keys.signing_for(usage).sign(&access);
        let signed = self.compute(sign).await?;
        Ok(signed.map_err(|error| Error::internal("signing a token", error))?.into())
    }

    /// New tokens of a session that goes on.
    pub(crate) async fn continue_session(
        &self,
        party: Party<'_>,
        session: &Session,
        refresh_token: Option<SecretString>,
    ) -> Result<Tokens, Error> {
        check_gate(party, Way::Refresh, session)?;
        let narrowed = party.narrowed.map(|scopes| narrowed(session, scopes)).transpose()?;
        let session = narrowed.as_ref().unwrap_or(session);
        self.tokens_of(party, session, TokenSource::RefreshTokens, refresh_token).await
    }

    /// The tokens of a session, for somebody whom the gate let pass.
    async fn tokens_of(
        &self,
        party: Party<'_>,
        session: &Session,
        source: TokenSource,
        refresh_token: Option<SecretString>,
    ) -> Result<Tokens, Error> {
        let Party { pool, client, user, .. } = party;
        self.check_provider(pool, session).await?;
        let groups = GroupClaims::of(self.groups_of(user).await?);
        let about = TokenRequest { user, session, source, groups: &groups };
        let mut changes = self.pre_token_generation(pool, client, &about).await?;
        let groups = changes.groups.take().unwrap_or(groups);
        self.issue(party, session, groups, &changes, refresh_token).await
    }

    /// Of a provider that is gone nobody gets tokens, whatever was begun (line 89). A read for those of providers alone.
    async fn check_provider(&self, pool: &UserPool, session: &Session) -> Result<(), Error> {
        let Some(name) = session.grant.identity_provider.as_deref() else { return Ok(()) };
        let gone = || Error::from(Refusal::ProviderNotAllowed);
        let name = name.parse().map_err(|_| gone())?;
        self.storage.identity_providers().get(&pool.id, &name).await?.map(drop).ok_or_else(gone)
    }

    fn new_session(&self, party: Party<'_>, passed: &Passed) -> Session {
        let Party { pool, client, user, .. } = party;
        let now = self.now();
        let multi_factor = are_multi_factor(passed.factors());
        let amr =
            passed.factors().iter().filter_map(|factor: &Factor| factor.amr()).chain(multi_factor.then_some("mfa"));
        Session {
            pool: pool.id.clone(),
            id: self.uuid(),
            sub: user.sub.clone(),
            client: client.id.clone(),
            epoch: user.epoch,
            mark: pool.mark(),
            auth_time: now,
            event_id: self.uuid(),
            grant: Grant {
                scopes: vec![SELF_SERVICE_SCOPE.to_owned()],
                amr: amr.map(str::to_owned).collect(),
                multi_factor,
                identity_provider: passed.provider().map(ToString::to_string),
                acr: passed.level().map(|level| pool.settings.acr.name(level).to_owned()),
                ..Grant::default()
            },
            expires_at: now.plus_seconds(client.settings.refresh_token.seconds()),
            refresh_seed: RefreshToken::seed(self.random()),
            generation: 0,
            rotated_at: None,
            revoked_at: None,
            device_offered: party.offers_device,
            device: party.device.map(|device| device.key.clone()),
            activity: self.activity(pool),
        }
    }

    /// The one place where tokens are made.
    async fn issue(
        &self,
        party: Party<'_>,
        session: &Session,
        groups: GroupClaims,
        changes: &ClaimChanges,
        refresh_token: Option<SecretString>,
    ) -> Result<Tokens, Error> {
        let Party { pool, client, user, .. } = party;
        let keys = self.pool_keys(&pool.id).await?;
        let iat = self.now().epoch_seconds();
        let settings = &client.settings;
        let access = AccessClaims {
            sub: user.sub.to_string(),
            iss: self.issuer(&pool.id),
            client_id: client.id.to_string(),
            token_use: "access".to_owned(),
            scope: claims::scopes(session, changes),
            auth_time: session.auth_time.epoch_seconds(),
            iat,
            exp: iat + settings.access_token.seconds(),
            jti: self.uuid(),
            origin_jti: Some(session.id.clone()),
            event_id: Some(session.event_id.clone()),
            username: Some(user.username.to_string()),
            groups: groups.names.clone(),
            device_key: session.device.as_ref().map(ToString::to_string),
            more: claims::of_access_token(client, session, &changes.access),
        };
        let id = IdClaims {
            sub: access.sub.clone(),
            iss: access.iss.clone(),
            aud: client.id.to_string(),
            token_use: "id".to_owned(),
            auth_time: access.auth_time,
            iat,
            exp: iat + settings.id_token.seconds(),
            jti: Some(self.uuid()),
            origin_jti: Some(session.id.clone()),
            event_id: Some(session.event_id.clone()),
            username: user.username.to_string(),
            groups: groups.names,
            roles: groups.roles,
            preferred_role: groups.preferred_role,
            attributes: claims::of_id_token(client, user, session, &changes.id),
        };
        let (access_token, id_token) = self.signed(keys, access, id).await?;
        Ok(Tokens {
            access_token,
            id_token,
            refresh_token,
            expires_in: settings.access_token.seconds(),
            new_device: None,
        })
    }

    /// Both tokens, signed; off the threads that serve where that takes long.
    async fn signed(
        &self,
        keys: Arc<KeyRing>,
        access: AccessClaims,
        id: IdClaims,
    ) -> Result<(SecretString, SecretString), Error> {
        let (of_access, of_id) = (KeyUse::AccessTokens, KeyUse::IdTokens);
        let slow = [of_access, of_id].iter().any(|usage| keys.signing_for(*usage).algorithm().signs_slowly());
        let sign = move || {
            let mut id = id;
            let access_token = keys.signing_for(of_access).sign(&access)?;
            if access.more.contains_key("version") {
                let algorithm = keys.signing_for(of_id).algorithm();
                id.attributes.insert("at_hash".to_owned(), at_hash(algorithm, &access_token).into());
            }
            let id_token = keys.signing_for(of_id).sign(&id)?;
            Ok((access_token, id_token))
        };
        let signed: Result<(String, String), KeyError> = if slow { self.compute(sign).await? } else { sign() };
        let (access, id) = signed.map_err(|error| Error::internal("signing a token", error))?;
        Ok((access.into(), id.into()))
    }
}

/// A session with these of its scopes alone (RFC 6749 §6).
fn narrowed(session: &Session, scopes: &[String]) -> Result<Session, Error> {
    let foreign = scopes.iter().find(|scope| !session.grant.scopes.contains(scope));
    if let Some(foreign) = foreign {
        let scope = foreign.parse().map_err(|_| Refusal::MissingScope)?;
        return Err(Error::ScopeDoesNotExist(scope));
    }
    let mut session = session.clone();
    session.grant.scopes = scopes.to_vec();
    Ok(session)
}

impl From<Bar> for Error {
    fn from(bar: Bar) -> Self {
        match bar {
            Bar::Disabled => Refusal::UserDisabled.into(),
            Bar::FlowNotAllowed(flow) => crate::reasons::Invalid::FlowNotAllowed(flow).into(),
            Bar::MustChoosePassword => Refusal::MustChoosePassword.into(),
            Bar::MustResetPassword => Self::PasswordResetRequired,
            Bar::OutsideAlone => Self::wrong_password(),
            Bar::ProviderNotAllowed => Refusal::ProviderNotAllowed.into(),
            Bar::RiskTooHigh => Refusal::RiskTooHigh.into(),
            Bar::SecondFactorMissing => Refusal::SecondFactorMissing.into(),
            Bar::Unconfirmed => Self::UserNotConfirmed,
        }
    }
}

/// The gate: state is asked here once for all ways, before any hook after the sign-in.
fn check_gate(party: Party<'_>, way: Way, session: &Session) -> Result<(), Error> {
    let Party { pool, client, user, second, device, .. } = party;
    let stands_in = |(device, settings): (&Device, _)| device.stands_for_second_factor(settings);
    let by_device = device.zip(pool.settings.devices).is_some_and(stands_in);
    let proved = if session.grant.multi_factor || by_device { Proved::MultiFactor } else { Proved::OneFactor };
    let provider = session.grant.identity_provider.as_deref();
    let bar = bar_of_user(user)
        .or_else(|| bar_of_origin(user, provider))
        .or_else(|| bar_of_client(client, way))
        .or_else(|| bar_of_provider(client, provider))
        // How strong a login at an outside provider must be, is said there.
        .or_else(|| provider.is_none().then(|| bar_of_factors(&pool.settings.mfa, second, user, proved)).flatten());
    bar.map_or(Ok(()), |bar| Err(bar.into()))
}

/// Why the tokens of a sign-in are made.
fn source_of(passed: &Passed) -> TokenSource {
    match passed.factors().last() {
        Some(Factor::NewPassword) => TokenSource::NewPasswordChallenge,
        Some(Factor::Device) => TokenSource::AuthenticateDevice,
        _ => TokenSource::Authentication,
    }
}

/// What binds an ID token to the access token beside it (OpenID Connect Core §3.1.3.6): the left half of its hash.
fn at_hash(algorithm: Algorithm, access_token: &str) -> String {
    let hash = match algorithm {
        Algorithm::Es384 | Algorithm::Rs384 | Algorithm::Ps384 => digest(&SHA384, access_token.as_bytes()),
        Algorithm::EdDsa | Algorithm::Rs512 | Algorithm::Ps512 => digest(&SHA512, access_token.as_bytes()),
        _ => digest(&SHA256, access_token.as_bytes()),
    };
    let half = hash.as_ref().len() / 2;
    URL_SAFE_NO_PAD.encode(hash.as_ref().get(..half).unwrap_or_default())
}
