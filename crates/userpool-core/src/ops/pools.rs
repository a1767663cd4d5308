//! Pools: made, seen, changed, removed.

use document_store::Versioned;
use document_store::page::{Page, PageRequest};
use identity_kernel::entropy;
use identity_kernel::time::Timestamp;
use jwt_tokens::{Algorithm, KeyUse, Rotation, SealedKey};

use crate::error::Error;
use crate::model::acr::AcrSettings;
use crate::model::attributes::AttributeSchema;
use crate::model::factors::{FirstFactor, MfaMode};
use crate::model::history::{HistorySettings, LONGEST_HISTORY_DAYS, PoolHistory};
use crate::model::ids::UserPoolId;
use crate::model::password;
use crate::model::pool::{PoolSettings, SignInNames, UserPool};
use crate::model::session_tracking::SessionTracking;
use crate::model::tags;
use crate::ops::cleanups::PURGED_AT_ONCE;
use crate::ops::schema::merge_schema;
use crate::reasons::Invalid;
use crate::service::UserPools;
use crate::storage::{KeyWrite, PoolWrite, Write};

/// Makes a pool.
#[derive(Clone, Debug)]
pub struct CreateUserPool {
    /// Its name, for people: 1 to 128 characters.
    pub name: String,
    /// The region that its id begins with; `None` for the service's own.
    pub region: Option<String>,
    /// What can be changed later.
    pub settings: PoolSettings,
    /// How users are called at sign-in.
    pub sign_in_names: SignInNames,
    /// Whether `Ada` and `ada` are two users.
    pub case_sensitive: bool,
    /// Standard attributes with other rules than usual, and the pool's own, named `custom:…`.
    pub attributes: Vec<AttributeSchema>,
    /// How tokens are signed; `None` for the service's default.
    pub algorithm: Option<Algorithm>,
}

impl CreateUserPool {
    /// A pool of this name with the defaults of `pools`, whose users sign in by a username regardless of case.
    pub fn named(name: &str, pools: &UserPools) -> Self {
        Self {
            name: name.to_owned(),
            region: None,
            settings: pools.default_settings(),
            sign_in_names: SignInNames::Username,
            case_sensitive: false,
            attributes: Vec::new(),
            algorithm: None,
        }
    }
}

/// What of a pool can be changed.
#[derive(Clone, Debug)]
pub struct PoolChange {
    /// Its name, for people: 1 to 128 characters.
    pub name: String,
    /// Its settings.
    pub settings: PoolSettings,
}

/// What the part of a pool's id behind the region is drawn from.
pub(crate) const SUFFIX_LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// How many of them.
pub(crate) const SUFFIX_LENGTH: usize = 9;

impl UserPools {
    /// What a pool's settings are when nothing is said.
    pub fn default_settings(&self) -> PoolSettings {
        PoolSettings {
            password_policy: self.defaults.password_policy,
            account_rules: self.defaults.account_rules,
            protection: crate::model::risk::ProtectionSettings::default(),
            recovery: crate::model::recovery::RecoverySettings::default(),
            auto_verified: std::collections::BTreeSet::new(),
            admin_create_only: false,
            history: crate::model::history::HistorySettings { days: self.defaults.history_days },
            messages: crate::model::pool::MessageTexts::default(),
            mfa: crate::model::factors::MfaSettings::default(),
            first_factors: crate::model::factors::FirstFactorSettings::default(),
            lambda: crate::model::triggers::LambdaSettings::default(),
            passkeys: crate::model::passkeys::PasskeySettings::default(),
            acr: AcrSettings::default(),
            deletion_protected: false,
            devices: None,
            tags: std::collections::BTreeMap::new(),
            passthrough: std::collections::BTreeMap::new(),
        }
    }

    /// Whether a client hides which users exist when nothing is said.
    pub fn prevents_user_existence_errors_by_default(&self) -> bool {
        self.defaults.prevent_user_existence_errors
    }

    /// Makes a pool with two fresh signing keys: one for access tokens, one for ID tokens.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] if a setting is out of its range, an attribute is unknown, named twice or required
    /// though it is the pool's own, or the key cannot be made.
    pub async fn create_user_pool(&self, request: CreateUserPool) -> Result<UserPool, Error> {
        let suffix = entropy::text(self.entropy.as_ref(), SUFFIX_LETTERS, SUFFIX_LENGTH);
        let id = self.pool_id(&request, &suffix)?;
        self.insert_pool(request, id).await
    }

