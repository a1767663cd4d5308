//! The steps of a sign-in, as forms.

use identity_kernel::secret::SecretString;
use userpool_core::model::factors::SecondFactor;
use userpool_core::model::pool::Contact;
use userpool_core::ops::oauth::Authorization;
use userpool_core::ops::sign_in::{
    Answer, AuthOutcome, Caller, Challenged, InitiateAuth, NewPasswordRequired, RespondToChallenge, SignInFlow,
};
use userpool_core::{Error, Refusal};

use crate::context::Call;
use crate::html::{Text, field, hidden};
use crate::parameters::Parameters;

/// A step: what is asked.
pub(crate) enum Step {
    /// Name and password.
    Password {
        /// The name to begin with.
        name: String,
    },
    /// Something else, of somebody who has begun.
    Next(Next),
}

/// A step of somebody who has begun.
pub(crate) struct Next {
    challenge: String,
    session: String,
    username: String,
    /// Where a code was sent; which factors can be chosen; which attributes are missing.
    details: Vec<String>,
}

const SECOND: [(&str, SecondFactor, &str); 3] = [
    ("SOFTWARE_TOKEN_MFA", SecondFactor::SoftwareToken, "Use an authenticator app"),
    ("SMS_MFA", SecondFactor::Sms, "Send me a text message"),
    ("EMAIL_OTP", SecondFactor::Email, "Send me an e-mail"),
];

impl Step {
    pub(crate) fn begin() -> Self {
        Self::Password { name: String::new() }
    }

    /// The step that a form answers.
    pub(crate) fn read(form: &Parameters) -> Option<Self> {
        let Some(challenge) = form.owned("challenge") else {
            return Some(Self::Password { name: form.owned("username")? });
        };
        let details = form.get("details").unwrap_or_default().split(',').filter(|one| !one.is_empty());
        Some(Self::Next(Next {
            challenge,
            session: form.owned("session")?,
            username: form.owned("username")?,
            details: details.map(str::to_owned).collect(),
        }))
    }

    /// The step that an outcome asks for; `None` for one that these pages do not have.
    pub(crate) fn of(outcome: AuthOutcome, username: &str) -> Option<Self> {
        let username = username.to_owned();
        match outcome {
            AuthOutcome::NewPasswordRequired(NewPasswordRequired { session, required, .. }) => Some(Self::Next(Next {
                challenge: "NEW_PASSWORD_REQUIRED".to_owned(),
                session: session.expose().to_owned(),
                username,
                details: required,
            })),
            AuthOutcome::Challenged(challenge) => {
                let Challenged { name, session, parameters, .. } = *challenge;
                let details = match name {
                    "SOFTWARE_TOKEN_MFA" => Vec::new(),
                    "SMS_MFA" | "EMAIL_OTP" => {
                        parameters.get("CODE_DELIVERY_DESTINATION").cloned().into_iter().collect()
                    }
                    "SELECT_MFA_TYPE" => {
                        let offered = parameters.get("MFAS_CAN_CHOOSE").cloned().unwrap_or_default();
                        let known = SECOND.iter().map(|(name, ..)| *name);
                        known.filter(|name| offered.contains(name)).map(str::to_owned).collect()
                    }
                    _ => return None,
                };
                let (challenge, session) = (name.to_owned(), session.expose().to_owned());
                Some(Self::Next(Next { challenge, session, username, details }))
            }
            _ => None,
        }
    }

    pub(crate) fn title(&self) -> &'static str {
        let Self::Next(next) = self else { return "Sign in" };
        match next.challenge.as_str() {
            "NEW_PASSWORD_REQUIRED" => "Choose a new password",
            "SELECT_MFA_TYPE" => "Choose how to go on",
            _ => "Enter your code",
        }
    }

    /// The form, bound to the browser by `token`, with what went wrong before.
    pub(crate) fn content(&self, token: &str, problem: Option<&str>) -> String {
        let problem = problem.map(|what| format!("<p role=\"alert\">{}</p>\n", Text(what))).unwrap_or_default();
        let (fields, button) = match self {
            Self::Password { name } => (password_fields(name), "<button>Sign in</button>\n".to_owned()),
            Self::Next(next) => next.fields(),
        };
        format!("{problem}<form method=\"post\">\n{}{fields}{button}</form>\n", hidden("csrf", token))
    }

    /// Has the domain judge what was typed.
    pub(crate) async fn answer(
        &self,
        call: &Call,
        authorization: &Authorization,
        form: &Parameters,
    ) -> Result<AuthOutcome, Error> {
        let (client, caller) = (authorization.client().id.clone(), Caller::Page(call.pool.clone()));
        let secret = |name: &str| SecretString::from(form.get(name).unwrap_or_default());
        let next = match self {
            Self::Password { name } => {
                let flow = SignInFlow::ManagedLogin { username: name.clone(), password: secret("password") };
                return call.users.initiate_auth(InitiateAuth { client, caller, secret_hash: None, flow }).await;
            }
            Self::Next(next) => next,
        };
        let session = SecretString::from(next.session.as_str());
        let answer = match next.challenge.as_str() {
            "NEW_PASSWORD_REQUIRED" => {
                let attributes = form.beginning("attribute.");
                Answer::NewPassword { session, password: secret("new_password"), attributes }
            }
            "SOFTWARE_TOKEN_MFA" => Answer::SoftwareToken { session, code: secret("code") },
            "SMS_MFA" => Answer::Code { session, contact: Contact::PhoneNumber, code: secret("code") },
            "EMAIL_OTP" => Answer::Code { session, contact: Contact::Email, code: secret("code") },
            "SELECT_MFA_TYPE" => {
                let chosen = SECOND.iter().find(|(name, ..)| form.get("answer") == Some(*name));
                let (_, choice, _) = chosen.ok_or(Error::NotAuthorized(Refusal::SessionInvalid))?;
                Answer::Second { session, choice: *choice }
            }
            _ => return Err(Error::NotAuthorized(Refusal::SessionInvalid)),
        };
        let username = next.username.clone();
        let request = RespondToChallenge { client, caller, secret_hash: None, username, answer };
        call.users.respond_to_auth_challenge(request).await
    }
}

