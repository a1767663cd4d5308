//! What is watched of sign-ins, in pools that ask for it: how risky one is, what is kept of it, and who is told.

use std::fmt::Write as _;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use identity_kernel::secret::SecretString;
use ring::digest;
use serde_json::Value;

use crate::error::Error;
use crate::model::client::AppClient;
use crate::model::delivery::Delivery;
use crate::model::ids::{Subject, UserPoolId};
use crate::model::links;
use crate::model::network::Network;
use crate::model::password;
use crate::model::pool::{Contact, UserPool};
use crate::model::protection;
use crate::model::risk::{CredentialEvent, LogDestination, MailText, ProtectionMode, RiskAction};
use crate::model::sign_in_history::{AuthEvent, AuthEventKind, AuthEventResponse, Circumstances};
use crate::model::user::User;
use crate::ops::case::Case;
use crate::ops::rounds::is_overtaken;
use crate::ops::watched::Watched;
use crate::ports::{Action, Message, MessageReason, Outcome, Undelivered};
use crate::reasons::{PasswordProblem, Refusal};
use crate::service::UserPools;
use crate::storage::ProtectionWrite;

/// How often an event is written again that others overtook. Then it is lost: nobody's sign-in fails for that.
const TRIES: usize = 8;

/// What was kept of an attempt, and where it is logged.
pub(crate) type Kept = (Option<AuthEvent>, Option<LogDestination>);

impl UserPools {
    /// Refuses whoever comes from a network that the pool or client blocks.
    pub(crate) fn check_address(&self, pool: &UserPool, client: &AppClient) -> Result<(), Error> {
        let blocked = protection::is_blocked(pool, client, self.context.source);
        if blocked { Err(Refusal::RiskTooHigh.into()) } else { Ok(()) }
    }

    /// What is done about how risky a sign-in by this user is, here and now. Reads nothing but in pools that do something.
    pub(crate) async fn assess(
        &self,
        (pool, client): (&UserPool, &AppClient),
        sub: &Subject,
    ) -> Result<RiskAction, Error> {
        let enforced = pool.settings.protection.mode == ProtectionMode::Enforced;
        let watched = Watched::of(pool, Some(client));
        if !enforced || watched.takeover.is_none() || self.is_skipped(&watched) {
            return Ok(RiskAction::NoAction);
        }
        let history = self.storage.protections().history(&pool.id, sub).await?;
        let now = self.circumstances(&pool.id, watched.by_server);
        let level = history.and_then(|history| history.assess(&now, self.now()));
        Ok(watched.action_at(level).action)
    }

    /// In whose place a name of nobody is watched, so that it costs as much as somebody's: one of 4,096 subjects that nobody
    /// has. Of each as much is kept as of a user: what is kept is read and written, and takes time by its length.
    pub(crate) fn watched_nobody(&self, pool: &UserPoolId, name: &str) -> Subject {
        let hash = self.master_key.keyed_hash("watched-nobody", format!("{pool}\n{name}").as_bytes());
        let bucket =
            u16::from_be_bytes([hash.first().copied().unwrap_or(0), hash.get(1).copied().unwrap_or(0)]) & 0xfff;
        // INVARIANT: a form that every subject has. It is of no version of UUIDs, so nobody is ever given it.
        format!("00000000-0000-0000-0001-{bucket:012x}").parse().unwrap_or_else(|_| unreachable!())
    }

    fn is_skipped(&self, watched: &Watched) -> bool {
        self.context.source.is_some_and(|source| Network::any_contains(&watched.skipped, source))
    }

    /// What is known of where this call comes from.
    fn circumstances(&self, pool: &UserPoolId, by_server: bool) -> Circumstances {
        let source = self.context.source.filter(|_| !by_server).map(|source| source.to_canonical());
        let device = self.device_id().or_else(|| self.context.user_agent.clone());
        Circumstances {
            device: device.map(|device| self.circumstance(pool, "device", &device)),
            network: source.map(|source| self.circumstance(pool, "network", &neighbourhood(source))),
            place: source.and_then(|source| self.places.place(source)),
        }
    }

    fn circumstance(&self, pool: &UserPoolId, kind: &str, text: &str) -> String {
        let hash = self.master_key.keyed_hash("circumstance", format!("{pool}\n{kind}\n{text}").as_bytes());
        hash.iter().take(12).fold(String::new(), |mut name, byte| {
            let _ = write!(name, "{byte:02x}");
            name
        })
    }

    /// The device's own id in what Amazon's client libraries gather: JSON in JSON in Base64. Anybody can write it, so that it
    /// makes a sign-in no less risky than one that says nothing of the device it copies.
    fn device_id(&self) -> Option<String> {
        let data = STANDARD.decode(self.context.device_data.as_deref()?).ok()?;
        let outer: Value = serde_json::from_slice(&data).ok()?;
        let payload: Value = serde_json::from_str(outer.get("payload")?.as_str()?).ok()?;
        Some(payload.get("contextData")?.get("DeviceId")?.as_str()?.to_owned())
    }

