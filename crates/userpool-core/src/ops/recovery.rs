//! Coming back in after the password was lost: a code to a verified address, or an administrator's word.

use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::attributes::{is_email, is_phone_number};
use crate::model::client::AppClient;
use crate::model::code::CodePurpose;
use crate::model::delivery::Delivery;
use crate::model::factors::{Demand, SecondFactor};
use crate::model::ids::{ClientId, UserPoolId};
use crate::model::notices::Notice;
use crate::model::pool::{Contact, UserPool};
use crate::model::recovery::{after_reset, may_be_told_to_reset, may_reset};
use crate::model::user::{User, UserStatus};
use crate::ops::case::Case;
use crate::ops::code_target::CodeTarget;
use crate::ops::codes::RightGuess;
use crate::ops::device_cap::forget_devices;
use crate::ops::messages::CodeOrder;
use crate::ops::rounds::{MOST_ROUNDS, is_overtaken};
use crate::ops::taken::taken_alias;
use crate::ops::unseen::{Meant, UnseenCode};
use crate::ops::watched::Watched;
use crate::ports::{Action, Actor, Confirmation, MessageReason};
use crate::reasons::{Invalid, Kind, Refusal};
use crate::service::UserPools;
use crate::storage::{CodeWrite, UserWrite, Write};

/// Somebody has lost the password.
#[derive(Clone, Debug)]
pub struct ForgotPassword {
    /// The app client.
    pub client: ClientId,
    /// What a client with a secret sends beside the name.
    pub secret_hash: Option<String>,
    /// The name, alias or address that was typed.
    pub username: String,
}

impl ForgotPassword {
    /// A request through a client without a secret.
    pub fn new(client: ClientId, username: impl Into<String>) -> Self {
        Self { client, secret_hash: None, username: username.into() }
    }
}

/// A new password with the code that came for it.
#[derive(Clone, Debug)]
pub struct ConfirmForgotPassword {
    /// The app client.
    pub client: ClientId,
    /// What a client with a secret sends beside the name.
    pub secret_hash: Option<String>,
    /// The name, alias or address that was typed.
    pub username: String,
    /// The code.
    pub code: SecretString,
    /// The new password.
    pub password: SecretString,
}

impl ConfirmForgotPassword {
    /// A request through a client without a secret.
    pub fn new(
        client: ClientId,
        username: impl Into<String>,
        code: impl Into<SecretString>,
        password: impl Into<SecretString>,
    ) -> Self {
        let (username, code, password) = (username.into(), code.into(), password.into());
        Self { client, secret_hash: None, username, code, password }
    }
}

const RESET: CodePurpose = CodePurpose::ResetPassword;

impl UserPools {
    /// Sends a code with which somebody can set a new password, to the address that the pool's ways of recovery name first
    /// and that is verified. Lives an hour, voids the one before.
    ///
    /// Where users are hidden, whoever cannot reset the password (nobody, disabled, without a verified address, with a
    /// temporary password) is answered as one who can, after spending as much of the budgets; nothing is sent.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`] where administrators alone help, and, where users are not hidden, if the user is disabled or
    /// has a temporary password; [`Error::InvalidParameter`] if there is no verified address; [`Error::NotFound`];
    /// [`Error::LimitExceeded`]; [`Error::CodeDelivery`].
    pub async fn forgot_password(&self, request: ForgotPassword) -> Result<Delivery, Error> {
        let mut case = Case::new(Action::ForgotPassword, &request.client);
        case.username = Some(request.username.clone());
        let outcome = self.send_reset_code(&mut case, &request).await;
        self.record(case, &outcome).await;
        outcome
    }