    /// The id of a pool in the region asked for.
    pub(crate) fn pool_id(&self, request: &CreateUserPool, suffix: &str) -> Result<UserPoolId, Error> {
        let region = request.region.as_deref().unwrap_or(&self.account_region.region);
        format!("{region}_{suffix}").parse().map_err(|_| Invalid::Region.into())
    }

    pub(crate) async fn insert_pool(&self, request: CreateUserPool, id: UserPoolId) -> Result<UserPool, Error> {
        let (pool, keys) = self.new_pool(request, id).await?;
        let insert = PoolWrite::Insert { pool: pool.clone() };
        self.storage.commit([vec![insert.into()], keys].concat()).await?;
        Ok(pool)
    }

    /// Makes a pool in the place of a deleted one of the same id, once nothing is left of that.
    pub(crate) async fn replace_deleted_pool(
        &self,
        request: CreateUserPool,
        deleted: Versioned<UserPool>,
    ) -> Result<UserPool, Error> {
        while self.storage.purge(&deleted, PURGED_AT_ONCE).await? > 0 {}
        let (after, keys) = self.new_pool(request, deleted.id.clone()).await?;
        let update = PoolWrite::Update { before: deleted, after: after.clone() };
        self.storage.commit([vec![update.into()], keys].concat()).await?;
        self.forget_keys(&after.id);
        Ok(after)
    }

    async fn new_pool(&self, request: CreateUserPool, id: UserPoolId) -> Result<(UserPool, Vec<Write>), Error> {
        check_settings(&request.settings)?;
        self.check_texts(&request.settings)?;
        self.check_lambda(&request.settings.lambda)?;
        let schema = merge_schema(&request.attributes)?;
        let now = self.now();
        let history = PoolHistory::default().with_days(0, request.settings.history.days, now);
        let pool = UserPool {
            id,
            name: request.name,
            settings: request.settings,
            sign_in_names: request.sign_in_names,
            case_sensitive: request.case_sensitive,
            case_change: None,
            schema,
            algorithm: request.algorithm.unwrap_or(self.defaults.algorithm),
            session_tracking: SessionTracking::default(),
            history,
            invalidations: Vec::new(),
            protection: crate::model::risk::PoolProtection::default(),
            notice_texts: std::collections::BTreeMap::new(),
            message_limits: None,
            created_at: now,
            modified_at: now,
            deleted_at: None,
        };
        let access = self.new_key(&pool.id, pool.algorithm).await?.for_use(KeyUse::AccessTokens);
        let id = self.new_key(&pool.id, pool.algorithm).await?.for_use(KeyUse::IdTokens);
        let put = |key| KeyWrite::Put { pool: pool.id.clone(), key }.into();
        let keys = [access, id].map(put).into();
        Ok((pool, keys))
    }

    /// The pool of this id.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is none.
    pub async fn describe_user_pool(&self, pool: &UserPoolId) -> Result<UserPool, Error> {
        Ok(self.pool(pool).await?.record)
    }

    /// Pools by id; 60 a page at most. A page may be short while more follow.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] alone.
    pub async fn list_user_pools(&self, page: PageRequest) -> Result<Page<UserPool>, Error> {
        let limit = if page.limit == 0 { 60 } else { page.limit.min(60) };
        let found = self.storage.pools().list(&PageRequest { limit, ..page }).await?;
        let items = found.items.into_iter().filter(|pool| pool.deleted_at.is_none());
        Ok(Page { items: items.map(|pool| pool.record).collect(), next: found.next })
    }

    /// Replaces a pool's settings: what is not said falls back to its default, as Cognito does it.
    ///
    /// # Errors
    ///
    /// As [`change_user_pool`](Self::change_user_pool).
    pub async fn update_user_pool(&self, pool: &UserPoolId, settings: PoolSettings) -> Result<(), Error> {
        self.change_user_pool(pool, |change| change.settings = settings).await.map(drop)
    }

    /// Changes of a pool what `change` changes, and leaves the rest as it stands. What `change` sees is what is written over:
    /// no change that came between is taken back.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::InvalidParameter`], and [`Error::Concurrent`] if another change came
    /// between.
    pub async fn change_user_pool(
        &self,
        pool: &UserPoolId,
        change: impl FnOnce(&mut PoolChange),
    ) -> Result<UserPool, Error> {
        let before = self.pool(pool).await?;
        let mut changed = PoolChange { name: before.name.clone(), settings: before.settings.clone() };
        change(&mut changed);
        let PoolChange { name, settings } = changed;
        check_settings(&settings)?;
        self.check_texts(&settings)?;
        self.check_lambda(&settings.lambda)?;
        let now = self.now();
        let history = changed_history(&before, settings.history, now)?;
        let after = UserPool { name, settings, history, modified_at: now, ..before.record.clone() };
        self.storage.commit(vec![PoolWrite::Update { before, after: after.clone() }.into()]).await?;
        Ok(after)
    }

