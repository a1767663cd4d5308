//! App clients: made, seen, changed, removed.

use std::collections::BTreeSet;

use document_store::page::{Page, PageRequest};
use identity_kernel::entropy::{self, Entropy};
use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::attributes::DEVELOPER_ONLY;
use crate::model::client::{AppClient, ClientSettings, TimeUnit, Validity};
use crate::model::ids::{ClientId, UserPoolId};
use crate::model::oauth::{MOST_URIS, OAuthSettings};
use crate::model::pool::UserPool;
use crate::model::session_tracking::DEFAULT_SSO_MINUTES;
use crate::ops::client_secrets::{LETTERS, check_secret};
use crate::reasons::Invalid;
use crate::service::UserPools;
use crate::storage::{ClientWrite, Write};

/// A client and the newest of its secrets, which only creation and description by an administrator show.
#[derive(Clone, Debug)]
pub struct ClientWithSecret {
    /// The client.
    pub client: AppClient,
    /// Its secret, if it has one.
    pub secret: Option<SecretString>,
}

/// Makes a client.
#[derive(Clone, Debug)]
pub struct CreateClient {
    /// The pool that it belongs to.
    pub pool: UserPoolId,
    /// What can be changed later.
    pub settings: ClientSettings,
    /// Whether it keeps a secret.
    pub with_secret: bool,
}

const DAY: i64 = 86400;

/// A client id drawn from this source: 26 letters and digits.
pub(crate) fn client_id(source: &dyn Entropy) -> Result<ClientId, Error> {
    entropy::text(source, LETTERS, 26).parse().map_err(|error| Error::internal("making a client id", error))
}

impl UserPools {
    /// What a client's settings are when nothing but its name is said.
    pub fn default_client_settings(&self, name: &str) -> ClientSettings {
        let hour = Validity { value: 1, unit: TimeUnit::Hours };
        ClientSettings {
            name: name.to_owned(),
            explicit_auth_flows: std::collections::BTreeSet::new(),
            read_attributes: None,
            write_attributes: None,
            unlisted_attributes: self.defaults.unlisted_attributes,
            access_token: hour,
            id_token: hour,
            refresh_token: Validity { value: 30, unit: TimeUnit::Days },
            rotation: None,
            revocation: true,
            prevent_user_existence_errors: self.defaults.prevent_user_existence_errors,
            challenge_minutes: 3,
            oauth: OAuthSettings { codes: self.defaults.codes, ..OAuthSettings::default() },
            passthrough: std::collections::BTreeMap::new(),
        }
    }

    /// Makes a client; its id has 26 letters and digits, its secret 51.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such pool; [`Error::InvalidParameter`] for a setting out of range or
    /// an attribute that the pool does not know; [`Error::ScopeDoesNotExist`].
    pub async fn create_user_pool_client(&self, request: CreateClient) -> Result<ClientWithSecret, Error> {
        let id = client_id(self.entropy.as_ref())?;
        self.insert_client(request, id).await
    }

    /// Makes a client with a secret that is brought along: 24 to 64 letters, digits, underscores and plus signs.
    ///
    /// # Errors
    ///
    /// As [`create_user_pool_client`](Self::create_user_pool_client), and [`Error::InvalidParameter`] for a secret of another
    /// form, or where one is to be made as well.
    pub async fn create_user_pool_client_with_secret(
        &self,
        request: CreateClient,
        secret: SecretString,
    ) -> Result<ClientWithSecret, Error> {
        check_secret(&secret)?;
        if request.with_secret {
            return Err(Invalid::ClientSecretTwice.into());
        }
        let id = client_id(self.entropy.as_ref())?;
        self.insert_client_with(request, id, Some(secret)).await
    }

    pub(crate) async fn insert_client(&self, request: CreateClient, id: ClientId) -> Result<ClientWithSecret, Error> {
        let secret = request.with_secret.then(|| self.new_secret());
        self.insert_client_with(request, id, secret).await
    }

    async fn insert_client_with(
        &self,
        request: CreateClient,
        id: ClientId,
        secret: Option<SecretString>,
    ) -> Result<ClientWithSecret, Error> {
        let pool = self.pool(&request.pool).await?;
        check(&pool, &request.settings)?;
        check_oauth(&request.settings.oauth, secret.is_some())?;
        self.check_scopes(&pool.id, &request.settings.oauth).await?;
        self.check_providers(&pool.id, &request.settings.oauth.providers).await?;
        let now = self.now();
        let secrets = secret.iter().map(|secret| self.seal_secret(&id, &[], secret, now)).collect();
        let client = AppClient {
            id,
            pool: request.pool,
            secrets,
            settings: request.settings,
            risk: None,
            sso_minutes: DEFAULT_SSO_MINUTES,
            created_at: now,
            modified_at: now,
        };
        self.storage.commit(vec![ClientWrite::Insert { client: client.clone() }.into()]).await?;
        Ok(ClientWithSecret { client, secret })
    }

    /// The client of this id, with its secret: for administrators.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such pool or client.
    pub async fn describe_user_pool_client(
        &self,
        pool: &UserPoolId,
        client: &ClientId,
    ) -> Result<ClientWithSecret, Error> {
        self.pool(pool).await?;
        let client = self.client(pool, client).await?.record;
        let secret = self.client_secret(&client)?;
        Ok(ClientWithSecret { client, secret })
    }

