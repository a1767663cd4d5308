//! Messages to users: the pool's texts, filled in.

use std::sync::Arc;

use identity_kernel::secret::SecretString;

use crate::error::{Error, ErrorCode};
use crate::model::client::AppClient;
use crate::model::code::{Code, CodePurpose};
use crate::model::delivery::Delivery;
use crate::model::ids::{ClientId, Subject, Username};
use crate::model::notices::{self, Notice};
use crate::model::pool::{Contact, SignInNames, UserPool};
use crate::model::risk::LogSource;
use crate::model::user::User;
use crate::ops::code_target::{CodeTarget, Within};
use crate::ops::message_texts::{Texts, check_placeholders, fill, render, render_link};
use crate::ops::taken::name_taken;
use crate::ops::taken::taken_alias;
use crate::ports::{Action, Actor, Event, Message, MessageDraft, MessageReason, Outcome, Outgoing, Undelivered};
use crate::service::UserPools;
use crate::storage::{CodeWrite, Write};

/// What is sent, to whom, and where.
pub(crate) struct Letter<'a> {
    pub(crate) pool: &'a UserPool,
    pub(crate) client: Option<&'a AppClient>,
    pub(crate) user: &'a User,
    pub(crate) contact: Contact,
    pub(crate) address: String,
    pub(crate) reason: MessageReason,
    /// The code or temporary password.
    pub(crate) secret: SecretString,
}

/// A code that is to be made and sent.
pub(crate) struct CodeOrder<'a> {
    pub(crate) pool: &'a UserPool,
    /// Through which client; `None` for an administrator's call.
    pub(crate) client: Option<&'a AppClient>,
    pub(crate) user: &'a User,
    pub(crate) purpose: CodePurpose,
    pub(crate) contact: Contact,
    pub(crate) address: String,
    pub(crate) reason: MessageReason,
    /// The sign-in that it is for; `None` for one that is for none.
    pub(crate) within: Option<Within<'a>>,
}

impl UserPools {
    /// Commits `writes` with a fresh code, and sends it.
    ///
    /// # Errors
    ///
    /// [`Error::LimitExceeded`]; [`Error::CodeDelivery`]; a name that is taken, as `writes` are refused for one.
    pub(crate) async fn send_code(&self, order: CodeOrder<'_>, mut writes: Vec<Write>) -> Result<Delivery, Error> {
        let CodeOrder { pool, client, user, purpose, contact, address, reason, within } = order;
        let target = self.code_target_of(pool, client, user.sub.clone(), Some(&address), purpose);
        let target = match within {
            Some(within) => target.within(within),
            None => target,
        };
        let target = target.leaving(&self.message_limits_of(pool), contact);
        let (code, secret) = self.new_code_for(pool, &target, reason, (contact, address.clone()));
        writes.push(CodeWrite::Put { code }.into());
        let refused = |error| match purpose {
            CodePurpose::SignUp => name_taken(pool, error),
            CodePurpose::ResetPassword | CodePurpose::VerifyAttribute(_) | CodePurpose::SignIn(_) => taken_alias(error),
        };
        self.commit_send(&target, writes, refused).await?;
        self.send(Letter { pool, client, user, contact, address, reason, secret }).await
    }

    /// A fresh code for a message of this kind: one that is typed, or one of a link.
    pub(crate) fn new_code_for(
        &self,
        pool: &UserPool,
        target: &CodeTarget,
        reason: MessageReason,
        (contact, address): (Contact, String),
    ) -> (Code, SecretString) {
        if is_by_link(pool, reason, contact) {
            self.new_link_code(pool, target, address)
        } else {
            self.new_code(pool, target, contact, address)
        }
    }

    /// Sends a letter, and says what is shown of that: by a hook that brings messages, or else with a hook's texts or the
    /// pool's by the messenger.
    ///
    /// # Errors
    ///
    /// [`Error::CodeDelivery`]; what a hook says of its texts.
    pub(crate) async fn send(&self, letter: Letter<'_>) -> Result<Delivery, Error> {
        match Box::pin(self.bring(&letter)).await {
            Err(Error::CodeDelivery(cause)) => {
                let Letter { pool, client, user, contact, address, reason, secret } = letter;
                let delivery = Delivery::to(contact, &address);
                let undelivered = Undelivered::new(reason, delivery, (&address, &secret), cause.as_ref());
                let client = client.map(|client| client.id.clone());
                Box::pin(self.tell_undelivered(pool, client, (&user.username, &user.sub), &undelivered)).await;
                Err(Error::CodeDelivery(Box::new(undelivered)))
            }
            other => other,
        }
    }

