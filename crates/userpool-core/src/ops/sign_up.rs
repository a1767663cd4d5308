//! Sign-up: a user makes an account and proves an address with a code.

use document_store::Versioned;
use document_store::error::StorageErrorKind;
use identity_kernel::entropy;
use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::attributes::{Attributes, is_email, is_phone_number};
use crate::model::client::AppClient;
use crate::model::code::{Code, CodePurpose, CodeVerdict};
use crate::model::delivery::{self, Delivery};
use crate::model::ids::{ClientId, Subject, UserPoolId, Username};
use crate::model::pool::{Alias, Contact, SignInNames, UserPool};
use crate::model::user::{NameKind, User, UserStatus};
use crate::ops::attributes::{self, Author, taken_alias};
use crate::ports::{Message, Trigger};
use crate::reasons::{Invalid, Kind, Refusal};
use crate::service::UserPools;
use crate::storage::Write;

/// A user makes an account.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// Through which client.
    pub client: ClientId,
    /// What a client with a secret sends beside the name.
    pub secret_hash: Option<String>,
    /// The name, or, where pools ask for it, an address.
    pub username: String,
    /// The password.
    pub password: SecretString,
    /// What else the user says.
    pub attributes: Attributes,
}

/// What a sign-up made.
#[derive(Clone, Debug)]
pub struct SignedUp {
    /// The user for ever.
    pub sub: Subject,
    /// Where the code went; `None` if the pool proves no address or the user gave none.
    pub delivery: Option<Delivery>,
}

/// A user proves an address.
#[derive(Clone, Debug)]
pub struct ConfirmSignUp {
    /// Through which client.
    pub client: ClientId,
    /// What a client with a secret sends beside the name.
    pub secret_hash: Option<String>,
    /// The name.
    pub username: String,
    /// The code.
    pub code: SecretString,
    /// Whether an address that leads to another user shall lead to this one from now on.
    pub force_alias: bool,
}

/// A user asks for the code again.
#[derive(Clone, Debug)]
pub struct ResendCode {
    /// Through which client.
    pub client: ClientId,
    /// What a client with a secret sends beside the name.
    pub secret_hash: Option<String>,
    /// The name.
    pub username: String,
}

impl UserPools {
    /// Makes an account that is not confirmed yet, and sends its code.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`] if the pool takes no sign-ups or the secret hash is wrong; [`Error::InvalidParameter`]
    /// for a name or attribute that the pool does not allow or a required one that is missing;
    /// [`Error::InvalidPassword`]; [`Error::UsernameExists`], also when two sign-ups race for a name;
    /// [`Error::CodeDelivery`] if the code could not be sent: the account stands.
    pub async fn sign_up(&self, request: SignUp) -> Result<SignedUp, Error> {
        let (client, pool) = self.client_and_pool(&request.client).await?;
        self.check_secret_hash(&client, &[&request.username], request.secret_hash.as_deref())?;
        if pool.settings.admin_create_only {
            return Err(Refusal::SignUpDisabled.into());
        }
        attributes::check(&pool, Author::User(&client), &request.attributes)?;
        if let Some(problem) = pool.settings.password_policy.problem(request.password.expose()) {
            return Err(problem.into());
        }
        let mut user = self.new_user(&pool, &request.username, request.attributes, UserStatus::Unconfirmed)?;
        if let Some(name) = attributes::missing(&pool, &user.attributes).next() {
            return Err(Invalid::AttributeMissing(name.to_owned()).into());
        }
        self.check_name_is_free(&pool, &user).await?;
        user.credential = Some(self.credential(&pool, &user.username, &request.password, None).await?);

        let code = self.sign_up_code(&pool, &user);
        let mut writes = vec![Write::InsertUser(user.clone())];
        writes.extend(code.iter().map(|(code, _)| Write::PutCode(code.clone())));
        self.storage.commit(writes).await.map_err(|error| name_taken(&pool, error))?;

        let delivery = self.send_code(&pool, &client, &user, code, Trigger::SignUp).await?;
        Ok(SignedUp { sub: user.sub, delivery })
    }

    /// Confirms a sign-up with its code; the address that the code went to is verified from now on.
    ///
    /// # Errors
    ///
    /// [`Error::CodeMismatch`]; [`Error::ExpiredCode`] if the code has died, or for an unknown user where users are
    /// hidden; [`Error::NotFound`] where they are not; [`Error::NotAuthorized`] if the user is confirmed already;
    /// [`Error::AliasExists`] if the address leads to another user.
    pub async fn confirm_sign_up(&self, request: ConfirmSignUp) -> Result<(), Error> {
        let (client, pool) = self.client_and_pool(&request.client).await?;
        self.check_secret_hash(&client, &[&request.username], request.secret_hash.as_deref())?;
        let Some(before) = self.find_user(&pool, &request.username).await? else {
            return Err(if client.settings.hide_users {
                Error::ExpiredCode
            } else {
                Error::NotFound(Kind::UserOfClient)
            });
        };
        if before.status != UserStatus::Unconfirmed {
            return Err(Refusal::AlreadyConfirmed.into());
        }
        let code = self.check_code(&pool, &before.sub, CodePurpose::SignUp, &request.code).await?;
        let mut after = before.record.clone();
        after.status = UserStatus::Confirmed;
        if after.attributes.get(code.contact.attribute()) == Some(&code.address) {
            after.attributes.insert(code.contact.verified_attribute().to_owned(), "true".to_owned());
        }
        after.refresh_names(&pool);
        after.modified_at = self.now();
        let mut writes = vec![Write::SpendCode(code.version, code.record)];
        if request.force_alias {
            writes.extend(self.take_aliases(&pool, &after).await?);
        }
        writes.push(Write::UpdateUser(before, after));
        self.storage.commit(writes).await.map_err(taken_alias)
    }

