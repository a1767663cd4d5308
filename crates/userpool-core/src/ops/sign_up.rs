//! Sign-up: a user makes an account and proves an address with a code.

use document_store::Versioned;
use identity_kernel::secret::SecretString;
use identity_kernel::time::Timestamp;

use crate::error::Error;
use crate::model::attributes::{Attributes, is_email, is_phone_number};
use crate::model::client::AppClient;
use crate::model::code::{Code, CodePurpose};
use crate::model::delivery::{self, Delivery};
use crate::model::factors::FirstFactor;
use crate::model::ids::{ClientId, Subject, UserPoolId, Username};
use crate::model::pool::{Alias, Contact, SignInNames, UserPool};
use crate::model::risk::CredentialEvent;
use crate::model::user::{NameKind, User, UserStatus};
use crate::ops::attributes::{self, Author};
use crate::ops::case::{Case, Told};
use crate::ops::codes::{CodeTarget, MOST_ROUNDS, RightGuess, is_overtaken};
use crate::ops::messages::CodeOrder;
use crate::ops::taken::taken_alias;
use crate::ops::taken::{exists, name_taken};
use crate::ops::watched::Watched;
use crate::ports::{Action, Confirmation, MessageReason, Outcome, SignUpChange, SignUpSource};
use crate::reasons::{Invalid, Kind, Refusal};
use crate::service::UserPools;
use crate::storage::{CodeWrite, UserWrite, Write};

/// A user makes an account.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// The app client that signs in.
    pub client: ClientId,
    /// What a client with a secret sends beside the name.
    pub secret_hash: Option<String>,
    /// The name, or, where pools ask for it, an address.
    pub username: String,
    /// The password; `None` for somebody who will sign in by codes, in pools that let sign-ins begin with one.
    pub password: Option<SecretString>,
    /// What else the user says.
    pub attributes: Attributes,
}

impl SignUp {
    /// A sign-up with a name and a password, and nothing else said.
    pub fn new(client: ClientId, username: impl Into<String>, password: impl Into<SecretString>) -> Self {
        Self { password: Some(password.into()), ..Self::without_password(client, username) }
    }

    /// A sign-up of somebody who will sign in by codes.
    pub fn without_password(client: ClientId, username: impl Into<String>) -> Self {
        Self { client, secret_hash: None, username: username.into(), password: None, attributes: Attributes::new() }
    }

    /// The same with one more attribute.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.insert(name.into(), value.into());
        self
    }
}

/// What a sign-up made.
#[derive(Clone, Debug)]
pub struct SignedUp {
    /// The user for ever.
    pub sub: Subject,
    /// Whether the user needs no code: a hook has said so.
    pub confirmed: bool,
    /// Where the code went; `None` if the pool proves no address or the user gave none.
    pub delivery: Option<Delivery>,
    /// What the confirmation takes to go on into a sign-in; `None` if the client does not allow that, or nothing is to be
    /// confirmed.
    pub session: Option<SecretString>,
}

