//! Who calls, and what a step of a sign-in comes to.

use std::collections::BTreeMap;

use identity_kernel::secret::SecretString;
use jwt_tokens::Verifier;

use crate::model::attributes::Attributes;
use crate::model::device::DeviceKey;
use crate::model::ids::UserPoolId;

/// The scope of tokens that were issued by this API and not by the OAuth endpoints.
pub const SELF_SERVICE_SCOPE: &str = "aws.cognito.signin.user.admin";

/// Through which API a call comes: the users' or the administrators'.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Caller {
    /// A user, from anywhere; the client id says which pool.
    Public,
    /// A server that an administrator trusts, on behalf of a user of this pool.
    Admin(UserPoolId),
    /// A user, at the pages of this pool. What they prove there is kept for their browser; tokens it gives none.
    Page(UserPoolId),
}

impl Caller {
    /// Whether a user calls, from anywhere.
    pub(crate) fn is_user(&self) -> bool {
        !matches!(self, Self::Admin(_))
    }
}

/// What a step of a sign-in comes to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AuthOutcome {
    /// The user is signed in.
    Tokens(Box<Tokens>),
    /// The client must prove that it knows the password.
    PasswordVerifier(PasswordVerifier),
    /// The user must choose a password.
    NewPasswordRequired(NewPasswordRequired),
    /// Any other challenge must be answered.
    Challenged(Box<Challenged>),
    /// The user has signed in at the pool's pages.
    AtPage(BrowserSecret),
}

/// What a browser keeps of a sign-in at a pool's pages: whoever has it is signed in there.
#[derive(Clone, Debug)]
pub struct BrowserSecret(pub SecretString);

/// A challenge, as clients read it.
#[derive(Clone, Debug)]
pub struct Challenged {
    /// Its name.
    pub name: &'static str,
    /// To be sent back with the answer, within the client's minutes. A right answer is taken once.
    pub session: SecretString,
    /// What the client needs for its answer, by Cognito's names.
    pub parameters: BTreeMap<String, String>,
    /// The factors that can be chosen instead or next, by name.
    pub available: Vec<String>,
}

/// The challenge to prove that the client knows the password.
#[derive(Clone, Debug)]
pub struct PasswordVerifier {
    /// `SALT` in hexadecimal.
    pub salt: String,
    /// `SRP_B` in hexadecimal.
    pub server_public: String,
    /// `SECRET_BLOCK` in Base64: sealed state of this step.
    pub secret_block: String,
    /// `USER_ID_FOR_SRP`: the name that goes into the hashes.
    pub user_id: String,
}

/// The challenge to choose a password.
#[derive(Clone, Debug)]
pub struct NewPasswordRequired {
    /// To be sent back with the answer; once, within the client's minutes.
    pub session: SecretString,
    /// The user's name.
    pub username: String,
    /// What is known of the user.
    pub attributes: Attributes,
    /// Required attributes that the user lacks.
    pub required: Vec<String>,
}

/// What a sign-in ends in.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Says what the bearer may call: a JWT.
    pub access_token: SecretString,
    /// Says who signed in: a JWT.
    pub id_token: SecretString,
    /// Gets new tokens without a new sign-in; `None` where the one in use goes on.
    pub refresh_token: Option<SecretString>,
    /// Seconds that the access token lives.
    pub expires_in: i64,
    /// What the device can be confirmed with; `None` where it is known, and where the pool knows no devices.
    pub new_device: Option<NewDevice>,
}

/// What a device that is not known yet is offered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewDevice {
    /// Its key.
    pub key: DeviceKey,
    /// What goes into the hashes of SRP in the place of the pool's name.
    pub group_key: String,
}

/// The id of an attempt's event: of the tokens that it ended in, or a new one.
pub(crate) fn event_id_of(outcome: &AuthOutcome) -> Option<String> {
    let AuthOutcome::Tokens(tokens) = outcome else { return None };
    Verifier::unverified_claim(tokens.access_token.expose(), "event_id").ok()
}
