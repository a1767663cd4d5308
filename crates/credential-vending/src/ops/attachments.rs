//! Which managed policies roles have, and which bound them. The policies count their roles in the same commit, so that none is
//! removed that a role depends on.

use document_store::Versioned;
use document_store::error::StorageError;
use document_store::page::{Page, PageRequest};

use crate::error::Error;
use crate::model::Role;
use crate::model::managed_policy::ManagedPolicy;
use crate::ops::entities::TRIES;
use crate::ports::Action;
use crate::reasons::{Kind, Limit};
use crate::service::{CredentialVending, page_of};
use crate::storage::{ManagedPolicyWrite, RoleWrite, Write};

/// The most managed policies of a role.
const MOST_ATTACHED: usize = 20;

/// What is to stand in a role's record and in those of policies.
struct Attachment {
    after: Role,
    /// Policies that are another than before, with what they are to be.
    policies: Vec<(Versioned<ManagedPolicy>, ManagedPolicy)>,
}

/// What is to become of a role and its policies.
#[derive(Clone, Copy)]
enum Wish<'a> {
    Attach(&'a str),
    Detach(&'a str),
    Bound(Option<&'a str>),
}

impl CredentialVending {
    /// Attaches a managed policy to a role; one that is attached stays so.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchEntity`]; [`Error::LimitExceeded`] beyond twenty; [`Error::Concurrent`].
    pub async fn attach_role_policy(&self, role: &str, arn: &str) -> Result<(), Error> {
        self.recorded(Action::AttachRolePolicy, role, self.grant(role, Wish::Attach(arn))).await
    }

    /// Detaches a managed policy from a role.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchEntity`] for the role, or if the policy is not attached to it; [`Error::Concurrent`].
    pub async fn detach_role_policy(&self, role: &str, arn: &str) -> Result<(), Error> {
        self.recorded(Action::DetachRolePolicy, role, self.grant(role, Wish::Detach(arn))).await
    }

    /// Makes a managed policy the most that may ever be done with a role, or has it bounded by nothing.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchEntity`]; [`Error::Concurrent`].
    pub async fn set_role_boundary(&self, role: &str, arn: Option<&str>) -> Result<(), Error> {
        self.recorded(Action::SetRoleBoundary, role, self.grant(role, Wish::Bound(arn))).await
    }

    /// Changes a role and its policies as they stand, whoever else changes them meanwhile.
    async fn grant(&self, name: &str, wish: Wish<'_>) -> Result<(), Error> {
        for _ in 0..TRIES {
            let before = self.role(name).await?;
            let Attachment { after, policies } = match wish {
                Wish::Attach(arn) => self.attached(&before, arn).await?,
                Wish::Detach(arn) => self.detached(&before, arn).await?,
                Wish::Bound(arn) => self.bounded(&before, arn).await?,
            };
            let mut writes = counted(policies);
            writes.push(RoleWrite::Update { before, after }.into());
            match self.storage.commit(writes).await.map_err(Error::from) {
                Err(Error::Concurrent) => {}
                outcome => return outcome,
            }
        }
        Err(Error::Concurrent)
    }

    async fn attached(&self, before: &Role, arn: &str) -> Result<Attachment, Error> {
        let policy = self.managed(arn).await?;
        let mut after = before.clone();
        if !after.attached.insert(arn.to_owned()) {
            return Ok(Attachment { after, policies: Vec::new() });
        }
        if after.attached.len() > MOST_ATTACHED {
            return Err(Error::LimitExceeded(Limit::AttachedPolicies));
        }
        let counted = ManagedPolicy { attached: policy.attached + 1, ..policy.record.clone() };
        Ok(Attachment { after, policies: vec![(policy, counted)] })
    }

    async fn detached(&self, before: &Role, arn: &str) -> Result<Attachment, Error> {
        let mut after = before.clone();
        if !after.attached.remove(arn) {
            return Err(Error::NoSuchEntity(Kind::ManagedPolicy(arn.to_owned())));
        }
        let policy = self.managed(arn).await?;
        let counted = ManagedPolicy { attached: policy.attached.saturating_sub(1), ..policy.record.clone() };
        Ok(Attachment { after, policies: vec![(policy, counted)] })
    }

    async fn bounded(&self, before: &Role, arn: Option<&str>) -> Result<Attachment, Error> {
        let after = Role { boundary_arn: arn.map(str::to_owned), boundary: None, ..before.clone() };
        let mut policies = Vec::new();
        if before.boundary_arn != after.boundary_arn {
            policies.extend(self.bounding(before.boundary_arn.as_deref(), false).await?);
            policies.extend(self.bounding(arn, true).await?);
        }
        Ok(Attachment { after, policies })
    }

    /// A policy that is the boundary of one role more, or less.
    async fn bounding(
        &self,
        arn: Option<&str>,
        more: bool,
    ) -> Result<Option<(Versioned<ManagedPolicy>, ManagedPolicy)>, Error> {
        let Some(arn) = arn else { return Ok(None) };
        let before = self.managed(arn).await?;
        let bounding = if more { before.bounding + 1 } else { before.bounding.saturating_sub(1) };
        let after = ManagedPolicy { bounding, ..before.record.clone() };
        Ok(Some((before, after)))
    }

    /// The write that counts a role which is made with this boundary, or removed.
    pub(crate) async fn count_boundary(&self, arn: Option<&str>, more: bool) -> Result<Vec<Write>, Error> {
        Ok(counted(self.bounding(arn, more).await?))
    }

    /// The roles that a managed policy is attached to or bounds, by name. The default page has 100.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchEntity`].
    pub async fn roles_of_policy(&self, arn: &str, page: PageRequest) -> Result<Page<Role>, Error> {
        self.managed(arn).await?;
        Ok(self.storage.roles().of_policy(arn, &page_of(page)).await?.map(|role| role.record))
    }

    /// The managed policies that a role has attached, by ARN.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchEntity`].
    pub async fn attached_policies(&self, role: &str) -> Result<Vec<ManagedPolicy>, Error> {
        let role = self.get_role(role).await?;
        let mut found = self.policies_of_role(&role).await?;
        found.retain(|policy| role.attached.contains(&policy.arn));
        Ok(found)
    }

    /// The managed policies that a role depends on, its boundary among them, by ARN.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] alone.
    pub async fn policies_of_role(&self, role: &Role) -> Result<Vec<ManagedPolicy>, Error> {
        Ok(self.managed_policies_of(role).await?.into_iter().map(|policy| policy.record).collect())
    }

    /// The same, with versions; no read where it depends on none.
    pub(crate) async fn managed_policies_of(&self, role: &Role) -> Result<Vec<Versioned<ManagedPolicy>>, StorageError> {
        let wanted = || role.attached.iter().chain(&role.boundary_arn);
        let names: Vec<&str> = wanted().filter_map(|arn| arn.rsplit('/').next()).collect();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = self.storage.managed_policies().named(&names).await?;
        found.retain(|policy| wanted().any(|arn| *arn == policy.arn));
        found.sort_by(|one, two| one.arn.cmp(&two.arn));
        found.dedup_by(|one, two| one.arn == two.arn);
        Ok(found)
    }
}

fn counted(policies: impl IntoIterator<Item = (Versioned<ManagedPolicy>, ManagedPolicy)>) -> Vec<Write> {
    policies.into_iter().map(|(before, after)| ManagedPolicyWrite::Update { before, after }.into()).collect()
}
