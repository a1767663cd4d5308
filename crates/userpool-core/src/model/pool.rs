//! A user pool and its settings.

use std::collections::{BTreeMap, BTreeSet};

use identity_kernel::time::Timestamp;
use jwt_tokens::Algorithm;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use crate::model::acr::AcrSettings;
use crate::model::attributes::AttributeSchema;
use crate::model::case_change::{CaseChange, CaseRule};
use crate::model::device::DeviceSettings;
use crate::model::factor_settings::{FirstFactorSettings, MfaSettings};
use crate::model::history::{HistorySettings, PoolHistory};
use crate::model::ids::{Subject, UserPoolId};
use crate::model::links::LinkTexts;
use crate::model::message_limits::MessageLimits;
use crate::model::notices::{Notice, NoticeText};
use crate::model::passkeys::PasskeySettings;
use crate::model::password::PasswordPolicy;
use crate::model::recovery_settings::RecoverySettings;
use crate::model::risk::{PoolProtection, ProtectionSettings};
use crate::model::session_tracking::SessionTracking;
use crate::model::triggers::LambdaSettings;

pub use crate::model::contact::Contact;
pub use crate::model::invalidation::{Invalidation, InvalidationMark};

/// What besides the username a user may sign in with, once it is verified.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub enum Alias {
    /// A verified e-mail address.
    Email,
    /// A verified telephone number.
    PhoneNumber,
    /// A name that the user may change.
    PreferredUsername,
}

/// How users of a pool are called at sign-in. Fixed at creation.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub enum SignInNames {
    /// By the username alone.
    #[default]
    Username,
    /// By the username or by these, once verified.
    UsernameOr(BTreeSet<Alias>),
    /// By an address instead of a username; the username is made.
    Address(BTreeSet<Contact>),
}

/// The texts of messages. `{####}` is the code, `{username}` the name. `None` stands for the default text.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct MessageTexts {
    /// Subject of a mail with a code.
    pub verification_subject: Option<String>,
    /// Body of a mail with a code.
    pub verification_body: Option<String>,
    /// Text message with a code.
    pub verification_sms: Option<String>,
    /// Subject of an invitation.
    pub invitation_subject: Option<String>,
    /// Body of an invitation.
    pub invitation_body: Option<String>,
    /// Text message with an invitation.
    pub invitation_sms: Option<String>,
    /// Links in the place of codes that prove an address.
    #[serde(default)]
    pub by_link: LinkTexts,
}

/// Rules for accounts in which a safe pool and Cognito differ.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct AccountRules {
    /// Whether a new e-mail address counts only once it is proved, and the old one until then. Holds in pools that prove
    /// e-mail addresses.
    pub keep_email_until_verified: bool,
    /// The same for telephone numbers.
    pub keep_phone_number_until_verified: bool,
    /// Whether a new password ends sessions: one that an administrator sets for good, or that is set by a code, all; one that
    /// the user sets, all but the one it is set in. A temporary one always ends all.
    pub new_password_ends_sessions: bool,
    /// Whether second factors are changed only by a sign-in of the last 15 minutes, which proved one if the user has turned
    /// one on.
    pub factors_need_fresh_sign_in: bool,
    /// Whether common passwords, and those that are the user's name or address, are refused.
    pub refuse_weak_passwords: bool,
    /// Whether users are told of changes to their accounts ([`Notice`]): whoever did not make one hears of it.
    #[serde(default)]
    pub tell_of_changes: bool,
    /// Whether users keep an address to sign in by, in pools whose names are addresses: they change it, and do not delete the
    /// last one.
    #[serde(default)]
    pub keep_sign_in_address: bool,
    /// Whether a confirmation goes on into a sign-in only with the session of its sign-up. Where it does not, the code is
    /// enough.
    pub confirmation_needs_session: bool,
}

impl AccountRules {
    /// What hardened pools begin with.
    pub const HARDENED: Self = Self {
        keep_email_until_verified: true,
        keep_phone_number_until_verified: true,
        new_password_ends_sessions: true,
        factors_need_fresh_sign_in: true,
        refuse_weak_passwords: true,
        tell_of_changes: true,
        keep_sign_in_address: true,
        confirmation_needs_session: true,
    };

    /// What Cognito's pools begin with.
    pub const COGNITO: Self = Self {
        keep_email_until_verified: false,
        keep_phone_number_until_verified: false,
        new_password_ends_sessions: false,
        factors_need_fresh_sign_in: false,
        refuse_weak_passwords: false,
        tell_of_changes: false,
        keep_sign_in_address: false,
        confirmation_needs_session: false,
    };
}

