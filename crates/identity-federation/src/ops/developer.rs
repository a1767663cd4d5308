//! Users of the operator's own system: its word is enough, for its calls are signed.

use std::collections::{BTreeMap, BTreeSet};

use credential_vending::tag_rules;
use document_store::Versioned;
use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::identity::{Identity, Login};
use crate::model::ids::{IdentityId, IdentityPoolId};
use crate::model::linking::{Union, unite_into};
use crate::model::pool::IdentityPool;
use crate::ops::linking::{TRIES, is_overtaken, logins_of};
use crate::ops::logins::{Logins, Verified};
use crate::ops::own_tokens::{NewToken, authenticated};
use crate::ops::principal_tags::{add_tags, session_tags};
use crate::ports::{Action, Details, Outcome};
use crate::reasons::{Invalid, Kind, LoginConflict, Refusal};
use crate::service::IdentityPools;

/// Seconds that a token of a developer's user lives when nothing is said.
const TOKEN_SECONDS: i64 = 900;
/// The most that can be said: a day.
const MOST_TOKEN_SECONDS: i64 = 86_400;
/// The most characters of a user's identifier.
const LONGEST_USER: usize = 1024;

/// Asks for a token for a user of the operator's own system.
#[derive(Clone, Debug)]
pub struct GetOpenIdTokenForDeveloper {
    /// In which pool.
    pub pool: IdentityPoolId,
    /// The identity that the user is to be; `None` finds it, or makes one.
    pub identity: Option<IdentityId>,
    /// Under the name of the pool's developer provider the user's identifier, 1 to 1,024 characters; beside it tokens of other
    /// providers.
    pub logins: Logins,
    /// Tags of the sessions that are vended for the token.
    pub principal_tags: BTreeMap<String, String>,
    /// How long the token lives, 1 to 86,400 seconds; 900 if nothing is said. The operator answers for what happens with it.
    pub seconds: Option<i64>,
}

/// What is looked up.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LookupDeveloperIdentity {
    /// In which pool.
    pub pool: IdentityPoolId,
    /// The identity.
    pub identity: Option<IdentityId>,
    /// The user.
    pub user: Option<String>,
}

/// An identity, and who it is in the operator's own system.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DeveloperIdentity {
    /// The identity.
    pub identity: IdentityId,
    /// The users, in order.
    pub users: Vec<String>,
}

impl IdentityPools {
    /// A token for a user of the operator's own system, who is registered if need be. It is shown for credentials under
    /// [`PROVIDER`](crate::ops::credentials::PROVIDER), or to `AssumeRoleWithWebIdentity` where the pool's classic flow is open,
    /// and stands for the user until it expires or the user is this identity no more.
    ///
    /// With an identity the user becomes that one, if the user was none before: a guest keeps its id.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::DeveloperUserAlreadyRegistered`] if the user is another identity than the one that is
    /// named; [`Error::ResourceConflict`] if the logins cannot be one identity's; [`Error::InvalidParameter`] without a user of
    /// the pool's developer provider, for a duration or tags that are not allowed; [`Error::NotAuthorized`] if another
    /// login does not hold, or the identity has lost all its logins.
    pub async fn get_open_id_token_for_developer_identity(
        &self,
        request: GetOpenIdTokenForDeveloper,
    ) -> Result<(IdentityId, SecretString), Error> {
        let mut details = Details {
            pool: Some(request.pool.clone()),
            identity: request.identity.clone(),
            providers: request.logins.keys().cloned().collect(),
            ..Details::default()
        };
        let made = self.token_for_developer(request, &mut details).await;
        self.record(Action::GetOpenIdTokenForDeveloper, details, Outcome::of(&made)).await;
        made
    }

    async fn token_for_developer(
        &self,
        request: GetOpenIdTokenForDeveloper,
        details: &mut Details,
    ) -> Result<(IdentityId, SecretString), Error> {
        let GetOpenIdTokenForDeveloper { pool, identity: named, mut logins, principal_tags, seconds } = request;
        let seconds = seconds.unwrap_or(TOKEN_SECONDS);
        if !(1..=MOST_TOKEN_SECONDS).contains(&seconds) {
            return Err(Invalid::TokenDuration(MOST_TOKEN_SECONDS).into());
        }
        let pool = self.pool(&pool).await?.record;
        let user = take_user(&pool, &mut logins)?;
        let others = self.verify_logins(&pool, &logins).await?;
        let mut tags = session_tags(&pool, &others)?;
        add_tags(&mut tags, principal_tags)?;
        tag_rules::check_session_tags(&tags).map_err(|_| Invalid::Tags)?;
        let identity = self.developers_identity(&pool, named, &user, &others, details).await?;
        details.identity = Some(identity.id.clone());
        let mut behind = vec![(user, "")];
        behind.extend(others.iter().map(|login| (login.login(), login.kind())));
        let amr = authenticated(&pool, &behind);
        let token = self.sign_own(NewToken { pool: &pool, identity: &identity, amr, tags, seconds }).await?;
        Ok((identity.id, token))
    }

