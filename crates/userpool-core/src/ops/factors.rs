//! What pools and users say about factors.

use std::mem;

use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::ceremony::FirstFactor;
use crate::model::factors::{MfaSettings, SecondFactor, SecondFactors};
use crate::model::ids::UserPoolId;
use crate::model::passkeys::{PasskeyFactor, PasskeySettings};
use crate::model::pool::{Contact, UserPool};
use crate::model::user::User;
use crate::ops::account::Authenticated;
use crate::ops::notices::FactorChange;
use crate::ops::pools::PoolChange;
use crate::ops::software_token::set_second;
use crate::reasons::{Invalid, Refusal};
use crate::service::UserPools;

/// What a user wants of a second factor.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Preference {
    /// The factor.
    pub factor: SecondFactor,
    /// Whether it is asked for.
    pub enabled: bool,
    /// Whether it is asked for before others.
    pub preferred: bool,
}

/// What a user wants of second factors. What is not spoken of stays as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Preferences<'a> {
    /// Of factors that are asked for after the first.
    pub second: &'a [Preference],
    /// Whether passkeys stand for two factors, in pools that take them so.
    pub passkey: Option<bool>,
}

impl<'a, const N: usize> From<&'a [Preference; N]> for Preferences<'a> {
    fn from(second: &'a [Preference; N]) -> Self {
        Self { second, passkey: None }
    }
}

/// What a user can sign in with.
#[derive(Clone, Debug)]
pub struct UserFactors {
    /// The user.
    pub user: User,
    /// What a sign-in of the user's choice can begin with, whatever the pool allows.
    pub first: Vec<FirstFactor>,
    /// The second factors.
    pub second: SecondFactors,
}

/// Seconds after a sign-in in which second factors can be changed by it, in pools that ask for a fresh one.
const FRESH_SECONDS: i64 = 15 * 60;

impl UserPools {
    /// Sets what a pool says about second factors, and about passkeys if anything is said of them.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] if it asks for second factors and has none, asks everybody for one and lets sign-ins begin with a
    /// code alone, or has some and asks nobody; [`Error::NotFound`]; [`Error::Concurrent`].
    pub async fn set_user_pool_mfa_config(
        &self,
        pool: &UserPoolId,
        mfa: MfaSettings,
        passkeys: Option<PasskeySettings>,
    ) -> Result<UserPool, Error> {
        let change = |change: &mut PoolChange| {
            change.settings.mfa = mfa;
            change.settings.passkeys = passkeys.unwrap_or(mem::take(&mut change.settings.passkeys));
        };
        self.change_user_pool(pool, change).await
    }

