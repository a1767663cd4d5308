//! `InitiateAuth`, `RespondToAuthChallenge`, their administrators' twins, `GetTokensFromRefreshToken`, `RevokeToken`.

use std::collections::BTreeMap;

use cognito_wire::Sensitive;
use cognito_wire::cognito_idp as wire;
use identity_kernel::secret::SecretString;
use userpool_core::model::attributes::Attributes;
use userpool_core::model::ceremony::FirstFactor;
use userpool_core::model::factors::SecondFactor;
use userpool_core::model::pool::Contact;
use userpool_core::ops::choice::FirstAnswer;
use userpool_core::ops::sign_in::{Answer, Caller, InitiateAuth, RespondToChallenge, SignInFlow};
use userpool_core::ops::srp::VerifierAnswer;
use userpool_core::ops::step_up::StepUp;
use userpool_core::ops::tokens::{RefreshTokens, RevokeToken};

use crate::call::{Call, parse};
use crate::error::Failure;
use crate::user_pools::shapes::{device_data, secret};
use crate::user_pools::sign_in_answers::{not_built, shape, tokens_shape};

/// Parameters of a step, by name.
struct Parameters(BTreeMap<String, Sensitive>);

impl Parameters {
    fn take(&mut self, name: &str) -> Option<Sensitive> {
        self.0.remove(name)
    }

    fn need(&mut self, name: &str) -> Result<Sensitive, Failure> {
        self.take(name).ok_or_else(|| Failure::invalid_parameter(format!("Missing required parameter {name}")))
    }

    fn device_key(&mut self) -> Option<String> {
        self.take("DEVICE_KEY").map(Sensitive::into_inner).filter(|key| !key.is_empty())
    }

    /// What the first factor needs that is chosen.
    fn first_answer(&mut self) -> FirstAnswer {
        FirstAnswer {
            password: self.take("PASSWORD").map(secret),
            client_public: self.take("SRP_A").map(Sensitive::into_inner),
        }
    }

    fn secret_hash(&mut self) -> Option<String> {
        self.take("SECRET_HASH").map(Sensitive::into_inner)
    }
}

pub(crate) async fn initiate(
    call: Call,
    input: wire::InitiateAuthRequest,
) -> Result<wire::InitiateAuthResponse, Failure> {
    // Ignored: analytics, which are not there.
    let wire::InitiateAuthRequest {
        auth_flow,
        auth_parameters,
        client_metadata,
        client_id,
        analytics_metadata: _,
        user_context_data,
        session,
    } = input;
    let call = call.with(client_metadata, device_data(user_context_data));
    let start = Start { flow: auth_flow, parameters: auth_parameters, session };
    begin(&call, Caller::Public, &client_id, start).await
}

pub(crate) async fn admin_initiate(
    call: Call,
    input: wire::AdminInitiateAuthRequest,
) -> Result<wire::AdminInitiateAuthResponse, Failure> {
    // Ignored: analytics, which are not there.
    let wire::AdminInitiateAuthRequest {
        user_pool_id,
        client_id,
        auth_flow,
        auth_parameters,
        client_metadata,
        analytics_metadata: _,
        context_data,
        session,
    } = input;
    let call = on_behalf(call, client_metadata, context_data);
    let caller = Caller::Admin(parse(&user_pool_id, "user pool id")?);
    let start = Start { flow: auth_flow, parameters: auth_parameters, session };
    let answer = begin(&call, caller, &client_id, start).await?;
    Ok(wire::AdminInitiateAuthResponse {
        challenge_name: answer.challenge_name,
        session: answer.session,
        challenge_parameters: answer.challenge_parameters,
        authentication_result: answer.authentication_result,
        available_challenges: answer.available_challenges,
    })
}

