//! Sign-in: a ceremony of one or more steps that ends in tokens.

use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::ceremony::{Ceremony, Challenge, Evidence};
use crate::model::client::{AllowedFlow, AppClient};
use crate::model::gate::{Way, bar_of_client};
use crate::model::ids::ClientId;
use crate::model::pool::UserPool;
use crate::model::risk::CredentialEvent;
use crate::ops::case::Case;
use crate::ops::ceremonies::{Attempt, stopped};
use crate::ops::watched::Watched;
use crate::ports::{Action, Actor};
use crate::reasons::{Invalid, Refusal};
use crate::service::UserPools;

pub use crate::ops::outcome::{AuthOutcome, Caller, Challenged, NewPasswordRequired};
pub use crate::ops::sign_in_requests::{Answer, InitiateAuth, RespondToChallenge, SignInFlow};

impl AuthOutcome {
    /// The name of the challenge that it is; `None` for tokens.
    pub fn challenge(&self) -> Option<&'static str> {
        let [_, verifier, new_password, ..] = Challenge::NAMES;
        match self {
            Self::Tokens(_) | Self::AtPage(_) => None,
            Self::PasswordVerifier(_) => Some(verifier),
            Self::NewPasswordRequired(_) => Some(new_password),
            Self::Challenged(challenge) => Some(challenge.name),
        }
    }
}

impl UserPools {
    /// Begins a sign-in, or refreshes.
    ///
    /// Where users are hidden, a name of nobody is answered as a wrong password, after the same work.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a flow that the client or this API does not allow; [`Error::NotAuthorized`] for a wrong
    /// name or password, a disabled user, a dead or foreign refresh token; [`Error::TooManyAttempts`];
    /// [`Error::NotFound`] where users are not hidden; [`Error::UserNotConfirmed`], [`Error::PasswordResetRequired`];
    /// [`Error::RefreshTokenReuse`]; [`Error::HookRefused`]; [`Error::TooManyRequests`].
    pub async fn initiate_auth(&self, request: InitiateAuth) -> Result<AuthOutcome, Error> {
        let refreshes = matches!(request.flow, SignInFlow::RefreshToken { .. });
        let own = self.before_sign_in();
        let mut case = Case::new(if refreshes { Action::Refresh } else { Action::SignIn }, &request.client);
        case.actor = request.caller.actor();
        case.username = request.flow.username().map(str::to_owned);
        let outcome = own.begin(&mut case, request).await;
        let outcome = self.mind_source(&case, outcome).await;
        self.record(case, &outcome).await;
        outcome
    }

    /// The same handle, whose caller's words reach the hooks before a sign-in and no others: so Cognito has it.
    fn before_sign_in(&self) -> Self {
        let mut context = (*self.context).clone();
        context.validation_data = std::mem::take(&mut context.client_metadata);
        self.for_request(context)
    }

    async fn begin(&self, case: &mut Case, request: InitiateAuth) -> Result<AuthOutcome, Error> {
        let (client, pool) = self.through(&request.caller, &request.client).await?;
        self.note_client(case, &pool, &client);
        case.watched = Watched::of(&pool, Some(&client));
        check_flow(&request.caller, &client, &request.flow)?;
        let secret_hash = request.secret_hash.as_deref();
        if let Some(username) = request.flow.username() {
            self.check_call(&request.caller, &client, username, secret_hash)?;
            case.source = self.check_source(&request.caller, &pool, &client).await?;
        }
        let flow = request.flow.kind();
        match request.flow {
            SignInFlow::UserSrp { username, client_public }
            | SignInFlow::Custom { username, client_public: Some(client_public) } => {
                self.begin_srp(case, (&pool, &client, &request.caller), &username, (flow, &client_public)).await
            }
            SignInFlow::Custom { username, client_public: None } => {
                self.begin_custom(case, (&pool, &client, &request.caller), &username).await
            }
            SignInFlow::UserPassword { username, password }
            | SignInFlow::AdminUserPassword { username, password }
            | SignInFlow::ManagedLogin { username, password } => {
                let entry = Entry { pool: &pool, client: &client, caller: &request.caller, flow };
                self.sign_in_by_password(case, entry, &username, &password).await
            }
            SignInFlow::User { username, preferred, answer, step_up } => {
                let through = (&pool, &client, &request.caller);
                self.begin_choice(case, through, &username, preferred, (answer, step_up)).await
            }
            SignInFlow::SignedUp { username, session } => {
                self.after_sign_up(case, (&pool, &client, &request.caller), &username, &session).await
            }
            SignInFlow::RefreshToken { token } => {
                if client.settings.rotation.is_some() {
                    return Err(Invalid::RotationEnabled.into());
                }
                let tokens = self.refresh(case, (&pool, &client), &token, None, |user| {
                    self.check_secret_hash(&client, &[user.username.as_str(), user.sub.as_str()], secret_hash)
                });
                Ok(AuthOutcome::Tokens(Box::new(tokens.await?)))
            }
        }
    }

