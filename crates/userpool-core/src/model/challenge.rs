//! What is asked in the steps of a sign-in, and what answers are found to be.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::custom::CustomChallenge;
use crate::model::device::DeviceKey;
use crate::model::factors::{FirstFactor, SecondFactor};
use crate::model::pool::Contact;

/// What is asked of somebody who signs in.
#[derive(Clone, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub enum Challenge {
    /// To go on with what a session has proved. Nobody is asked it.
    StepUp {},
    /// A signature with a passkey.
    Passkey {
        /// What is signed: 32 random bytes, in Base64.
        challenge: String,
    },
    /// The password itself. It is answered in the call that begins or chooses it.
    Password {},
    /// A proof by SRP that the client knows the password.
    PasswordVerifier {
        /// The key that the proof is made with, in Base64.
        key: String,
        /// The name that goes into the proof.
        user_id: String,
    },
    /// A new password for the temporary one.
    NewPassword {},
    /// Which factor to begin with.
    SelectFirst {},
    /// A code that was sent to the user.
    Code {
        /// By mail or by text message.
        contact: Contact,
        /// Whether it is the first factor or the second.
        place: Place,
    },
    /// A code of an authenticator app.
    SoftwareToken {},
    /// Which second factor to go on with.
    SelectSecond {},
    /// To set up a second factor.
    SetUp {},
    /// Nothing but a word to go on: the second factor is set up.
    SetUpDone {},
    /// The end of a sign-up: its code, or, once that was right, nothing but a word to go on.
    SignedUp {
        /// Whether the code was right.
        confirmed: bool,
    },
    /// Nothing yet: the application's hook is asked what.
    Define {},
    /// A challenge of the application's own.
    Custom {
        /// What is shown, and what the answer is judged by.
        challenge: CustomChallenge,
    },
    /// The public value with which a known device begins to prove its secret by SRP.
    DeviceSrp {
        /// The device.
        key: DeviceKey,
    },
    /// A proof by SRP that the device knows its secret.
    DeviceVerifier {
        /// The device.
        key: DeviceKey,
        /// The key that the proof is made with, in Base64.
        proof_key: String,
    },
}

/// The first factor or the second.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum Place {
    /// The sign-in begins with it.
    First,
    /// It comes after another.
    Second,
}

impl Challenge {
    /// Every challenge's name.
    pub const NAMES: [&str; 16] = [
        "PASSWORD",
        "PASSWORD_VERIFIER",
        "NEW_PASSWORD_REQUIRED",
        "SELECT_CHALLENGE",
        "EMAIL_OTP",
        "SMS_OTP",
        "SMS_MFA",
        "SOFTWARE_TOKEN_MFA",
        "SELECT_MFA_TYPE",
        "MFA_SETUP",
        "CUSTOM_CHALLENGE",
        "DEVICE_SRP_AUTH",
        "DEVICE_PASSWORD_VERIFIER",
        "SIGN_UP",
        "WEB_AUTHN",
        "STEP_UP",
    ];

    /// Its name. Never renamed.
    pub fn name(&self) -> &'static str {
        let [
            password,
            verifier,
            new_password,
            first,
            email,
            sms_first,
            sms_second,
            token,
            second,
            set_up,
            custom,
            device,
            proof,
            sign_up,
            passkey,
            step_up,
        ] = Self::NAMES;
        match self {
            Self::StepUp {} => step_up,
            Self::Passkey { .. } => passkey,
            Self::Password {} => password,
            Self::PasswordVerifier { .. } => verifier,
            Self::NewPassword {} => new_password,
            Self::SelectFirst {} => first,
            Self::Code { contact: Contact::Email, .. } => email,
            Self::Code { contact: Contact::PhoneNumber, place: Place::First } => sms_first,
            Self::Code { contact: Contact::PhoneNumber, place: Place::Second } => sms_second,
            Self::SoftwareToken {} => token,
            Self::SelectSecond {} => second,
            Self::SetUp {} | Self::SetUpDone {} => set_up,
            Self::Define {} | Self::Custom { .. } => custom,
            Self::DeviceSrp { .. } => device,
            Self::DeviceVerifier { .. } => proof,
            Self::SignedUp { .. } => sign_up,
        }
    }

    /// Whether it asks for the proof of this device.
    pub fn is_proof_of(&self, device: &DeviceKey) -> bool {
        matches!(self, Self::DeviceVerifier { key, .. } if key == device)
    }

    /// The challenge that asks for this second factor.
    pub fn of_second(factor: SecondFactor) -> Self {
        match factor.contact() {
            Some(contact) => Self::Code { contact, place: Place::Second },
            None => Self::SoftwareToken {},
        }
    }
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What an answer was found to be, once the slow work is done.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Evidence {
    /// The word to go on with what a session has proved.
    SteppingUp,
    /// A signature with a passkey that is right; `None` for one that is not.
    Passkey(Option<PasskeyProof>),
    /// A password, and whether it is the user's.
    Password(bool),
    /// A proof by SRP, and whether it is right.
    PasswordProof(bool),
    /// A new password that the pool's policy accepts.
    NewPassword,
    /// A choice of what to begin with. For SRP it comes with the challenge that the choice leads to.
    FirstChoice(FirstFactor, Challenge),
    /// A code that was sent, and whether it is right.
    Code(bool),
    /// A code of an authenticator app, and whether it is right and new.
    SoftwareToken(bool),
    /// A choice of the second factor.
    SecondChoice(SecondFactor),
    /// A second factor that was set up and proved in this sign-in.
    SetUp(SecondFactor),
    /// The word to go on after that.
    SetUpDone,
    /// A sign-in of the application's own making begins.
    Begun,
    /// An answer to a challenge of the application's own, and whether its hook found it right.
    Custom(bool),
    /// The public value of a device. It comes with the challenge that it leads to.
    DevicePublic(Challenge),
    /// A device's proof by SRP, and whether it is right.
    DeviceProof(bool),
    /// The right code of the sign-up, to an address of this kind.
    Confirmed(Contact),
    /// The word to go on after that.
    SignedUp,
}

/// What a right signature with a passkey proves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PasskeyProof {
    /// Whether its authenticator is a part of the device.
    pub platform: bool,
    /// Whether its authenticator has verified the user, as it says under its signature.
    pub verified: bool,
}