    /// Refuses a new password that others know, where the pool or client asks for that.
    pub(crate) async fn check_not_compromised(
        &self,
        case: &mut Case,
        (pool, client): (&UserPool, Option<&AppClient>),
        event: CredentialEvent,
        password: &SecretString,
    ) -> Result<(), Error> {
        let refused = self.is_refused_as_compromised(case, (pool, client), event, password).await?;
        if refused { Err(PasswordProblem::Compromised.into()) } else { Ok(()) }
    }

    /// Whether a password is refused because others know it.
    pub(crate) async fn is_refused_as_compromised(
        &self,
        case: &mut Case,
        (pool, client): (&UserPool, Option<&AppClient>),
        event: CredentialEvent,
        password: &SecretString,
    ) -> Result<bool, Error> {
        let Some(blocks) = protection::compromised_action(pool, client, event) else { return Ok(false) };
        let normalized = SecretString::from(password::normalized(password.expose()));
        let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, normalized.expose().as_bytes());
        let hash = hash.as_ref().first_chunk().copied().unwrap_or_default();
        case.watched.compromised = self.breached.knows(&hash).await?;
        Ok(case.watched.compromised && blocks)
    }

    /// Keeps an attempt that has ended among the user's events, and tells the user where that is asked for.
    pub(crate) async fn keep_event(&self, case: &Case, outcome: &Outcome, event_id: &str) -> Kept {
        let kind = kind_of(case.action);
        let (Some(pool), Some(kind), true) = (&case.pool, kind, case.watched.is_on()) else { return (None, None) };
        let nobody = || case.username.as_deref().map(|name| self.watched_nobody(pool, name));
        let subject = case.user.clone().or_else(nobody);
        let Some(user) = &subject else { return (None, None) };
        let now = self.circumstances(pool, case.watched.by_server);
        let event = self.auth_event(case, outcome, (kind, event_id.to_owned()), &now);
        let event = self.append_event(case, (pool, user), event, &now).await;
        if case.user.is_none() {
            return (None, None);
        }
        let action = case.watched.action_at(event.risk);
        // Who has not proved anything has nobody told of it: a stranger could have any number of mails sent.
        if action.notify && (event.blocked || event.response == AuthEventResponse::Pass) {
            self.notify(case, action.action, &event).await;
        }
        (Some(event), case.watched.log_to.clone())
    }

    fn auth_event(
        &self,
        case: &Case,
        outcome: &Outcome,
        (kind, id): (AuthEventKind, String),
        now: &Circumstances,
    ) -> AuthEvent {
        let (response, challenge) = match outcome {
            Outcome::Success => (AuthEventResponse::Pass, None),
            Outcome::Challenged(challenge) => (AuthEventResponse::InProgress, Some((*challenge).to_owned())),
            Outcome::Refused(..) => (AuthEventResponse::Fail, None),
        };
        let place = now.place.clone().unwrap_or_default();
        let source = self.context.source.filter(|_| !case.watched.by_server);
        AuthEvent {
            id,
            kind,
            at: self.now(),
            response,
            risk: None,
            blocked: matches!(outcome, Outcome::Refused(_, why) if *why == Refusal::RiskTooHigh.to_string()),
            compromised: case.watched.compromised,
            client: case.client.as_ref().map(ToString::to_string),
            challenge,
            address: source.map(|source| source.to_canonical().to_string()),
            device_name: self.context.user_agent.as_ref().map(|agent| agent.chars().take(128).collect()),
            city: place.city,
            country: place.country,
            feedback: None,
        }
    }

    /// Writes an event with how risky it was, and gives it so. One that cannot be written is lost.
    async fn append_event(
        &self,
        case: &Case,
        (pool, sub): (&UserPoolId, &Subject),
        mut event: AuthEvent,
        now: &Circumstances,
    ) -> AuthEvent {
        let judged = event.kind == AuthEventKind::SignIn && !self.is_skipped(&case.watched);
        let is_usual = event.kind == AuthEventKind::SignIn && event.response == AuthEventResponse::Pass;
        for _ in 0..TRIES {
            let Ok(before) = self.storage.protections().history(pool, sub).await else { return event };
            let mut after = before.as_ref().map(|history| history.record.clone()).unwrap_or_default();
            event.risk = after.assess(now, event.at).filter(|_| judged);
            after.push(event.clone());
            if is_usual {
                after.remember(now.clone(), event.at);
            }
            let write = ProtectionWrite::SetHistory { pool: pool.clone(), sub: sub.clone(), before, after };
            match self.storage.commit(vec![write.into()]).await {
                Err(error) if is_overtaken(&error) => {}
                _ => return event,
            }
        }
        event
    }

    /// Tells a user by mail of a risky sign-in. That no message could be sent changes nothing.
    async fn notify(&self, case: &Case, action: RiskAction, event: &AuthEvent) {
        let texts = case.watched.takeover.as_ref().and_then(|takeover| takeover.notify.as_ref());
        let (Some(pool), Some(sub), Some(texts)) = (&case.pool, &case.user, texts) else { return };
        let text = match action {
            RiskAction::Block => &texts.block,
            RiskAction::NoAction => &texts.no_action,
            _ if event.blocked => &texts.block,
            RiskAction::MfaIfConfigured | RiskAction::MfaRequired => &texts.mfa,
        };
        let Ok(Some(user)) = self.storage.users().get(pool, sub).await else { return };
        let address = user.address(Contact::Email).filter(|_| user.has_verified(Contact::Email));
        let (Some(text), Some(address)) = (text, address) else { return };
        let token = SecretString::from(self.feedback_token(pool, sub, &event.id));
        let message = Message {
            time: event.at,
            pool: pool.clone(),
            client: case.client.clone(),
            username: user.username.clone(),
            sub: sub.clone(),
            medium: Contact::Email,
            destination: address,
            reason: MessageReason::AccountTakeover,
            subject: text.subject.clone(),
            body: SecretString::from(self.filled(text, &user, event, &token)),
            code: token,
        };
        let Err(error) = self.messenger.send(&message).await else { return };
        if let Ok(pool) = self.pool(pool).await {
            let delivery = Delivery::to(message.medium, &message.destination);
            let hidden = (message.destination.as_str(), &message.code);
            let undelivered = Undelivered::new(message.reason, delivery, hidden, &error);
            Box::pin(self.tell_undelivered(&pool, message.client, (&user.username, sub), &undelivered)).await;
        }
    }

    fn filled(&self, text: &MailText, user: &User, event: &AuthEvent, token: &SecretString) -> String {
        let link = |value| {
            let base = self.link_base.as_deref()?;
            Some(links::feedback_address(base, &user.pool, &user.username, (&event.id, token), value))
        };
        let by_click = ["Valid", "Invalid"].map(|value| link(value).unwrap_or_default());
        filled(text, user, event, token, by_click)
    }

    /// What proves that whoever speaks of an event was told of it.
    pub(crate) fn feedback_token(&self, pool: &UserPoolId, sub: &Subject, event: &str) -> String {
        let hash = self.master_key.keyed_hash("event-feedback", format!("{pool}\n{sub}\n{event}").as_bytes());
        URL_SAFE_NO_PAD.encode(hash)
    }
}

