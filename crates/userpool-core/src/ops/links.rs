//! A sign-up is confirmed by the link that was mailed.

use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::client::AppClient;
use crate::model::code::CodePurpose;
use crate::model::ids::{ClientId, UserPoolId};
use crate::model::links;
use crate::model::pool::{MessageTexts, PoolSettings, UserPool};
use crate::model::user::User;
use crate::ops::case::Case;
use crate::ports::Action;
use crate::reasons::{Invalid, MessageText};
use crate::service::UserPools;

/// A user follows the link to confirm a sign-up.
#[derive(Clone, Debug)]
pub struct ConfirmByLink {
    /// The pool, of the link's path.
    pub pool: UserPoolId,
    /// The app client through which the sign-up was.
    pub client: ClientId,
    /// The username.
    pub username: String,
    /// The code of the link.
    pub code: SecretString,
}

impl UserPools {
    /// Confirms a sign-up with the code of a link, as [`confirm_sign_up`](Self::confirm_sign_up) does with a code that is typed,
    /// and within the same budgets. No secret of the client is asked for: a browser follows the link. So it takes codes of
    /// links alone, of 128 bits, which nobody guesses.
    ///
    /// # Errors
    ///
    /// [`Error::CodeMismatch`] for everything that is wrong with the link, whoever exists; [`Error::LimitExceeded`];
    /// [`Error::AliasExists`] if the address leads to another user; [`Error::HookRefused`] and [`Error::HookFailed`] by a hook
    /// afterwards: the user is confirmed.
    pub async fn confirm_sign_up_by_link(&self, request: ConfirmByLink) -> Result<(), Error> {
        let mut case = Case::new(Action::ConfirmSignUp, &request.client);
        case.username = Some(request.username.clone());
        let outcome = self.prove_by_link(&mut case, request).await;
        self.record(case, &outcome).await;
        outcome
    }

    async fn prove_by_link(&self, case: &mut Case, request: ConfirmByLink) -> Result<(), Error> {
        let ConfirmByLink { pool: named, client, username, code } = request;
        let found = self.client_and_pool(&client).await;
        let (client, pool) = found.map_err(|error| match error {
            Error::NotFound(_) => Error::CodeMismatch,
            other => other,
        })?;
        if pool.id != named || !pool.settings.messages.by_link.enabled || !links::is_link_code(&code) {
            return Err(Error::CodeMismatch);
        }
        case.pool = Some(pool.id.clone());
        let found = self.find_user(&pool, &username).await?;
        case.user = found.as_ref().map(|user| user.sub.clone());
        let target = self.code_target(&pool, Some(&client), found.as_deref(), &username, CodePurpose::SignUp);
        let right = self.guess_code(&pool, &target, &code).await.map_err(|error| match error {
            Error::ExpiredCode => Error::CodeMismatch,
            other => other,
        })?;
        self.confirm_with(&pool, &client, &target, right, false).await
    }

    /// The link of a mail.
    ///
    /// # Errors
    ///
    /// [`Error::CodeDelivery`] where nobody has said under which address links lead here.
    pub(crate) fn link_to_confirm(
        &self,
        pool: &UserPool,
        client: Option<&AppClient>,
        user: &User,
        code: &SecretString,
    ) -> Result<SecretString, Error> {
        let (Some(base), Some(client)) = (self.link_base.as_deref(), client) else {
            return Err(Error::CodeDelivery("nobody has said under which address links lead here".into()));
        };
        Ok(links::address(base, &pool.id, &client.id, &user.username, code))
    }

    /// Refuses texts that lack what makes them useful, and links that would lead nowhere.
    pub(crate) fn check_texts(&self, settings: &PoolSettings) -> Result<(), Error> {
        let MessageTexts { verification_body, verification_sms, invitation_body, invitation_sms, by_link, .. } =
            &settings.messages;
        let lacks = |text: &Option<String>, has: fn(&str) -> bool| text.as_deref().is_some_and(|text| !has(text));
        let (code, link) = (|text: &str| text.contains("{####}"), |text: &str| links::split(text).is_some());
        let invitation = |text: &str| text.contains("{####}") && text.contains("{username}");
        for (text, has, which) in [
            (verification_body, code as fn(&str) -> bool, MessageText::Code),
            (verification_sms, code, MessageText::Code),
            (invitation_body, invitation, MessageText::Invitation),
            (invitation_sms, invitation, MessageText::Invitation),
            (&by_link.body, link, MessageText::Link),
        ] {
            if lacks(text, has) {
                return Err(Invalid::MessageText(which).into());
            }
        }
        if by_link.enabled && self.link_base.is_none() {
            return Err(Invalid::NoLinkBase.into());
        }
        Ok(())
    }
}
