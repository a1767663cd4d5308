//! `AdminListUserAuthEvents`, `AdminUpdateAuthEventFeedback`, `UpdateAuthEventFeedback`, `SetLogDeliveryConfiguration`,
//! `GetLogDeliveryConfiguration`.

use cognito_wire::cognito_idp as wire;
use userpool_core::model::risk::{LogDelivery, LogDestination, LogSource};
use userpool_core::model::sign_in_history::{AuthEvent, AuthEventKind, AuthEventResponse, Feedback, FeedbackBy};

use crate::call::{Call, parse};
use crate::error::Failure;

pub(crate) async fn list(
    call: Call,
    input: wire::AdminListUserAuthEventsRequest,
) -> Result<wire::AdminListUserAuthEventsResponse, Failure> {
    let wire::AdminListUserAuthEventsRequest { user_pool_id, username, max_results, next_token } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    let bound = [user_pool_id.as_str(), &username];
    let page = call.page(max_results, next_token, &bound)?;
    let found = call.users().admin_list_user_auth_events(&pool, &username, &page).await?;
    Ok(wire::AdminListUserAuthEventsResponse {
        auth_events: Some(found.items.into_iter().map(shape).collect()),
        next_token: call.next(found.next, &bound),
    })
}

fn shape(event: AuthEvent) -> wire::AuthEventType {
    let kind = match event.kind {
        AuthEventKind::SignIn => "SignIn",
        AuthEventKind::SignUp => "SignUp",
        AuthEventKind::ForgotPassword => "ForgotPassword",
        AuthEventKind::PasswordChange => "PasswordChange",
        AuthEventKind::ResendCode => "ResendCode",
    };
    let response = match event.response {
        AuthEventResponse::Pass => "Pass",
        AuthEventResponse::Fail => "Fail",
        AuthEventResponse::InProgress => "InProgress",
    };
    let decision = match event.risk {
        _ if event.blocked => "Block",
        Some(_) => "AccountTakeover",
        None => "NoRisk",
    };
    wire::AuthEventType {
        event_id: Some(event.id),
        event_type: Some(kind.to_owned()),
        creation_date: Some(event.at.epoch_seconds_f64()),
        event_response: Some(response.to_owned()),
        event_risk: Some(wire::EventRiskType {
            risk_decision: Some(decision.to_owned()),
            risk_level: event.risk.map(|level| level.name().to_owned()),
            compromised_credentials_detected: Some(event.compromised),
        }),
        challenge_responses: event.challenge.map(|challenge| vec![challenge_shape(&challenge)]),
        event_context_data: Some(wire::EventContextDataType {
            ip_address: event.address,
            device_name: event.device_name,
            timezone: None,
            city: event.city,
            country: event.country,
        }),
        event_feedback: event.feedback.map(feedback_shape),
    }
}

/// The challenge that was asked: the answer to the one before was right.
fn challenge_shape(challenge: &str) -> wire::ChallengeResponseType {
    let name =
        if challenge.starts_with("PASSWORD") || challenge.starts_with("NEW_PASSWORD") { "Password" } else { "Mfa" };
    wire::ChallengeResponseType {
        challenge_name: Some(name.to_owned()),
        challenge_response: Some("Success".to_owned()),
    }
}

fn feedback_shape(feedback: Feedback) -> wire::EventFeedbackType {
    let provider = match feedback.by {
        FeedbackBy::Administrator => "Administrator",
        FeedbackBy::User => "User",
    };
    wire::EventFeedbackType {
        feedback_value: if feedback.valid { "Valid" } else { "Invalid" }.to_owned(),
        provider: provider.to_owned(),
        feedback_date: Some(feedback.at.epoch_seconds_f64()),
    }
}

pub(crate) async fn admin_feedback(
    call: Call,
    input: wire::AdminUpdateAuthEventFeedbackRequest,
) -> Result<wire::AdminUpdateAuthEventFeedbackResponse, Failure> {
    let wire::AdminUpdateAuthEventFeedbackRequest { user_pool_id, username, event_id, feedback_value } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    let valid = feedback_value == "Valid";
    call.users().admin_update_auth_event_feedback(&pool, &username, &event_id, valid).await?;
    Ok(wire::AdminUpdateAuthEventFeedbackResponse::default())
}