    /// Sends a new code, which voids the one before.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`] if the pool proves no address; [`Error::InvalidParameter`] if the user is confirmed
    /// already or has no address; [`Error::NotFound`] where users are not hidden. Where they are, an unknown name
    /// is answered as a known one.
    pub async fn resend_confirmation_code(&self, request: ResendCode) -> Result<Delivery, Error> {
        let (client, pool) = self.client_and_pool(&request.client).await?;
        self.check_secret_hash(&client, &[&request.username], request.secret_hash.as_deref())?;
        if pool.settings.auto_verified.is_empty() {
            return Err(Refusal::ResendDisabled.into());
        }
        let Some(user) = self.find_user(&pool, &request.username).await? else {
            return if client.settings.hide_users {
                Ok(self.pretended_delivery(&pool, &request.username))
            } else {
                Err(Error::NotFound(Kind::UserOfClient))
            };
        };
        if user.status != UserStatus::Unconfirmed {
            return Err(Invalid::AlreadyConfirmed.into());
        }
        let code = self.sign_up_code(&pool, &user);
        self.storage.commit(code.iter().map(|(code, _)| Write::PutCode(code.clone())).collect()).await?;
        let delivery = self.send_code(&pool, &client, &user, code, Trigger::ResendCode).await?;
        delivery.ok_or_else(|| Invalid::NoAddress.into())
    }

    /// Confirms a sign-up without a code. Verifies no address.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::NotAuthorized`] if the user is confirmed already.
    pub async fn admin_confirm_sign_up(&self, pool: &UserPoolId, username: &str) -> Result<(), Error> {
        let pool = self.pool(pool).await?;
        let before = self.named_user(&pool, username).await?;
        if before.status != UserStatus::Unconfirmed {
            return Err(Refusal::AlreadyConfirmed.into());
        }
        let mut after = before.record.clone();
        after.status = UserStatus::Confirmed;
        after.refresh_names(&pool);
        after.modified_at = self.now();
        self.storage.commit(vec![Write::UpdateUser(before, after)]).await.map_err(taken_alias)
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
        let (username, mut given) = settle_name(pool, name, given, &sub)?;
        let now = self.now();
        given.insert("sub".to_owned(), sub.to_string());
        let mut user = User {
            pool: pool.id.clone(),
            sub,
            username,
            names: std::collections::BTreeMap::new(),
            attributes: attributes::normalized(given),
            status,
            enabled: true,
            credential: None,
            groups: std::collections::BTreeSet::new(),
            epoch: 0,
            created_at: now,
            modified_at: now,
        };
        user.refresh_names(pool);
        Ok(user)
    }

    /// Refuses a name that is taken before anything costly is done for it. The commit decides all the same.
    pub(crate) async fn check_name_is_free(&self, pool: &UserPool, user: &User) -> Result<(), Error> {
        for (kind, name) in &user.names {
            if self.storage.user_named(&pool.id, name).await?.is_some() {
                return Err(exists(pool, *kind));
            }
        }
        Ok(())
    }

    /// The writes that take from other users the aliases that `user` shall have.
    async fn take_aliases(&self, pool: &UserPool, user: &User) -> Result<Vec<Write>, Error> {
        let mut writes = Vec::new();
        for (contact, kind) in [(Contact::Email, NameKind::Email), (Contact::PhoneNumber, NameKind::PhoneNumber)] {
            let Some(name) = user.names.get(&kind) else { continue };
            let Some(other) = self.storage.user_named(&pool.id, name).await? else { continue };
            if other.sub == user.sub {
                continue;
            }
            let mut loser = other.record.clone();
            loser.attributes.insert(contact.verified_attribute().to_owned(), "false".to_owned());
            loser.refresh_names(pool);
            writes.push(Write::UpdateUser(other, loser));
        }
        Ok(writes)
    }

    /// A fresh code for the first address that the pool proves and the user has.
    fn sign_up_code(&self, pool: &UserPool, user: &User) -> Option<(Code, SecretString)> {
        let (contact, address) = delivery::choose(user, |contact| pool.settings.auto_verified.contains(&contact))?;
        let plain = SecretString::from(entropy::text(self.entropy.as_ref(), b"0123456789", 6));
        let now = self.now();
        let code = Code {
            pool: pool.id.clone(),
            sub: user.sub.clone(),
            purpose: CodePurpose::SignUp,
            contact,
            address,
            hash: self.code_hash(&pool.id, &user.sub, CodePurpose::SignUp, plain.expose()),
            mark: pool.mark(),
            created_at: now,
            tries: 0,
            expires_at: now.plus_seconds(CodePurpose::SignUp.lifetime_seconds()),
        };
        Some((code, plain))
    }