    /// The identity of a developer's user and of the logins that come along.
    async fn developers_identity(
        &self,
        pool: &IdentityPool,
        named: Option<IdentityId>,
        user: &Login,
        others: &[Verified],
        details: &mut Details,
    ) -> Result<Identity, Error> {
        let mut shown = logins_of(others);
        shown.insert(user.clone());
        for _ in 0..TRIES {
            let plan = self.plan_for_developer(pool, named.as_ref(), user, &shown).await;
            if let Some(identity) = self.settle(plan, details).await? {
                return Ok(identity);
            }
        }
        Err(Error::Concurrent)
    }

    async fn plan_for_developer(
        &self,
        pool: &IdentityPool,
        named: Option<&IdentityId>,
        user: &Login,
        shown: &BTreeSet<Login>,
    ) -> Result<Union, Error> {
        let named = match named {
            Some(id) => Some(self.linkable(pool, id).await?),
            None => None,
        };
        let owners = self.owners(pool, named.as_ref(), shown).await?;
        if let Some(named) = &named {
            if owners.iter().any(|owner| owner.logins.contains(user)) {
                return Err(Error::DeveloperUserAlreadyRegistered);
            }
            // The operator may give somebody who has logged in another login; to merge them away takes one of theirs.
            if !owners.is_empty() && !named.is_guest() && named.logins.is_disjoint(shown) {
                return Err(Refusal::LoginsNotOfIdentity.into());
            }
        }
        self.union_of(pool, named.into_iter().chain(owners).collect(), shown)
    }

    /// The identity of this pool to which the operator may link a user.
    async fn linkable(&self, pool: &IdentityPool, id: &IdentityId) -> Result<Versioned<Identity>, Error> {
        let identity = self.today(self.identity_of(&pool.id, id).await?).await?;
        if identity.logins.is_empty() && !identity.is_guest() {
            return Err(Refusal::IdentityNotYours(id.clone()).into());
        }
        Ok(identity)
    }

    async fn identity_of(&self, pool: &IdentityPoolId, id: &IdentityId) -> Result<Versioned<Identity>, Error> {
        let identity = self.identity(id).await?;
        if identity.pool == *pool { Ok(identity) } else { Err(Error::NotFound(Kind::Identity(id.clone()))) }
    }

    /// The identity of a user of the operator's own system.
    async fn identity_of_user(&self, pool: &IdentityPool, user: &Login) -> Result<Versioned<Identity>, Error> {
        for _ in 0..TRIES {
            let found = self.storage.identities().of_logins(&pool.id, &[user]).await?;
            let Some(owner) = found.into_iter().next() else { return Err(Error::NotFound(Kind::DeveloperUser)) };
            // A login that changed hands while it was looked up leads to who has it no more.
            if owner.logins.contains(user) {
                return Ok(owner);
            }
        }
        Err(Error::Concurrent)
    }

    /// The identity of a developer's user, or the users of an identity; with both, that they belong together.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::ResourceConflict`] if the user is not that identity; [`Error::InvalidParameter`] if neither
    /// is named, or the pool has no developer provider.
    pub async fn lookup_developer_identity(
        &self,
        request: LookupDeveloperIdentity,
    ) -> Result<DeveloperIdentity, Error> {
        let LookupDeveloperIdentity { pool, identity, user } = request;
        let pool = self.pool(&pool).await?.record;
        let provider = pool.settings.developer_provider.clone().ok_or(Invalid::DeveloperProviderUnknown)?;
        let Some(user) = user else {
            let id = identity.ok_or(Invalid::LookupOfNothing)?;
            let found = self.identity_of(&pool.id, &id).await?;
            let users = found.subjects_of(&provider).map(str::to_owned).collect();
            return Ok(DeveloperIdentity { identity: id, users });
        };
        let owner = self.identity_of_user(&pool, &Login { provider, subject: user.clone() }).await?;
        if let Some(id) = identity
            && self.identity_of(&pool.id, &id).await?.id != owner.id
        {
            return Err(LoginConflict::DeveloperUserElsewhere.into());
        }
        Ok(DeveloperIdentity { identity: owner.id.clone(), users: vec![user] })
    }