fn kind_of(action: Action) -> Option<AuthEventKind> {
    match action {
        Action::SignIn | Action::AnswerChallenge => Some(AuthEventKind::SignIn),
        Action::SignUp => Some(AuthEventKind::SignUp),
        Action::ForgotPassword | Action::ResetPassword => Some(AuthEventKind::ForgotPassword),
        Action::ChangePassword => Some(AuthEventKind::PasswordChange),
        Action::ResendCode => Some(AuthEventKind::ResendCode),
        _ => None,
    }
}

/// The network of an address, as wide as one provider hands it out to one place: /24 and /48.
fn neighbourhood(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => format!("{:x}/24", u32::from(address) >> 8),
        IpAddr::V6(address) => format!("{:x}/48", u128::from(address) >> 80),
    }
}

/// A mail with its placeholders filled in, as HTML where it is. What is filled in is text, and no placeholder.
fn filled(
    text: &MailText,
    user: &User,
    event: &AuthEvent,
    token: &SecretString,
    [valid, invalid]: [String; 2],
) -> String {
    let or_unknown = |value: &Option<String>| value.clone().unwrap_or_else(|| "unknown".to_owned());
    let values = [
        ("{username}", user.username.to_string()),
        ("{ip-address}", or_unknown(&event.address)),
        ("{city}", or_unknown(&event.city)),
        ("{country}", or_unknown(&event.country)),
        ("{device-name}", or_unknown(&event.device_name)),
        ("{login-time}", event.at.to_iso8601()),
        ("{event-id}", event.id.clone()),
        ("{feedback-token}", token.expose().to_owned()),
        ("{one-click-link-valid}", valid),
        ("{one-click-link-invalid}", invalid),
    ];
    let (template, escapes) = match (&text.html, &text.text) {
        (Some(html), _) => (html.as_str(), true),
        (None, Some(text)) => (text.as_str(), false),
        (None, None) => ("", false),
    };
    crate::ops::message_texts::fill(template, escapes, &values.each_ref().map(|(name, value)| (*name, value.as_str())))
}
