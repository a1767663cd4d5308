//! The secrets of app clients: two at a time, so that one can replace the other while both are in use.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use document_store::Versioned;
use identity_kernel::entropy;
use identity_kernel::secret::{SecretString, constant_time_eq};
use identity_kernel::time::Timestamp;
use ring::hmac;

use crate::error::Error;
use crate::model::client::{AppClient, MOST_SECRETS, SealedSecret};
use crate::model::ids::{ClientId, UserPoolId};
use crate::reasons::{Invalid, Kind, Quota, Refusal};
use crate::service::UserPools;
use crate::storage::ClientWrite;

/// What secrets and ids of clients are drawn from.
pub(crate) const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// A secret of a client, without its text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SecretInfo {
    /// Its id: the client's, two hyphens, and the milliseconds since 1970 at which it was made.
    pub id: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A secret that was added.
#[derive(Clone, Debug)]
pub struct AddedSecret {
    /// Which it is.
    pub info: SecretInfo,
    /// Its text, if it was made here: who brought one along knows it.
    pub made: Option<SecretString>,
}

impl From<&SealedSecret> for SecretInfo {
    fn from(secret: &SealedSecret) -> Self {
        Self { id: secret.id.clone(), created_at: secret.created_at }
    }
}

impl UserPools {
    /// Gives a client a second secret: both count until one is removed. `given` is one that is brought along, of 24 to 64
    /// letters, digits, underscores and plus signs; without it one is made.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::CountExceeded`] if the client has two; [`Error::InvalidParameter`] for a public client,
    /// which its applications know as one that needs no secret, and for a secret of another form; [`Error::Concurrent`] if the
    /// client was changed meanwhile.
    pub async fn add_user_pool_client_secret(
        &self,
        pool: &UserPoolId,
        client: &ClientId,
        given: Option<SecretString>,
    ) -> Result<AddedSecret, Error> {
        given.as_ref().map_or(Ok(()), check_secret)?;
        let before = self.confidential_client(pool, client).await?;
        if before.secrets.len() >= MOST_SECRETS {
            return Err(Quota::ClientSecrets.into());
        }
        let made = given.is_none().then(|| self.new_secret());
        let text = given.as_ref().or(made.as_ref()).ok_or(Invalid::ClientSecretForm)?;
        let sealed = self.seal_secret(client, &before.secrets, text, self.now());
        let info = SecretInfo::from(&sealed);
        let mut after = before.record.clone();
        after.secrets.push(sealed);
        self.storage.commit(vec![ClientWrite::Update { before, after }.into()]).await?;
        Ok(AddedSecret { info, made })
    }

    /// The secrets of a client, oldest first, without their texts. A public client has none.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn list_user_pool_client_secrets(
        &self,
        pool: &UserPoolId,
        client: &ClientId,
    ) -> Result<Vec<SecretInfo>, Error> {
        self.pool(pool).await?;
        Ok(self.client(pool, client).await?.secrets.iter().map(SecretInfo::from).collect())
    }

    /// Removes a secret: from now on nothing that was made with it counts.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], also for a secret of another client; [`Error::InvalidParameter`] for the last one, without which the
    /// client would be public; [`Error::Concurrent`] if the client was changed meanwhile.
    pub async fn delete_user_pool_client_secret(
        &self,
        pool: &UserPoolId,
        client: &ClientId,
        secret_id: &str,
    ) -> Result<(), Error> {
        self.pool(pool).await?;
        let before = self.client(pool, client).await?;
        let mut after = before.record.clone();
        after.secrets.retain(|secret| secret.id != secret_id);
        if after.secrets.len() == before.secrets.len() {
            return Err(Error::NotFound(Kind::ClientSecret));
        }
        if after.secrets.is_empty() {
            return Err(Invalid::LastClientSecret.into());
        }
        Ok(self.storage.commit(vec![ClientWrite::Update { before, after }.into()]).await?)
    }

    async fn confidential_client(&self, pool: &UserPoolId, id: &ClientId) -> Result<Versioned<AppClient>, Error> {
        self.pool(pool).await?;
        let client = self.client(pool, id).await?;
        if client.is_confidential() { Ok(client) } else { Err(Invalid::PublicClient.into()) }
    }

    /// A secret of 51 letters and digits: 263 bits.
    pub(crate) fn new_secret(&self) -> SecretString {
        SecretString::from(entropy::text(self.entropy.as_ref(), LETTERS, 51))
    }

    /// A secret under seal, with an id that none of the others has.
    pub(crate) fn seal_secret(
        &self,
        client: &ClientId,
        others: &[SealedSecret],
        secret: &SecretString,
        now: Timestamp,
    ) -> SealedSecret {
        let mut millis = now.epoch_millis();
        let id = loop {
            let id = format!("{client}--{millis}");
            if others.iter().all(|other| other.id != id) {
                break id;
            }
            millis += 1;
        };
        let sealed = self.seal("client-secret", &id, secret.expose().as_bytes());
        SealedSecret { id, sealed, created_at: now }
    }

    /// The newest secret of a client: who reads it now reads the one that stays.
    pub(crate) fn client_secret(&self, client: &AppClient) -> Result<Option<SecretString>, Error> {
        client.secrets.last().map(|secret| self.open_secret(secret)).transpose()
    }

    fn open_secret(&self, secret: &SealedSecret) -> Result<SecretString, Error> {
        let plain = self.open("client-secret", &secret.id, &secret.sealed)?;
        Ok(SecretString::from(String::from_utf8_lossy(&plain).into_owned()))
    }

    fn open_secrets(&self, client: &AppClient) -> Result<Vec<SecretString>, Error> {
        client.secrets.iter().map(|secret| self.open_secret(secret)).collect()
    }

    /// Holds a call to one of the client's secrets: `given` must be Base64 of HMAC-SHA256 over one of `names` and the client
    /// id. A public client needs none, and then none is looked at.
    pub(crate) fn check_secret_hash(
        &self,
        client: &AppClient,
        names: &[&str],
        given: Option<&str>,
    ) -> Result<(), Error> {
        if !client.is_confidential() {
            return Ok(());
        }
        let id = &client.id;
        let given = given.ok_or_else(|| Refusal::SecretHashMissing(id.clone()))?;
        let given = STANDARD.decode(given).unwrap_or_default();
        let fits = |secret: &SecretString| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
            let of = |name: &&str| hmac::sign(&key, format!("{name}{id}").as_bytes());
            names.iter().any(|name| constant_time_eq(of(name).as_ref(), &given))
        };
        if self.open_secrets(client)?.iter().any(fits) {
            Ok(())
        } else {
            Err(Refusal::SecretHashWrong(id.clone()).into())
        }
    }

    /// Holds a call to one of the client's secrets as it is: for the operations that send it plainly.
    pub(crate) fn check_plain_secret(&self, client: &AppClient, given: Option<&SecretString>) -> Result<(), Error> {
        if !client.is_confidential() {
            return Ok(());
        }
        let secrets = self.open_secrets(client)?;
        if given.is_some_and(|given| secrets.iter().any(|secret| secret == given)) {
            Ok(())
        } else {
            Err(Refusal::ClientSecretWrong(client.id.clone()).into())
        }
    }
}

/// Holds a secret that is brought along to its form.
pub(crate) fn check_secret(secret: &SecretString) -> Result<(), Error> {
    let text = secret.expose();
    let is_sound = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+');
    if (24..=64).contains(&text.len()) && text.bytes().all(is_sound) {
        Ok(())
    } else {
        Err(Invalid::ClientSecretForm.into())
    }
}