    async fn send_reset_code(&self, case: &mut Case, request: &ForgotPassword) -> Result<Delivery, Error> {
        let (client, pool) = self.client_and_pool(&request.client).await?;
        self.note_client(case, &pool, &client);
        case.watched = Watched::of(&pool, Some(&client));
        self.check_secret_hash(&client, &[&request.username], request.secret_hash.as_deref())?;
        check_self_service(&pool)?;
        let mut found = self.find_user(&pool, &request.username).await?;
        if found.is_none() && self.migrates(&pool) {
            found = self.migrate_forgetful(&pool, &client, &request.username).await?;
        }
        case.user = found.as_ref().map(|user| user.sub.clone());
        if client.settings.prevent_user_existence_errors {
            return self.send_reset_code_unseen((&pool, &client), found.as_deref(), &request.username).await;
        }
        let (user, (contact, address)) = self.recoverable(&pool, found.as_deref()).await?;
        let (client, reason) = (Some(&*client), MessageReason::ForgotPassword);
        let order = CodeOrder { pool: &pool, client, user, purpose: RESET, contact, address, reason, within: None };
        self.send_code(order, Vec::new()).await
    }

    /// The same where users are hidden: whoever cannot reset the password is answered as one who can, after the same work.
    async fn send_reset_code_unseen(
        &self,
        (pool, client): (&UserPool, &AppClient),
        found: Option<&User>,
        name: &str,
    ) -> Result<Delivery, Error> {
        let contacts = pool.settings.recovery.contacts();
        let contact = if contacts.contains(&Contact::Email) { Contact::Email } else { Contact::PhoneNumber };
        let stand_in = self.stand_in(pool, self.nobody(pool, name), contact)?;
        let user = found.unwrap_or(&stand_in);
        // Asked of whomever: second factors may have to be read for it.
        let address = match self.recovery_address(pool, user).await {
            Err(Error::Storage(error)) => return Err(Error::Storage(error)),
            address => address.ok().filter(|_| found.is_some_and(|user| may_reset(user).is_ok())),
        };
        let (shown, target, address, meant) = if let Some((contact, address)) = address {
            let target = self.code_target_of(pool, Some(client), user.sub.clone(), Some(&address), RESET);
            (Delivery::to(contact, &address), target, (contact, address), Meant::ForUser)
        } else {
            let target = self.reset_target(pool, client, found, name);
            let nowhere = (contact, target.counted_at.clone());
            (self.pretended_reset(pool, found, name), target, nowhere, Meant::ForNobody)
        };
        let reason = MessageReason::ForgotPassword;
        Box::pin(self.send_unseen(UnseenCode { pool, client, user, target, address, reason, meant })).await?;
        Ok(shown)
    }