    /// A pool's clients by id; 60 a page at most.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such pool.
    pub async fn list_user_pool_clients(&self, pool: &UserPoolId, page: PageRequest) -> Result<Page<AppClient>, Error> {
        self.pool(pool).await?;
        let limit = if page.limit == 0 { 60 } else { page.limit.min(60) };
        let found = self.storage.clients().list(pool, &PageRequest { limit, ..page }).await?;
        Ok(found.map(|client| client.record))
    }

    /// Those of these claims that users of the pool can have written themselves: through any of its clients, when they
    /// signed up or later.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn claims_that_users_write(
        &self,
        pool: &UserPoolId,
        claims: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, Error> {
        let mut written = BTreeSet::new();
        let mut page = PageRequest::default();
        loop {
            let clients = self.list_user_pool_clients(pool, page).await?;
            for client in clients.items {
                written.extend(claims.iter().filter(|claim| client.writes(claim)).cloned());
            }
            if clients.next.is_none() {
                return Ok(written);
            }
            page = PageRequest { after: clients.next, ..PageRequest::default() };
        }
    }

    /// Replaces a client's settings: what is not said falls back to its default, as Cognito does it.
    ///
    /// # Errors
    ///
    /// As [`change_user_pool_client`](Self::change_user_pool_client).
    pub async fn update_user_pool_client(
        &self,
        pool: &UserPoolId,
        client: &ClientId,
        settings: ClientSettings,
    ) -> Result<ClientWithSecret, Error> {
        self.change_user_pool_client(pool, client, |change| *change = settings).await
    }

    /// Changes of a client's settings what `change` changes, and leaves the rest as it stands. What `change` sees is what is
    /// written over: no change that came between is taken back.
    ///
    /// # Errors
    ///
    /// As [`create_user_pool_client`](Self::create_user_pool_client), and [`Error::Concurrent`] if another change came between.
    pub async fn change_user_pool_client(
        &self,
        pool: &UserPoolId,
        client: &ClientId,
        change: impl FnOnce(&mut ClientSettings),
    ) -> Result<ClientWithSecret, Error> {
        let pool = self.pool(pool).await?;
        let before = self.client(&pool.id, client).await?;
        let mut client = AppClient { modified_at: self.now(), ..before.record.clone() };
        change(&mut client.settings);
        check(&pool, &client.settings)?;
        check_oauth(&client.settings.oauth, client.is_confidential())?;
        self.check_scopes(&pool.id, &client.settings.oauth).await?;
        self.check_providers(&pool.id, &client.settings.oauth.providers).await?;
        self.storage.commit(vec![ClientWrite::Update { before, after: client.clone() }.into()]).await?;
        let secret = self.client_secret(&client)?;
        Ok(ClientWithSecret { client, secret })
    }

    /// Removes a client: nobody signs in or refreshes through it any more.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such pool or client.
    pub async fn delete_user_pool_client(&self, pool: &UserPoolId, client: &ClientId) -> Result<(), Error> {
        self.pool(pool).await?;
        let before = self.client(pool, client).await?;
        let mut writes: Vec<Write> = vec![ClientWrite::Delete { before }.into()];
        writes.extend(self.removal_of_terms(pool, client).await?);
        Ok(self.storage.commit(writes).await?)
    }
}

fn check(pool: &UserPool, settings: &ClientSettings) -> Result<(), Error> {
    let within = |validity: Validity, least: i64, most: i64| (least..=most).contains(&validity.seconds());
    if !within(settings.access_token, 300, DAY) || !within(settings.id_token, 300, DAY) {
        return Err(Invalid::TokenValidityRange.into());
    }
    if !within(settings.refresh_token, 3600, 3650 * DAY) {
        return Err(Invalid::TokenValidityRange.into());
    }
    if settings.refresh_token.seconds() < settings.access_token.seconds().max(settings.id_token.seconds()) {
        return Err(Invalid::RefreshTokenTooShort.into());
    }
    if !(3..=15).contains(&settings.challenge_minutes) {
        return Err(Invalid::ChallengeMinutes.into());
    }
    if settings.rotation.is_some_and(|rotation| !(0..=60).contains(&rotation.grace_seconds)) {
        return Err(Invalid::GracePeriod.into());
    }
    for name in settings.read_attributes.iter().chain(settings.write_attributes.iter()).flatten() {
        if pool.attribute(name).is_none() {
            return Err(Invalid::ClientAttributes.into());
        }
    }
    if settings.write_attributes.iter().flatten().any(|name| name.starts_with(DEVELOPER_ONLY)) {
        return Err(Invalid::ClientAttributes.into());
    }
    Ok(())
}

/// What a client may ask for at the OAuth endpoints, as far as that is told without a look at what there is.
fn check_oauth(settings: &OAuthSettings, has_secret: bool) -> Result<(), Error> {
    if settings.redirect_uris.len() > MOST_URIS || settings.logout_uris.len() > MOST_URIS {
        return Err(Invalid::TooManyUris.into());
    }
    if settings.default_redirect_uri.as_ref().is_some_and(|default| !settings.redirect_uris.contains(default)) {
        return Err(Invalid::DefaultRedirectUri.into());
    }
    if settings.enabled && (settings.flows.is_empty() || settings.scopes.is_empty()) {
        return Err(Invalid::OAuthFlowsAndScopes.into());
    }
    if !(1..=300).contains(&settings.codes.seconds) {
        return Err(Invalid::CodeSeconds.into());
    }
    settings.problem_of_flows(has_secret).map_or(Ok(()), |problem| Err(Error::InvalidOAuthFlow(problem)))
}
