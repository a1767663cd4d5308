//! `SetRiskConfiguration`, `DescribeRiskConfiguration`.

use std::collections::BTreeSet;

use cognito_wire::cognito_idp as wire;
use userpool_core::model::ids::ClientId;
use userpool_core::model::network::Network;
use userpool_core::model::risk::{
    AccountTakeover, AddressLists, CompromisedCredentials, CredentialEvent, MailText, NotifyTexts, RiskAction,
    RiskConfiguration, TakeoverAction,
};

use crate::call::{Call, parse};
use crate::error::Failure;
use crate::user_pools::shapes::non_empty;

pub(crate) async fn set(
    call: Call,
    input: wire::SetRiskConfigurationRequest,
) -> Result<wire::SetRiskConfigurationResponse, Failure> {
    let wire::SetRiskConfigurationRequest {
        user_pool_id,
        client_id,
        compromised_credentials_risk_configuration,
        account_takeover_risk_configuration,
        risk_exception_configuration,
    } = input;
    let (pool, client) = (parse(&user_pool_id, "user pool id")?, client(client_id)?);
    let configuration = RiskConfiguration {
        compromised: compromised_credentials_risk_configuration.map(compromised),
        takeover: account_takeover_risk_configuration.map(takeover),
        exceptions: exceptions(risk_exception_configuration.unwrap_or_default())?,
        ..RiskConfiguration::default()
    };
    let set = call.users().set_risk_configuration(&pool, client.as_ref(), configuration).await?;
    Ok(wire::SetRiskConfigurationResponse { risk_configuration: shape(user_pool_id, client, set) })
}

pub(crate) async fn describe(
    call: Call,
    input: wire::DescribeRiskConfigurationRequest,
) -> Result<wire::DescribeRiskConfigurationResponse, Failure> {
    let wire::DescribeRiskConfigurationRequest { user_pool_id, client_id } = input;
    let (pool, client) = (parse(&user_pool_id, "user pool id")?, client(client_id)?);
    let found = call.users().describe_risk_configuration(&pool, client.as_ref()).await?;
    Ok(wire::DescribeRiskConfigurationResponse { risk_configuration: shape(user_pool_id, client, found) })
}

/// The client that is meant; none for the pool, also where an empty name or `ALL` is sent.
fn client(id: Option<cognito_wire::Sensitive>) -> Result<Option<ClientId>, Failure> {
    let id = id.map(cognito_wire::Sensitive::into_inner).filter(|id| !id.is_empty() && id != "ALL");
    id.map(|id| parse(&id, "client id")).transpose()
}

fn compromised(given: wire::CompromisedCredentialsRiskConfigurationType) -> CompromisedCredentials {
    let wire::CompromisedCredentialsRiskConfigurationType { event_filter, actions } = given;
    let events: BTreeSet<CredentialEvent> = event_filter.unwrap_or_default().iter().map(|name| event(name)).collect();
    let events = if events.is_empty() { BTreeSet::from(CredentialEvent::ALL) } else { events };
    CompromisedCredentials { events, block: actions.event_action == "BLOCK" }
}

fn event(name: &str) -> CredentialEvent {
    match name {
        "PASSWORD_CHANGE" => CredentialEvent::PasswordChange,
        "SIGN_UP" => CredentialEvent::SignUp,
        _ => CredentialEvent::SignIn,
    }
}

fn takeover(given: wire::AccountTakeoverRiskConfigurationType) -> AccountTakeover {
    let wire::AccountTakeoverRiskConfigurationType { notify_configuration, actions } = given;
    let wire::AccountTakeoverActionsType { low_action, medium_action, high_action } = actions;
    AccountTakeover {
        low: low_action.map(action),
        medium: medium_action.map(action),
        high: high_action.map(action),
        notify: notify_configuration.map(texts),
    }
}

const ACTIONS: [(&str, RiskAction); 4] = [
    ("BLOCK", RiskAction::Block),
    ("MFA_IF_CONFIGURED", RiskAction::MfaIfConfigured),
    ("MFA_REQUIRED", RiskAction::MfaRequired),
    ("NO_ACTION", RiskAction::NoAction),
];

fn action(given: wire::AccountTakeoverActionType) -> TakeoverAction {
    let wire::AccountTakeoverActionType { notify, event_action } = given;
    let found = ACTIONS.iter().find(|(name, _)| *name == event_action);
    TakeoverAction { action: found.map(|(_, action)| *action).unwrap_or_default(), notify }
}

