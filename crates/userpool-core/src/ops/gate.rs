//! The gate to tokens: whoever gets any passes here, however they came, and here alone tokens are made.

use identity_kernel::secret::SecretString;
use jwt_tokens::{AccessClaims, IdClaims, KeyUse};
use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::model::ceremony::{Factor, Passed};
use crate::model::client::AppClient;
use crate::model::factors::{SecondFactors, are_multi_factor};
use crate::model::gate::{Bar, Proved, Way, bar_of_client, bar_of_factors, bar_of_user};
use crate::model::group::GroupClaims;
use crate::model::pool::UserPool;
use crate::model::session::{Grant, Session};
use crate::model::user::User;
use crate::ops::outcome::{SELF_SERVICE_SCOPE, Tokens};
use crate::ops::refresh_token::RefreshToken;
use crate::ports::{ClaimChanges, HookCall};
use crate::service::UserPools;
use crate::storage::{SessionWrite, Write};

/// Who gets tokens, where, and through what.
#[derive(Clone, Copy)]
pub(crate) struct Party<'a> {
    pub(crate) pool: &'a UserPool,
    pub(crate) client: &'a AppClient,
    pub(crate) user: &'a User,
    /// The user's second factors.
    pub(crate) second: &'a SecondFactors,
}

impl UserPools {
    /// Begins a session for somebody whose every factor has passed, and issues its first tokens, together with `writes`.
    pub(crate) async fn begin_session(
        &self,
        party: Party<'_>,
        passed: &Passed,
        mut writes: Vec<Write>,
    ) -> Result<Tokens, Error> {
        let Party { pool, client, user, .. } = party;
        let session = self.new_session(party, passed);
        let refresh_token = RefreshToken::of(&session).text(&self.master_key, &session);
        let way = Way::SignIn(passed.flow());
        let tokens = self.pass(party, way, &session, Some(refresh_token)).await?;
        self.hooks.post_authentication(&self.hook_call(pool, Some(client)), user).await?;
        writes.push(SessionWrite::Insert { session }.into());
        self.storage.commit(writes).await.map_err(crate::ops::taken::taken_alias)?;
        Ok(tokens)
    }

    /// New tokens of a session that goes on.
    pub(crate) async fn continue_session(
        &self,
        party: Party<'_>,
        session: &Session,
        refresh_token: Option<SecretString>,
    ) -> Result<Tokens, Error> {
        self.pass(party, Way::Refresh, session, refresh_token).await
    }

    /// The gate: state is asked here once for all ways.
    async fn pass(
        &self,
        party: Party<'_>,
        way: Way,
        session: &Session,
        refresh_token: Option<SecretString>,
    ) -> Result<Tokens, Error> {
        let Party { pool, client, user, second } = party;
        let proved = if session.grant.multi_factor { Proved::MultiFactor } else { Proved::OneFactor };
        let bar = bar_of_user(user)
            .or_else(|| bar_of_client(client, way))
            .or_else(|| bar_of_factors(&pool.settings.mfa, second, user, proved));
        if let Some(bar) = bar {
            return Err(bar.into());
        }
        let call = self.hook_call(party.pool, Some(party.client));
        let changes = self.hooks.pre_token_generation(&call, party.user, session).await?;
        self.issue(party, session, changes, refresh_token).await
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
                ..Grant::default()
            },
            expires_at: now.plus_seconds(client.settings.refresh_token.seconds()),
            refresh_seed: RefreshToken::seed(self.random()),
            generation: 0,
            rotated_at: None,
            revoked_at: None,
        }
    }

    pub(crate) fn hook_call<'a>(&'a self, pool: &'a UserPool, client: Option<&'a AppClient>) -> HookCall<'a> {
        HookCall { pool, client, context: &self.context }
    }

    /// The one place where tokens are made.
    async fn issue(
        &self,
        party: Party<'_>,
        session: &Session,
        changes: ClaimChanges,
        refresh_token: Option<SecretString>,
    ) -> Result<Tokens, Error> {
        let Party { pool, client, user, .. } = party;
        let keys = self.pool_keys(&pool.id).await?;
        let mut groups = GroupClaims::of(self.groups_of(user).await?);
        if let Some(names) = changes.groups.clone() {
            groups.names = names;
        }
        let iat = self.now().epoch_seconds();
        let settings = &client.settings;
        let access = AccessClaims {
            sub: user.sub.to_string(),
            iss: self.issuer(&pool.id),
            client_id: client.id.to_string(),
            token_use: "access".to_owned(),
            scope: session.grant.scopes.join(" "),
            auth_time: session.auth_time.epoch_seconds(),
            iat,
            exp: iat + settings.access_token.seconds(),
            jti: self.uuid(),
            origin_jti: Some(session.id.clone()),
            event_id: Some(session.event_id.clone()),
            username: Some(user.username.to_string()),
            groups: groups.names.clone(),
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
            attributes: own_claims(attribute_claims(client, user), session, changes),
        };
        let unsigned = |error| Error::internal("signing a token", error);
        Ok(Tokens {
            access_token: keys.signing_for(KeyUse::AccessTokens).sign(&access).map_err(unsigned)?.into(),
            id_token: keys.signing_for(KeyUse::IdTokens).sign(&id).map_err(unsigned)?.into(),
            refresh_token,
            expires_in: settings.access_token.seconds(),
        })
    }
}

impl From<Bar> for Error {
    fn from(bar: Bar) -> Self {
        match bar {
            Bar::Disabled => crate::reasons::Refusal::UserDisabled.into(),
            Bar::FlowNotAllowed(flow) => crate::reasons::Invalid::FlowNotAllowed(flow).into(),
            Bar::MustChoosePassword => crate::reasons::Refusal::MustChoosePassword.into(),
            Bar::MustResetPassword => Self::PasswordResetRequired,
            Bar::SecondFactorMissing => crate::reasons::Refusal::SecondFactorMissing.into(),
            Bar::Unconfirmed => Self::UserNotConfirmed,
        }
    }
}

/// Claims that no hook changes: those that say who, by whom, for whom and how long.
const FIXED: [&str; 19] = [
    "acr",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "azp",
    "event_id",
    "exp",
    "iat",
    "identities",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "origin_jti",
    "sub",
    "token_use",
    "cognito:username",
    "client_id",
];

/// What an ID token tells beside its registered claims: attributes, the nonce, and what hooks set.
fn own_claims(mut claims: Map<String, Value>, session: &Session, changes: ClaimChanges) -> Map<String, Value> {
    claims.retain(|name, _| !changes.suppress.contains(name));
    let fixed = |name: &String| FIXED.contains(&name.as_str()) || name.starts_with("cognito:");
    claims.extend(changes.set.into_iter().filter(|(name, _)| !fixed(name)));
    if let Some(nonce) = &session.grant.nonce {
        claims.insert("nonce".to_owned(), json!(nonce));
    }
    claims
}

/// The attributes that the client may read, as claims: verified flags as booleans, `updated_at` as a number, `address`
/// as an object (OpenID Connect Core §5.1), everything else as text.
fn attribute_claims(client: &AppClient, user: &User) -> Map<String, Value> {
    let readable = user.attributes.iter().filter(|(name, _)| *name != "sub" && client.reads(name));
    readable
        .map(|(name, value)| {
            let claim = match name.as_str() {
                "email_verified" | "phone_number_verified" => json!(value == "true"),
                "updated_at" => value.parse::<i64>().map_or_else(|_| json!(value), |number| json!(number)),
                "address" => json!({"formatted": value}),
                _ => json!(value),
            };
            (name.clone(), claim)
        })
        .collect()
}
