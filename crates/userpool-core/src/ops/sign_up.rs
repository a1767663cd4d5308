//! Sign-up: a user makes an account and proves an address with a code.

use document_store::Versioned;
use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::attributes::{Attributes, is_email, is_phone_number};
use crate::model::code::CodePurpose;
use crate::model::delivery::{self, Delivery};
use crate::model::factors::FirstFactor;
use crate::model::ids::{ClientId, Subject, Username};
use crate::model::pool::{Alias, Contact, SignInNames, UserPool};
use crate::model::risk::CredentialEvent;
use crate::model::user::{User, UserStatus};
use crate::ops::attributes::{self, Author};
use crate::ops::case::{Case, Told};
pub use crate::ops::confirm_sign_up::ConfirmSignUp;
use crate::ops::messages::CodeOrder;
use crate::ops::taken::{exists, name_taken};
use crate::ops::watched::Watched;
use crate::ports::{Action, Confirmation, MessageReason, Outcome, SignUpChange, SignUpSource};
use crate::reasons::{Invalid, Refusal};
use crate::service::UserPools;
use crate::storage::{UserWrite, Write};

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

    /// A user record without password: the name checked against the pool's rules, the subject fresh.
    pub(crate) fn new_user(
        &self,
        pool: &UserPool,
        name: &str,
        given: Attributes,
        status: UserStatus,
    ) -> Result<User, Error> {
        let mut user = self.user_record(pool, Attributes::new(), status)?;
        let (username, mut given) = resolve_username(pool, name, given, &user.sub)?;
        given.insert("sub".to_owned(), user.sub.to_string());
        (user.username, user.attributes) = (username, attributes::normalized(given));
        user.refresh_names(pool);
        Ok(user)
    }

    /// A user record that goes by its fresh subject alone.
    pub(crate) fn user_record(
        &self,
        pool: &UserPool,
        mut given: Attributes,
        status: UserStatus,
    ) -> Result<User, Error> {
        let sub: Subject = self.uuid().parse().map_err(|error| Error::internal("making a subject", error))?;
        let now = self.now();
        given.insert("sub".to_owned(), sub.to_string());
        Ok(User {
            pool: pool.id.clone(),
            username: sub.as_str().parse().map_err(|_| Invalid::Username)?,
            sub,
            names: std::collections::BTreeMap::new(),
            attributes: attributes::normalized(given),
            pending: std::collections::BTreeMap::new(),
            status,
            enabled: true,
            memberships: std::collections::BTreeMap::new(),
            logins: Vec::new(),
            epoch: 0,
            created_at: now,
            modified_at: now,
        })
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
