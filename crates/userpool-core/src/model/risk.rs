//! What a pool does about sign-ins that look like somebody else's, and about passwords that are known to others.

use std::collections::BTreeSet;

use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::network::Network;
use crate::reasons::Invalid;

/// Whether sign-ins are watched.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub enum ProtectionMode {
    /// Nothing is watched, read or written.
    #[default]
    Off,
    /// Sign-ins are judged and kept as events; nothing is done about them.
    Audit,
    /// What the configuration says is done.
    Enforced,
}

/// What a pool's settings say of its protection.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct ProtectionSettings {
    /// Whether sign-ins are watched.
    pub mode: ProtectionMode,
    /// The same for sign-ins of the application's own making; `None` where nothing was said.
    pub custom_auth_mode: Option<ProtectionMode>,
}

/// What a pool keeps for its protection beside its settings: each is set by an operation of its own.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct PoolProtection {
    /// What is done about risks, for clients that have no configuration of their own.
    pub risk: Option<Box<RiskConfiguration>>,
    /// Where logs of the pool go.
    pub logs: Vec<LogDelivery>,
}

/// Where a log of a pool goes.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct LogDelivery {
    /// What is logged.
    pub source: LogSource,
    /// The name of the destination, as it was given.
    pub destination: Option<LogDestination>,
}

/// What is logged.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum LogSource {
    /// Messages that could not be delivered.
    UserNotification,
    /// What happens at sign-ins.
    UserAuthEvents,
}

/// A destination of logs, by the name that Amazon's form has for it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum LogDestination {
    /// A log group.
    LogGroup(String),
    /// A bucket.
    Bucket(String),
    /// A stream.
    Stream(String),
}

/// What is done about risks.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct RiskConfiguration {
    /// About passwords that are known to others; `None` where nothing was said.
    pub compromised: Option<CompromisedCredentials>,
    /// About sign-ins that look like somebody else's; `None` where nothing was said.
    pub takeover: Option<AccountTakeover>,
    /// Addresses that are always or never refused.
    pub exceptions: AddressLists,
    /// When it was last set.
    pub modified_at: Timestamp,
}

/// Networks that are always or never refused.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct AddressLists {
    /// From here nobody signs in.
    pub blocked: Vec<Network>,
    /// Sign-ins from here are not judged. A blocked network goes before.
    pub skipped: Vec<Network>,
}

/// The most networks of one list.
pub const MOST_NETWORKS: usize = 200;

/// When a password is looked for among those that others know.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub enum CredentialEvent {
    /// At a sign-in where the password is sent, after it was found right.
    SignIn,
    /// When the password is changed or reset.
    PasswordChange,
    /// When somebody signs up.
    SignUp,
}

impl CredentialEvent {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::SignIn, Self::PasswordChange, Self::SignUp];
}

/// What is done about a password that others know.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct CompromisedCredentials {
    /// When it is looked for. All where nothing was said.
    pub events: BTreeSet<CredentialEvent>,
    /// Whether it is refused.
    pub block: bool,
}

/// How much a sign-in looks like somebody else's.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub enum RiskLevel {
    /// A little.
    Low,
    /// Rather.
    Medium,
    /// Very much.
    High,
}

impl RiskLevel {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "Low",
            Self::Medium => "Medium",
            Self::High => "High",
        }
    }
}

/// What is done about a sign-in, the mildest first.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub enum RiskAction {
    /// Nothing.
    #[default]
    NoAction,
    /// A second factor is asked of whoever has one.
    MfaIfConfigured,
    /// A second factor is asked; whoever has none is refused.
    MfaRequired,
    /// It is refused.
    Block,
}

/// What is done at one level of risk.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct TakeoverAction {
    /// What is done.
    pub action: RiskAction,
    /// Whether the user is told.
    pub notify: bool,
}

/// What is done about sign-ins that look like somebody else's.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct AccountTakeover {
    /// At a low risk; `None` for nothing.
    pub low: Option<TakeoverAction>,
    /// At a medium risk.
    pub medium: Option<TakeoverAction>,
    /// At a high risk.
    pub high: Option<TakeoverAction>,
    /// How users are told; `None` where nothing was said.
    pub notify: Option<NotifyTexts>,
}

/// How users are told of sign-ins.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct NotifyTexts {
    /// Who writes, as it was given.
    pub from: Option<String>,
    /// Who is answered to, as it was given.
    pub reply_to: Option<String>,
    /// The sender's identity, as it was given.
    pub source_arn: String,
    /// Of a sign-in that was refused.
    pub block: Option<MailText>,
    /// Of a sign-in that was let pass.
    pub no_action: Option<MailText>,
    /// Of a sign-in of which a second factor was asked.
    pub mfa: Option<MailText>,
}

/// A mail. `{username}`, `{ip-address}`, `{login-time}`, `{device-name}`, `{city}`, `{country}`, `{event-id}` and
/// `{feedback-token}` are filled in, and `{one-click-link-valid}` and `{one-click-link-invalid}` with the addresses of a page
/// where the user says by a click whether it was them.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct MailText {
    /// The subject.
    pub subject: String,
    /// The body as HTML.
    pub html: Option<String>,
    /// The body as text.
    pub text: Option<String>,
}

impl AccountTakeover {
    /// What is done at this level.
    pub fn at(&self, level: RiskLevel) -> TakeoverAction {
        let action = match level {
            RiskLevel::Low => self.low,
            RiskLevel::Medium => self.medium,
            RiskLevel::High => self.high,
        };
        action.unwrap_or_default()
    }
}

impl MailText {
    fn has_links(&self) -> bool {
        [&self.html, &self.text].into_iter().flatten().any(|text| text.contains("{one-click-link-"))
    }
}

impl RiskConfiguration {
    /// Whether its mails have links to the page where users say whether it was them.
    pub(crate) fn has_links(&self) -> bool {
        let texts = self.takeover.as_ref().and_then(|takeover| takeover.notify.as_ref());
        let all = texts.into_iter().flat_map(|texts| [&texts.block, &texts.no_action, &texts.mfa]);
        all.flatten().any(MailText::has_links)
    }

    /// Whether it can be set so: lists of at most 200 networks, and nothing milder done about a higher risk.
    ///
    /// # Errors
    ///
    /// [`Invalid::TooManyNetworks`], [`Invalid::RiskActions`].
    pub fn check(&self) -> Result<(), Invalid> {
        let AddressLists { blocked, skipped } = &self.exceptions;
        if blocked.len().max(skipped.len()) > MOST_NETWORKS {
            return Err(Invalid::TooManyNetworks);
        }
        let Some(takeover) = &self.takeover else { return Ok(()) };
        let said = [takeover.low, takeover.medium, takeover.high].into_iter().flatten().map(|action| action.action);
        if said.is_sorted() { Ok(()) } else { Err(Invalid::RiskActions) }
    }
}

#[cfg(test)]
mod tests;
