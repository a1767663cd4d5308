//! Resource servers, and the scopes that clients may be allowed.

use std::collections::BTreeSet;

use document_store::Versioned;
use document_store::page::{Page, PageRequest};

use crate::error::Error;
use crate::model::ids::UserPoolId;
use crate::model::oauth::OAuthSettings;
use crate::model::resource_server::{
    LONGEST_TEXT, MOST_CLIENT_SCOPES, MOST_RESOURCE_SERVERS, MOST_SCOPES, ResourceScope, ResourceServer,
    ResourceServerId, Scope, ScopeName,
};
use crate::ops::rounds::{MOST_ROUNDS, is_overtaken};
use crate::reasons::{Invalid, Kind, Quota};
use crate::service::UserPools;
use crate::storage::{PoolWrite, ResourceServerWrite};

/// What is said of a resource server.
#[derive(Clone, Debug)]
pub struct ResourceServerSpec {
    /// The pool that it belongs to.
    pub pool: UserPoolId,
    /// What it is called in scopes.
    pub id: ResourceServerId,
    /// What it is called for people: 1 to 256 characters.
    pub name: String,
    /// Its scopes: 100 at most, each name once.
    pub scopes: Vec<ResourceScope>,
}

impl UserPools {
    /// Makes a resource server. A pool has 25 at most.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such pool; [`Error::InvalidParameter`] if it has one of this identifier, or for names,
    /// descriptions and scopes that are out of bounds; [`Error::CountExceeded`].
    pub async fn create_resource_server(&self, spec: ResourceServerSpec) -> Result<ResourceServer, Error> {
        check(&spec)?;
        let now = self.now();
        let ResourceServerSpec { pool, id, name, scopes } = spec;
        let server = ResourceServer { pool, id, name, scopes, created_at: now, modified_at: now };
        for _ in 0..MOST_ROUNDS {
            let pool = self.pool(&server.pool).await?;
            let page = PageRequest { limit: MOST_RESOURCE_SERVERS, after: None };
            let there = self.storage.resource_servers().list(&pool.id, &page).await?.items;
            if there.iter().any(|other| other.id == server.id) {
                return Err(Invalid::ResourceServerExists(server.id, server.pool).into());
            }
            if there.len() >= MOST_RESOURCE_SERVERS {
                return Err(Quota::ResourceServers.into());
            }
            // Of two that are made at once, the second is counted with the first.
            let same = PoolWrite::Update { after: pool.record.clone(), before: pool };
            let insert = ResourceServerWrite::Insert { server: server.clone() };
            match self.storage.commit(vec![same.into(), insert.into()]).await {
                Ok(()) => return Ok(server),
                Err(error) if is_overtaken(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Concurrent)
    }

    /// The resource server of this identifier.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn describe_resource_server(
        &self,
        pool: &UserPoolId,
        id: &ResourceServerId,
    ) -> Result<ResourceServer, Error> {
        Ok(self.resource_server(pool, id).await?.record)
    }

    /// Replaces what is said of a resource server, scopes that are not said included. Clients keep the scopes that they were
    /// allowed; one that is not there any more means nothing until it is there again.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`] as [`create_resource_server`](Self::create_resource_server);
    /// [`Error::Concurrent`].
    pub async fn update_resource_server(&self, spec: ResourceServerSpec) -> Result<ResourceServer, Error> {
        check(&spec)?;
        let before = self.resource_server(&spec.pool, &spec.id).await?;
        let (name, scopes) = (spec.name, spec.scopes);
        let after = ResourceServer { name, scopes, modified_at: self.now(), ..before.record.clone() };
        self.storage.commit(vec![ResourceServerWrite::Update { before, after: after.clone() }.into()]).await?;
        Ok(after)
    }

    /// Removes a resource server. Clients keep the scopes that they were allowed, which mean nothing any more.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::Concurrent`].
    pub async fn delete_resource_server(&self, pool: &UserPoolId, id: &ResourceServerId) -> Result<(), Error> {
        let before = self.resource_server(pool, id).await?;
        Ok(self.storage.commit(vec![ResourceServerWrite::Delete { before }.into()]).await?)
    }

    /// A pool's resource servers by identifier; 50 a page at most.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such pool.
    pub async fn list_resource_servers(
        &self,
        pool: &UserPoolId,
        page: PageRequest,
    ) -> Result<Page<ResourceServer>, Error> {
        self.pool(pool).await?;
        let limit = if page.limit == 0 { 50 } else { page.limit.min(50) };
        let found = self.storage.resource_servers().list(pool, &PageRequest { limit, ..page }).await?;
        Ok(found.map(|server| server.record))
    }

    async fn resource_server(
        &self,
        pool: &UserPoolId,
        id: &ResourceServerId,
    ) -> Result<Versioned<ResourceServer>, Error> {
        self.pool(pool).await?;
        let found = self.storage.resource_servers().get(pool, id).await?;
        found.ok_or_else(|| Error::NotFound(Kind::ResourceServer(id.clone())))
    }

    /// Whether a client may be allowed these scopes: those of every pool, and those of the pool's resource servers. One read,
    /// and none where nothing of a resource server is asked for.
    pub(crate) async fn check_scopes(&self, pool: &UserPoolId, settings: &OAuthSettings) -> Result<(), Error> {
        if settings.scopes.len() > MOST_CLIENT_SCOPES {
            return Err(Invalid::TooManyScopes.into());
        }
        let mut wanted: Vec<(&Scope, ResourceServerId, ScopeName)> = Vec::new();
        for scope in settings.scopes.iter().filter(|scope| !scope.is_standard()) {
            let (server, name) = scope.at_server().ok_or_else(|| Error::ScopeDoesNotExist(scope.clone()))?;
            wanted.push((scope, server, name));
        }
        let ids: BTreeSet<&ResourceServerId> = wanted.iter().map(|(_, server, _)| server).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let ids: Vec<&ResourceServerId> = ids.into_iter().collect();
        let servers = self.storage.resource_servers().get_many(pool, &ids).await?;
        let is_there = |id: &ResourceServerId, name: &ScopeName| {
            servers.iter().any(|server| server.id == *id && server.has(name.as_str()))
        };
        match wanted.iter().find(|(_, server, name)| !is_there(server, name)) {
            Some((scope, ..)) => Err(Error::ScopeDoesNotExist((*scope).clone())),
            None => Ok(()),
        }
    }
}

fn check(spec: &ResourceServerSpec) -> Result<(), Error> {
    let fits = |text: &str| (1..=LONGEST_TEXT).contains(&text.chars().count());
    if !fits(&spec.name) || !spec.scopes.iter().all(|scope| fits(&scope.description)) {
        return Err(Invalid::ResourceServerText.into());
    }
    if spec.scopes.len() > MOST_SCOPES {
        return Err(Invalid::TooManyScopes.into());
    }
    let mut names = BTreeSet::new();
    match spec.scopes.iter().find(|scope| !names.insert(&scope.name)) {
        Some(twice) => Err(Invalid::ScopeTwice(twice.name.clone()).into()),
        None => Ok(()),
    }
}
