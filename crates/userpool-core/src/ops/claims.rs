//! What tokens tell beside their registered claims: attributes, and what hooks change of both tokens.

use serde_json::{Map, Value, json};

use crate::model::client::AppClient;
use crate::model::login::Login;
use crate::model::session::{Grant, Session};
use crate::model::user::User;
use crate::ops::outcome::SELF_SERVICE_SCOPE;
use crate::ports::{ClaimChanges, ClaimEdits};

/// Claims that no hook changes: those that say who, by whom, for whom and how long.
const FIXED: [&str; 22] = [
    "acr",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "azp",
    "client_id",
    "device_key",
    "event_id",
    "exp",
    "iat",
    "identities",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "origin_jti",
    "sub",
    "token_use",
    "username",
    "version",
    "act",
];

/// Whether no hook changes the claim. Of Cognito's own (`cognito:groups`, ...) groups are changed as groups.
fn is_fixed(name: &str) -> bool {
    FIXED.contains(&name) || name.starts_with("cognito:")
}

/// What an ID token tells beside its registered claims: attributes, the nonce, and what hooks set.
pub(crate) fn of_id_token(
    client: &AppClient,
    user: &User,
    session: &Session,
    edits: &ClaimEdits,
) -> Map<String, Value> {
    let mut claims = attribute_claims(client, user);
    claims.retain(|name, _| is_told(&session.grant.scopes, name));
    let may =
        |(name, value): &(&String, &Value)| !is_fixed(name) && !name.starts_with("dev:") && keeps_type(name, value);
    claims.extend(edits.set.iter().filter(may).map(|(name, value)| (name.clone(), value.clone())));
    claims.retain(|name, _| !edits.suppress.contains(name));
    if let Some(nonce) = &session.grant.nonce {
        claims.insert("nonce".to_owned(), json!(nonce));
    }
    claims.extend(strength(session));
    claims
}

/// How strong the sign-in was, where a level was asked for: no hook changes it.
fn strength(session: &Session) -> impl Iterator<Item = (String, Value)> + use<> {
    let Grant { acr, amr, .. } = &session.grant;
    let acr = acr.as_ref().map(|acr| [("acr".to_owned(), json!(acr)), ("amr".to_owned(), json!(amr))]);
    acr.into_iter().flatten()
}

/// What hooks set of an access token. `scope` is changed as scopes, and `aud` names the client or nobody.
pub(crate) fn of_access_token(client: &AppClient, session: &Session, edits: &ClaimEdits) -> Map<String, Value> {
    let may = |name: &str, value: &Value| match name {
        "aud" => value.as_str() == Some(client.id.as_str()),
        "scope" => false,
        name => !is_fixed(name) && !name.starts_with("dev:"),
    };
    let set = edits.set.iter().filter(|(name, value)| may(name, value) && !edits.suppress.contains(*name));
    let of_oauth = is_of_oauth(session).then(|| of_oauth(session.grant.resource.as_ref()));
    let set = set.map(|(name, value)| (name.clone(), value.clone()));
    set.chain(of_oauth.into_iter().flatten()).chain(strength(session)).collect()
}

/// What access tokens of the OAuth endpoints have beside the others: the second form, and for whom they are (RFC 8707).
pub(crate) fn of_oauth(resource: Option<&String>) -> impl Iterator<Item = (String, Value)> + use<> {
    let audience = resource.map(|resource| ("aud".to_owned(), json!(resource)));
    std::iter::once(("version".to_owned(), json!(2))).chain(audience)
}

/// Whether a session was begun at the OAuth endpoints. One that was not has the scope of the user's own account alone.
fn is_of_oauth(session: &Session) -> bool {
    session.grant.scopes.iter().any(|scope| scope != SELF_SERVICE_SCOPE) || session.grant.scopes.is_empty()
}

