//! Policies that stand by themselves: made, seen, changed, removed.

use std::collections::BTreeMap;

use document_store::Versioned;
use document_store::error::StorageErrorKind;
use document_store::page::{Page, PageRequest};
use iam_policy::{Policy, PolicyKind};

use crate::error::Error;
use crate::model::managed_policy::{ManagedPolicy, PolicyVersion};
use crate::ops::entities::{TRIES, check_name, check_path, check_tags};
use crate::ports::Action;
use crate::reasons::{Invalid, Kind, Limit};
use crate::service::{CredentialVending, page_of};
use crate::storage::ManagedPolicyWrite;

/// Makes a managed policy.
#[derive(Clone, Debug)]
pub struct CreateManagedPolicy {
    /// Its name: 1 to 128 letters, digits and `+=,.@-_`.
    pub name: String,
    /// Its path; `/` for none.
    pub path: String,
    /// What it is for, shown to people and judged by nobody.
    pub description: Option<String>,
    /// The first version: an identity policy.
    pub document: String,
    /// The operator's labels.
    pub tags: BTreeMap<String, String>,
}

impl CredentialVending {
    /// Makes a policy that can be attached to roles, and be their boundary.
    ///
    /// # Errors
    ///
    /// [`Error::EntityAlreadyExists`]; [`Error::MalformedPolicy`]; [`Error::InvalidInput`] for a name, path or tag that is not
    /// allowed.
    pub async fn create_managed_policy(&self, request: CreateManagedPolicy) -> Result<ManagedPolicy, Error> {
        let name = request.name.clone();
        self.recorded(Action::CreateManagedPolicy, &name, self.insert_managed_policy(request)).await
    }

    async fn insert_managed_policy(&self, request: CreateManagedPolicy) -> Result<ManagedPolicy, Error> {
        let CreateManagedPolicy { name, path, description, document, tags } = request;
        check_name(&name, 128)?;
        check_path(&path)?;
        check_tags(&tags)?;
        Policy::parse(&name, PolicyKind::Identity, &document)?;
        let now = self.now();
        let policy = ManagedPolicy {
            arn: self.account_region.iam_arn(format!("policy{path}{name}")),
            id: self.new_id("ANPA"),
            name,
            path,
            description,
            versions: BTreeMap::from([(1, PolicyVersion { document, created_at: now })]),
            default_version: 1,
            last_version: 1,
            attached: 0,
            bounding: 0,
            tags,
            created_at: now,
            updated_at: now,
        };
        let commit = self.storage.commit(vec![ManagedPolicyWrite::Insert { policy: policy.clone() }.into()]).await;
        commit.map_err(|error| match error.kind() {
            StorageErrorKind::AlreadyExists => Error::EntityAlreadyExists(Kind::ManagedPolicy(policy.name.clone())),
            _ => error.into(),
        })?;
        Ok(policy)
    }

    /// The policy of this ARN.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchEntity`].
    pub async fn managed_policy(&self, arn: &str) -> Result<ManagedPolicy, Error> {
        Ok(self.managed(arn).await?.record)
    }

    /// Managed policies by name. The default page has 100.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] alone.
    pub async fn list_managed_policies(&self, page: PageRequest) -> Result<Page<ManagedPolicy>, Error> {
        Ok(self.storage.managed_policies().list(&page_of(page)).await?.map(|policy| policy.record))
    }

    /// Gives a policy another version, which counts at once if `counts`. Its number.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchEntity`]; [`Error::MalformedPolicy`]; [`Error::LimitExceeded`] if it has five.
    pub async fn create_policy_version(&self, arn: &str, document: &str, counts: bool) -> Result<u32, Error> {
        self.recorded(Action::CreatePolicyVersion, arn, async {
            Policy::parse(arn, PolicyKind::Identity, document)?;
            let now = self.now();
            let changed = self.change_managed(arn, |policy| {
                if policy.versions.len() >= ManagedPolicy::MOST_VERSIONS {
                    return Err(Error::LimitExceeded(Limit::PolicyVersions));
                }
                policy.last_version += 1;
                let version = PolicyVersion { document: document.to_owned(), created_at: now };
                policy.versions.insert(policy.last_version, version);
                policy.updated_at = now;
                if counts {
                    policy.default_version = policy.last_version;
                }
                Ok(())
            });
            Ok(changed.await?.last_version)
        })
        .await
    }

