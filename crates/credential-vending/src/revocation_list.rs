use identity_kernel::secret::constant_time_eq;
use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{CredentialError, Error};
use crate::model::{Revocation, Revoked};
use crate::service::CredentialVending;
use crate::vending_key::{SessionStamp, VendingKey};

/// What was revoked and can still matter, at one moment. Verifiers poll it in its signed form.
///
/// It stays small: a revocation leaves it when the longest session (12 hours) has passed.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct RevocationList {
    /// When it was made.
    pub issued_at: Timestamp,
    /// What was revoked.
    pub revocations: Vec<Revocation>,
}

/// For what lists are signed.
const PURPOSE: &str = "revocation-list";

impl RevocationList {
    /// The list signed with a vending key: `AB.`, the list, `.`, and its HMAC-SHA256, in base64url.
    pub fn sign(&self, key: &VendingKey) -> String {
        // INVARIANT: a list is text and numbers.
        let list = URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default());
        let signed = format!("{}.{list}", key.number());
        let mac = URL_SAFE_NO_PAD.encode(key.mac(PURPOSE, signed.as_bytes()));
        format!("{signed}.{mac}")
    }

    /// The list that was signed with one of these keys.
    ///
    /// # Errors
    ///
    /// [`CredentialError::Invalid`] if none of them has signed it.
    pub fn open(signed: &str, keys: &[VendingKey]) -> Result<Self, CredentialError> {
        let (body, mac) = signed.rsplit_once('.').ok_or(CredentialError::Invalid)?;
        let (number, list) = body.split_once('.').ok_or(CredentialError::Invalid)?;
        let key = keys.iter().find(|key| key.number() == number).ok_or(CredentialError::Invalid)?;
        let mac = URL_SAFE_NO_PAD.decode(mac).map_err(|_| CredentialError::Invalid)?;
        if !constant_time_eq(&mac, &key.mac(PURPOSE, body.as_bytes())) {
            return Err(CredentialError::Invalid);
        }
        let list = URL_SAFE_NO_PAD.decode(list).map_err(|_| CredentialError::Invalid)?;
        serde_json::from_slice(&list).map_err(|_| CredentialError::Invalid)
    }

    /// Whether a session is revoked by it.
    pub fn revokes(&self, stamp: &SessionStamp, access_key_id: &str) -> bool {
        self.revocations.iter().any(|revocation| stamp.is_revoked_by(revocation, access_key_id))
    }
}

impl SessionStamp {
    /// Everything by which this session can be revoked together with others.
    pub(crate) fn revocable(&self) -> Vec<Revoked> {
        let identity = self.identity.as_ref().map(|identity| Revoked::Identity(identity.identity.clone()));
        [Revoked::Everything, Revoked::Role(self.role_arn.clone())].into_iter().chain(identity).collect()
    }

    /// Whether a revocation is about this session.
    pub(crate) fn is_revoked_by(&self, revocation: &Revocation, access_key_id: &str) -> bool {
        let meant = match &revocation.what {
            Revoked::Everything => true,
            Revoked::Session(id) => return id == access_key_id,
            Revoked::Identity(id) => self.identity.as_ref().is_some_and(|own| own.identity == *id),
            Revoked::Role(arn) => self.role_arn == *arn,
        };
        meant && !self.revocations_seen.contains(&revocation.id)
    }
}

impl CredentialVending {
    /// The list as it is now, signed with the key that vends now: for verifiers that poll it.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] alone.
    pub async fn signed_revocation_list(&self) -> Result<String, Error> {
        let now = self.now();
        let mut revocations = self.storage.revocations().await?;
        revocations.retain(|revocation| revocation.matters(now));
        Ok(RevocationList { issued_at: now, revocations }.sign(&self.newest_vending_key().await?))
    }
}