/// What can be changed of a pool.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct PoolSettings {
    /// Demands on passwords.
    pub password_policy: PasswordPolicy,
    /// Rules in which a safe pool and Cognito differ.
    pub account_rules: AccountRules,
    /// Whether sign-ins are watched.
    #[serde(default)]
    pub protection: ProtectionSettings,
    /// How users come back in who have lost the password.
    #[serde(default)]
    pub recovery: RecoverySettings,
    /// Addresses that a sign-up proves with a code.
    pub auto_verified: BTreeSet<Contact>,
    /// Whether only administrators create users.
    pub admin_create_only: bool,
    /// Whether what stood before each change of the directory is kept.
    #[serde(default)]
    pub history: HistorySettings,
    /// Texts of messages.
    pub messages: MessageTexts,
    /// Second factors.
    pub mfa: MfaSettings,
    /// What sign-ins of the user's choice begin with.
    pub first_factors: FirstFactorSettings,
    /// The functions that the pool calls.
    #[serde(default)]
    pub lambda: LambdaSettings,
    /// Passkeys.
    #[serde(default)]
    pub passkeys: PasskeySettings,
    /// What the levels of sign-ins are called.
    #[serde(default)]
    pub acr: AcrSettings,
    /// Whether the pool can be deleted only after this is taken back.
    pub deletion_protected: bool,
    /// Whether and how users' devices are known; `None` if they are not.
    #[serde(default)]
    pub devices: Option<DeviceSettings>,
    /// The operator's labels.
    pub tags: BTreeMap<String, String>,
    /// What a front end wants kept and shown again though it means nothing here, as JSON by name.
    pub passthrough: BTreeMap<String, String>,
}

/// A user pool: a directory of users who sign in.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct UserPool {
    /// Its id.
    pub id: UserPoolId,
    /// Its name, for people; not unique.
    pub name: String,
    /// What can be changed.
    pub settings: PoolSettings,
    /// How users are called at sign-in.
    pub sign_in_names: SignInNames,
    /// Whether `Ada` and `ada` are two users.
    pub case_sensitive: bool,
    /// The change of that under way. New settings leave it as it is.
    #[serde(default)]
    pub case_change: Option<CaseChange>,
    /// The attributes that users may have, by name.
    pub schema: Vec<AttributeSchema>,
    /// How its tokens are signed.
    pub algorithm: Algorithm,
    /// Whether and how its users' sessions are tracked. New settings leave it as it is.
    #[serde(default)]
    pub session_tracking: SessionTracking,
    /// What an operator has declared void, oldest first.
    #[serde(default)]
    pub invalidations: Vec<Invalidation>,
    /// What is kept for its protection.
    #[serde(default)]
    pub protection: PoolProtection,
    /// Its own texts of notices. New settings leave them as they are.
    #[serde(default)]
    pub notice_texts: BTreeMap<Notice, NoticeText>,
    /// How many messages it sends at most; `None` for what the service begins with. New settings leave it as it is.
    #[serde(default)]
    pub message_limits: Option<MessageLimits>,
    /// What is kept of its history.
    #[serde(default)]
    pub history: PoolHistory,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
    /// When it was deleted: from then on it is no pool to any operation, and what is in it is removed bit by bit, this record
    /// last.
    pub deleted_at: Option<Timestamp>,
}

impl UserPool {
    /// The name that goes into the hashes of SRP, for verifiers and proofs alike: the username as the pool compares it, or,
    /// where other names lead to users too, the subject. So it is the same by whatever name somebody comes, and a name of
    /// nobody has one of the same form.
    pub(crate) fn srp_identity(&self, username: &str, sub: &Subject) -> String {
        match self.sign_in_names {
            SignInNames::Username => self.fold(username),
            SignInNames::UsernameOr(_) | SignInNames::Address(_) => sub.to_string(),
        }
    }

    /// The mark for what begins now.
    pub fn mark(&self) -> InvalidationMark {
        InvalidationMark::after(&self.invalidations)
    }

    /// Whether something that began then, under this mark, still counts as far as the pool's invalidations go.
    pub fn is_valid_since(&self, mark: InvalidationMark, began_at: Timestamp) -> bool {
        mark.is_valid(&self.invalidations, began_at)
    }

    /// A name as it is compared: one form for what can be written in several ways (NFKC: composed, narrow, without
    /// ligatures), and, unless case counts, in lower case without the final form of sigma.
    pub fn fold(&self, name: &str) -> String {
        fold(self.case_rule(), name)
    }

    /// Whether case counts in names, as a rule.
    pub fn case_rule(&self) -> CaseRule {
        CaseRule::of(self.case_sensitive)
    }

    /// The rule beside the one in force by which users hold their names too, while that is being changed.
    pub(crate) fn other_case_rule(&self) -> Option<CaseRule> {
        self.case_change.as_ref().filter(|change| change.claims_both()).map(|_| self.case_rule().other())
    }

    /// Whether a new address of this kind counts only once it is proved.
    pub fn keeps_until_verified(&self, contact: Contact) -> bool {
        let rules = self.settings.account_rules;
        let keeps = match contact {
            Contact::Email => rules.keep_email_until_verified,
            Contact::PhoneNumber => rules.keep_phone_number_until_verified,
        };
        keeps && self.settings.auto_verified.contains(&contact)
    }

    /// The schema of the attribute `name`.
    pub fn attribute(&self, name: &str) -> Option<&AttributeSchema> {
        self.schema.iter().find(|schema| schema.name == name)
    }
}

/// A name as it is compared by this rule.
pub(crate) fn fold(rule: CaseRule, name: &str) -> String {
    if name.is_ascii() {
        return if rule.is_sensitive() { name.to_owned() } else { name.to_ascii_lowercase() };
    }
    let one_form: String = name.nfkc().collect();
    if rule.is_sensitive() {
        return one_form;
    }
    one_form.to_lowercase().replace('ς', "σ").nfkc().collect()
}
