//! Groups and who is in them.

use document_store::Versioned;
use document_store::error::StorageErrorKind;
use document_store::page::{Page, PageRequest};

use crate::error::Error;
use crate::model::cleanup::{Cleanup, CleanupTask};
use crate::model::group::Group;
use crate::model::ids::{GroupName, UserPoolId};
use crate::model::pool::UserPool;
use crate::model::user::User;
use crate::ops::rounds::{MOST_ROUNDS, is_overtaken};
use crate::reasons::{Invalid, Kind};
use crate::service::UserPools;
use crate::storage::{CleanupWrite, GroupWrite, UserWrite};

/// What is said of a group.
#[derive(Clone, Debug)]
pub struct GroupSpec {
    /// The pool that it belongs to.
    pub pool: UserPoolId,
    /// Its name.
    pub name: GroupName,
    /// What it is for, shown to people and judged by nobody.
    pub description: Option<String>,
    /// The ARN of the role that members may take in an identity pool.
    pub role_arn: Option<String>,
    /// The smaller, the better.
    pub precedence: Option<i64>,
}

/// The most groups of one user.
pub(crate) const MOST_GROUPS: usize = 100;

impl GroupSpec {
    /// A group of which nothing but the name is said.
    pub fn new(pool: UserPoolId, name: GroupName) -> Self {
        Self { pool, name, description: None, role_arn: None, precedence: None }
    }
}

impl UserPools {
    /// Makes a group.
    ///
    /// # Errors
    ///
    /// [`Error::GroupExists`]; [`Error::NotFound`] if there is no such pool.
    pub async fn create_group(&self, spec: GroupSpec) -> Result<Group, Error> {
        self.pool(&spec.pool).await?;
        let now = self.now();
        let group = Group {
            pool: spec.pool,
            id: self.uuid().parse().map_err(|error| Error::internal("making a group id", error))?,
            name: spec.name,
            description: spec.description,
            role_arn: spec.role_arn,
            precedence: spec.precedence,
            created_at: now,
            modified_at: now,
        };
        let commit = self.storage.commit(vec![GroupWrite::Insert { group: group.clone() }.into()]).await;
        commit.map_err(|error| match error.kind() {
            StorageErrorKind::AlreadyExists => Error::GroupExists,
            _ => error.into(),
        })?;
        Ok(group)
    }

