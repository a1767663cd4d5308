//! Managed policies that narrow a session.

use crate::error::Error;
use crate::model::managed_policy::ManagedPolicy;
use crate::reasons::Invalid;
use crate::service::CredentialVending;

/// The most managed policies that narrow one session.
const MOST: usize = 10;

impl CredentialVending {
    /// The documents that narrow a session: those that were given, and the managed policies of these ARNs as they are now. They
    /// go into the session token, so that whoever verifies it without a storage keeps to them. One read if there are ARNs.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] with [`Invalid::PolicyArns`] for more than 10, and [`Invalid::PolicyArn`] for one that is no
    /// policy of this account: to leave it out would widen the session.
    pub(crate) async fn session_policies(
        &self,
        given: Option<Vec<String>>,
        arns: &[String],
    ) -> Result<Option<Vec<String>>, Error> {
        if arns.is_empty() {
            return Ok(given);
        }
        if arns.len() > MOST {
            return Err(Invalid::PolicyArns.into());
        }
        let names: Vec<&str> = arns.iter().filter_map(|arn| arn.rsplit('/').next()).collect();
        let found = self.storage.managed_policies().named(&names).await?;
        let document = |arn: &String| {
            let policy = found.iter().find(|policy| policy.arn == *arn);
            policy.map(|policy| ManagedPolicy::document(policy).to_owned()).ok_or(Invalid::PolicyArn(arn.clone()))
        };
        let managed: Vec<String> = arns.iter().map(document).collect::<Result<_, _>>()?;
        Ok(Some(given.into_iter().flatten().chain(managed).collect()))
    }
}