    /// Takes the answer to a challenge.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`] for a wrong proof, or a challenge that is spent, dead, or somebody else's;
    /// [`Error::InvalidPassword`] and [`Error::InvalidParameter`] for what the pool does not allow; and as
    /// [`initiate_auth`](Self::initiate_auth).
    pub async fn respond_to_auth_challenge(&self, request: RespondToChallenge) -> Result<AuthOutcome, Error> {
        let mut case = Case::new(Action::AnswerChallenge, &request.client);
        case.actor = request.caller.actor();
        case.username = Some(request.username.clone());
        let outcome = self.answer(&mut case, request).await;
        let outcome = self.mind_source(&case, outcome).await;
        self.record(case, &outcome).await;
        outcome
    }

    async fn answer(&self, case: &mut Case, request: RespondToChallenge) -> Result<AuthOutcome, Error> {
        let (client, pool) = self.through(&request.caller, &request.client).await?;
        self.note_client(case, &pool, &client);
        case.watched = Watched::of(&pool, Some(&client));
        self.check_call(&request.caller, &client, &request.username, request.secret_hash.as_deref())?;
        case.source = self.check_source(&request.caller, &pool, &client).await?;
        let through = (&pool, &client, &request.caller);
        match request.answer {
            Answer::PasswordVerifier(answer) => self.finish_srp(case, through, &request.username, &answer).await,
            Answer::Custom { session, answer } => {
                self.answer_custom(case, through, &request.username, (&session, &answer)).await
            }
            Answer::DeviceSrp { session, client_public } => {
                self.begin_device_proof(case, through, &request.username, (&session, &client_public)).await
            }
            Answer::DeviceVerifier(answer) => self.finish_device_proof(case, through, &request.username, &answer).await,
            Answer::NewPassword { session, password, attributes } => {
                let begun = self.open_ceremony(session.expose()).ok_or(Refusal::SessionInvalid)?;
                let given = (&password, attributes);
                self.choose_password(case, through, &request.username, begun, given).await
            }
            Answer::First { session, choice, answer } => {
                self.answer_choice(case, through, &request.username, &session, (choice, answer)).await
            }
            Answer::Code { session, contact, code } => {
                self.answer_code(case, through, &request.username, &session, (contact, &code)).await
            }
            Answer::SoftwareToken { session, code } => {
                self.answer_software_token(case, through, &request.username, &session, &code).await
            }
            Answer::Second { session, choice } => {
                self.answer_second_choice(case, through, &request.username, &session, choice).await
            }
            Answer::Passkey { session, credential } => {
                self.answer_passkey(case, through, &request.username, &session, &credential).await
            }
            Answer::SetUp { session, email } => {
                self.answer_set_up(case, through, &request.username, &session, email).await
            }
        }
    }

    /// Holds a call to what its client knows. At the pages no client speaks, and its secret is asked for when tokens are.
    fn check_call(&self, caller: &Caller, client: &AppClient, name: &str, hash: Option<&str>) -> Result<(), Error> {
        match caller {
            Caller::Page(_) => Ok(()),
            Caller::Public | Caller::Admin(_) => self.check_secret_hash(client, &[name], hash),
        }
    }

    /// The client and pool that a call speaks of.
    async fn through(&self, caller: &Caller, client: &ClientId) -> Result<(AppClient, UserPool), Error> {
        match caller {
            Caller::Public => {
                let (client, pool) = self.client_and_pool(client).await?;
                Ok((client.record, pool.record))
            }
            Caller::Admin(pool) | Caller::Page(pool) => {
                let pool = self.pool(pool).await?.record;
                Ok((self.client(&pool.id, client).await?.record, pool))
            }
        }
    }

