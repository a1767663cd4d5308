use std::sync::{Arc, PoisonError, RwLock};

use identity_kernel::secret::SecretString;
use identity_kernel::time::Timestamp;

use crate::error::CredentialError;
use crate::revocation_index::RevocationIndex;
use crate::revocation_list::RevocationList;
use crate::session::SessionStamp;
use crate::vending_key::VendingKey;

/// A resource server's verifier: keys, and the newest revocation list, without any database.
///
/// It refuses everything until it has a list, and again when its list has grown too old: a verifier that is cut off from
/// revocations does not go on as if there were none.
///
/// ```
/// use credential_vending::{
///     MasterKey, NewSession, RevocationList, SessionStamp, SessionVerifier, SystemEntropy, Timestamp, VendingKey,
/// };
///
/// # fn main() -> Result<(), credential_vending::CredentialError> {
/// let now = Timestamp::from_epoch_seconds(1_700_000_000);
/// let key = VendingKey::from_master(&MasterKey::new([7; 32]), VendingKey::FIRST);
/// let session = SessionStamp::new(NewSession {
///     role_arn: "arn:aws:iam::123456789012:role/app",
///     role_id: "AROAEXAMPLE",
///     session_name: "s1",
///     issued_at: now,
///     seconds: 3600,
/// });
/// let vended = key.vend(&SystemEntropy::new(), &session)?;
///
/// let verifier = SessionVerifier::new(vec![key.clone()], 300);
/// verifier.take_list(&RevocationList { issued_at: now, revocations: Vec::new() }.sign(&key), now)?;
/// let (session, secret) = verifier.verify(&vended.access_key_id, vended.session_token.expose(), now)?;
/// assert_eq!(session.session_name, "s1");
/// assert_eq!(secret, vended.secret);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct SessionVerifier {
    keys: Vec<VendingKey>,
    oldest_list_seconds: i64,
    list: RwLock<Option<Arc<RevocationIndex>>>,
}

impl SessionVerifier {
    /// A verifier with these keys, whose list may be so many seconds old.
    pub fn new(keys: Vec<VendingKey>, oldest_list_seconds: i64) -> Self {
        Self { keys, oldest_list_seconds, list: RwLock::new(None) }
    }

    /// Takes a newer list. The one at hand may come again; what another of the same millisecond revokes is revoked too, for
    /// nobody knows which of the two came first.
    ///
    /// # Errors
    ///
    /// [`CredentialError::Invalid`] if none of the keys has signed it, it is from the future (by more than a minute), or it is
    /// older than the one at hand. [`CredentialError::UnknownRestriction`].
    pub fn take_list(&self, signed: &str, now: Timestamp) -> Result<(), CredentialError> {
        let mut new = RevocationList::open(signed, &self.keys)?;
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        match list.as_deref().map(RevocationIndex::list) {
            Some(known) if new.issued_at < known.issued_at => return Err(CredentialError::Invalid),
            Some(known) if new.issued_at == known.issued_at => new.add(&known.revocations),
            _ if new.issued_at > now.plus_seconds(60) => return Err(CredentialError::Invalid),
            _ => {}
        }
        *list = Some(Arc::new(RevocationIndex::of(new)));
        Ok(())
    }

    /// The session of a token and the secret of its access key id, with which the request's signature is then checked.
    ///
    /// # Errors
    ///
    /// [`CredentialError::NoRevocationList`], [`CredentialError::Invalid`], [`CredentialError::Expired`],
    /// [`CredentialError::UnknownRestriction`] and [`CredentialError::Revoked`].
    pub fn verify(
        &self,
        access_key_id: &str,
        token: &str,
        now: Timestamp,
    ) -> Result<(SessionStamp, SecretString), CredentialError> {
        let list = self.list.read().unwrap_or_else(PoisonError::into_inner).clone();
        let fresh = |list: &Arc<RevocationIndex>| now < list.list().issued_at.plus_seconds(self.oldest_list_seconds);
        let list = list.filter(fresh).ok_or(CredentialError::NoRevocationList)?;
        let number = VendingKey::number_of(access_key_id).ok_or(CredentialError::Invalid)?;
        let key = self.keys.iter().find(|key| key.number() == number).ok_or(CredentialError::Invalid)?;
        let stamp = key.open(access_key_id, token, now)?;
        if list.revokes(&stamp, access_key_id) {
            return Err(CredentialError::Revoked);
        }
        Ok((stamp, key.secret_of(access_key_id)))
    }
}