fn action_shape(action: TakeoverAction) -> wire::AccountTakeoverActionType {
    let name = ACTIONS.iter().find(|(_, own)| *own == action.action).map_or("NO_ACTION", |(name, _)| name);
    wire::AccountTakeoverActionType { notify: action.notify, event_action: name.to_owned() }
}

fn texts(given: wire::NotifyConfigurationType) -> NotifyTexts {
    let wire::NotifyConfigurationType { from, reply_to, source_arn, block_email, no_action_email, mfa_email } = given;
    NotifyTexts {
        from,
        reply_to,
        source_arn,
        block: block_email.map(text),
        no_action: no_action_email.map(text),
        mfa: mfa_email.map(text),
    }
}

fn text(given: wire::NotifyEmailType) -> MailText {
    let wire::NotifyEmailType { subject, html_body, text_body } = given;
    MailText { subject, html: html_body, text: text_body }
}

fn text_shape(text: MailText) -> wire::NotifyEmailType {
    wire::NotifyEmailType { subject: text.subject, html_body: text.html, text_body: text.text }
}

fn exceptions(given: wire::RiskExceptionConfigurationType) -> Result<AddressLists, Failure> {
    let wire::RiskExceptionConfigurationType { blocked_ip_range_list, skipped_ip_range_list } = given;
    let networks = |list: Option<Vec<String>>| -> Result<Vec<Network>, Failure> {
        list.unwrap_or_default().iter().map(|text| parse(text, "IP address range")).collect()
    };
    Ok(AddressLists { blocked: networks(blocked_ip_range_list)?, skipped: networks(skipped_ip_range_list)? })
}

fn shape(pool: String, client: Option<ClientId>, risk: RiskConfiguration) -> wire::RiskConfigurationType {
    let RiskConfiguration { compromised, takeover, exceptions, modified_at } = risk;
    let was_set = modified_at.epoch_millis() > 0;
    wire::RiskConfigurationType {
        user_pool_id: Some(pool),
        client_id: client.map(|client| client.as_str().into()),
        compromised_credentials_risk_configuration: compromised.as_ref().map(compromised_shape),
        account_takeover_risk_configuration: takeover.map(takeover_shape),
        risk_exception_configuration: exceptions_shape(&exceptions),
        last_modified_date: was_set.then(|| modified_at.epoch_seconds_f64()),
    }
}

fn compromised_shape(compromised: &CompromisedCredentials) -> wire::CompromisedCredentialsRiskConfigurationType {
    let name = |event: &CredentialEvent| match event {
        CredentialEvent::SignIn => "SIGN_IN".to_owned(),
        CredentialEvent::PasswordChange => "PASSWORD_CHANGE".to_owned(),
        CredentialEvent::SignUp => "SIGN_UP".to_owned(),
    };
    let action = if compromised.block { "BLOCK" } else { "NO_ACTION" };
    wire::CompromisedCredentialsRiskConfigurationType {
        event_filter: Some(compromised.events.iter().map(name).collect()),
        actions: wire::CompromisedCredentialsActionsType { event_action: action.to_owned() },
    }
}

fn takeover_shape(takeover: AccountTakeover) -> wire::AccountTakeoverRiskConfigurationType {
    wire::AccountTakeoverRiskConfigurationType {
        notify_configuration: takeover.notify.map(|notify| wire::NotifyConfigurationType {
            from: notify.from,
            reply_to: notify.reply_to,
            source_arn: notify.source_arn,
            block_email: notify.block.map(text_shape),
            no_action_email: notify.no_action.map(text_shape),
            mfa_email: notify.mfa.map(text_shape),
        }),
        actions: wire::AccountTakeoverActionsType {
            low_action: takeover.low.map(action_shape),
            medium_action: takeover.medium.map(action_shape),
            high_action: takeover.high.map(action_shape),
        },
    }
}

fn exceptions_shape(lists: &AddressLists) -> Option<wire::RiskExceptionConfigurationType> {
    let texts = |networks: &[Network]| non_empty(networks.iter().map(ToString::to_string).collect());
    let shape = wire::RiskExceptionConfigurationType {
        blocked_ip_range_list: texts(&lists.blocked),
        skipped_ip_range_list: texts(&lists.skipped),
    };
    (shape != wire::RiskExceptionConfigurationType::default()).then_some(shape)
}