    /// The group of this name.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn get_group(&self, pool: &UserPoolId, name: &GroupName) -> Result<Group, Error> {
        Ok(self.pool_and_group(pool, name).await?.1.record)
    }

    /// Replaces what is said of a group; what is not said stays as it was, as Cognito does it here.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn update_group(&self, spec: GroupSpec) -> Result<Group, Error> {
        let (_, before) = self.pool_and_group(&spec.pool, &spec.name).await?;
        let after = Group {
            description: spec.description.or(before.description.clone()),
            role_arn: spec.role_arn.or(before.role_arn.clone()),
            precedence: spec.precedence.or(before.precedence),
            modified_at: self.now(),
            ..before.record.clone()
        };
        self.storage.commit(vec![GroupWrite::Update { before, after: after.clone() }.into()]).await?;
        Ok(after)
    }

    /// Removes a group. Who was in it is in it no more: the next tokens do not name it, and a later group of the same name
    /// has none of its members. Their records are tidied up in the background.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn delete_group(&self, pool: &UserPoolId, name: &GroupName) -> Result<(), Error> {
        for _ in 0..MOST_ROUNDS {
            let (_, before) = self.pool_and_group(pool, name).await?;
            let cleanup = Cleanup { pool: pool.clone(), task: CleanupTask::Members(before.id.clone()) };
            let writes = vec![GroupWrite::Delete { before }.into(), CleanupWrite::Begin { cleanup }.into()];
            match self.storage.commit(writes).await {
                Ok(()) => {
                    self.start_cleanups(pool).await;
                    return Ok(());
                }
                Err(error) if is_overtaken(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Concurrent)
    }

    /// A pool's groups by name; 60 a page at most.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn list_groups(&self, pool: &UserPoolId, page: PageRequest) -> Result<Page<Group>, Error> {
        self.pool(pool).await?;
        let limit = if page.limit == 0 { 60 } else { page.limit.min(60) };
        Ok(self.storage.groups().list(pool, &PageRequest { limit, ..page }).await?.map(|group| group.record))
    }

    /// Puts a user into a group; nothing happens if they are in it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::NotFound`]; [`Error::InvalidParameter`] beyond 100 groups.
    pub async fn admin_add_user_to_group(
        &self,
        pool: &UserPoolId,
        username: &str,
        group: &GroupName,
    ) -> Result<(), Error> {
        for _ in 0..MOST_ROUNDS {
            let (pool, joined) = self.pool_and_group(pool, group).await?;
            let user = self.named_user(&pool, username).await?;
            if user.memberships.get(group) == Some(&joined.id) {
                return Ok(());
            }
            let mut after = user.record.clone();
            if after.memberships.len() >= MOST_GROUPS {
                let there = self.groups_of(&user).await?;
                after.memberships = there.into_iter().map(|group| (group.name, group.id)).collect();
            }
            after.memberships.insert(group.clone(), joined.id.clone());
            if after.memberships.len() > MOST_GROUPS {
                return Err(Invalid::TooManyGroups.into());
            }
            after.modified_at = self.now();
            // A group that is deleted at this moment gets no member any more.
            let expect = GroupWrite::Expect { before: joined };
            let update = UserWrite::Update { before: user, after };
            match self.storage.commit(vec![expect.into(), update.into()]).await {
                Ok(()) => return Ok(()),
                Err(error) if is_overtaken(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Concurrent)
    }

    /// Takes a user out of a group; nothing happens if they are not in it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::NotFound`].
    pub async fn admin_remove_user_from_group(
        &self,
        pool: &UserPoolId,
        username: &str,
        group: &GroupName,
    ) -> Result<(), Error> {
        let (pool, _) = self.pool_and_group(pool, group).await?;
        let change = |user: &mut User| {
            user.memberships.remove(group);
            Ok(())
        };
        self.change_user(&pool, username, change).await.map(|_| ())
    }

    /// The groups of a user, by name; all of them, for there are at most 100.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::NotFound`].
    pub async fn admin_list_groups_for_user(&self, pool: &UserPoolId, username: &str) -> Result<Vec<Group>, Error> {
        let pool = self.pool(pool).await?;
        let user = self.named_user(&pool, username).await?;
        self.groups_of(&user).await
    }

    /// The users of a group; 60 a page at most.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn list_users_in_group(
        &self,
        pool: &UserPoolId,
        group: &GroupName,
        page: PageRequest,
    ) -> Result<Page<User>, Error> {
        let group = self.get_group(pool, group).await?.id;
        let limit = if page.limit == 0 { 60 } else { page.limit.min(60) };
        let found = self.storage.users().members(pool, &group, &PageRequest { limit, ..page }).await?;
        Ok(found.map(|user| user.record))
    }

    async fn pool_and_group(
        &self,
        pool: &UserPoolId,
        name: &GroupName,
    ) -> Result<(Versioned<UserPool>, Versioned<Group>), Error> {
        let found = self.storage.groups().with_pool(pool, name).await?;
        let found = found.filter(|(pool, _)| pool.deleted_at.is_none());
        let (pool, group) = found.ok_or_else(|| Error::NotFound(Kind::Pool(pool.clone())))?;
        Ok((pool, group.ok_or_else(no_group)?))
    }

    /// Whether a user is in the group of this name as it is now.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`].
    pub async fn is_in_group(&self, user: &User, name: &GroupName) -> Result<bool, Error> {
        let Some(id) = user.memberships.get(name) else { return Ok(false) };
        let found = self.storage.groups().get(&user.pool, name).await?;
        Ok(found.is_some_and(|group| group.id == *id))
    }

    /// The groups of a user that are there, by name.
    pub(crate) async fn groups_of(&self, user: &User) -> Result<Vec<Group>, Error> {
        let names: Vec<&GroupName> = user.memberships.keys().collect();
        let found = self.storage.groups().get_many(&user.pool, &names).await?;
        let own = |group: &Group| user.memberships.get(&group.name) == Some(&group.id);
        let mut groups: Vec<Group> = found.into_iter().map(|group| group.record).filter(own).collect();
        groups.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(groups)
    }
}

fn no_group() -> Error {
    Error::NotFound(Kind::Group)
}
