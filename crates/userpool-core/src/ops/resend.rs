//! The code of a sign-up, sent again.

use crate::error::Error;
use crate::model::client::AppClient;
use crate::model::code::CodePurpose;
use crate::model::delivery::{self, Delivery};
use crate::model::ids::ClientId;
use crate::model::pool::{Contact, UserPool};
use crate::model::user::{User, UserStatus};
use crate::ops::case::Case;
use crate::ops::messages::CodeOrder;
use crate::ops::unseen::{Meant, UnseenCode};
use crate::ops::watched::Watched;
use crate::ports::{Action, MessageReason};
use crate::reasons::{Invalid, Kind, Refusal};
use crate::service::UserPools;

/// A user asks for the code again.
#[derive(Clone, Debug)]
pub struct ResendCode {
    /// The app client that signs in.
    pub client: ClientId,
    /// What a client with a secret sends beside the name.
    pub secret_hash: Option<String>,
    /// The name, alias or address that was typed.
    pub username: String,
}

impl ResendCode {
    /// A request through a client without a secret.
    pub fn new(client: ClientId, username: impl Into<String>) -> Self {
        Self { client, secret_hash: None, username: username.into() }
    }
}

impl UserPools {
    /// Sends a new code, which voids the one before.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`] if the pool proves no address; [`Error::InvalidParameter`] if the user is confirmed
    /// already or has no address; [`Error::NotFound`] where users are not hidden. Where they are, an unknown name
    /// is answered as a known one.
    pub async fn resend_confirmation_code(&self, request: ResendCode) -> Result<Delivery, Error> {
        let mut case = Case::new(Action::ResendCode, &request.client);
        case.username = Some(request.username.clone());
        let outcome = self.send_code_again(&mut case, request).await;
        self.record(case, &outcome).await;
        outcome
    }

    async fn send_code_again(&self, case: &mut Case, request: ResendCode) -> Result<Delivery, Error> {
        let (client, pool) = self.client_and_pool(&request.client).await?;
        self.note_client(case, &pool, &client);
        case.watched = Watched::of(&pool, Some(&client));
        self.check_secret_hash(&client, &[&request.username], request.secret_hash.as_deref())?;
        if pool.settings.auto_verified.is_empty() {
            return Err(Refusal::ResendDisabled.into());
        }
        let found = self.find_user(&pool, &request.username).await?;
        case.user = found.as_ref().map(|user| user.sub.clone());
        let hidden = client.settings.prevent_user_existence_errors;
        if !hidden {
            may_resend(found.as_deref())?;
        }
        let waiting = found.as_deref().filter(|user| user.status == UserStatus::Unconfirmed);
        let proves = |contact: Contact| pool.settings.auto_verified.contains(&contact);
        let receiver = waiting.and_then(|user| Some((user, delivery::choose(user, proves)?)));
        if hidden {
            return self.resend_unseen((&pool, &client), found.as_deref(), receiver, &request.username).await;
        }
        let (user, (contact, address)) = receiver.ok_or(Invalid::NoAddress)?;
        let (purpose, reason) = (CodePurpose::SignUp, MessageReason::ResendCode);
        let order =
            CodeOrder { pool: &pool, client: Some(&client), user, purpose, contact, address, reason, within: None };
        self.send_code(order, Vec::new()).await
    }

    /// The same where users are hidden: whoever waits for no code is answered as one who does, after the same work.
    async fn resend_unseen(
        &self,
        (pool, client): (&UserPool, &AppClient),
        found: Option<&User>,
        receiver: Option<(&User, (Contact, String))>,
        name: &str,
    ) -> Result<Delivery, Error> {
        let mails = pool.settings.auto_verified.contains(&Contact::Email);
        let contact = if mails { Contact::Email } else { Contact::PhoneNumber };
        let stand_in = self.stand_in(pool, self.nobody(pool, name), contact)?;
        let target = self.code_target(pool, Some(client), found, name, CodePurpose::SignUp);
        let (shown, user, address, meant) = if let Some((user, (contact, address))) = receiver {
            (Delivery::to(contact, &address), user, (contact, address), Meant::ForUser)
        } else {
            let shown = self.pretended_delivery(pool, found, name);
            let nowhere = (contact, target.counted_at.clone());
            (shown, found.unwrap_or(&stand_in), nowhere, Meant::ForNobody)
        };
        let reason = MessageReason::ResendCode;
        Box::pin(self.send_unseen(UnseenCode { pool, client, user, target, address, reason, meant })).await?;
        Ok(shown)
    }
}

fn may_resend(user: Option<&User>) -> Result<(), Error> {
    match user.map(|user| user.status) {
        None => Err(Error::NotFound(Kind::UserOfClient)),
        Some(UserStatus::Unconfirmed) => Ok(()),
        Some(_) => Err(Invalid::AlreadyConfirmed.into()),
    }
}