    async fn sign_in_by_password(
        &self,
        case: &mut Case,
        entry: Entry<'_>,
        username: &str,
        password: &SecretString,
    ) -> Result<AuthOutcome, Error> {
        let Entry { pool, client, caller, flow } = entry;
        let mut found = self.find_user_and_password(pool, username).await?;
        let told = !client.settings.prevent_user_existence_errors || !caller.is_user();
        let migrates = found.is_none() && self.migrates(pool);
        if found.is_none() && told && !migrates {
            return Err(Error::no_user());
        }
        let user = found.as_ref().map(|(user, _)| &**user);
        case.user = user.map(|user| user.sub.clone());
        let kept = found.as_ref().and_then(|(_, kept)| kept.as_deref());
        self.check_named_device(pool, username, user, kept).await?;
        self.pre_authentication(pool, client, user, username).await?;
        self.count_attempt(pool, caller, user, username, Vec::new()).await?;
        if migrates {
            // Counted before the other directory is asked: its answer tells whether the password is right.
            found = self.migrate(pool, client, username, password).await?;
            if found.is_none() && told {
                return Err(Error::no_user());
            }
        }
        let (user, kept) = found.unzip();
        case.user = user.as_ref().map(|user| user.sub.clone());
        let attempt = self.attempt((pool, client, caller), username, (user, kept.flatten())).await?;
        let ceremony = self.begin_ceremony(&attempt, flow, Challenge::Password {});
        self.judge_password(case, &attempt, ceremony, password).await
    }

    /// Judges a password in the step that asks for it, once the try is counted.
    pub(crate) async fn judge_password(
        &self,
        case: &mut Case,
        attempt: &Attempt<'_>,
        ceremony: Ceremony,
        password: &SecretString,
    ) -> Result<AuthOutcome, Error> {
        let Attempt { pool, client, user, password: kept, .. } = attempt;
        // Somebody who is not there, or has no password, is refused after the same work as for a wrong password.
        let hash = kept.as_ref().map_or_else(|| self.hasher.decoy(), |kept| kept.hash.clone());
        let right = self.is_password(password, &hash).await? && kept.is_some();
        let step = self.advance(attempt, ceremony, Evidence::Password(right));
        let step = step.map_err(|stop| stopped(&Challenge::Password {}, stop))?;
        let event = CredentialEvent::SignIn;
        if self.is_refused_as_compromised(case, (pool, Some(client)), event, password).await? {
            return Err(Error::PasswordResetRequired);
        }
        if let (Some(user), Some(kept)) = (user, kept) {
            self.bring_up_to_date(pool, user, kept.clone(), password).await?;
        }
        self.go_on(attempt, step, Vec::new()).await
    }
}

/// Through what a sign-in comes.
#[derive(Clone, Copy)]
struct Entry<'a> {
    pool: &'a UserPool,
    client: &'a AppClient,
    caller: &'a Caller,
    flow: AllowedFlow,
}

impl Caller {
    fn actor(&self) -> Actor {
        match self {
            Self::Public | Self::Page(_) => Actor::User,
            Self::Admin(_) => Actor::Administrator,
        }
    }
}

fn check_flow(caller: &Caller, client: &AppClient, flow: &SignInFlow) -> Result<(), Error> {
    let by_admin_door = matches!(caller, Caller::Admin(_));
    if matches!(flow, SignInFlow::AdminUserPassword { .. }) && !by_admin_door {
        return Err(Invalid::FlowNotForCaller.into());
    }
    if matches!(flow, SignInFlow::UserPassword { .. }) && by_admin_door {
        return Err(Invalid::FlowNotForCaller.into());
    }
    if matches!(flow, SignInFlow::ManagedLogin { .. }) != matches!(caller, Caller::Page(_)) {
        return Err(Invalid::FlowNotForCaller.into());
    }
    // Here, so that what the client does not allow costs nothing; the gate asks again.
    let way = match flow.kind() {
        AllowedFlow::RefreshToken => Way::Refresh,
        flow => Way::SignIn(flow),
    };
    bar_of_client(client, way).map_or(Ok(()), |bar| Err(bar.into()))
}
