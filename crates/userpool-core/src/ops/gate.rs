//! The gate to tokens: whoever gets any passes here, however they came, and here alone tokens are made.

use std::sync::Arc;

use identity_kernel::secret::SecretString;
use jwt_tokens::{AccessClaims, IdClaims, KeyError, KeyRing, KeyUse};

use crate::error::Error;
use crate::model::ceremony::{Factor, Passed};
use crate::model::client::AppClient;
use crate::model::device::Device;
use crate::model::factors::{SecondFactors, are_multi_factor};
use crate::model::gate::{Bar, Proved, Way, bar_of_client, bar_of_factors, bar_of_origin, bar_of_user};
use crate::model::group::GroupClaims;
use crate::model::pool::UserPool;
use crate::model::session::{Grant, Session};
use crate::model::user::User;
use crate::ops::claims;
use crate::ops::outcome::{SELF_SERVICE_SCOPE, Tokens};
use crate::ops::refresh_token::RefreshToken;
use crate::ports::{ClaimChanges, TokenRequest, TokenSource};
use crate::service::UserPools;
use crate::storage::Write;

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

    /// New tokens of a session that goes on.
    pub(crate) async fn continue_session(
        &self,
        party: Party<'_>,
        session: &Session,
        refresh_token: Option<SecretString>,
    ) -> Result<Tokens, Error> {
        check_gate(party, Way::Refresh, session)?;
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
        let groups = GroupClaims::of(self.groups_of(user).await?);
        let about = TokenRequest { user, session, source, groups: &groups };
        let mut changes = self.pre_token_generation(pool, client, &about).await?;
        let groups = changes.groups.take().unwrap_or(groups);
        self.issue(party, session, groups, &changes, refresh_token).await
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
        let sign = move || Ok((keys.signing_for(of_access).sign(&access)?, keys.signing_for(of_id).sign(&id)?));
        let signed: Result<(String, String), KeyError> = if slow { self.compute(sign).await? } else { sign() };
        let (access, id) = signed.map_err(|error| Error::internal("signing a token", error))?;
        Ok((access.into(), id.into()))
    }
}

impl From<Bar> for Error {
    fn from(bar: Bar) -> Self {
        match bar {
            Bar::Disabled => crate::reasons::Refusal::UserDisabled.into(),
            Bar::FlowNotAllowed(flow) => crate::reasons::Invalid::FlowNotAllowed(flow).into(),
            Bar::MustChoosePassword => crate::reasons::Refusal::MustChoosePassword.into(),
            Bar::MustResetPassword => Self::PasswordResetRequired,
            Bar::OutsideAlone => Self::wrong_password(),
            Bar::RiskTooHigh => crate::reasons::Refusal::RiskTooHigh.into(),
            Bar::SecondFactorMissing => crate::reasons::Refusal::SecondFactorMissing.into(),
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
    let bar = bar_of_user(user)
        .or_else(|| bar_of_origin(user, session.grant.identity_provider.as_deref()))
        .or_else(|| bar_of_client(client, way))
        .or_else(|| bar_of_factors(&pool.settings.mfa, second, user, proved));
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