pub(crate) async fn respond(
    call: Call,
    input: wire::RespondToAuthChallengeRequest,
) -> Result<wire::RespondToAuthChallengeResponse, Failure> {
    // Ignored: analytics, which are not there.
    let wire::RespondToAuthChallengeRequest {
        client_id,
        challenge_name,
        session,
        challenge_responses,
        analytics_metadata: _,
        user_context_data,
        client_metadata,
    } = input;
    let call = call.with(client_metadata, device_data(user_context_data));
    let given = Given { name: challenge_name, session, responses: challenge_responses };
    let answer = answer(&call, Caller::Public, &client_id, given).await?;
    Ok(wire::RespondToAuthChallengeResponse {
        challenge_name: answer.challenge_name,
        session: answer.session,
        challenge_parameters: answer.challenge_parameters,
        authentication_result: answer.authentication_result,
        available_challenges: answer.available_challenges,
    })
}

pub(crate) async fn admin_respond(
    call: Call,
    input: wire::AdminRespondToAuthChallengeRequest,
) -> Result<wire::AdminRespondToAuthChallengeResponse, Failure> {
    // Ignored: analytics, which are not there.
    let wire::AdminRespondToAuthChallengeRequest {
        user_pool_id,
        client_id,
        challenge_name,
        challenge_responses,
        session,
        analytics_metadata: _,
        context_data,
        client_metadata,
    } = input;
    let call = on_behalf(call, client_metadata, context_data);
    let caller = Caller::Admin(parse(&user_pool_id, "user pool id")?);
    let given = Given { name: challenge_name, session, responses: challenge_responses };
    let answer = answer(&call, caller, &client_id, given).await?;
    Ok(wire::AdminRespondToAuthChallengeResponse {
        challenge_name: answer.challenge_name,
        session: answer.session,
        challenge_parameters: answer.challenge_parameters,
        authentication_result: answer.authentication_result,
        available_challenges: answer.available_challenges,
    })
}

pub(crate) async fn refresh(
    call: Call,
    input: wire::GetTokensFromRefreshTokenRequest,
) -> Result<wire::GetTokensFromRefreshTokenResponse, Failure> {
    let wire::GetTokensFromRefreshTokenRequest { refresh_token, client_id, client_secret, device_key, client_metadata } =
        input;
    let call = call.with(client_metadata, None).at_device(device_key);
    let request = RefreshTokens {
        client: parse(&client_id, "client id")?,
        client_secret: client_secret.map(secret),
        token: secret(refresh_token),
    };
    let tokens = call.users().get_tokens_from_refresh_token(request).await?;
    Ok(wire::GetTokensFromRefreshTokenResponse { authentication_result: Some(tokens_shape(&tokens)) })
}

pub(crate) async fn revoke(call: Call, input: wire::RevokeTokenRequest) -> Result<wire::RevokeTokenResponse, Failure> {
    // Ignored: that a sign-in at the managed login ends as well; none leads to sessions that begin at this API.
    let wire::RevokeTokenRequest { token, client_id, client_secret, revoke_associated_sessions: _ } = input;
    let request = RevokeToken {
        client: parse(&client_id, "client id")?,
        client_secret: client_secret.map(secret),
        token: secret(token),
    };
    call.users().revoke_token(request).await?;
    Ok(wire::RevokeTokenResponse::default())
}

/// A call of an administrator's server for somebody who signs in there.
fn on_behalf(call: Call, metadata: Option<BTreeMap<String, String>>, context: Option<wire::ContextDataType>) -> Call {
    let Some(context) = context else { return call.with(metadata, None).on_behalf_of(None) };
    // Ignored: the server's own name, path and headers.
    let wire::ContextDataType { ip_address, server_name: _, server_path: _, http_headers: _, encoded_data } = context;
    call.with(metadata, encoded_data).on_behalf_of(Some(&ip_address))
}

/// How a sign-in begins.
struct Start {
    flow: String,
    parameters: Option<BTreeMap<String, Sensitive>>,
    session: Option<Sensitive>,
}

