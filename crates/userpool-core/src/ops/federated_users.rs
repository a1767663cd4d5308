//! The users whom logins at outside providers lead to: found, made at the first login, and told what the provider says now.

use document_store::Versioned;
use document_store::error::StorageErrorKind;

use crate::error::Error;
use crate::model::attributes::Attributes;
use crate::model::client::AppClient;
use crate::model::contact::Contact;
use crate::model::federated_login::FederatedLogin;
use crate::model::group::Group;
use crate::model::identity_provider::IdentityProvider;
use crate::model::ids::{ClientId, GroupName, Username};
use crate::model::login::{LONGEST_LOGIN, Login, LoginKey};
use crate::model::pool::UserPool;
use crate::model::user::{NameKind, User, UserStatus};
use crate::ops::attributes::{self, Author};
use crate::ops::rounds::MOST_ROUNDS;
use crate::ops::taken::taken_alias;
use crate::ports::{Confirmation, SignUpChange, SignUpSource};
use crate::reasons::{Invalid, Refusal};
use crate::service::UserPools;
use crate::storage::{GroupWrite, UserWrite, Write};

/// Where somebody comes to, and through what.
#[derive(Clone, Copy)]
struct Place<'a> {
    pool: &'a UserPool,
    client: &'a AppClient,
    provider: &'a IdentityProvider,
}

impl UserPools {
    /// The user whom a login at an outside provider leads to. The first login makes one, called by provider and subject; later
    /// ones write what the provider says now over what it said before. A login never leads to a user because an address or a
    /// name is the same: only what an administrator [linked](Self::admin_link_provider_for_user) leads to somebody else.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for the client; [`Error::InvalidParameter`] for a provider that the pool does not have, a claim that does
    /// not suit its attribute or changes one that is fixed, and a required attribute that nothing fills; [`Error::NotAuthorized`]
    /// if the client lets nobody of the provider in, the provider does not say who it is, or a claim becomes an attribute that the client may not write;
    /// [`Error::AliasExists`]; [`Error::HookRefused`], [`Error::HookFailed`] and [`Error::HookInvalid`].
    pub async fn federated_user(&self, client: &ClientId, login: &FederatedLogin) -> Result<User, Error> {
        let (client, pool) = self.client_and_pool(client).await?;
        if !client.settings.oauth.providers.contains(&login.provider) {
            return Err(Refusal::ProviderNotAllowed.into());
        }
        let provider = self.provider_of(&pool.id, &login.provider).await?;
        let place = Place { pool: &pool, client: &client, provider: &provider };
        let subject = provider.subject_of(login).filter(|subject| subject.chars().count() <= LONGEST_LOGIN);
        let key = LoginKey::subject(provider.name.clone(), subject.ok_or(Refusal::LoginWithoutSubject)?);
        let said = provider.mapped(login);
        check_said(place, &said)?;
        let mut asked = None;
        for _ in 0..MOST_ROUNDS {
            let made = match self.led_to(place, &key, &said).await? {
                Some(found) => self.told(place, found, &key, &said).await,
                None => self.made(place, &key, &said, &mut asked).await,
            };
            match made {
                // A name, the login or the group of the provider was somebody's meanwhile.
                Err(Error::Storage(refused)) if refused.kind() == StorageErrorKind::AlreadyExists => {}
                Err(Error::Concurrent) => {}
                outcome => return outcome,
            }
        }
        Err(Error::Concurrent)
    }

