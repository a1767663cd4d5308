//! Lookups over documents.

use async_trait::async_trait;
use document_store::error::StorageError;
use document_store::page::{Page, PageRequest};
use document_store::{DocumentStore, Index, Key, Match, Records, Stored, Versioned};
use jwt_tokens::SealedKey;

use super::DocumentUserPools;
use crate::directory::{client_directory, pool_directory};
use crate::model::attempts::Attempts;
use crate::model::attributes::is_own;
use crate::model::cleanup::Cleanup;
use crate::model::client::AppClient;
use crate::model::code::{Code, CodePurpose};
use crate::model::code_budget::CodeBudget;
use crate::model::group::Group;
use crate::model::ids::{ClientId, GroupId, GroupName, Subject, UserPoolId};
use crate::model::login::LoginKey;
use crate::model::pool::UserPool;
use crate::model::session::Session;
use crate::model::user::{Credential, User};
use crate::storage::{
    Cleanups, Clients, Codes, Groups, PasswordAttempts, Passwords, PoolAndGroup, Pools, SEARCHABLE, Search, Sessions,
    UserAndPassword, Users,
};
use crate::stored::{
    BY_GROUP, BY_OWN, BY_USER, ClientEntry, Counted, PoolEntry, StoredCleanup, StoredKey, StoredPassword, login_entry,
    own_entry, tenant,
};

/// A subject that nobody has, of no version of UUIDs. It is looked up where a name leads nowhere, so that a name of nobody
/// costs as many reads as somebody's.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

#[async_trait]
impl<S: DocumentStore> Pools for DocumentUserPools<S> {
    async fn get(&self, id: &UserPoolId) -> Result<Option<Versioned<UserPool>>, StorageError> {
        self.0.record(&tenant(id), &[]).await
    }

    async fn list(&self, page: &PageRequest) -> Result<Page<Versioned<UserPool>>, StorageError> {
        let found = self.0.list::<PoolEntry>(&pool_directory(), page).await?;
        let keys = found.items.iter().map(|entry| tenant(&entry.pool).record::<UserPool>(&[]));
        Ok(Page { items: self.0.records(&keys.collect::<Vec<_>>()).await?, next: found.next })
    }

    async fn keys(&self, pool: &UserPoolId) -> Result<Vec<SealedKey>, StorageError> {
        let found = self.0.all::<StoredKey>(&tenant(pool)).await?;
        Ok(found.into_iter().map(|key| key.record.0).collect())
    }
}

#[async_trait]
impl<S: DocumentStore> Clients for DocumentUserPools<S> {
    async fn get(&self, pool: &UserPoolId, id: &ClientId) -> Result<Option<Versioned<AppClient>>, StorageError> {
        self.0.record(&tenant(pool), &[id.as_str()]).await
    }

    async fn with_pool(
        &self,
        id: &ClientId,
    ) -> Result<Option<(Versioned<AppClient>, Versioned<UserPool>)>, StorageError> {
        let found = self.0.record::<ClientEntry>(&client_directory(), &[id.as_str()]).await?;
        let Some(entry) = found else { return Ok(None) };
        let (client, pool) = self.0.pair(&tenant(&entry.pool), &[id.as_str()], &[]).await?;
        Ok(client.zip(pool))
    }

    async fn list(&self, pool: &UserPoolId, page: &PageRequest) -> Result<Page<Versioned<AppClient>>, StorageError> {
        self.0.list(&tenant(pool), page).await
    }
}

#[async_trait]
impl<S: DocumentStore> Users for DocumentUserPools<S> {
    async fn get(&self, pool: &UserPoolId, sub: &Subject) -> Result<Option<Versioned<User>>, StorageError> {
        self.0.record(&tenant(pool), &[sub.as_str()]).await
    }

