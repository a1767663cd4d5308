//! Roles: made, seen, changed, removed.

use std::collections::{BTreeMap, BTreeSet};

use document_store::Versioned;
use document_store::error::StorageErrorKind;
use document_store::page::{Page, PageRequest};
use iam_policy::{Policy, PolicyKind};

use crate::error::Error;
use crate::model::Role;
use crate::ops::entities::{TRIES, check_name, check_path, check_tags};
use crate::ports::Action;
use crate::reasons::{Invalid, Kind};
use crate::service::{CredentialVending, page_of};
use crate::storage::RoleWrite;
use crate::trust::check_trust_policy;

/// Makes a role.
#[derive(Clone, Debug)]
pub struct CreateRole {
    /// Its name: 1 to 64 letters, digits and `+=,.@-_`.
    pub name: String,
    /// Its path; `/` for none.
    pub path: String,
    /// What it is for, shown to people and judged by nobody.
    pub description: Option<String>,
    /// Who may assume it: a trust policy.
    pub trust: String,
    /// The most that may ever be done with it: an identity policy.
    pub boundary: Option<String>,
    /// The managed policy that is the boundary, by ARN, in the place of one of the role's own.
    pub boundary_arn: Option<String>,
    /// The longest session in seconds, 3,600 to 43,200; `None` for an hour.
    pub max_session_seconds: Option<i64>,
    /// The operator's labels.
    pub tags: BTreeMap<String, String>,
}

impl CreateRole {
    /// A role of this name and trust, with defaults for the rest.
    pub fn named(name: &str, trust: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            path: "/".to_owned(),
            description: None,
            trust: trust.into(),
            boundary: None,
            boundary_arn: None,
            max_session_seconds: None,
            tags: BTreeMap::new(),
        }
    }
}

impl CredentialVending {
    /// Makes a role. It may do nothing until a policy is put to it.
    ///
    /// # Errors
    ///
    /// [`Error::EntityAlreadyExists`]; [`Error::MalformedPolicy`]; [`Error::TrustsEveryPool`]; [`Error::InvalidInput`] for a name, path, tag or
    /// duration that is not allowed; [`Error::NoSuchEntity`] for the boundary; [`Error::Concurrent`].
    pub async fn create_role(&self, request: CreateRole) -> Result<Role, Error> {
        let name = request.name.clone();
        self.recorded(Action::CreateRole, &name, self.insert_role(request)).await
    }

    async fn insert_role(&self, request: CreateRole) -> Result<Role, Error> {
        check_name(&request.name, 64)?;
        let path = request.path;
        check_path(&path)?;
        check_tags(&request.tags)?;
        let max_session_seconds = request.max_session_seconds.unwrap_or(3600);
        check_session_seconds(max_session_seconds)?;
        check_trust_policy(&request.trust)?;
        if let Some(boundary) = &request.boundary {
            Policy::parse("boundary", PolicyKind::Identity, boundary)?;
        }
        let role = Role {
            arn: self.account_region.iam_arn(format!("role{path}{}", request.name)),
            id: self.new_id("AROA"),
            name: request.name,
            path,
            description: request.description,
            trust: request.trust,
            policies: BTreeMap::new(),
            attached: BTreeSet::new(),
            boundary: request.boundary,
            boundary_arn: request.boundary_arn,
            max_session_seconds,
            tags: request.tags,
            created_at: self.now(),
        };
        let mut writes = self.count_boundary(role.boundary_arn.as_deref(), true).await?;
        writes.push(RoleWrite::Insert { role: role.clone() }.into());
        let commit = self.storage.commit(writes).await;
        commit.map_err(|error| match error.kind() {
            StorageErrorKind::AlreadyExists => Error::EntityAlreadyExists(Kind::Role(role.name.clone())),
            _ => error.into(),
        })?;
        Ok(role)
    }

    /// The role of this name.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchEntity`].
    pub async fn get_role(&self, name: &str) -> Result<Role, Error> {
        Ok(self.role(name).await?.record)
    }

    /// The role of this name, found without regard to case, as it is stored: its ARN, with path and case, is the resource on
    /// which policies about it are judged. `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] alone.
    pub async fn role_by_name(&self, name: &str) -> Result<Option<Role>, Error> {
        Ok(self.storage.roles().get(name).await?.map(|role| role.record))
    }

    /// Roles by name. The default page has 100.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] alone.
    pub async fn list_roles(&self, page: PageRequest) -> Result<Page<Role>, Error> {
        Ok(self.storage.roles().list(&page_of(page)).await?.map(|role| role.record))
    }

