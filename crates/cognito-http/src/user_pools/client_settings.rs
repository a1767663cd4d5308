//! The settings of a client, as creation and update give them. Every member is taken by name, so that a new member of the
//! model does not compile until somebody has decided what it means.

use std::collections::BTreeSet;

use cognito_wire::cognito_idp as wire;
use userpool_core::model::client::{AllowedFlow, ClientSettings, Rotation, TimeUnit, Validity};
use userpool_core::model::oauth::{CodeRules, OAuthSettings};

use crate::call::Call;
use crate::error::Failure;
use crate::user_pools::{oauth_settings, passthrough};

pub(super) const FLOWS: [(&str, AllowedFlow); 6] = [
    ("ALLOW_ADMIN_USER_PASSWORD_AUTH", AllowedFlow::AdminUserPassword),
    ("ALLOW_CUSTOM_AUTH", AllowedFlow::Custom),
    ("ALLOW_REFRESH_TOKEN_AUTH", AllowedFlow::RefreshToken),
    ("ALLOW_USER_AUTH", AllowedFlow::User),
    ("ALLOW_USER_PASSWORD_AUTH", AllowedFlow::UserPassword),
    ("ALLOW_USER_SRP_AUTH", AllowedFlow::UserSrp),
];

/// The members that creation and update share.
pub(super) struct Shared {
    pub(super) refresh_token_validity: Option<i64>,
    pub(super) access_token_validity: Option<i64>,
    pub(super) id_token_validity: Option<i64>,
    pub(super) token_validity_units: Option<wire::TokenValidityUnitsType>,
    pub(super) read_attributes: Option<Vec<String>>,
    pub(super) write_attributes: Option<Vec<String>>,
    pub(super) explicit_auth_flows: Option<Vec<String>>,
    pub(super) supported_identity_providers: Option<Vec<String>>,
    pub(super) callback_urls: Option<Vec<String>>,
    pub(super) logout_urls: Option<Vec<String>>,
    pub(super) default_redirect_uri: Option<String>,
    pub(super) allowed_oauth_flows: Option<Vec<String>>,
    pub(super) allowed_oauth_scopes: Option<Vec<String>>,
    pub(super) allowed_oauth_flows_user_pool_client: Option<bool>,
    pub(super) analytics_configuration: Option<wire::AnalyticsConfigurationType>,
    pub(super) prevent_user_existence_errors: Option<String>,
    pub(super) enable_token_revocation: Option<bool>,
    pub(super) enable_propagate_additional_user_context_data: Option<bool>,
    pub(super) auth_session_validity: Option<i64>,
    pub(super) refresh_token_rotation: Option<wire::RefreshTokenRotationType>,
    pub(super) publish_secrets_in_aws_secrets_manager: Option<bool>,
}

impl Shared {
    /// The domain's settings: what is built, what is kept to be shown again, or a refusal.
    pub(super) fn into_domain(self, call: &Call, name: &str) -> Result<ClientSettings, Failure> {
        self.refuse_unbuilt()?;
        let defaults = call.users().default_client_settings(name);
        let kept = passthrough::keep(&self.shown_as_given())?;
        let oauth = self.oauth(defaults.oauth.codes)?;
        let units = self.token_validity_units.unwrap_or_default();
        let validity = |value: Option<i64>, unit: Option<&String>, default: Validity| {
            let unit = unit.map_or(default.unit, |unit| time_unit(unit));
            value.filter(|value| *value > 0).map_or(default, |value| Validity { value, unit })
        };
        let set = |names: Option<Vec<String>>| {
            names.map(|names| names.into_iter().collect::<BTreeSet<_>>()).filter(|names| !names.is_empty())
        };
        Ok(ClientSettings {
            explicit_auth_flows: flows(&self.explicit_auth_flows.unwrap_or_default())?,
            read_attributes: set(self.read_attributes),
            write_attributes: set(self.write_attributes),
            access_token: validity(self.access_token_validity, units.access_token.as_ref(), defaults.access_token),
            id_token: validity(self.id_token_validity, units.id_token.as_ref(), defaults.id_token),
            refresh_token: validity(self.refresh_token_validity, units.refresh_token.as_ref(), defaults.refresh_token),
            rotation: self.refresh_token_rotation.and_then(rotation),
            revocation: self.enable_token_revocation.unwrap_or(defaults.revocation),
            prevent_user_existence_errors: self
                .prevent_user_existence_errors
                .map_or(defaults.prevent_user_existence_errors, |setting| setting == "ENABLED"),
            challenge_minutes: self.auth_session_validity.unwrap_or(defaults.challenge_minutes),
            oauth,
            passthrough: kept,
            ..defaults
        })
    }

