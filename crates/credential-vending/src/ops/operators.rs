//! Operators' keys, and what revokes vended ones.

use identity_kernel::entropy;
use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::{OperatorKey, Revocation, Revoked};
use crate::service::CredentialVending;
use crate::storage::Write;

impl CredentialVending {
    /// Sets an operator's key, which may do everything. One of the same id is replaced.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for an id that is not 1 to 128 letters and digits, or one that begins like a vended key.
    pub async fn put_operator_key(&self, access_key_id: &str, secret: &SecretString) -> Result<(), Error> {
        let well_formed = (1..=128).contains(&access_key_id.len())
            && access_key_id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !access_key_id.starts_with("ASIA");
        if !well_formed || secret.expose().is_empty() {
            return Err(Error::InvalidInput("not an operator's access key".to_owned()));
        }
        let sealed_secret = self.master_key.seal(
            self.entropy.as_ref(),
            "operator-secret",
            access_key_id.as_bytes(),
            secret.expose().as_bytes(),
        );
        let key = OperatorKey {
            access_key_id: access_key_id.to_owned(),
            sealed_secret,
            arn: self.place.iam_arn(format!("user/{access_key_id}")),
            policy: r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#.to_owned(),
            created_at: self.now(),
        };
        Ok(self.storage.commit(vec![Write::PutOperatorKey(key)]).await?)
    }

    /// Makes an operator's key if there is none yet, and shows it this once.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] alone.
    pub async fn first_operator_key(&self) -> Result<Option<(String, SecretString)>, Error> {
        if self.storage.has_operator_keys().await? {
            return Ok(None);
        }
        let source = self.entropy.as_ref();
        let id = format!("AKIA{}", entropy::text(source, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16));
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let secret = SecretString::from(entropy::text(source, letters, 40));
        self.put_operator_key(&id, &secret).await?;
        Ok(Some((id, secret)))
    }

    /// Revokes one session, all of an identity's or a role's, or all: their keys are refused from now on wherever this
    /// storage is asked, and wherever else as soon as the next [`RevocationList`](crate::RevocationList) is there.
    /// Revocations that have nothing left to revoke are forgotten.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] alone.
    pub async fn revoke(&self, what: Revoked) -> Result<(), Error> {
        let now = self.now();
        let all = self.storage.revocations().await?;
        let spent = all.into_iter().filter(|old| !old.matters(now) && old.what != what);
        let mut writes: Vec<_> = spent.map(|old| Write::ForgetRevocation(old.what)).collect();
        let id = u64::from_be_bytes(entropy::bytes(self.entropy.as_ref()));
        writes.push(Write::Revoke(Revocation { id, what, at: now }));
        Ok(self.storage.commit(writes).await?)
    }
}