    /// Removes a role: what was vended from it allows nothing any more.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchEntity`]; [`Error::InUse`] as long as managed policies are attached to it; [`Error::Concurrent`].
    pub async fn delete_role(&self, name: &str) -> Result<(), Error> {
        self.recorded(Action::DeleteRole, name, async {
            let before = self.role(name).await?;
            if !before.attached.is_empty() {
                return Err(Error::InUse(Kind::Role(before.name.clone())));
            }
            let mut writes = self.count_boundary(before.boundary_arn.as_deref(), false).await?;
            writes.push(RoleWrite::Delete { before }.into());
            Ok(self.storage.commit(writes).await?)
        })
        .await
    }

    /// Replaces a role's trust policy.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchEntity`], [`Error::MalformedPolicy`], [`Error::TrustsEveryPool`].
    pub async fn update_trust(&self, name: &str, trust: String) -> Result<(), Error> {
        self.recorded(Action::UpdateTrust, name, async {
            check_trust_policy(&trust)?;
            self.change_role(name, |role| {
                role.trust.clone_from(&trust);
                Ok(())
            })
            .await
        })
        .await
    }

    /// Puts a policy to a role, in the place of one of the same name.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchEntity`], [`Error::MalformedPolicy`].
    pub async fn put_role_policy(&self, name: &str, policy_name: &str, policy: String) -> Result<(), Error> {
        self.recorded(Action::PutRolePolicy, name, async {
            check_name(policy_name, 128)?;
            Policy::parse(policy_name, PolicyKind::Identity, &policy)?;
            self.change_role(name, |role| {
                role.policies.insert(policy_name.to_owned(), policy.clone());
                Ok(())
            })
            .await
        })
        .await
    }

    /// Takes a policy from a role.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchEntity`] for the role or the policy.
    pub async fn delete_role_policy(&self, name: &str, policy_name: &str) -> Result<(), Error> {
        self.recorded(Action::DeleteRolePolicy, name, async {
            let missing = || Error::NoSuchEntity(Kind::RolePolicy(policy_name.to_owned()));
            self.change_role(name, |role| role.policies.remove(policy_name).map(drop).ok_or_else(missing)).await
        })
        .await
    }

    /// Says what a role is for and how long its sessions are at most; what is `None` stays.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchEntity`]; [`Error::InvalidInput`] for a duration out of its range.
    pub async fn update_role(
        &self,
        name: &str,
        description: Option<String>,
        max_session_seconds: Option<i64>,
    ) -> Result<(), Error> {
        self.recorded(Action::UpdateRole, name, async {
            max_session_seconds.map_or(Ok(()), check_session_seconds)?;
            self.change_role(name, |role| {
                role.description = description.clone().or(role.description.take());
                role.max_session_seconds = max_session_seconds.unwrap_or(role.max_session_seconds);
                Ok(())
            })
            .await
        })
        .await
    }

    /// Gives a role these tags, in the place of those of the same keys, and takes those of other keys away.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchEntity`]; [`Error::InvalidInput`] if a tag is not allowed, or there would be more than 50.
    pub async fn tag_role(&self, name: &str, given: &BTreeMap<String, String>, taken: &[String]) -> Result<(), Error> {
        let tagged = self.change_role(name, |role| {
            role.tags.extend(given.clone());
            role.tags.retain(|key, _| !taken.contains(key));
            check_tags(&role.tags)
        });
        self.recorded(Action::TagRole, name, tagged).await
    }

    pub(crate) async fn role(&self, name: &str) -> Result<Versioned<Role>, Error> {
        let found = self.storage.roles().get(name).await?;
        found.ok_or_else(|| Error::NoSuchEntity(Kind::Role(name.to_owned())))
    }

    /// Changes a role as it stands, whoever else changes it meanwhile.
    async fn change_role(
        &self,
        name: &str,
        change: impl Fn(&mut Role) -> Result<(), Error> + Send + Sync,
    ) -> Result<(), Error> {
        for _ in 0..TRIES {
            let before = self.role(name).await?;
            let mut after = before.record.clone();
            change(&mut after)?;
            match self.storage.commit(vec![RoleWrite::Update { before, after }.into()]).await.map_err(Error::from) {
                Err(Error::Concurrent) => {}
                outcome => return outcome,
            }
        }
        Err(Error::Concurrent)
    }
}

fn check_session_seconds(seconds: i64) -> Result<(), Error> {
    if (3600..=43200).contains(&seconds) { Ok(()) } else { Err(Invalid::MaxSessionDuration.into()) }
}