impl Told for SignedUp {
    fn told(&self) -> Outcome {
        Outcome::Success
    }
}

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
    /// Makes an account that is not confirmed yet, and sends its code.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`] if the pool takes no sign-ups or the secret hash is wrong; [`Error::InvalidParameter`]
    /// for a name or attribute that the pool does not allow or a required one that is missing;
    /// [`Error::InvalidPassword`]; [`Error::UsernameExists`], also when two sign-ups race for a name;
    /// [`Error::CodeDelivery`] if the code could not be sent: the account stands; [`Error::HookRefused`],
    /// [`Error::HookFailed`] and [`Error::HookInvalid`] by a hook before (nothing is made) or after (the account stands).
    pub async fn sign_up(&self, request: SignUp) -> Result<SignedUp, Error> {
        let mut case = Case::new(Action::SignUp, &request.client);
        case.username = Some(request.username.clone());
        let outcome = self.make_account(&mut case, request).await;
        self.record(case, &outcome).await;
        outcome
    }

    async fn make_account(&self, case: &mut Case, request: SignUp) -> Result<SignedUp, Error> {
        let (client, pool) = self.client_and_pool(&request.client).await?;
        (case.pool, case.watched) = (Some(pool.id.clone()), Watched::of(&pool, Some(&client)));
        self.check_secret_hash(&client, &[&request.username], request.secret_hash.as_deref())?;
        if pool.settings.admin_create_only {
            return Err(Refusal::SignUpDisabled.into());
        }
        attributes::check(&pool, Author::User(&client), &request.attributes)?;
        let mut user = self.new_user(&pool, &request.username, request.attributes, UserStatus::Unconfirmed)?;
        match &request.password {
            Some(password) => {
                Self::check_password(&pool, &user, password)?;
                let event = CredentialEvent::SignUp;
                self.check_not_compromised(case, (&pool, Some(&client)), event, password).await?;
            }
            None => may_lack_password(&pool)?,
        }
        if let Some(name) = attributes::missing(&pool, &user.attributes).next() {
            return Err(Invalid::AttributeMissing(name.to_owned()).into());
        }
        let change = self.pre_sign_up(&pool, Some(&client), &user, SignUpSource::SignUp).await?;
        changed_by_hook(&pool, &mut user, &change);
        self.check_name_is_free(&pool, &user).await?;
        case.user = Some(user.sub.clone());
        let mut insert: Vec<Write> = vec![UserWrite::Insert { user: user.clone() }.into()];
        let mut credential = None;
        if let Some(password) = &request.password {
            let write = self.new_password(&pool, &user, password, None).await?;
            credential = write.credential().cloned();
            insert.push(write.into());
        }
        if change.confirm {
            self.storage.commit(insert).await.map_err(|error| name_taken(&pool, error))?;
            self.post_confirmation(&pool, Some(&client), &user, Confirmation::SignUp).await?;
            return Ok(SignedUp { sub: user.sub, confirmed: true, delivery: None, session: None });
        }
        let proves = |contact: Contact| pool.settings.auto_verified.contains(&contact);
        let Some((contact, address)) = delivery::choose(&user, proves) else {
            self.storage.commit(insert).await.map_err(|error| name_taken(&pool, error))?;
            return Ok(SignedUp { sub: user.sub, confirmed: false, delivery: None, session: None });
        };
        let (purpose, reason) = (CodePurpose::SignUp, MessageReason::SignUp);
        let (of, through) = (&user, Some(&*client));
        let order =
            CodeOrder { pool: &pool, client: through, user: of, purpose, contact, address, reason, within: None };
        let delivery = self.send_code(order, insert).await?;
        let sub = user.sub.clone();
        let credential = credential.map(|credential| Versioned::new(credential, 1));
        let session = self.sign_up_session((&pool, &client), Versioned::new(user, 1), credential).await?;
        Ok(SignedUp { sub, confirmed: false, delivery: Some(delivery), session })
    }

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

    /// A user record without password: the name checked against the pool's rules, the subject fresh.
    pub(crate) fn new_user(
        &self,
        pool: &UserPool,
        name: &str,
        given: Attributes,
        status: UserStatus,
    ) -> Result<User, Error> {
        let sub: Subject = self.uuid().parse().map_err(|error| Error::internal("making a subject", error))?;
        let (username, mut given) = resolve_username(pool, name, given, &sub)?;
        let now = self.now();
        given.insert("sub".to_owned(), sub.to_string());
        let mut user = User {
            pool: pool.id.clone(),
            sub,
            username,
            names: std::collections::BTreeMap::new(),
            attributes: attributes::normalized(given),
            pending: std::collections::BTreeMap::new(),
            status,
            enabled: true,
            memberships: std::collections::BTreeMap::new(),
            epoch: 0,
            created_at: now,
            modified_at: now,
        };
        user.refresh_names(pool);
        Ok(user)
    }

    /// Refuses a name that is taken before anything costly is done for it. The commit decides all the same.
    pub(crate) async fn check_name_is_free(&self, pool: &UserPool, user: &User) -> Result<(), Error> {
        let names: Vec<String> = user.names.values().cloned().collect();
        let others = self.storage.users().named_many(&pool.id, &names).await?;
        let is_taken = |name: &String| others.iter().any(|other| other.names.values().any(|taken| taken == name));
        match user.names.iter().find(|(_, name)| is_taken(name)) {
            Some((kind, _)) => Err(exists(pool, *kind)),
            None => Ok(()),
        }
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

/// The username and attributes that a sign-up under `name` comes to, by the pool's rules for names.
pub(crate) fn resolve_username(
    pool: &UserPool,
    name: &str,
    mut given: Attributes,
    sub: &Subject,
) -> Result<(Username, Attributes), Error> {
    let parsed = name.parse().map_err(|_| Invalid::Username)?;
    if attributes::looks_like_subject(name) {
        return Err(Invalid::Username.into());
    }
    match &pool.sign_in_names {
        SignInNames::Username => Ok((parsed, given)),
        SignInNames::UsernameOr(aliases) => {
            if aliases.contains(&Alias::Email) && is_email(name) {
                return Err(Invalid::UsernameLikeEmail.into());
            }
            if aliases.contains(&Alias::PhoneNumber) && is_phone_number(name) {
                return Err(Invalid::UsernameLikePhoneNumber.into());
            }
            Ok((parsed, given))
        }
        SignInNames::Address(contacts) => {
            let (mail, phone) = (contacts.contains(&Contact::Email), contacts.contains(&Contact::PhoneNumber));
            let contact = match (mail, phone) {
                (true, _) if is_email(name) => Contact::Email,
                (_, true) if is_phone_number(name) => Contact::PhoneNumber,
                (true, true) => return Err(Invalid::UsernameNotEmailOrPhoneNumber.into()),
                (true, false) => return Err(Invalid::UsernameNotEmail.into()),
                _ => return Err(Invalid::UsernameNotPhoneNumber.into()),
            };
            given.insert(contact.attribute().to_owned(), name.to_owned());
            let username = sub.as_str().parse().map_err(|_| Invalid::Username)?;
            Ok((username, given))
        }
    }
}

/// Somebody without a password needs another factor to begin with.
fn may_lack_password(pool: &UserPool) -> Result<(), Error> {
    let allowed = &pool.settings.first_factors.allowed;
    let by_code = [FirstFactor::EmailCode, FirstFactor::SmsCode].iter().any(|code| allowed.contains(code));
    if by_code { Ok(()) } else { Err(Invalid::ParameterMissing("Password").into()) }
}

/// What a hook says of a user who is about to be made.
fn changed_by_hook(pool: &UserPool, user: &mut User, change: &SignUpChange) {
    if change.confirm {
        user.status = UserStatus::Confirmed;
    }
    for contact in &change.verify {
        if user.attributes.contains_key(contact.attribute()) {
            user.attributes.insert(contact.verified_attribute().to_owned(), "true".to_owned());
        }
    }
    user.refresh_names(pool);
}