    fn code_hash(&self, pool: &UserPoolId, sub: &Subject, purpose: CodePurpose, code: &str) -> Vec<u8> {
        let bound = format!("{pool}\n{sub}\n{}\n{code}", purpose.label());
        self.master_key.keyed_hash("code", bound.as_bytes()).to_vec()
    }

    /// The user's code, if `given` is it. A wrong try is counted before it is answered.
    async fn check_code(
        &self,
        pool: &UserPool,
        sub: &Subject,
        purpose: CodePurpose,
        given: &SecretString,
    ) -> Result<Versioned<Code>, Error> {
        let code = self.storage.code(&pool.id, sub, purpose).await?.ok_or(Error::ExpiredCode)?;
        match code.judge(pool, &self.code_hash(&pool.id, sub, purpose, given.expose()), self.now()) {
            CodeVerdict::Right => Ok(code),
            CodeVerdict::Dead => Err(Error::ExpiredCode),
            CodeVerdict::Wrong => {
                let counted = Code { tries: code.tries + 1, ..code.record };
                let commit = self.storage.commit(vec![Write::UpdateCode(code.version, counted)]).await;
                match commit {
                    // A try that another one overtook is not free: it is refused without being judged.
                    Err(error) if error.kind() == StorageErrorKind::Conflict => Err(Error::TooManyRequests),
                    Err(error) => Err(error.into()),
                    Ok(()) => Err(Error::CodeMismatch),
                }
            }
        }
    }

    async fn send_code(
        &self,
        pool: &UserPool,
        client: &AppClient,
        user: &User,
        code: Option<(Code, SecretString)>,
        trigger: Trigger,
    ) -> Result<Option<Delivery>, Error> {
        let Some((code, plain)) = code else { return Ok(None) };
        let texts = &pool.settings.messages;
        let template = match code.contact {
            Contact::Email => texts.verification_body.as_deref(),
            Contact::PhoneNumber => texts.verification_sms.as_deref(),
        };
        let template = template.unwrap_or("Your verification code is {####}.");
        let message = Message {
            time: self.now(),
            pool: pool.id.clone(),
            client: Some(client.id.clone()),
            username: user.username.clone(),
            sub: user.sub.clone(),
            medium: code.contact,
            destination: code.address.clone(),
            trigger,
            subject: texts.verification_subject.clone().unwrap_or_else(|| "Your verification code".to_owned()),
            body: fill(template, &user.username, &plain),
            code: plain,
        };
        self.messenger.send(&message).await.map_err(Error::CodeDelivery)?;
        Ok(Some(Delivery::to(code.contact, &code.address)))
    }

    /// What is said of a message to somebody who is not there: the same for the same name, on any node.
    fn pretended_delivery(&self, pool: &UserPool, name: &str) -> Delivery {
        let seed =
            self.master_key.keyed_hash("pretended-delivery", format!("{}\n{}", pool.id, pool.fold(name)).as_bytes());
        let letter = |byte: Option<&u8>| char::from(b'a' + byte.copied().unwrap_or(0) % 26);
        if pool.settings.auto_verified.contains(&Contact::Email) {
            let destination = format!("{}***@{}***", letter(seed.first()), letter(seed.get(1)));
            Delivery { contact: Contact::Email, destination }
        } else {
            let number = u16::from_be_bytes([seed.first().copied().unwrap_or(0), seed.get(1).copied().unwrap_or(0)]);
            Delivery { contact: Contact::PhoneNumber, destination: format!("+*******{:04}", number % 10000) }
        }
    }
}

/// A message's text with its placeholders filled in.
pub(crate) fn fill(template: &str, username: &Username, code: &SecretString) -> SecretString {
    SecretString::from(template.replace("{username}", username.as_str()).replace("{####}", code.expose()))
}

/// The username and attributes that a sign-up under `name` comes to, by the pool's rules for names.
fn settle_name(
    pool: &UserPool,
    name: &str,
    mut given: Attributes,
    sub: &Subject,
) -> Result<(Username, Attributes), Error> {
    let parsed = name.parse().map_err(|_| Invalid::Username)?;
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

fn exists(pool: &UserPool, kind: NameKind) -> Error {
    match (&pool.sign_in_names, kind) {
        (_, NameKind::Username) | (SignInNames::Address(_), _) => Error::UsernameExists(kind),
        (_, other) => Error::AliasExists(other),
    }
}

/// A refused insertion of a user as the name that is taken.
pub(crate) fn name_taken(pool: &UserPool, error: document_store::error::StorageError) -> Error {
    match error.condition().and_then(NameKind::of_label) {
        Some(kind) => exists(pool, kind),
        None => error.into(),
    }
}