async fn begin(call: &Call, caller: Caller, client: &str, start: Start) -> Result<wire::InitiateAuthResponse, Failure> {
    let mut parameters = Parameters(start.parameters.unwrap_or_default());
    let secret_hash = parameters.secret_hash();
    let call = call.clone().at_device(parameters.device_key());
    let flow = match start.flow.as_str() {
        "USER_AUTH" => by_choice(parameters, start.session)?,
        "USER_SRP_AUTH" => SignInFlow::UserSrp {
            username: parameters.need("USERNAME")?.into_inner(),
            client_public: parameters.need("SRP_A")?.into_inner(),
        },
        "USER_PASSWORD_AUTH" => SignInFlow::UserPassword {
            username: parameters.need("USERNAME")?.into_inner(),
            password: secret(parameters.need("PASSWORD")?),
        },
        "ADMIN_USER_PASSWORD_AUTH" | "ADMIN_NO_SRP_AUTH" => SignInFlow::AdminUserPassword {
            username: parameters.need("USERNAME")?.into_inner(),
            password: secret(parameters.need("PASSWORD")?),
        },
        "CUSTOM_AUTH" => {
            let first = parameters.take("CHALLENGE_NAME").or_else(|| parameters.take("ChallengeName"));
            let by_srp = first.is_some_and(|name| name.into_inner() == "SRP_A");
            SignInFlow::Custom {
                username: parameters.need("USERNAME")?.into_inner(),
                client_public: by_srp.then(|| parameters.need("SRP_A")).transpose()?.map(Sensitive::into_inner),
            }
        }
        "REFRESH_TOKEN_AUTH" | "REFRESH_TOKEN" => {
            SignInFlow::RefreshToken { token: secret(parameters.need("REFRESH_TOKEN")?) }
        }
        other => return Err(not_built(other)),
    };
    let request = InitiateAuth { client: parse(client, "client id")?, caller, secret_hash, flow };
    shape(call.users().initiate_auth(request).await?)
}

/// A sign-in of the user's choice, or one that goes on from a sign-up.
fn by_choice(mut parameters: Parameters, session: Option<Sensitive>) -> Result<SignInFlow, Failure> {
    let username = parameters.need("USERNAME")?.into_inner();
    if let Some(session) = session {
        return Ok(SignInFlow::SignedUp { username, session: secret(session) });
    }
    let preferred = parameters.take("PREFERRED_CHALLENGE").map(|name| first_factor(name.as_ref())).transpose()?;
    let step_up = step_up(&mut parameters)?;
    Ok(SignInFlow::User { username, preferred, answer: parameters.first_answer(), step_up })
}

/// How strong the sign-in is to be.
fn step_up(parameters: &mut Parameters) -> Result<Option<StepUp>, Failure> {
    let access_token = parameters.take("ACCESS_TOKEN").map(secret);
    let max_age = parameters.take("MAX_AGE").map(|text| seconds(text.as_ref())).transpose()?;
    let Some(levels) = parameters.take("TARGET_ACR_VALUES") else {
        let alone = access_token.is_some() || max_age.is_some();
        let needed = || Failure::invalid_parameter("Missing required parameter TARGET_ACR_VALUES");
        return if alone { Err(needed()) } else { Ok(None) };
    };
    let levels = levels.into_inner();
    let levels = levels.split_ascii_whitespace().map(str::to_owned).collect();
    Ok(Some(StepUp { levels, access_token, max_age }))
}

fn seconds(text: &str) -> Result<i64, Failure> {
    let seconds = text.parse().ok().filter(|seconds| *seconds >= 0);
    seconds.ok_or_else(|| Failure::invalid_parameter("MAX_AGE is not a number of seconds."))
}

fn first_factor(name: &str) -> Result<FirstFactor, Failure> {
    FirstFactor::named(name).ok_or_else(|| Failure::invalid_parameter(format!("{name} is not a first factor here.")))
}

struct Given {
    name: String,
    session: Option<Sensitive>,
    responses: Option<BTreeMap<String, Sensitive>>,
}