fn password_fields(name: &str) -> String {
    let username =
        field("Name", "username", name, "autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\"");
    username + &field("Password", "password", "", "type=\"password\" autocomplete=\"current-password\"")
}

impl Next {
    /// Fields and buttons.
    fn fields(&self) -> (String, String) {
        let Self { challenge, session, username, details } = self;
        let kept = hidden("challenge", challenge)
            + &hidden("session", session)
            + &hidden("username", username)
            + &hidden("details", &details.join(","));
        let go_on = || "<button>Go on</button>\n".to_owned();
        match challenge.as_str() {
            "NEW_PASSWORD_REQUIRED" => {
                let password =
                    field("New password", "new_password", "", "type=\"password\" autocomplete=\"new-password\"");
                let missing = details.iter().map(|name| field(name, &format!("attribute.{name}"), "", ""));
                (kept + &password + &missing.collect::<String>(), go_on())
            }
            "SELECT_MFA_TYPE" => {
                let offered = SECOND.iter().filter(|(name, ..)| details.iter().any(|one| one == name));
                let button = |(name, _, label): &(&str, SecondFactor, &str)| {
                    format!("<button name=\"answer\" value=\"{name}\">{label}</button>\n")
                };
                (kept, offered.map(button).collect())
            }
            "SOFTWARE_TOKEN_MFA" => (kept + &code_field("Code of your authenticator app"), go_on()),
            _ => {
                let sent = details.first().map(|to| format!("<p>A code was sent to {}.</p>\n", Text(to)));
                (sent.unwrap_or_default() + &kept + &code_field("Code"), go_on())
            }
        }
    }
}

fn code_field(label: &str) -> String {
    field(label, "code", "", "inputmode=\"numeric\" autocomplete=\"one-time-code\"")
}

/// What somebody is told who was refused, and whether the same step can be tried again. Who exists, it does not tell.
pub(crate) fn said(error: &Error) -> (&'static str, bool) {
    match error {
        Error::NotAuthorized(Refusal::WrongCredentials) | Error::NotFound(_) => {
            ("Incorrect username or password.", true)
        }
        Error::NotAuthorized(Refusal::UserDisabled) => ("This account is disabled.", false),
        Error::NotAuthorized(Refusal::TemporaryPasswordExpired) => {
            ("The temporary password has expired. Ask whoever invited you for another one.", false)
        }
        Error::NotAuthorized(Refusal::SessionExpired | Refusal::SessionSpent | Refusal::SessionInvalid) => {
            ("This took too long. Sign in again.", false)
        }
        Error::NotAuthorized(_) => ("Signing in is not possible now.", false),
        Error::CodeMismatch | Error::SoftwareTokenMismatch => ("The code is wrong. Try again.", true),
        Error::SoftwareTokenUsed => ("The code was used before. Wait for the next one.", true),
        Error::ExpiredCode => ("The code has expired. Sign in again for another one.", false),
        Error::InvalidPassword(_) => {
            ("The password is not good enough: choose a longer one that few others have.", true)
        }
        Error::PasswordHistory => ("You have had this password before. Choose another one.", true),
        Error::PasswordResetRequired => ("The password must be reset first. Do so in the application.", false),
        Error::UserNotConfirmed => ("The sign-up is not confirmed. Do so in the application.", false),
        Error::TooManyAttempts { .. } | Error::LimitExceeded { .. } | Error::TooManyRequests => {
            ("There were too many tries. Wait a while and try again.", true)
        }
        Error::HookRefused(..) | Error::HookFailed(..) | Error::HookInvalid(..) => {
            ("Signing in was refused by the application.", false)
        }
        Error::InvalidParameter(_) => ("Something that was entered cannot be taken.", true),
        _ => ("The service is unavailable. Try again later.", true),
    }
}