    async fn named(&self, pool: &UserPoolId, name: &str) -> Result<Option<Versioned<User>>, StorageError> {
        let tenant = tenant(pool);
        let found = self.0.named(&tenant, name).await?;
        if found.is_none() {
            self.0.get(&tenant.record::<User>(&[NOBODY])).await?;
        }
        Ok(found)
    }

    async fn of_login(&self, pool: &UserPoolId, login: &LoginKey) -> Result<Option<Versioned<User>>, StorageError> {
        self.0.named(&tenant(pool), &login_entry(login)).await
    }

    async fn named_many(&self, pool: &UserPoolId, names: &[String]) -> Result<Vec<Versioned<User>>, StorageError> {
        self.0.named_many(&tenant(pool), names).await
    }

    async fn list(&self, pool: &UserPoolId, page: &PageRequest) -> Result<Page<Versioned<User>>, StorageError> {
        self.0.list(&tenant(pool), page).await
    }

    async fn search(
        &self,
        pool: &UserPoolId,
        search: &Search,
        page: &PageRequest,
    ) -> Result<Page<Versioned<User>>, StorageError> {
        let Search { attribute, value, prefix } = search;
        let tenant = tenant(pool);
        if attribute == "sub" {
            let mut found = self.0.list_beginning(&tenant, value, page).await?;
            found.items.retain(|user: &Versioned<User>| *prefix || user.sub.as_str() == value);
            return Ok(found);
        }
        let own = is_own(attribute);
        let by = |index: &&Index<User>| index.name == attribute && SEARCHABLE.contains(&index.name);
        let index = if own { Some(&BY_OWN) } else { User::indexes().iter().find(by) };
        let Some(index) = index else { return Ok(Page { items: Vec::new(), next: None }) };
        let value = if own { own_entry(attribute, value) } else { value.clone() };
        let wanted = if *prefix { Match::Beginning(&value) } else { Match::Exactly(&value) };
        self.0.search(&tenant, index, wanted, page).await
    }

    async fn members(
        &self,
        pool: &UserPoolId,
        group: &GroupId,
        page: &PageRequest,
    ) -> Result<Page<Versioned<User>>, StorageError> {
        self.0.search(&tenant(pool), &BY_GROUP, Match::Exactly(group.as_str()), page).await
    }
}

#[async_trait]
impl<S: DocumentStore> Passwords for DocumentUserPools<S> {
    async fn get(&self, pool: &UserPoolId, sub: &Subject) -> Result<Option<Versioned<Credential>>, StorageError> {
        let found = self.0.record::<StoredPassword>(&tenant(pool), &[sub.as_str()]).await?;
        Ok(found.map(|found| found.map(|stored| stored.credential)))
    }

    async fn of_many(
        &self,
        pool: &UserPoolId,
        subs: &[&Subject],
    ) -> Result<Vec<Option<Versioned<Credential>>>, StorageError> {
        let tenant = tenant(pool);
        let keys: Vec<Key> = subs.iter().map(|sub| tenant.record::<StoredPassword>(&[sub.as_str()])).collect();
        let found = self.0.records_at::<StoredPassword>(&keys).await?;
        Ok(found.into_iter().map(|found| found.map(|found| found.map(|stored| stored.credential))).collect())
    }

    async fn with_user(&self, pool: &UserPoolId, sub: &Subject) -> Result<Option<UserAndPassword>, StorageError> {
        let (user, password) =
            self.0.pair::<User, StoredPassword>(&tenant(pool), &[sub.as_str()], &[sub.as_str()]).await?;
        let password = password.map(|found| found.map(|stored| stored.credential));
        Ok(user.map(|user| (user, password)))
    }

    async fn with_named_user(&self, pool: &UserPoolId, name: &str) -> Result<Option<UserAndPassword>, StorageError> {
        if let Some([sub]) = self.0.id_named::<User>(&tenant(pool), name).await?.as_deref() {
            return self.with_user(pool, &sub.parse().map_err(StorageError::corrupt)?).await;
        }
        self.0.pair::<User, StoredPassword>(&tenant(pool), &[NOBODY], &[NOBODY]).await?;
        Ok(None)
    }
}

