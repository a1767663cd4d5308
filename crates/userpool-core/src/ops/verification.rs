//! A user proves an address: a new one, or one that was never proved.

use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::code::{Code, CodePurpose};
use crate::model::delivery::Delivery;
use crate::model::pool::{Contact, UserPool};
use crate::model::user::User;
use crate::ops::codes::RightGuess;
use crate::ops::messages::CodeOrder;
use crate::ops::rounds::{MOST_ROUNDS, is_overtaken};
use crate::ops::taken::taken_alias;
use crate::ports::MessageReason;
use crate::reasons::Invalid;
use crate::service::UserPools;
use crate::storage::{CodeWrite, UserWrite};

impl UserPools {
    /// Sends a code to my address of this kind: to the one that waits to be proved if there is one, else to the one I have.
    /// It voids the code before.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`]; [`Error::InvalidParameter`] if I have no such address; [`Error::LimitExceeded`];
    /// [`Error::CodeDelivery`].
    pub async fn get_user_attribute_verification_code(
        &self,
        access_token: &SecretString,
        contact: Contact,
    ) -> Result<Delivery, Error> {
        let me = self.self_service(access_token).await?;
        let address = me.user.provable_address(contact).ok_or(Invalid::NoAddress)?;
        let purpose = CodePurpose::VerifyAttribute(contact);
        let reason = MessageReason::VerifyUserAttribute;
        let (pool, client, user) = (&me.pool, Some(&me.client), &*me.user);
        self.send_code(CodeOrder { pool, client, user, purpose, contact, address, reason, within: None }, Vec::new())
            .await
    }

    /// Proves my address of this kind with its code. One that waited to be proved is mine from now on, and the one before
    /// leads to me no more.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`] also for a sign-in that proved too little to replace the address; [`Error::CodeMismatch`];
    /// [`Error::ExpiredCode`] if the code has died, or the address is
    /// mine no more; [`Error::LimitExceeded`]; [`Error::AliasExists`] if the address leads to another user.
    pub async fn verify_user_attribute(
        &self,
        access_token: &SecretString,
        contact: Contact,
        code: &SecretString,
    ) -> Result<(), Error> {
        let me = self.self_service(access_token).await?;
        let waits = me.user.pending.contains_key(&contact).then_some(contact);
        self.may_replace_addresses(&me, waits.as_slice()).await?;
        let purpose = CodePurpose::VerifyAttribute(contact);
        let target = self.code_target(&me.pool, Some(&me.client), Some(&me.user), "", purpose);
        let RightGuess { code, mut give_back } = self.guess_code(&me.pool, &target, code).await?;
        for _ in 0..MOST_ROUNDS {
            let before = self.storage.users().get(&me.pool.id, &me.user.sub).await?.ok_or_else(Error::no_user)?;
            let mut after = proved(&me.pool, &before, &code)?;
            after.modified_at = self.now();
            let both = (before.record.clone(), after.clone());
            let mut writes =
                vec![CodeWrite::Spend { before: code.clone() }.into(), UserWrite::Update { before, after }.into()];
            writes.extend(give_back.iter().cloned());
            match self.storage.commit(writes).await {
                Ok(()) => {
                    Box::pin(self.tell_of_new_addresses(&me.pool, Some(&me.client), (&both.0, &both.1))).await;
                    return Ok(());
                }
                Err(error) if is_overtaken(&error) && error.write() == Some(0) => return Err(Error::CodeMismatch),
                Err(error) if is_overtaken(&error) && error.write().is_some_and(|at| at >= 2) => give_back.clear(),
                Err(error) if is_overtaken(&error) => {}
                Err(error) => return Err(taken_alias(error)),
            }
        }
        Err(Error::TooManyRequests)
    }
}

/// The user once the address of this code is proved.
fn proved(pool: &UserPool, before: &User, code: &Code) -> Result<User, Error> {
    if before.provable_address(code.contact).as_ref() != Some(&code.address) {
        return Err(Error::ExpiredCode);
    }
    let mut after = before.clone();
    after.pending.remove(&code.contact);
    after.attributes.insert(code.contact.attribute().to_owned(), code.address.clone());
    after.attributes.insert(code.contact.verified_attribute().to_owned(), "true".to_owned());
    after.refresh_names(pool);
    Ok(after)
}