    /// Has another version of a policy count.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchEntity`] for the policy or the version.
    pub async fn set_default_policy_version(&self, arn: &str, version: u32) -> Result<(), Error> {
        let now = self.now();
        let changed = self.change_managed(arn, |policy| {
            known(policy, version)?;
            policy.default_version = version;
            policy.updated_at = now;
            Ok(())
        });
        self.recorded(Action::SetDefaultPolicyVersion, arn, async { changed.await.map(drop) }).await
    }

    /// Removes a version of a policy that does not count.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchEntity`] for the policy or the version; [`Error::InUse`] if it is the one that counts.
    pub async fn delete_policy_version(&self, arn: &str, version: u32) -> Result<(), Error> {
        let now = self.now();
        let changed = self.change_managed(arn, |policy| {
            known(policy, version)?;
            if policy.default_version == version {
                return Err(Error::InUse(Kind::PolicyVersion(version)));
            }
            policy.versions.remove(&version);
            policy.updated_at = now;
            Ok(())
        });
        self.recorded(Action::DeletePolicyVersion, arn, async { changed.await.map(drop) }).await
    }

    /// Gives a policy these tags, in the place of those of the same keys, and takes those of other keys away.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchEntity`]; [`Error::InvalidInput`] if a tag is not allowed, or there would be more than 50.
    pub async fn tag_managed_policy(
        &self,
        arn: &str,
        given: &BTreeMap<String, String>,
        taken: &[String],
    ) -> Result<(), Error> {
        let changed = self.change_managed(arn, |policy| {
            policy.tags.extend(given.clone());
            policy.tags.retain(|key, _| !taken.contains(key));
            check_tags(&policy.tags)
        });
        self.recorded(Action::TagManagedPolicy, arn, async { changed.await.map(drop) }).await
    }

    /// Removes a policy that no role depends on, and that has one version alone.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchEntity`]; [`Error::InUse`]; [`Error::Concurrent`].
    pub async fn delete_managed_policy(&self, arn: &str) -> Result<(), Error> {
        self.recorded(Action::DeleteManagedPolicy, arn, async {
            let before = self.managed(arn).await?;
            if before.is_in_use() {
                return Err(Error::InUse(Kind::ManagedPolicy(arn.to_owned())));
            }
            if let Some(version) = before.versions.keys().find(|version| **version != before.default_version) {
                return Err(Error::InUse(Kind::PolicyVersion(*version)));
            }
            Ok(self.storage.commit(vec![ManagedPolicyWrite::Delete { before }.into()]).await?)
        })
        .await
    }

    /// The policy of this ARN: another account's ARN, or another path, is no policy of ours.
    pub(crate) async fn managed(&self, arn: &str) -> Result<Versioned<ManagedPolicy>, Error> {
        let name = arn.rsplit('/').next().unwrap_or_default();
        let found = self.storage.managed_policies().named(&[name]).await?;
        let found = found.into_iter().find(|policy| policy.arn == arn);
        found.ok_or_else(|| Error::NoSuchEntity(Kind::ManagedPolicy(arn.to_owned())))
    }

    /// Changes a policy as it stands, whoever else changes it meanwhile.
    async fn change_managed(
        &self,
        arn: &str,
        change: impl Fn(&mut ManagedPolicy) -> Result<(), Error> + Send + Sync,
    ) -> Result<ManagedPolicy, Error> {
        for _ in 0..TRIES {
            let before = self.managed(arn).await?;
            let mut after = before.record.clone();
            change(&mut after)?;
            let update = ManagedPolicyWrite::Update { before, after: after.clone() };
            match self.storage.commit(vec![update.into()]).await.map_err(Error::from) {
                Err(Error::Concurrent) => {}
                outcome => return outcome.map(|()| after),
            }
        }
        Err(Error::Concurrent)
    }
}

fn known(policy: &ManagedPolicy, version: u32) -> Result<(), Error> {
    let known = policy.versions.contains_key(&version);
    known.then_some(()).ok_or(Error::NoSuchEntity(Kind::PolicyVersion(version)))
}

/// The number of a version, as `v1` names it.
///
/// # Errors
///
/// [`Invalid::PolicyVersion`].
pub fn version_of(text: &str) -> Result<u32, Invalid> {
    text.strip_prefix('v').and_then(|number| number.parse().ok()).ok_or(Invalid::PolicyVersion)
}