async fn answer(
    call: &Call,
    caller: Caller,
    client: &str,
    given: Given,
) -> Result<wire::InitiateAuthResponse, Failure> {
    let mut responses = Parameters(given.responses.unwrap_or_default());
    let secret_hash = responses.secret_hash();
    let call = call.clone().at_device(responses.device_key());
    let username = responses.need("USERNAME")?.into_inner();
    let answer = match given.name.as_str() {
        "PASSWORD_VERIFIER" => Answer::PasswordVerifier(proof(&mut responses)?),
        "DEVICE_SRP_AUTH" => {
            let session =
                given.session.ok_or_else(|| Failure::invalid_parameter("Missing required parameter Session"))?;
            Answer::DeviceSrp { session: secret(session), client_public: responses.need("SRP_A")?.into_inner() }
        }
        "DEVICE_PASSWORD_VERIFIER" => Answer::DeviceVerifier(proof(&mut responses)?),
        "CUSTOM_CHALLENGE" => {
            let session =
                given.session.ok_or_else(|| Failure::invalid_parameter("Missing required parameter Session"))?;
            Answer::Custom { session: secret(session), answer: secret(responses.need("ANSWER")?) }
        }
        "NEW_PASSWORD_REQUIRED" => {
            let session = needed(given.session)?;
            let password = secret(responses.need("NEW_PASSWORD")?);
            Answer::NewPassword { session, password, attributes: new_attributes(responses) }
        }
        "SELECT_CHALLENGE" => {
            let (session, choice) = (needed(given.session)?, first_factor(responses.need("ANSWER")?.as_ref())?);
            Answer::First { session, choice, answer: responses.first_answer() }
        }
        "EMAIL_OTP" => sent_code(given.session, Contact::Email, responses.need("EMAIL_OTP_CODE")?)?,
        "SMS_OTP" => sent_code(given.session, Contact::PhoneNumber, responses.need("SMS_OTP_CODE")?)?,
        "SMS_MFA" => sent_code(given.session, Contact::PhoneNumber, responses.need("SMS_MFA_CODE")?)?,
        "SOFTWARE_TOKEN_MFA" => {
            let session = needed(given.session)?;
            Answer::SoftwareToken { session, code: secret(responses.need("SOFTWARE_TOKEN_MFA_CODE")?) }
        }
        "SELECT_MFA_TYPE" => {
            let (session, name) = (needed(given.session)?, responses.need("ANSWER")?);
            let choice = SecondFactor::named(name.as_ref());
            let choice = choice.ok_or_else(|| Failure::invalid_parameter("ANSWER is not a second factor."))?;
            Answer::Second { session, choice }
        }
        "MFA_SETUP" => {
            let email = responses.take("EMAIL").map(Sensitive::into_inner);
            Answer::SetUp { session: needed(given.session)?, email }
        }
        "WEB_AUTHN" => Answer::Passkey {
            session: secret(
                given.session.ok_or_else(|| Failure::invalid_parameter("Missing required parameter Session"))?,
            ),
            credential: responses.need("CREDENTIAL")?.into_inner().into_bytes(),
        },
        other => return Err(not_built(other)),
    };
    let request = RespondToChallenge { client: parse(client, "client id")?, caller, secret_hash, username, answer };
    shape(call.users().respond_to_auth_challenge(request).await?)
}

/// A proof by SRP, of the password or of a device's secret.
fn proof(responses: &mut Parameters) -> Result<VerifierAnswer, Failure> {
    Ok(VerifierAnswer {
        secret_block: responses.need("PASSWORD_CLAIM_SECRET_BLOCK")?.into_inner(),
        signature: secret(responses.need("PASSWORD_CLAIM_SIGNATURE")?),
        timestamp: responses.need("TIMESTAMP")?.into_inner(),
    })
}

fn needed(session: Option<Sensitive>) -> Result<SecretString, Failure> {
    session.map(secret).ok_or_else(|| Failure::invalid_parameter("Missing required parameter Session"))
}

fn sent_code(session: Option<Sensitive>, contact: Contact, code: Sensitive) -> Result<Answer, Failure> {
    Ok(Answer::Code { session: needed(session)?, contact, code: secret(code) })
}

/// The attributes among the answers to `NEW_PASSWORD_REQUIRED`: those named `userAttributes.…`.
fn new_attributes(responses: Parameters) -> Attributes {
    let attribute = |(name, value): (String, Sensitive)| {
        Some((name.strip_prefix("userAttributes.")?.to_owned(), value.into_inner()))
    };
    responses.0.into_iter().filter_map(attribute).collect()
}