#[async_trait]
impl<S: DocumentStore> Groups for DocumentUserPools<S> {
    async fn get(&self, pool: &UserPoolId, name: &GroupName) -> Result<Option<Versioned<Group>>, StorageError> {
        self.0.record(&tenant(pool), &[name.as_str()]).await
    }

    async fn with_pool(&self, pool: &UserPoolId, name: &GroupName) -> Result<Option<PoolAndGroup>, StorageError> {
        let (pool, group) = self.0.pair(&tenant(pool), &[], &[name.as_str()]).await?;
        Ok(pool.map(|pool| (pool, group)))
    }

    async fn get_many(&self, pool: &UserPoolId, names: &[&GroupName]) -> Result<Vec<Versioned<Group>>, StorageError> {
        let tenant = tenant(pool);
        let keys: Vec<Key> = names.iter().map(|name| tenant.record::<Group>(&[name.as_str()])).collect();
        self.0.records(&keys).await
    }

    async fn list(&self, pool: &UserPoolId, page: &PageRequest) -> Result<Page<Versioned<Group>>, StorageError> {
        self.0.list(&tenant(pool), page).await
    }
}

#[async_trait]
impl<S: DocumentStore> Sessions for DocumentUserPools<S> {
    async fn get(&self, pool: &UserPoolId, id: &str) -> Result<Option<Versioned<Session>>, StorageError> {
        self.0.record(&tenant(pool), &[id]).await
    }

    async fn get_many(&self, pool: &UserPoolId, ids: &[&str]) -> Result<Vec<Versioned<Session>>, StorageError> {
        let tenant = tenant(pool);
        let keys: Vec<Key> = ids.iter().map(|id| tenant.record::<Session>(&[id])).collect();
        self.0.records(&keys).await
    }

    async fn of_user(
        &self,
        pool: &UserPoolId,
        sub: &Subject,
        page: &PageRequest,
    ) -> Result<Page<Versioned<Session>>, StorageError> {
        self.0.search(&tenant(pool), &BY_USER, Match::Exactly(sub.as_str()), page).await
    }
}

#[async_trait]
impl<S: DocumentStore> Codes for DocumentUserPools<S> {
    async fn get(
        &self,
        pool: &UserPoolId,
        sub: &Subject,
        purpose: CodePurpose,
    ) -> Result<Option<Versioned<Code>>, StorageError> {
        self.0.record(&tenant(pool), &[sub.as_str(), purpose.label()]).await
    }

    async fn budgets(
        &self,
        pool: &UserPoolId,
        names: &[String],
    ) -> Result<Vec<Option<Versioned<CodeBudget>>>, StorageError> {
        let tenant = tenant(pool);
        let keys: Vec<Key> = names.iter().map(|name| tenant.record::<Counted<CodeBudget>>(&[name])).collect();
        let found = self.0.records_at::<Counted<CodeBudget>>(&keys).await?;
        Ok(found.into_iter().map(|found| found.map(|found| found.map(|counted| counted.count))).collect())
    }
}

#[async_trait]
impl<S: DocumentStore> PasswordAttempts for DocumentUserPools<S> {
    async fn get(&self, pool: &UserPoolId, name: &str) -> Result<Option<Versioned<Attempts>>, StorageError> {
        let found = self.0.record::<Counted<Attempts>>(&tenant(pool), &[name]).await?;
        Ok(found.map(|found| found.map(|counted| counted.count)))
    }
}

#[async_trait]
impl<S: DocumentStore> Cleanups for DocumentUserPools<S> {
    async fn of_pool(&self, pool: &UserPoolId, page: &PageRequest) -> Result<Page<Versioned<Cleanup>>, StorageError> {
        let found = self.0.list::<StoredCleanup>(&tenant(pool), page).await?;
        Ok(found.map(|found| found.map(|stored| stored.cleanup)))
    }
}