    /// The user who may reset the password, and where the code goes.
    async fn recoverable<'a>(
        &self,
        pool: &UserPool,
        found: Option<&'a User>,
    ) -> Result<(&'a User, (Contact, String)), Error> {
        let user = found.ok_or(Error::NotFound(Kind::UserOfClient))?;
        may_reset(user)?;
        Ok((user, self.recovery_address(pool, user).await?))
    }

    /// Where a code to reset the password goes: nowhere where the codes of a second factor go.
    async fn recovery_address(&self, pool: &UserPool, user: &User) -> Result<(Contact, String), Error> {
        let second = self.second_factors(pool, &user.sub).await?.map(|second| second.record).unwrap_or_default();
        let asked = match second.demand(&pool.settings.mfa, user) {
            Demand::One(factor) => vec![factor],
            Demand::OneOf(factors) => factors,
            Demand::None | Demand::SetUp(_) => Vec::new(),
        };
        let factors: Vec<Contact> = asked.into_iter().filter_map(SecondFactor::contact).collect();
        pool.settings.recovery.address(user, &factors).ok_or_else(|| Invalid::NoVerifiedAddress.into())
    }

    fn reset_target(&self, pool: &UserPool, client: &AppClient, user: Option<&User>, name: &str) -> CodeTarget {
        match user.and_then(|user| Some((user, pool.settings.recovery.address(user, &[])?))) {
            Some((user, (_, address))) => {
                self.code_target_of(pool, Some(client), user.sub.clone(), Some(&address), RESET)
            }
            None => self.code_target(pool, Some(client), user, name, RESET),
        }
    }

    /// What is said of a code that is not sent: the address of somebody who is there but cannot reset the password now, the
    /// address that was given as a name, or else what is the same for the same name on any node.
    fn pretended_reset(&self, pool: &UserPool, user: Option<&User>, name: &str) -> Delivery {
        let contacts = pool.settings.recovery.contacts();
        if let Some((contact, address)) = user.and_then(|user| pool.settings.recovery.address(user, &[])) {
            return Delivery::to(contact, &address);
        }
        if contacts.contains(&Contact::Email) && is_email(name) {
            return Delivery::to(Contact::Email, name);
        }
        if contacts.contains(&Contact::PhoneNumber) && is_phone_number(name) {
            return Delivery::to(Contact::PhoneNumber, name);
        }
        let seed =
            self.master_key.keyed_hash("pretended-reset", format!("{}\n{}", pool.id, pool.fold(name)).as_bytes());
        // Where either could be, mail: few users have given a number, and fewer have proved one.
        let mail = contacts.contains(&Contact::Email);
        Delivery::pretended(if mail { Contact::Email } else { Contact::PhoneNumber }, &seed)
    }

    /// Sets a new password with the code that was sent for it. The user is confirmed, failed tries are forgotten, sessions
    /// end where the pool's rules say so, and the user is told. No second factor is passed by this: the next sign-in asks
    /// for it.
    ///
    /// # Errors
    ///
    /// [`Error::CodeMismatch`]; [`Error::ExpiredCode`] if the code has died; [`Error::InvalidPassword`] and
    /// [`Error::PasswordHistory`], after which the code is good still; [`Error::LimitExceeded`]; where users are not hidden
    /// [`Error::NotFound`] and [`Error::NotAuthorized`] if the user is disabled.
    pub async fn confirm_forgot_password(&self, request: ConfirmForgotPassword) -> Result<(), Error> {
        let mut case = Case::new(Action::ResetPassword, &request.client);
        case.username = Some(request.username.clone());
        let outcome = self.reset_password(&mut case, &request).await;
        self.record(case, &outcome).await;
        outcome
    }

    async fn reset_password(&self, case: &mut Case, request: &ConfirmForgotPassword) -> Result<(), Error> {
        let (client, pool) = self.client_and_pool(&request.client).await?;
        self.note_client(case, &pool, &client);
        case.watched = Watched::of(&pool, Some(&client));
        self.check_secret_hash(&client, &[&request.username], request.secret_hash.as_deref())?;
        Self::check_policy(&pool, &request.password)?;
        let hidden = client.settings.prevent_user_existence_errors;
        let found = self.find_user(&pool, &request.username).await?;
        case.user = found.as_ref().map(|user| user.sub.clone());
        if !hidden {
            may_reset(found.as_deref().ok_or(Error::NotFound(Kind::UserOfClient))?)?;
        }
        let target = self.reset_target(&pool, &client, found.as_deref(), &request.username);
        let right = self.guess_code(&pool, &target, &request.code).await.map_err(|error| match error {
            Error::ExpiredCode if hidden => Error::CodeMismatch,
            other => other,
        })?;
        let user = self.set_with_code(case, (&pool, &client), &target, right, &request.password).await?;
        Box::pin(self.tell_user(&pool, Some(&client), &user, Notice::PasswordReset)).await;
        self.post_confirmation(&pool, Some(&client), &user, Confirmation::ForgotPassword).await
    }

    /// Commits the password that a right code sets. Whoever loses a race for the code is told what a wrong code is told.
    async fn set_with_code(
        &self,
        case: &mut Case,
        (pool, client): (&UserPool, &AppClient),
        target: &CodeTarget,
        right: RightGuess,
        password: &SecretString,
    ) -> Result<User, Error> {
        let RightGuess { code, mut give_back } = right;
        let found = self.storage.passwords().with_user(&pool.id, &target.sub).await?;
        let (user, kept) = found.ok_or(Error::CodeMismatch)?;
        let by = (case, (pool, Some(client)));
        let accepted = self.check_chosen_password(by, &user, kept.as_deref(), password).await;
        if let Err(error) = accepted {
            // The code was right and is not spent: the guess did not count.
            let _ = self.storage.commit(give_back).await;
            return Err(error);
        }
        let password = self.replacing_password(pool, &user, kept.as_deref(), password, None).await?;
        for _ in 0..MOST_ROUNDS {
            let before = self.storage.users().get(&pool.id, &target.sub).await?.ok_or(Error::CodeMismatch)?;
            if may_reset(&before).is_err() {
                return Err(Error::CodeMismatch);
            }
            let mut after = after_reset(pool, &before, (code.contact, &code.address));
            after.modified_at = self.now();
            let mut writes: Vec<Write> = vec![
                CodeWrite::Spend { before: code.clone() }.into(),
                UserWrite::Update { before, after: after.clone() }.into(),
                password.clone().into(),
            ];
            writes.extend(Self::forget_all_attempts(&pool.id, &target.sub));
            writes.extend(forget_devices(pool, &target.sub));
            let own = writes.len();
            writes.extend(give_back.iter().cloned());
            match self.storage.commit(writes).await {
                Ok(()) => return Ok(after),
                Err(error) if is_overtaken(&error) && error.write() == Some(0) => return Err(Error::CodeMismatch),
                Err(error) if is_overtaken(&error) && error.write().is_some_and(|at| at >= own) => give_back.clear(),
                Err(error) if is_overtaken(&error) => {}
                Err(error) => return Err(taken_alias(error)),
            }
        }
        Err(Error::TooManyRequests)
    }

    /// Demands a new password of a user: signs them out everywhere, lets no password sign in until another is set, and sends
    /// the code to set one. Asked again, it sends another code.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::NotAuthorized`] where administrators alone help, if the user is disabled, or has no
    /// password of their own yet; [`Error::InvalidParameter`] if there is no verified address. [`Error::LimitExceeded`] and
    /// [`Error::CodeDelivery`] if no code went out: the password counts no more all the same.
    pub async fn admin_reset_user_password(&self, pool: &UserPoolId, username: &str) -> Result<(), Error> {
        let mut case = Case::by_administrator(Action::RequirePasswordReset, pool, username);
        let outcome = self.require_reset(&mut case, pool, username).await;
        self.record(case, &outcome).await;
        outcome
    }

    async fn require_reset(&self, case: &mut Case, pool: &UserPoolId, username: &str) -> Result<(), Error> {
        let pool = self.pool(pool).await?;
        check_self_service(&pool)?;
        let named = self.named_user(&pool, username).await?;
        case.user = Some(named.sub.clone());
        may_be_told_to_reset(&named)?;
        let (contact, address) = self.recovery_address(&pool, &named).await?;
        let change = |user: &mut User| {
            may_be_told_to_reset(user)?;
            if user.status != UserStatus::ResetRequired {
                user.status = UserStatus::ResetRequired;
                user.epoch += 1;
            }
            Ok(())
        };
        let user = &self.change_user(&pool, named.sub.as_str(), change).await?;
        let (client, reason) = (None, MessageReason::ForgotPassword);
        let order = CodeOrder { pool: &pool, client, user, purpose: RESET, contact, address, reason, within: None };
        self.send_code(order, Vec::new()).await.map(drop)
    }
}

impl Case {
    /// An administrator's act on a user.
    pub(crate) fn by_administrator(action: Action, pool: &UserPoolId, username: &str) -> Self {
        Self {
            action,
            actor: Actor::Administrator,
            client: None,
            pool: Some(pool.clone()),
            username: Some(username.to_owned()),
            user: None,
            source: None,
            watched: Watched::default(),
            paced_from: None,
        }
    }
}

/// Whether users of this pool come back in by themselves.
fn check_self_service(pool: &UserPool) -> Result<(), Error> {
    if pool.settings.recovery.contacts().is_empty() { Err(Refusal::RecoveryByAdministrator.into()) } else { Ok(()) }
}