    /// Turns my second factors on or off, and says which is preferred. The session that turns one on goes on; others of mine
    /// that proved none end at their next refresh.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a factor that is not set up, two that are preferred, or passkeys for two factors where the
    /// pool does not take them so or nothing else is turned on; [`Error::NotAuthorized`].
    pub async fn set_user_mfa_preference<'a>(
        &self,
        access_token: &SecretString,
        preferences: impl Into<Preferences<'a>>,
    ) -> Result<(), Error> {
        let me = self.self_service(access_token).await?;
        let before = self.storage.factors().second(&me.pool.id, &me.user.sub).await?;
        self.may_change_factors(&me, before.as_deref()).await?;
        let after = with_preferences((&me.pool, &me.user), before.as_deref(), preferences.into())?;
        let turns_on = !after.active.is_empty();
        let change = FactorChange::between(before.as_deref(), &after);
        let mut writes = vec![set_second(&me.pool.id, &me.user.sub, before, after)];
        if turns_on {
            writes.extend(self.session_with(&me, None).await?);
        }
        self.storage.commit(writes).await?;
        Box::pin(self.tell_of_factors(&me.pool, Some(&me.client), &me.user, change)).await;
        Ok(())
    }

    /// The same for a user, by an administrator. Sessions of the user's that proved no second factor end at their next refresh
    /// once one is demanded.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`] as above.
    pub async fn admin_set_user_mfa_preference<'a>(
        &self,
        pool: &UserPoolId,
        username: &str,
        preferences: impl Into<Preferences<'a>>,
    ) -> Result<(), Error> {
        let pool = self.pool(pool).await?;
        let user = self.named_user(&pool, username).await?;
        let before = self.storage.factors().second(&pool.id, &user.sub).await?;
        let after = with_preferences((&pool, &user), before.as_deref(), preferences.into())?;
        let change = FactorChange::between(before.as_deref(), &after);
        self.storage.commit(vec![set_second(&pool.id, &user.sub, before, after)]).await?;
        Box::pin(self.tell_of_factors(&pool, None, &user, change)).await;
        Ok(())
    }

    /// Takes a user's authenticator app away, and the seed of one that was begun.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::SoftwareTokenNotFound`] if the user has none.
    pub async fn admin_delete_software_token(&self, pool: &UserPoolId, username: &str) -> Result<(), Error> {
        let pool = self.pool(pool).await?;
        let user = self.named_user(&pool, username).await?;
        let before = self.storage.factors().second(&pool.id, &user.sub).await?;
        let before = before.filter(|second| second.software_token.is_some() || second.pending_seed.is_some());
        let before = before.ok_or(Error::SoftwareTokenNotFound)?;
        let mut after = SecondFactors { software_token: None, pending_seed: None, ..before.record.clone() };
        after.active.remove(&SecondFactor::SoftwareToken);
        after.preferred = after.preferred.filter(|preferred| *preferred != SecondFactor::SoftwareToken);
        let change = FactorChange::between(Some(&before), &after);
        self.storage.commit(vec![set_second(&pool.id, &user.sub, Some(before), after)]).await?;
        Box::pin(self.tell_of_factors(&pool, None, &user, change)).await;
        Ok(())
    }

    /// What I can sign in with.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`].
    pub async fn get_user_auth_factors(&self, access_token: &SecretString) -> Result<UserFactors, Error> {
        let me = self.self_service(access_token).await?;
        self.factors_of(&me.pool, me.user.record.clone()).await
    }

    /// What a user can sign in with.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn admin_get_user_auth_factors(&self, pool: &UserPoolId, username: &str) -> Result<UserFactors, Error> {
        let pool = self.pool(pool).await?;
        let user = self.named_user(&pool, username).await?.record;
        self.factors_of(&pool, user).await
    }

    /// My second factors; none where the pool asks for none.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`].
    pub async fn own_second_factors(&self, me: &Authenticated) -> Result<SecondFactors, Error> {
        Ok(self.second_factors(&me.pool, &me.user.sub).await?.map(|second| second.record).unwrap_or_default())
    }

    /// The user to whom this name, alias or subject leads, with the second factors; none where the pool asks for none. The pool is
    /// read once.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn admin_get_user_with_factors(
        &self,
        pool: &UserPoolId,
        username: &str,
    ) -> Result<(User, SecondFactors), Error> {
        let pool = self.pool(pool).await?;
        let user = self.named_user(&pool, username).await?.record;
        let second = self.second_factors(&pool, &user.sub).await?.map(|second| second.record).unwrap_or_default();
        Ok((user, second))
    }

    async fn factors_of(&self, pool: &UserPool, user: User) -> Result<UserFactors, Error> {
        let password = self.storage.passwords().get(&pool.id, &user.sub).await?;
        let second = self.second_factors(pool, &user.sub).await?.map(|second| second.record).unwrap_or_default();
        let has_passkey =
            self.storage.passkeys().of_user(&pool.id, &user.sub).await?.is_some_and(|kept| !kept.list.is_empty());
        let has = |factor: FirstFactor| match factor {
            FirstFactor::Password => password.is_some(),
            FirstFactor::EmailCode => user.has_verified(Contact::Email),
            FirstFactor::SmsCode => user.has_verified(Contact::PhoneNumber),
            // It is the password in another form.
            FirstFactor::PasswordSrp => false,
            FirstFactor::Passkey => has_passkey,
        };
        let first = FirstFactor::ALL.into_iter().filter(|factor| has(*factor)).collect();
        Ok(UserFactors { user, first, second })
    }

    /// Whether this sign-in may change second factors. In pools that ask for it, it must be fresh, and have proved a second
    /// factor if the user has turned one on.
    pub(crate) async fn may_change_factors(
        &self,
        me: &Authenticated,
        second: Option<&SecondFactors>,
    ) -> Result<(), Error> {
        if !me.pool.settings.account_rules.factors_need_fresh_sign_in {
            return Ok(());
        }
        let id = me.claims.origin_jti.as_deref().ok_or(Refusal::FreshSignInNeeded)?;
        let session = self.storage.sessions().get(&me.pool.id, id).await?.ok_or(Refusal::FreshSignInNeeded)?;
        let has_second = second.is_some_and(|second| !second.active.is_empty());
        let is_fresh = self.now().is_within(session.auth_time, FRESH_SECONDS);
        let is_strong = session.grant.multi_factor || !has_second;
        if is_fresh && is_strong { Ok(()) } else { Err(Refusal::FreshSignInNeeded.into()) }
    }
}

fn with_preferences(
    (pool, user): (&UserPool, &User),
    before: Option<&SecondFactors>,
    Preferences { second, passkey }: Preferences<'_>,
) -> Result<SecondFactors, Error> {
    if second.iter().filter(|wish| wish.enabled && wish.preferred).count() > 1 {
        return Err(Invalid::PreferredTwice.into());
    }
    let mut after = before.cloned().unwrap_or_default();
    for Preference { factor, enabled, preferred } in second {
        if *enabled && !after.has(user, *factor) {
            return Err(Invalid::SecondFactorNotSetUp(factor.name()).into());
        }
        if *enabled {
            after.active.insert(*factor);
        } else {
            after.active.remove(factor);
        }
        match (*enabled && *preferred, after.preferred == Some(*factor)) {
            (true, _) => after.preferred = Some(*factor),
            (false, true) => after.preferred = None,
            (false, false) => {}
        }
    }
    after.passkey = passkey.unwrap_or(after.passkey);
    if after.passkey {
        check_passkey_for_two(pool, &after, passkey.is_some())?;
    }
    Ok(after)
}

/// Whoever loses every passkey has another factor, and is asked for it.
fn check_passkey_for_two(pool: &UserPool, after: &SecondFactors, is_asked_for: bool) -> Result<(), Error> {
    if is_asked_for && pool.settings.passkeys.factor != PasskeyFactor::MultiWhenVerified {
        return Err(Invalid::PasskeyIsOneFactor.into());
    }
    if after.active.is_empty() { Err(Invalid::PasskeyNeedsAnother.into()) } else { Ok(()) }
}