/// Whether somebody who has these scopes is told this attribute. Without any of the three that speak of attributes, all are.
pub(crate) fn is_told(scopes: &[String], attribute: &str) -> bool {
    let has = |scope: &str| scopes.iter().any(|own| own == scope);
    match attribute {
        _ if !has("email") && !has("phone") && !has("profile") => true,
        // Who somebody is at a provider is no attribute of theirs.
        "identities" => true,
        "email" | "email_verified" => has("email"),
        "phone_number" | "phone_number_verified" => has("phone"),
        _ => has("profile"),
    }
}

/// The scopes of an access token, as `scope` has them.
pub(crate) fn scopes(session: &Session, changes: &ClaimChanges) -> String {
    let mut scopes: Vec<&str> = session.grant.scopes.iter().map(String::as_str).collect();
    for scope in changes.scopes_to_add.iter().filter(|scope| is_own_scope(scope)) {
        if !scopes.contains(&scope.as_str()) {
            scopes.push(scope);
        }
    }
    scopes.retain(|scope| !changes.scopes_to_suppress.contains(*scope));
    scopes.join(" ")
}

/// Whether a hook may add the scope: a `scope-token` (RFC 6749 §3.3), and none that opens Cognito's own operations.
fn is_own_scope(scope: &str) -> bool {
    let token = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    !scope.is_empty() && scope.bytes().all(token) && !scope.starts_with("aws.cognito.")
}

/// Whether the value is of the type that clients expect of the claim.
fn keeps_type(name: &str, value: &Value) -> bool {
    match name {
        "email_verified" | "phone_number_verified" => value.is_boolean(),
        "updated_at" => value.is_number(),
        "address" => value.is_object(),
        _ => true,
    }
}

/// The attributes that the client may read, as claims: verified flags as booleans, `updated_at` as a number, `address`
/// as an object (OpenID Connect Core §5.1), everything else as text.
fn attribute_claims(client: &AppClient, user: &User) -> Map<String, Value> {
    let readable = user.attributes.iter().filter(|(name, _)| *name != "sub" && client.reads(name));
    readable
        .map(|(name, value)| {
            let claim = match name.as_str() {
                "email_verified" | "phone_number_verified" => json!(value == "true"),
                "updated_at" => value.parse::<i64>().map_or_else(|_| json!(value), |number| json!(number)),
                "address" => json!({"formatted": value}),
                _ => json!(value),
            };
            (name.clone(), claim)
        })
        .chain(identities(client, user))
        .collect()
}

/// The logins at outside providers that lead to the user.
fn identities(client: &AppClient, user: &User) -> Option<(String, Value)> {
    let told = !user.logins.is_empty() && client.reads("identities");
    told.then(|| ("identities".to_owned(), user.logins.iter().map(Login::claim).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_that_a_hook_adds_is_one_word_and_none_of_cognitos_own() {
        for good in ["orders/read", "openid", "https://example.com/a:b"] {
            assert!(is_own_scope(good), "{good}");
        }
        for bad in ["", "two words", "a\"b", "a\\b", "aws.cognito.signin.user.admin", "ü", "a\n"] {
            assert!(!is_own_scope(bad), "{bad}");
        }
    }

    #[test]
    fn every_registered_claim_is_fixed() {
        for name in
            ["sub", "iss", "aud", "exp", "iat", "nbf", "jti", "token_use", "client_id", "username", "amr", "acr"]
        {
            assert!(is_fixed(name), "{name}");
        }
        assert!(is_fixed("cognito:groups") && is_fixed("cognito:preferred_role") && !is_fixed("custom:plan"));
    }

    #[test]
    fn a_claim_that_clients_expect_of_a_type_is_of_it_or_as_it_was() {
        for (name, right, wrong) in [
            ("email_verified", json!(true), json!("true")),
            ("phone_number_verified", json!(false), json!(1)),
            ("updated_at", json!(1_793_696_707), json!("today")),
            ("address", json!({"formatted": "1 Main St"}), json!("1 Main St")),
        ] {
            assert!(keeps_type(name, &right) && !keeps_type(name, &wrong), "{name}");
        }
        assert!(keeps_type("custom:plan", &json!("gold")) && keeps_type("custom:plan", &json!(7)));
    }
}
