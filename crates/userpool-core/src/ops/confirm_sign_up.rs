//! A sign-up is confirmed: by the code that proved an address, or by an administrator.

use identity_kernel::secret::SecretString;
use identity_kernel::time::Timestamp;

use crate::error::Error;
use crate::model::client::AppClient;
use crate::model::code::{Code, CodePurpose};
use crate::model::ids::{ClientId, UserPoolId};
use crate::model::pool::{Contact, UserPool};
use crate::model::user::{NameKind, User, UserStatus};
use crate::ops::case::Case;
use crate::ops::code_target::CodeTarget;
use crate::ops::codes::RightGuess;
use crate::ops::rounds::{MOST_ROUNDS, is_overtaken};
use crate::ops::taken::taken_alias;
use crate::ports::{Action, Confirmation};
use crate::reasons::{Kind, Refusal};
use crate::service::UserPools;
use crate::storage::{CodeWrite, UserWrite, Write};

/// A user proves an address.
#[derive(Clone, Debug)]
pub struct ConfirmSignUp {
    /// The app client that signs in.
    pub client: ClientId,
    /// What a client with a secret sends beside the name.
    pub secret_hash: Option<String>,
    /// The name, alias or address that was typed.
    pub username: String,
    /// The code.
    pub code: SecretString,
    /// Whether an address that leads to another user shall lead to this one from now on.
    pub force_alias: bool,
    /// What the sign-up gave, to go on into a sign-in. Cognito's pools take the code for enough.
    pub session: Option<SecretString>,
}

impl ConfirmSignUp {
    /// A confirmation that takes no address from anybody.
    pub fn new(client: ClientId, username: impl Into<String>, code: impl Into<SecretString>) -> Self {
        Self {
            client,
            secret_hash: None,
            username: username.into(),
            code: code.into(),
            force_alias: false,
            session: None,
        }
    }
}

impl UserPools {
    /// Confirms a sign-up with its code; the address that the code went to is verified from now on. With the session that the
    /// sign-up gave, gives another one, with which a sign-in of the user's choice begins that takes the code for its first factor;
    /// without it too in pools where the code is enough (`AccountRules::confirmation_needs_session`).
    ///
    /// # Errors
    ///
    /// [`Error::CodeMismatch`]; [`Error::ExpiredCode`] if the code has died, or for an unknown user where users are
    /// hidden; [`Error::NotFound`] where they are not; [`Error::NotAuthorized`] if the user is confirmed already;
    /// [`Error::AliasExists`] if the address leads to another user; [`Error::Storage`], also where the sign-up is confirmed
    /// and the storage failed before the session could go on.
    pub async fn confirm_sign_up(&self, request: ConfirmSignUp) -> Result<Option<SecretString>, Error> {
        let mut case = Case::new(Action::ConfirmSignUp, &request.client);
        case.username = Some(request.username.clone());
        let outcome = self.prove_sign_up(&mut case, request).await;
        self.record(case, &outcome).await;
        outcome
    }

