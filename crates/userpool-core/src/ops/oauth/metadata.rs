//! What a pool's endpoints are, for clients that look them up (OpenID Connect Discovery 1.0 §3, RFC 8414 §2).

use serde_json::{Map, Value, json};

use crate::model::ids::UserPoolId;
use crate::service::UserPools;

impl UserPools {
    /// The members of a pool's discovery document that speak of its endpoints; `None` where none are served. All stand below
    /// the URL that the operator has named, whatever host a request names.
    pub fn oauth_metadata(&self, pool: &UserPoolId) -> Option<Map<String, Value>> {
        let base = format!("{}/{pool}", self.oauth_base.as_ref()?);
        let at = |path: &str| json!(format!("{base}{path}"));
        let methods = json!(["client_secret_basic", "client_secret_post", "none"]);
        let own = json!(["client_secret_basic", "client_secret_post"]);
        let members = [
            ("authorization_endpoint", at("/oauth2/authorize")),
            ("token_endpoint", at("/oauth2/token")),
            ("userinfo_endpoint", at("/oauth2/userInfo")),
            ("revocation_endpoint", at("/oauth2/revoke")),
            ("introspection_endpoint", at("/oauth2/introspect")),
            ("end_session_endpoint", at("/logout")),
            ("response_types_supported", json!(["code", "token"])),
            ("response_modes_supported", json!(["query", "fragment"])),
            ("grant_types_supported", json!(["authorization_code", "implicit", "refresh_token", "client_credentials"])),
            ("code_challenge_methods_supported", json!(["S256"])),
            ("scopes_supported", json!(["openid", "email", "phone", "profile"])),
            ("token_endpoint_auth_methods_supported", methods.clone()),
            ("revocation_endpoint_auth_methods_supported", methods),
            ("introspection_endpoint_auth_methods_supported", own),
            ("prompt_values_supported", json!(["none", "login", "select_account"])),
            ("authorization_response_iss_parameter_supported", json!(true)),
            ("request_parameter_supported", json!(false)),
            ("request_uri_parameter_supported", json!(false)),
        ];
        Some(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}