    /// The user whom the login leads to: by who it is, or by an attribute that an administrator linked it by.
    async fn led_to(
        &self,
        Place { pool, provider, .. }: Place<'_>,
        key: &LoginKey,
        said: &Attributes,
    ) -> Result<Option<Versioned<User>>, Error> {
        if let Some(found) = self.storage.users().of_login(&pool.id, key).await? {
            return Ok(Some(found));
        }
        let linkable = said.iter().filter(|_| !provider.kind.is_social());
        for (attribute, value) in linkable {
            let (provider, by, value) = (provider.name.clone(), attribute.clone(), value.clone());
            let found = self.storage.users().of_login(&pool.id, &LoginKey { provider, by, value }).await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The user with what the provider says now. A login that was linked by an attribute is known by who it is from now on.
    async fn told(
        &self,
        place: Place<'_>,
        before: Versioned<User>,
        key: &LoginKey,
        said: &Attributes,
    ) -> Result<User, Error> {
        let mut after = before.record.clone();
        if !after.logins.iter().any(|login| login.key == *key) {
            let of_attribute = |login: &&mut Login| {
                let LoginKey { provider, by, value } = &login.key;
                *provider == key.provider && said.get(by) == Some(value)
            };
            after.logins.iter_mut().find(of_attribute).ok_or(Error::Concurrent)?.key = key.clone();
        }
        attributes::apply(place.pool, &mut after, news(&before, said))?;
        if after == before.record {
            return Ok(after);
        }
        after.modified_at = self.now();
        let update = UserWrite::Update { before, after: after.clone() };
        self.storage.commit(vec![update.into()]).await.map_err(taken_alias)?;
        Ok(after)
    }

    /// The user whom the first login makes, in the group of the provider's users. Hooks are asked once.
    async fn made(
        &self,
        place: Place<'_>,
        key: &LoginKey,
        said: &Attributes,
        asked: &mut Option<SignUpChange>,
    ) -> Result<User, Error> {
        let Place { pool, client, provider } = place;
        let mut user = self.newcomer(place, key, said.clone()).await?;
        if let Some(name) = attributes::missing(pool, &user.attributes).next() {
            return Err(Invalid::AttributeMissing(name.to_owned()).into());
        }
        let change = match asked.take() {
            Some(change) => change,
            None => self.pre_sign_up(pool, Some(client), &user, SignUpSource::ExternalProvider).await?,
        };
        for contact in &change.verify {
            user.attributes.insert(contact.verified_attribute().to_owned(), "true".to_owned());
        }
        *asked = Some(change);
        let (group, insert) = self.group_of_provider(pool, provider).await?;
        user.memberships.insert(group.name, group.id);
        let mut writes: Vec<Write> = vec![UserWrite::Insert { user: user.clone() }.into()];
        writes.extend(insert);
        self.storage.commit(writes).await?;
        self.post_confirmation(pool, Some(client), &user, Confirmation::SignUp).await?;
        Ok(user)
    }

    /// A user record for somebody new: called by provider and subject, or, if somebody chose that name or it can be none, by
    /// provider and the user's own subject.
    async fn newcomer(&self, place: Place<'_>, key: &LoginKey, said: Attributes) -> Result<User, Error> {
        let Place { pool, provider, .. } = place;
        let now = self.now();
        let primary = Login {
            key: key.clone(),
            kind: provider.kind,
            issuer: provider.details.get("oidc_issuer").filter(|_| !provider.kind.is_social()).cloned(),
            primary: true,
            created_at: now,
        };
        let mut user = self.user_record(pool, said, UserStatus::ExternalProvider)?;
        let by_subject = format!("{}_{}", provider.name, key.value).parse::<Username>().ok();
        user.logins.push(primary);
        for name in [by_subject, Some(username(provider, &user)?)].into_iter().flatten() {
            user.username = name;
            user.refresh_names(pool);
            let folded: Vec<String> = user.names.values().cloned().collect();
            if self.storage.users().named_many(&pool.id, &folded).await?.is_empty() {
                return Ok(user);
            }
        }
        Err(Error::UsernameExists(NameKind::Username))
    }

    /// The group of a provider's users, and the write that makes it if there is none.
    async fn group_of_provider(
        &self,
        pool: &UserPool,
        provider: &IdentityProvider,
    ) -> Result<(Group, Option<Write>), Error> {
        let name: GroupName = format!("{}_{}", pool.id, provider.name)
            .parse()
            .map_err(|error| Error::internal("naming a provider's group", error))?;
        if let Some(found) = self.storage.groups().get(&pool.id, &name).await? {
            let expect = GroupWrite::Expect { before: found.clone() };
            return Ok((found.record, Some(expect.into())));
        }
        let now = self.now();
        let group = Group {
            pool: pool.id.clone(),
            id: self.uuid().parse().map_err(|error| Error::internal("making a group id", error))?,
            name,
            description: Some(format!("Autogenerated group for users who sign in using {}", provider.name)),
            role_arn: None,
            precedence: None,
            created_at: now,
            modified_at: now,
        };
        Ok((group.clone(), Some(GroupWrite::Insert { group }.into())))
    }
}

fn username(provider: &IdentityProvider, user: &User) -> Result<Username, Error> {
    let name = format!("{}_{}", provider.name, user.sub);
    name.parse().map_err(|error| Error::internal("naming a provider's user", error))
}

/// Whether what the provider says suits the schema, and the client may write it. Whether an address is verified, whoever wrote
/// the mapping has said.
fn check_said(Place { pool, client, .. }: Place<'_>, said: &Attributes) -> Result<(), Error> {
    attributes::check(pool, Author::Administrator, said)?;
    let is_flag = |name: &str| Contact::ALL.iter().any(|contact| contact.verified_attribute() == name);
    let writable = |name: &String| is_flag(name) || client.writes(name);
    if said.keys().all(writable) { Ok(()) } else { Err(Refusal::AttributeNotWritable.into()) }
}

/// What differs from what is known. Whether a new address is verified is said with it again.
fn news(user: &User, said: &Attributes) -> Attributes {
    let is_new = |name: &str| said.get(name).is_some_and(|value| user.attributes.get(name) != Some(value));
    let goes_with = |name: &str| {
        Contact::ALL.iter().any(|contact| contact.verified_attribute() == name && is_new(contact.attribute()))
    };
    said.iter()
        .filter(|(name, _)| is_new(name) || goes_with(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
