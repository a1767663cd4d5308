//! What a sign-in is asked for by: its beginning, and the answer to a challenge.

use identity_kernel::secret::SecretString;

use crate::model::attributes::Attributes;
use crate::model::ceremony::FirstFactor;
use crate::model::client::AllowedFlow;
use crate::model::factors::SecondFactor;
use crate::model::ids::ClientId;
use crate::model::pool::Contact;
use crate::ops::choice::FirstAnswer;
use crate::ops::outcome::Caller;
use crate::ops::srp::VerifierAnswer;
use crate::ops::step_up::StepUp;

/// Begins a sign-in.
#[derive(Clone, Debug)]
pub struct InitiateAuth {
    /// The app client that signs in.
    pub client: ClientId,
    /// Whether a user calls, or a server that an administrator trusts.
    pub caller: Caller,
    /// What a client with a secret sends beside the name.
    pub secret_hash: Option<String>,
    /// The first factor, and what proves it.
    pub flow: SignInFlow,
}

/// How a sign-in begins.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SignInFlow {
    /// With the password, which is never sent (SRP).
    UserSrp {
        /// The name, alias or address that was typed.
        username: String,
        /// `SRP_A` in hexadecimal.
        client_public: String,
    },
    /// With the password as it is.
    UserPassword {
        /// The name, alias or address that was typed.
        username: String,
        /// The password.
        password: SecretString,
    },
    /// With the password as it is, at the pool's pages.
    ManagedLogin {
        /// The name, alias or address that was typed.
        username: String,
        /// The password.
        password: SecretString,
    },
    /// With the password as it is, through the administrators' API.
    AdminUserPassword {
        /// The name, alias or address that was typed.
        username: String,
        /// The password.
        password: SecretString,
    },
    /// With challenges of the application's own making.
    Custom {
        /// The name, alias or address that was typed.
        username: String,
        /// `SRP_A` in hexadecimal, where the password is proved first.
        client_public: Option<String>,
    },
    /// With a factor of the user's choice.
    User {
        /// The name, alias or address that was typed.
        username: String,
        /// The factor to begin with; `None` to be asked.
        preferred: Option<FirstFactor>,
        /// What that needs.
        answer: FirstAnswer,
        /// How strong the sign-in is to be; `None` for what pool and user demand.
        step_up: Option<StepUp>,
    },
    /// With the session that a confirmed sign-up gave, for which its code is the first factor.
    SignedUp {
        /// The name, alias or address that was typed.
        username: String,
        /// What the confirmation gave.
        session: SecretString,
    },
    /// With a refresh token.
    RefreshToken {
        /// The token.
        token: SecretString,
    },
}

/// Answers a challenge.
#[derive(Clone, Debug)]
pub struct RespondToChallenge {
    /// The app client that signs in.
    pub client: ClientId,
    /// Whether a user calls, or a server that an administrator trusts.
    pub caller: Caller,
    /// What a client with a secret sends beside the name.
    pub secret_hash: Option<String>,
    /// The name, alias or address that was typed.
    pub username: String,
    /// The answer.
    pub answer: Answer,
}

/// The answer to a challenge.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Answer {
    /// A signature with a passkey.
    Passkey {
        /// What the challenge gave.
        session: SecretString,
        /// What the browser answered: the JSON of its `PublicKeyCredential`.
        credential: Vec<u8>,
    },
    /// The proof that the client knows the password.
    PasswordVerifier(VerifierAnswer),
    /// An answer to a challenge of the application's own.
    Custom {
        /// What the challenge gave.
        session: SecretString,
        /// The answer.
        answer: SecretString,
    },
    /// The public value of a known device.
    DeviceSrp {
        /// What the challenge gave.
        session: SecretString,
        /// `SRP_A` in hexadecimal.
        client_public: String,
    },
    /// The proof that the device knows its secret.
    DeviceVerifier(VerifierAnswer),
    /// A new password for the temporary one.
    NewPassword {
        /// What the challenge gave.
        session: SecretString,
        /// The new password.
        password: SecretString,
        /// Attributes that were asked for, and others.
        attributes: Attributes,
    },
    /// The factor to begin with.
    First {
        /// What the challenge gave.
        session: SecretString,
        /// The factor.
        choice: FirstFactor,
        /// What that needs.
        answer: FirstAnswer,
    },
    /// A code that was sent.
    Code {
        /// What the challenge gave.
        session: SecretString,
        /// By mail or by text message.
        contact: Contact,
        /// The code.
        code: SecretString,
    },
    /// A code of an authenticator app.
    SoftwareToken {
        /// What the challenge gave.
        session: SecretString,
        /// The code.
        code: SecretString,
    },
    /// The second factor to go on with.
    Second {
        /// What the challenge gave.
        session: SecretString,
        /// The factor.
        choice: SecondFactor,
    },
    /// A second factor is set up: an authenticator app that was proved, or an address that a code is sent to.
    SetUp {
        /// What the challenge, or the proof of the app, gave.
        session: SecretString,
        /// The e-mail address that codes are sent to from now on; `None` for an app.
        email: Option<String>,
    },
}

impl SignInFlow {
    /// What a client must allow for it.
    pub fn kind(&self) -> AllowedFlow {
        match self {
            Self::UserSrp { .. } => AllowedFlow::UserSrp,
            Self::UserPassword { .. } => AllowedFlow::UserPassword,
            Self::AdminUserPassword { .. } => AllowedFlow::AdminUserPassword,
            Self::ManagedLogin { .. } => AllowedFlow::ManagedLogin,
            Self::Custom { .. } => AllowedFlow::Custom,
            Self::User { .. } | Self::SignedUp { .. } => AllowedFlow::User,
            Self::RefreshToken { .. } => AllowedFlow::RefreshToken,
        }
    }

    /// The name that it gives.
    pub(crate) fn username(&self) -> Option<&str> {
        match self {
            Self::UserSrp { username, .. }
            | Self::UserPassword { username, .. }
            | Self::AdminUserPassword { username, .. }
            | Self::ManagedLogin { username, .. }
            | Self::Custom { username, .. }
            | Self::User { username, .. }
            | Self::SignedUp { username, .. } => Some(username),
            Self::RefreshToken { .. } => None,
        }
    }
}
