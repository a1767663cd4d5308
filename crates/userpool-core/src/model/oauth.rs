//! What a client may do at the OAuth endpoints.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::ids::{OWN_PROVIDER, ProviderName};
use crate::model::redirect::RedirectUri;
use crate::model::resource_server::{STANDARD_SCOPES, Scope};

/// A way to tokens at the OAuth endpoints.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub enum OAuthFlow {
    /// An authorization code (RFC 6749 §4.1).
    Code,
    /// Tokens in the answer of the authorization endpoint (RFC 6749 §4.2): RFC 9700 advises against it.
    Implicit,
    /// Tokens for the client itself (RFC 6749 §4.4).
    ClientCredentials,
}

impl OAuthFlow {
    /// Every flow.
    pub const ALL: [Self; 3] = [Self::Code, Self::Implicit, Self::ClientCredentials];

    /// The flow as `AllowedOAuthFlows` names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Implicit => "implicit",
            Self::ClientCredentials => "client_credentials",
        }
    }
}

/// Rules of authorization codes in which a safe client and Cognito differ.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct CodeRules {
    /// Whether a code is only asked for with a challenge (PKCE, RFC 7636).
    pub challenge_required: bool,
    /// Seconds that a code can be redeemed: 60, or 300 as on Cognito.
    pub seconds: u32,
}

impl CodeRules {
    /// What hardened clients begin with.
    pub const HARDENED: Self = Self { challenge_required: true, seconds: 60 };

    /// What Cognito's clients begin with.
    pub const COGNITO: Self = Self { challenge_required: false, seconds: 300 };
}

impl Default for CodeRules {
    fn default() -> Self {
        Self::HARDENED
    }
}

/// What a client may do at the OAuth endpoints.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct OAuthSettings {
    /// Whether it may use them at all: `AllowedOAuthFlowsUserPoolClient`. The rest is kept and means nothing without.
    #[serde(default)]
    pub enabled: bool,
    /// Its ways to tokens there.
    #[serde(default)]
    pub flows: BTreeSet<OAuthFlow>,
    /// The scopes that it may ask for, in the order in which they were given. One whose resource server or name has gone since
    /// is kept, and means nothing until it is there again.
    pub scopes: Vec<Scope>,
    /// Where answers of the authorization endpoint may go: 100 at most.
    #[serde(default)]
    pub redirect_uris: Vec<RedirectUri>,
    /// Where signing out may lead: 100 at most.
    #[serde(default)]
    pub logout_uris: Vec<RedirectUri>,
    /// Where answers go when a request does not say: one of [`redirect_uris`](Self::redirect_uris).
    #[serde(default)]
    pub default_redirect_uri: Option<RedirectUri>,
    /// Whose users sign in through it, in the order in which they were given: `COGNITO` stands for the pool itself. A provider that
    /// has gone since is kept, and lets nobody in.
    #[serde(default)]
    pub providers: Vec<ProviderName>,
    /// Rules of codes.
    #[serde(default)]
    pub codes: CodeRules,
}

/// The most URIs of one list.
pub const MOST_URIS: usize = 100;

/// Why flows do not go together, or not with the client.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FlowProblem {
    /// A client's own tokens need no user: the flow stands alone.
    #[error("client_credentials does not go with another flow")]
    ClientCredentialsBesideOthers,
    /// The client has no secret to prove itself by.
    #[error("client_credentials needs a client with a secret")]
    ClientCredentialsWithoutSecret,
    /// A scope that speaks of a user.
    #[error("the scope {0} does not go with client_credentials")]
    ScopeOfUsers(Scope),
}

impl OAuthSettings {
    /// Whether the client may use this flow at the endpoints.
    pub fn allows(&self, flow: OAuthFlow) -> bool {
        self.enabled && self.flows.contains(&flow)
    }

    /// Whether users sign in at the endpoints through the client.
    pub fn signs_users_in(&self) -> bool {
        self.allows(OAuthFlow::Code) || self.allows(OAuthFlow::Implicit)
    }

    /// Whether those users are the pool's own too: a client that lists providers lists the pool as `COGNITO`.
    pub fn signs_own_users_in(&self) -> bool {
        let own = |provider: &ProviderName| provider.as_str() == OWN_PROVIDER;
        self.signs_users_in() && (self.providers.is_empty() || self.providers.iter().any(own))
    }

    /// The registered URI that is exactly this text (RFC 9700 §2.1, §4.1.3): nothing is normalised. Without one in the request,
    /// the default, or the only one there is.
    pub fn redirect_uri(&self, requested: Option<&str>) -> Option<&RedirectUri> {
        match requested.filter(|text| !text.is_empty()) {
            Some(text) => self.redirect_uris.iter().find(|uri| uri.as_str() == text),
            None => match (&self.default_redirect_uri, self.redirect_uris.as_slice()) {
                (Some(default), uris) => uris.iter().find(|uri| *uri == default),
                (None, [only]) => Some(only),
                _ => None,
            },
        }
    }

    /// The registered URI for after signing out that is exactly this text.
    pub fn logout_uri(&self, requested: &str) -> Option<&RedirectUri> {
        self.logout_uris.iter().find(|uri| uri.as_str() == requested)
    }

    /// What of the flows does not go together; `None` if nothing.
    pub fn problem_of_flows(&self, has_secret: bool) -> Option<FlowProblem> {
        if !self.flows.contains(&OAuthFlow::ClientCredentials) {
            return None;
        }
        if self.flows.len() > 1 {
            return Some(FlowProblem::ClientCredentialsBesideOthers);
        }
        if !has_secret {
            return Some(FlowProblem::ClientCredentialsWithoutSecret);
        }
        let of_users = self.scopes.iter().find(|scope| STANDARD_SCOPES.contains(&scope.as_str()));
        of_users.cloned().map(FlowProblem::ScopeOfUsers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(uris: &[&str]) -> OAuthSettings {
        OAuthSettings {
            redirect_uris: uris.iter().map(|uri| uri.parse().unwrap()).collect(),
            ..OAuthSettings::default()
        }
    }

    #[test]
    fn without_a_request_the_default_counts_or_the_only_one() {
        let two = settings(&["https://a.example/cb", "https://b.example/cb"]);
        let default = Some("https://b.example/cb".parse().unwrap());
        let gone = Some("https://gone.example/cb".parse().unwrap());

        assert_eq!(settings(&["https://a.example/cb"]).redirect_uri(None).unwrap().as_str(), "https://a.example/cb");
        assert_eq!(two.redirect_uri(None), None);
        let with_default = OAuthSettings { default_redirect_uri: default, ..two.clone() };
        assert_eq!(with_default.redirect_uri(None).unwrap().as_str(), "https://b.example/cb");
        assert_eq!(OAuthSettings { default_redirect_uri: gone, ..two }.redirect_uri(None), None);
    }

    #[test]
    fn a_switch_that_is_off_allows_no_flow() {
        let settings = OAuthSettings { flows: OAuthFlow::ALL.into(), ..OAuthSettings::default() };

        assert!(OAuthFlow::ALL.iter().all(|flow| !settings.allows(*flow)) && !settings.signs_users_in());
    }
}
