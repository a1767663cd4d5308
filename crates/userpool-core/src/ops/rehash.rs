//! Passwords that are kept otherwise than passwords are kept today: replaced when somebody signs in with them.

use cognito_srp::Salt;
use document_store::Versioned;
use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::password;
use crate::model::pool::UserPool;
use crate::model::user::{Credential, User};
use crate::service::UserPools;
use crate::storage::PasswordWrite;

impl UserPools {
    /// Hashes a right password anew if its hash is of other parameters, or of another system; and makes the SRP verifier of one
    /// whose hash came from elsewhere. The salt of SRP stays, for it stands for the password. That the password is changed
    /// meanwhile is no matter: it is done at the next sign-in.
    pub(crate) async fn bring_up_to_date(
        &self,
        pool: &UserPool,
        user: &User,
        before: Versioned<Credential>,
        password: &SecretString,
    ) -> Result<(), Error> {
        let srp_name = pool.srp_identity(user.username.as_str(), &user.sub);
        let (old_hash, no_verifier) = (self.hasher.needs_rehash(&before.hash), !before.has_verifier_of(&srp_name));
        if !old_hash && !no_verifier {
            return Ok(());
        }
        let mut after = before.record.clone();
        if old_hash {
            let normalized = SecretString::from(password::normalized(password.expose()));
            after.hash = self.hasher.hash(&normalized, self.random()).await?;
        }
        if no_verifier {
            let salt =
                Salt::from_hex(&before.srp_salt).map_err(|error| Error::internal("reading a stored salt", error))?;
            after.sealed_verifier = self.sealed_verifier(pool, user, password, salt).await?;
            after.srp_name = srp_name;
        }
        let write = PasswordWrite::Update { pool: user.pool.clone(), sub: user.sub.clone(), before, after };
        match self.storage.commit(vec![write.into()]).await {
            Err(error) if error.kind() != document_store::error::StorageErrorKind::Conflict => Err(error.into()),
            _ => Ok(()),
        }
    }
}