    /// Members that would promise something that is not there.
    fn refuse_unbuilt(&self) -> Result<(), Failure> {
        passthrough::refuse("AnalyticsConfiguration", self.analytics_configuration.as_ref())?;
        let propagate = self.enable_propagate_additional_user_context_data;
        passthrough::refuse("EnablePropagateAdditionalUserContextData", propagate.as_ref())?;
        passthrough::refuse("PublishSecretsInAWSSecretsManager", self.publish_secrets_in_aws_secrets_manager.as_ref())
    }

    /// What it may do at the OAuth endpoints.
    fn oauth(&self, codes: CodeRules) -> Result<OAuthSettings, Failure> {
        oauth_settings::read(oauth_settings::Given {
            enabled: self.allowed_oauth_flows_user_pool_client,
            flows: self.allowed_oauth_flows.as_deref(),
            scopes: self.allowed_oauth_scopes.as_deref(),
            redirect_uris: self.callback_urls.as_deref(),
            logout_uris: self.logout_urls.as_deref(),
            default_redirect_uri: self.default_redirect_uri.as_deref(),
            providers: self.supported_identity_providers.as_deref(),
            codes,
        })
    }

    /// What is shown again as it was given: lifetimes only if they were asked for; flows under their old names.
    fn shown_as_given(&self) -> wire::UserPoolClientType {
        let has_old_names = |flows: &&Vec<String>| flows.iter().any(|flow| is_old_name(flow));
        wire::UserPoolClientType {
            access_token_validity: self.access_token_validity,
            id_token_validity: self.id_token_validity,
            token_validity_units: self.token_validity_units.clone(),
            explicit_auth_flows: self.explicit_auth_flows.as_ref().filter(has_old_names).cloned(),
            ..wire::UserPoolClientType::default()
        }
    }
}

fn rotation(given: wire::RefreshTokenRotationType) -> Option<Rotation> {
    let wire::RefreshTokenRotationType { feature, retry_grace_period_seconds } = given;
    (feature == "ENABLED").then(|| Rotation { grace_seconds: retry_grace_period_seconds.unwrap_or(0) })
}

/// A flow's name from before `ALLOW_…`.
fn is_old_name(flow: &str) -> bool {
    !flow.starts_with("ALLOW_")
}

fn flows(given: &[String]) -> Result<BTreeSet<AllowedFlow>, Failure> {
    if given.iter().any(|flow| is_old_name(flow)) && !given.iter().all(|flow| is_old_name(flow)) {
        return Err(Failure::invalid_parameter("ExplicitAuthFlows cannot mix values with and without ALLOW_."));
    }
    let mut out = BTreeSet::new();
    for flow in given {
        match flow.as_str() {
            "ADMIN_NO_SRP_AUTH" => drop(out.insert(AllowedFlow::AdminUserPassword)),
            "USER_PASSWORD_AUTH" => drop(out.insert(AllowedFlow::UserPassword)),
            "CUSTOM_AUTH_FLOW_ONLY" => drop(out.insert(AllowedFlow::Custom)),
            name => match FLOWS.iter().find(|(own, _)| *own == name) {
                Some((_, flow)) => drop(out.insert(*flow)),
                None => return Err(Failure::invalid_parameter(format!("{name} is not supported by this server yet."))),
            },
        }
    }
    // Clients with the old names always refresh, and sign in by SRP.
    if given.iter().any(|flow| is_old_name(flow)) {
        out.extend([AllowedFlow::RefreshToken, AllowedFlow::UserSrp]);
    }
    Ok(out)
}

fn time_unit(name: &str) -> TimeUnit {
    match name {
        "seconds" => TimeUnit::Seconds,
        "minutes" => TimeUnit::Minutes,
        "days" => TimeUnit::Days,
        _ => TimeUnit::Hours,
    }
}