    /// Puts new keys in the place of a pool's two signing keys. With [`Rotation::PLANNED`] they are published now and sign ten
    /// minutes later, when every verifier has had time to fetch them, and every token that was made stays good until it
    /// expires; the steps are written into the keys, so nothing needs to run in between. With [`Rotation::AtOnce`] all tokens
    /// made so far are dead, on this node now and on others within a minute.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`] if keys of the pool's algorithm cannot be made;
    /// [`Error::Concurrent`] if the pool was changed meanwhile.
    pub async fn rotate_signing_key(&self, pool: &UserPoolId, rotation: Rotation) -> Result<(), Error> {
        let before = self.pool(pool).await?;
        let (mut keys, mut gone) = (self.storage.pools().keys(pool).await?, Vec::new());
        for usage in [KeyUse::AccessTokens, KeyUse::IdTokens] {
            let new = self.new_key(pool, before.algorithm).await?.for_use(usage);
            let rotated = SealedKey::rotate(new, &keys, rotation, self.now());
            keys = rotated.keys;
            gone.extend(rotated.gone);
        }
        let remove = |kid| KeyWrite::Remove { pool: pool.clone(), kid }.into();
        let mut writes: Vec<Write> = gone.into_iter().map(remove).collect();
        writes.extend(keys.into_iter().map(|key| KeyWrite::Put { pool: pool.clone(), key }.into()));
        // The pool's version stands for its keys': of two rotations at once, one wins.
        let after = before.record.clone();
        writes.push(PoolWrite::Update { before, after }.into());
        self.storage.commit(writes).await?;
        self.forget_keys(pool);
        Ok(())
    }

    /// Removes a pool with everything in it. It is no pool to any operation from now on; what is in it is removed in the
    /// background ([`maintain`](Self::maintain) finishes what was interrupted).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`] while the pool is protected or has a domain; [`Error::Concurrent`] if it
    /// was changed meanwhile.
    pub async fn delete_user_pool(&self, pool: &UserPoolId) -> Result<(), Error> {
        let before = self.pool(pool).await?;
        if before.settings.deletion_protected {
            return Err(Invalid::DeletionProtected.into());
        }
        if !self.storage.domains().of_pool(pool).await?.is_empty() {
            return Err(Invalid::PoolHasDomain.into());
        }
        let after = UserPool { deleted_at: Some(self.now()), ..before.record.clone() };
        self.storage.commit(vec![PoolWrite::Update { before, after }.into()]).await?;
        self.forget_keys(pool);
        self.start_cleanups(pool).await;
        Ok(())
    }
}

fn check_settings(settings: &PoolSettings) -> Result<(), Error> {
    tags::check(&settings.tags)?;
    check_mfa(settings)?;
    let policy = settings.password_policy;
    if !(6..=99).contains(&policy.minimum_length) {
        return Err(Invalid::PasswordLengthRange.into());
    }
    if !(1..=365).contains(&policy.temporary_days) {
        return Err(Invalid::TemporaryDaysRange.into());
    }
    if policy.history_size > password::LONGEST_HISTORY {
        return Err(Invalid::PasswordHistoryRange.into());
    }
    settings.acr.check()?;
    if settings.history.days > LONGEST_HISTORY_DAYS {
        return Err(Invalid::HistoryDaysRange.into());
    }
    Ok(settings.recovery.check()?)
}

/// Whether a pool's rules for factors fit together.
fn check_mfa(settings: &PoolSettings) -> Result<(), Error> {
    let codes = [FirstFactor::EmailCode, FirstFactor::SmsCode];
    let fits = match settings.mfa.mode {
        MfaMode::Off => settings.mfa.kinds.is_empty(),
        MfaMode::Optional => !settings.mfa.kinds.is_empty(),
        MfaMode::On => {
            let code_alone = codes.iter().any(|code| settings.first_factors.allowed.contains(code));
            !settings.mfa.kinds.is_empty() && !code_alone
        }
    };
    if fits { Ok(()) } else { Err(Invalid::MfaSettings.into()) }
}

/// The history of a pool whose window is to be another one: not while a restoration leans on it.
fn changed_history(before: &UserPool, settings: HistorySettings, now: Timestamp) -> Result<PoolHistory, Error> {
    let (days, history) = (before.settings.history.days, before.history.clone());
    if days == settings.days {
        return Ok(history);
    }
    if history.is_paused(now) {
        return Err(Error::RestorationUnderWay);
    }
    Ok(history.with_days(days, settings.days, now))
}