pub(crate) async fn feedback(
    call: Call,
    input: wire::UpdateAuthEventFeedbackRequest,
) -> Result<wire::UpdateAuthEventFeedbackResponse, Failure> {
    let wire::UpdateAuthEventFeedbackRequest { user_pool_id, username, event_id, feedback_token, feedback_value } =
        input;
    let pool = parse(&user_pool_id, "user pool id")?;
    let valid = feedback_value == "Valid";
    call.users().update_auth_event_feedback(&pool, &username, (&event_id, &feedback_token), valid).await?;
    Ok(wire::UpdateAuthEventFeedbackResponse::default())
}

pub(crate) async fn set_logs(
    call: Call,
    input: wire::SetLogDeliveryConfigurationRequest,
) -> Result<wire::SetLogDeliveryConfigurationResponse, Failure> {
    let wire::SetLogDeliveryConfigurationRequest { user_pool_id, log_configurations } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    let logs = log_configurations.into_iter().map(delivery).collect::<Result<Vec<_>, _>>()?;
    let pool = call.users().set_log_delivery(&pool, logs).await?;
    let set = logs_shape(user_pool_id, pool.protection.logs);
    Ok(wire::SetLogDeliveryConfigurationResponse { log_delivery_configuration: Some(set) })
}

pub(crate) async fn logs(
    call: Call,
    input: wire::GetLogDeliveryConfigurationRequest,
) -> Result<wire::GetLogDeliveryConfigurationResponse, Failure> {
    let wire::GetLogDeliveryConfigurationRequest { user_pool_id } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    let logs = call.users().log_delivery(&pool).await?;
    Ok(wire::GetLogDeliveryConfigurationResponse { log_delivery_configuration: Some(logs_shape(user_pool_id, logs)) })
}

/// Each log has its level, and at most one destination.
fn delivery(given: wire::LogConfigurationType) -> Result<LogDelivery, Failure> {
    let wire::LogConfigurationType {
        log_level,
        event_source,
        cloud_watch_logs_configuration: group,
        s3_configuration: bucket,
        firehose_configuration: stream,
    } = given;
    let source = match (event_source.as_str(), log_level.as_str()) {
        ("userNotification", "ERROR") => LogSource::UserNotification,
        ("userAuthEvents", "INFO") => LogSource::UserAuthEvents,
        _ => return Err(Failure::invalid_parameter(format!("{event_source} has no log of the level {log_level}."))),
    };
    let mut destinations = [
        group.and_then(|group| group.log_group_arn).map(LogDestination::LogGroup),
        bucket.and_then(|bucket| bucket.bucket_arn).map(LogDestination::Bucket),
        stream.and_then(|stream| stream.stream_arn).map(LogDestination::Stream),
    ]
    .into_iter()
    .flatten();
    let destination = destinations.next();
    let fits = source == LogSource::UserAuthEvents
        || !matches!(destination, Some(LogDestination::Bucket(_) | LogDestination::Stream(_)));
    if destinations.next().is_some() || !fits {
        return Err(Failure::invalid_parameter(format!("{event_source} does not go to these destinations.")));
    }
    Ok(LogDelivery { source, destination })
}

fn logs_shape(pool: String, logs: Vec<LogDelivery>) -> wire::LogDeliveryConfigurationType {
    let log_configurations = logs.into_iter().map(delivery_shape).collect();
    wire::LogDeliveryConfigurationType { user_pool_id: pool, log_configurations }
}

fn delivery_shape(log: LogDelivery) -> wire::LogConfigurationType {
    let (source, level) = match log.source {
        LogSource::UserNotification => ("userNotification", "ERROR"),
        LogSource::UserAuthEvents => ("userAuthEvents", "INFO"),
    };
    let mut shape = wire::LogConfigurationType {
        log_level: level.to_owned(),
        event_source: source.to_owned(),
        ..wire::LogConfigurationType::default()
    };
    match log.destination {
        Some(LogDestination::LogGroup(arn)) => {
            let group = wire::CloudWatchLogsConfigurationType { log_group_arn: Some(arn) };
            shape.cloud_watch_logs_configuration = Some(group);
        }
        Some(LogDestination::Bucket(arn)) => {
            shape.s3_configuration = Some(wire::S3ConfigurationType { bucket_arn: Some(arn) });
        }
        Some(LogDestination::Stream(arn)) => {
            shape.firehose_configuration = Some(wire::FirehoseConfigurationType { stream_arn: Some(arn) });
        }
        None => {}
    }
    shape
}