    /// Merges the identity of one user of the operator's own system into another's: the destination has all logins, the
    /// source is disabled. Called again after it was done, it changes nothing.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::ResourceConflict`] if both have logins of one public provider;
    /// [`Error::InvalidParameter`] if together they have more than 20 logins, or the provider is not the pool's.
    pub async fn merge_developer_identities(
        &self,
        pool: &IdentityPoolId,
        provider: &str,
        source: &str,
        destination: &str,
    ) -> Result<IdentityId, Error> {
        let mut details =
            Details { pool: Some(pool.clone()), providers: vec![provider.to_owned()], ..Details::default() };
        let merged = self.merge_users(pool, provider, (source, destination), &mut details).await;
        details.identity = merged.as_ref().ok().cloned();
        self.record(Action::MergeDeveloperIdentities, details, Outcome::of(&merged)).await;
        merged
    }

    async fn merge_users(
        &self,
        pool: &IdentityPoolId,
        provider: &str,
        (source, destination): (&str, &str),
        details: &mut Details,
    ) -> Result<IdentityId, Error> {
        let pool = self.pool_of_developer(pool, provider).await?;
        let login = |subject: &str| Login { provider: provider.to_owned(), subject: subject.to_owned() };
        let (source, destination) = (login(source), login(destination));
        for _ in 0..TRIES {
            let parent = self.identity_of_user(&pool, &destination).await?;
            let child = self.identity_of_user(&pool, &source).await?;
            if parent.id == child.id {
                return Ok(parent.id.clone());
            }
            let union = unite_into(parent, vec![child], &BTreeSet::new(), Some(provider), self.now())?;
            if let Some(identity) = self.settle(Ok(union), details).await? {
                return Ok(identity.id);
            }
        }
        Err(Error::Concurrent)
    }

    /// Parts a user of the operator's own system from its identity: the user is a new identity when next seen. An identity
    /// without any login left is nobody's, and no guest.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::ResourceConflict`] if the user is another identity; [`Error::InvalidParameter`] if the
    /// provider is not the pool's.
    pub async fn unlink_developer_identity(
        &self,
        pool: &IdentityPoolId,
        identity: &IdentityId,
        provider: &str,
        user: &str,
    ) -> Result<(), Error> {
        let details = Details {
            pool: Some(pool.clone()),
            identity: Some(identity.clone()),
            providers: vec![provider.to_owned()],
            linked: vec![provider.to_owned()],
            ..Details::default()
        };
        let parted =
            self.unlink_user(pool, identity, Login { provider: provider.to_owned(), subject: user.to_owned() });
        let parted = parted.await;
        self.record(Action::UnlinkDeveloperIdentity, details, Outcome::of(&parted)).await;
        parted
    }

    async fn unlink_user(&self, pool: &IdentityPoolId, id: &IdentityId, user: Login) -> Result<(), Error> {
        let pool = self.pool_of_developer(pool, &user.provider).await?;
        for _ in 0..TRIES {
            let identity = self.identity_of(&pool.id, id).await?;
            if !identity.logins.contains(&user) {
                self.identity_of_user(&pool, &user).await?;
                return Err(LoginConflict::DeveloperUserElsewhere.into());
            }
            match self.part(identity, |login| *login == user).await {
                Err(error) if is_overtaken(&error) => {}
                outcome => return outcome,
            }
        }
        Err(Error::Concurrent)
    }

    /// A pool whose developer provider is this one.
    async fn pool_of_developer(&self, pool: &IdentityPoolId, provider: &str) -> Result<IdentityPool, Error> {
        let pool = self.pool(pool).await?.record;
        if pool.settings.developer_provider.as_deref() == Some(provider) {
            Ok(pool)
        } else {
            Err(Invalid::DeveloperProviderUnknown.into())
        }
    }
}

/// The developer's user among logins, which is taken out of them.
fn take_user(pool: &IdentityPool, logins: &mut Logins) -> Result<Login, Error> {
    let provider = pool.settings.developer_provider.clone().ok_or(Invalid::DeveloperProviderUnknown)?;
    let user = logins.remove(&provider).ok_or(Invalid::DeveloperUserMissing)?;
    let subject = user.expose().to_owned();
    if !(1..=LONGEST_USER).contains(&subject.chars().count()) {
        return Err(Invalid::DeveloperUserId(LONGEST_USER).into());
    }
    Ok(Login { provider, subject })
}