    async fn prove_sign_up(&self, case: &mut Case, request: ConfirmSignUp) -> Result<Option<SecretString>, Error> {
        let (client, pool) = self.client_and_pool(&request.client).await?;
        self.note_client(case, &pool, &client);
        self.check_secret_hash(&client, &[&request.username], request.secret_hash.as_deref())?;
        let hidden = client.settings.prevent_user_existence_errors;
        let found = self.find_user(&pool, &request.username).await?;
        case.user = found.as_ref().map(|user| user.sub.clone());
        if !hidden {
            may_confirm(found.as_deref())?;
        }
        let purpose = CodePurpose::SignUp;
        let target = self.code_target(&pool, Some(&client), found.as_deref(), &request.username, purpose);
        let right = self.guess_code(&pool, &target, &request.code).await.map_err(|error| match error {
            Error::ExpiredCode if hidden => Error::CodeMismatch,
            other => other,
        })?;
        let contact = right.code.contact;
        self.confirm_with(&pool, &client, &target, right, request.force_alias).await?;
        let Some(session) = &request.session else {
            return self.session_of_code((&pool, &client), &target.sub, contact).await;
        };
        let next = self.confirmed_session((&pool, &client), &request.username, session, contact).await?;
        let Some((next, spent)) = next else { return Ok(None) };
        match self.storage.commit(vec![spent]).await {
            Ok(()) => Ok(Some(next)),
            // Of two that bring one session, one goes on.
            Err(error) if is_overtaken(&error) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Commits what a right code confirms. Whoever loses a race for the code is told what a wrong code is told.
    pub(crate) async fn confirm_with(
        &self,
        pool: &UserPool,
        client: &AppClient,
        target: &CodeTarget,
        right: RightGuess,
        force_alias: bool,
    ) -> Result<(), Error> {
        let RightGuess { code, mut give_back } = right;
        for _ in 0..MOST_ROUNDS {
            let before = self.storage.users().get(&pool.id, &target.sub).await?.ok_or(Error::CodeMismatch)?;
            if before.status != UserStatus::Unconfirmed {
                return Err(Error::CodeMismatch);
            }
            let after = confirmed(pool, &before, Some(&code), self.now());
            let mut writes: Vec<Write> = vec![CodeWrite::Spend { before: code.clone() }.into()];
            if force_alias {
                writes.extend(self.take_aliases(pool, &after).await?);
            }
            writes.push(UserWrite::Update { before, after: after.clone() }.into());
            let own = writes.len();
            writes.extend(give_back.iter().cloned());
            match self.storage.commit(writes).await {
                Ok(()) => return self.post_confirmation(pool, Some(client), &after, Confirmation::SignUp).await,
                Err(error) if is_overtaken(&error) && error.write() == Some(0) => return Err(Error::CodeMismatch),
                Err(error) if is_overtaken(&error) && error.write().is_some_and(|at| at >= own) => give_back.clear(),
                Err(error) if is_overtaken(&error) => {}
                Err(error) => return Err(taken_alias(error)),
            }
        }
        Err(Error::TooManyRequests)
    }

    /// Confirms a sign-up without a code. Verifies no address.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::NotAuthorized`] if the user is confirmed already; [`Error::HookRefused`] by a hook
    /// afterwards: the user is confirmed.
    pub async fn admin_confirm_sign_up(&self, pool: &UserPoolId, username: &str) -> Result<(), Error> {
        let mut case = Case::by_administrator(Action::AdminConfirmSignUp, pool, username);
        let outcome = self.confirm_without_code(&mut case, pool, username).await;
        self.record(case, &outcome).await;
        outcome
    }

    async fn confirm_without_code(&self, case: &mut Case, pool: &UserPoolId, username: &str) -> Result<(), Error> {
        let pool = self.pool(pool).await?;
        let before = self.named_user(&pool, username).await?;
        case.user = Some(before.sub.clone());
        may_confirm(Some(&before))?;
        let after = confirmed(&pool, &before, None, self.now());
        let update = UserWrite::Update { before, after: after.clone() };
        self.storage.commit(vec![update.into()]).await.map_err(taken_alias)?;
        self.post_confirmation(&pool, None, &after, Confirmation::SignUp).await
    }

    /// The writes that take from other users the aliases that `user` shall have.
    pub(crate) async fn take_aliases(&self, pool: &UserPool, user: &User) -> Result<Vec<Write>, Error> {
        let mut writes = Vec::new();
        for (contact, kind) in [(Contact::Email, NameKind::Email), (Contact::PhoneNumber, NameKind::PhoneNumber)] {
            let Some(name) = user.names.get(&kind) else { continue };
            let Some(other) = self.storage.users().named(&pool.id, name).await? else { continue };
            if other.sub == user.sub {
                continue;
            }
            let mut loser = other.record.clone();
            loser.attributes.insert(contact.verified_attribute().to_owned(), "false".to_owned());
            loser.refresh_names(pool);
            writes.push(UserWrite::Update { before: other, after: loser }.into());
        }
        Ok(writes)
    }
}

/// The user after the sign-up is confirmed; with a code, its address is verified if it is still the user's.
fn confirmed(pool: &UserPool, before: &User, code: Option<&Code>, now: Timestamp) -> User {
    let mut after = before.clone();
    after.status = UserStatus::Confirmed;
    if let Some(code) = code
        && after.attributes.get(code.contact.attribute()) == Some(&code.address)
    {
        after.attributes.insert(code.contact.verified_attribute().to_owned(), "true".to_owned());
    }
    after.refresh_names(pool);
    after.modified_at = now;
    after
}

fn may_confirm(user: Option<&User>) -> Result<(), Error> {
    match user.map(|user| user.status) {
        None => Err(Error::NotFound(Kind::UserOfClient)),
        Some(UserStatus::Unconfirmed) => Ok(()),
        Some(_) => Err(Refusal::AlreadyConfirmed.into()),
    }
}
