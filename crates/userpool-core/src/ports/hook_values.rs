use std::collections::BTreeSet;

use identity_kernel::secret::SecretString;
use serde_json::{Map, Value};

use crate::model::attributes::Attributes;
use crate::model::group::GroupClaims;
use crate::model::pool::Contact;
use crate::model::session::Session;
use crate::model::user::User;
use crate::ports::MessageReason;

/// A user who is about to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewUser<'a> {
    /// The name that the user will have: where addresses are names, one that is made.
    pub username: &'a str,
    /// What was said of the user.
    pub attributes: &'a Attributes,
    /// Who makes it.
    pub source: SignUpSource,
}

/// Who makes a user.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SignUpSource {
    /// The user.
    SignUp,
    /// An administrator. What a hook changes does not count: it may refuse alone.
    AdminCreateUser,
    /// The first sign-in with an outside provider.
    ExternalProvider,
}

/// What a hook changes of a sign-up.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SignUpChange {
    /// The user needs no code.
    pub confirm: bool,
    /// The addresses that count as proved. One that the user has not given is an answer that cannot be used.
    pub verify: BTreeSet<Contact>,
}

/// What was confirmed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Confirmation {
    /// A sign-up: by a code, a link, an administrator or a hook.
    SignUp,
    /// A new password for a forgotten one.
    ForgotPassword,
}

/// Somebody who signs in.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// The name: the user's own, or what was typed if nobody has it.
    pub username: &'a str,
    /// The user; `None` if nobody has the name.
    pub user: Option<&'a User>,
}

impl<'a> Candidate<'a> {
    /// The user of this name, if there is one.
    pub fn new(user: Option<&'a User>, typed: &'a str) -> Self {
        Self { username: user.map_or(typed, |user| user.username.as_str()), user }
    }
}

/// Tokens that are about to be made.
#[derive(Clone, Copy, Debug)]
pub struct TokenRequest<'a> {
    /// For whom.
    pub user: &'a User,
    /// Of which session.
    pub session: &'a Session,
    /// Why.
    pub source: TokenSource,
    /// The user's groups.
    pub groups: &'a GroupClaims,
}

/// Why tokens are made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TokenSource {
    /// A sign-in.
    Authentication,
    /// A sign-in whose last step was a device.
    AuthenticateDevice,
    /// A sign-in whose last step was a new password.
    NewPasswordChallenge,
    /// A refresh.
    RefreshTokens,
    /// A sign-in at the managed pages.
    HostedAuth,
}

/// What a hook changes of the tokens. Claims that say who and by whom (`sub`, `iss`, `exp`, `token_use`, ...) stay whatever a
/// hook says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClaimChanges {
    /// Of the ID token.
    pub id: ClaimEdits,
    /// Of the access token. `aud` may be set to the client's id, and to nothing else.
    pub access: ClaimEdits,
    /// Scopes that the access token has too. One with a blank, or of Cognito's own (`aws.cognito.`), is passed over.
    pub scopes_to_add: Vec<String>,
    /// Scopes that the access token has not.
    pub scopes_to_suppress: BTreeSet<String>,
    /// The groups, in place of the user's.
    pub groups: Option<GroupClaims>,
}

impl ClaimChanges {
    /// The most claims and scopes that one answer may name.
    pub const MOST: usize = 5000;

    /// How many claims and scopes are named.
    pub fn len(&self) -> usize {
        let edits = [&self.id, &self.access].map(|edits| edits.set.len() + edits.suppress.len());
        edits.iter().sum::<usize>() + self.scopes_to_add.len() + self.scopes_to_suppress.len()
    }

    /// Whether nothing but groups is changed.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What is changed of one token's claims.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClaimEdits {
    /// Added, or put in the place of an attribute's.
    pub set: Map<String, Value>,
    /// Left out, also if set.
    pub suppress: BTreeSet<String>,
}

/// Somebody who is not here, and may be in another directory.
#[derive(Clone, Copy, Debug)]
pub struct Migration<'a> {
    /// The name that was typed.
    pub username: &'a str,
    /// The password; `None` where it was forgotten.
    pub password: Option<&'a SecretString>,
}

/// Somebody whom another directory knows.
#[derive(Clone, Debug, Default)]
pub struct MigratedUser {
    /// What is known, verified flags included. `username` must be the name that was typed.
    pub attributes: Attributes,
    /// Whether the password holds; else the user must reset it.
    pub confirmed: bool,
    /// Whether an address that leads to another user shall lead to this one from now on.
    pub force_alias: bool,
}

/// A message that is about to be written.
#[derive(Clone, Copy, Debug)]
pub struct MessageDraft<'a> {
    /// To whom.
    pub user: &'a User,
    /// Why.
    pub reason: MessageReason,
    /// By what.
    pub medium: Contact,
}

/// Texts in the place of the pool's, with `{####}` for the code and, in an invitation, `{username}`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CustomText {
    /// The text message, 140 characters at most.
    pub sms: Option<String>,
    /// The subject of the mail, 140 characters at most.
    pub subject: Option<String>,
    /// The mail in HTML, 20,000 characters at most.
    pub mail: Option<String>,
}

/// A message that is about to leave.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// To whom.
    pub user: &'a User,
    /// Why.
    pub reason: MessageReason,
    /// By what.
    pub medium: Contact,
    /// The address, unmasked.
    pub destination: &'a str,
    /// The code or temporary password.
    pub code: &'a SecretString,
}
