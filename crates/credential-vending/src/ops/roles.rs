//! Roles: made, seen, changed, removed.

use std::collections::BTreeMap;

use document_store::Versioned;
use document_store::error::StorageErrorKind;
use document_store::page::{Page, PageRequest};
use iam_policy::{Policy, PolicyKind};

use crate::error::Error;
use crate::model::Role;
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
    /// [`Error::EntityAlreadyExists`]; [`Error::MalformedPolicy`]; [`Error::TrustsEveryPool`]; [`Error::InvalidInput`] for a name, path or duration
    /// out of its range.
    pub async fn create_role(&self, request: CreateRole) -> Result<Role, Error> {
        let name = request.name.clone();
        self.recorded(Action::CreateRole, &name, self.insert_role(request)).await
    }

    async fn insert_role(&self, request: CreateRole) -> Result<Role, Error> {
        check_name(&request.name, 64)?;
        let path = request.path;
        if !(path.starts_with('/') && path.ends_with('/')) || path.contains("//") || path.len() > 512 {
            return Err(Invalid::RolePath.into());
        }
        let max_session_seconds = request.max_session_seconds.unwrap_or(3600);
        if !(3600..=43200).contains(&max_session_seconds) {
            return Err(Invalid::MaxSessionDuration.into());
        }
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
            boundary: request.boundary,
            max_session_seconds,
            tags: request.tags,
            created_at: self.now(),
        };
        let commit = self.storage.commit(vec![RoleWrite::Insert { role: role.clone() }.into()]).await;
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
    /// [`Error::NoSuchEntity`].
    pub async fn delete_role(&self, name: &str) -> Result<(), Error> {
        self.recorded(Action::DeleteRole, name, async {
            let role = self.role(name).await?;
            Ok(self.storage.commit(vec![RoleWrite::Delete { before: role }.into()]).await?)
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
            self.change_role(name, |role| role.trust = trust).await
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
            self.change_role(name, |role| drop(role.policies.insert(policy_name.to_owned(), policy))).await
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
            let role = self.role(name).await?;
            if !role.policies.contains_key(policy_name) {
                return Err(Error::NoSuchEntity(Kind::RolePolicy(policy_name.to_owned())));
            }
            self.change_role(name, |role| drop(role.policies.remove(policy_name))).await
        })
        .await
    }

    async fn role(&self, name: &str) -> Result<Versioned<Role>, Error> {
        let found = self.storage.roles().get(name).await?;
        found.ok_or_else(|| Error::NoSuchEntity(Kind::Role(name.to_owned())))
    }

    async fn change_role(&self, name: &str, change: impl FnOnce(&mut Role) + Send) -> Result<(), Error> {
        let before = self.role(name).await?;
        let mut after = before.record.clone();
        change(&mut after);
        Ok(self.storage.commit(vec![RoleWrite::Update { before, after }.into()]).await?)
    }
}

fn check_name(name: &str, most: usize) -> Result<(), Error> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@-_".contains(&byte);
    if (1..=most).contains(&name.len()) && name.bytes().all(letter) { Ok(()) } else { Err(Invalid::Name.into()) }
}