    /// Tells whoever hears of events, and the pool's log of such, of a message that was not handed over.
    pub(crate) async fn tell_undelivered(
        &self,
        pool: &UserPool,
        client: Option<ClientId>,
        (username, sub): (&Username, &Subject),
        undelivered: &Undelivered,
    ) {
        let log = pool.protection.logs.iter().find(|log| log.source == LogSource::UserNotification);
        let event = Event {
            id: self.uuid(),
            time: self.now(),
            pool: Some(pool.id.clone()),
            actor: if client.is_some() { Actor::User } else { Actor::Administrator },
            client,
            username: Some(username.to_string()),
            user: Some(sub.clone()),
            action: Action::SendMessage,
            outcome: Outcome::Refused(ErrorCode::CodeDelivery, undelivered.to_string()),
            context: Arc::clone(&self.context),
            kept: None,
            log_to: log.and_then(|log| log.destination.clone()),
        };
        self.events.record(&event).await;
    }

    async fn bring(&self, letter: &Letter<'_>) -> Result<Delivery, Error> {
        let Letter { pool, client, user, contact, address, reason, secret } = letter;
        let (client, contact, reason) = (*client, *contact, *reason);
        let outgoing = Outgoing { user, reason, medium: contact, destination: address, code: secret };
        if self.hand_to_sender(pool, client, &outgoing).await? {
            return Ok(Delivery::to(contact, address));
        }
        let (subject, body) = self.written(letter).await?;
        let message = Message {
            time: self.now(),
            pool: pool.id.clone(),
            client: client.map(|client| client.id.clone()),
            username: user.username.clone(),
            sub: user.sub.clone(),
            medium: contact,
            destination: address.clone(),
            reason,
            subject,
            body: SecretString::from(body),
            code: secret.clone(),
        };
        self.messenger.send(&message).await?;
        Ok(Delivery::to(contact, &message.destination))
    }

    /// The subject and body of a letter: of a notice, or with a hook's texts or the pool's.
    async fn written(&self, letter: &Letter<'_>) -> Result<(String, String), Error> {
        let Letter { pool, client, user, contact, address: _, reason, secret } = letter;
        let (client, contact, reason, name) = (*client, *contact, *reason, shown_name(pool, user));
        if let MessageReason::Notice(notice) = reason {
            return Ok(self.written_notice(pool, notice, contact, name));
        }
        let draft = MessageDraft { user, reason, medium: contact };
        let custom = self.custom_message(pool, client, &draft).await?.unwrap_or_default();
        let by_link = is_by_link(pool, reason, contact);
        let texts = Texts::of(&pool.settings, reason, by_link).or_custom(&custom);
        let template = match contact {
            Contact::Email => texts.mail,
            Contact::PhoneNumber => texts.sms,
        };
        check_placeholders(&custom, reason, by_link, template)?;
        let body = if by_link {
            render_link(template, name, secret.expose(), &self.link_to_confirm(pool, client, user, secret)?)
        } else {
            render(template, contact, name, secret.expose())
        };
        Ok((texts.subject.to_owned(), body))
    }

    fn written_notice(&self, pool: &UserPool, notice: Notice, contact: Contact, name: &str) -> (String, String) {
        let own = pool.notice_texts.get(&notice);
        let subject = own.map_or(notice.usual_subject(), |own| own.subject.as_str()).to_owned();
        let body = own.map_or_else(|| notice.usual_body(), |own| own.body.clone());
        let source =
            self.context.source.map_or_else(|| "unknown".to_owned(), |source| source.to_canonical().to_string());
        let time = notices::minute(self.now());
        let values = [("{username}", name), ("{time}", time.as_str()), ("{ip-address}", source.as_str())];
        (subject, fill(&body, contact == Contact::Email, &values))
    }
}

/// Whether a message of this kind brings a link.
fn is_by_link(pool: &UserPool, reason: MessageReason, contact: Contact) -> bool {
    let about_sign_up = matches!(reason, MessageReason::SignUp | MessageReason::ResendCode);
    pool.settings.messages.by_link.enabled && about_sign_up && contact == Contact::Email
}

/// The name that the user knows: where addresses are names, the address and not the username that was made.
fn shown_name<'a>(pool: &UserPool, user: &'a User) -> &'a str {
    let address = match &pool.sign_in_names {
        SignInNames::Address(contacts) => {
            contacts.iter().find_map(|contact| user.attributes.get(contact.attribute())).map(String::as_str)
        }
        SignInNames::Username | SignInNames::UsernameOr(_) => None,
    };
    address.unwrap_or(user.username.as_str())
}
