//! Options for the browser, as `PublicKeyCredential.parseCreationOptionsFromJSON` and `parseRequestOptionsFromJSON` read
//! them (WebAuthn §5.4 and §5.5).

use serde_json::{Value, json};

use crate::base64url;
use crate::credential_id::CredentialId;
use crate::expected::Expected;

/// How long the browser lets the user take, in milliseconds.
const TIMEOUT_MILLIS: u32 = 60_000;

/// A registration to ask for, besides what is [`Expected`] of the answer.
#[derive(Clone, Copy, Debug)]
pub struct CreationOptions<'a> {
    /// The relying party's name, for people.
    pub relying_party_name: &'a str,
    /// The owner: 1 to 64 bytes that say nothing about them (WebAuthn §14.6.1).
    pub user_handle: &'a [u8],
    /// The owner's name, to tell accounts apart.
    pub user_name: &'a str,
    /// The owner's name, for people.
    pub display_name: &'a str,
    /// Credentials that the owner has, and their transports: an authenticator that holds one makes no other.
    pub exclude: &'a [(CredentialId, Vec<String>)],
}

/// An assertion to ask for, besides what is [`Expected`] of the answer.
#[derive(Clone, Copy, Debug)]
pub struct RequestOptions<'a> {
    /// The credentials that can be used, and their transports. Empty: any that the authenticator has for the relying party.
    pub allow: &'a [(CredentialId, Vec<String>)],
}

impl Expected<'_> {
    /// The options of a registration: of a credential that the authenticator finds by itself.
    pub fn creation_options(&self, options: &CreationOptions<'_>) -> Value {
        let kinds = self.algorithms.iter().map(|algorithm| json!({"type": "public-key", "alg": algorithm.number()}));
        json!({
            "rp": {"id": self.relying_party.as_str(), "name": options.relying_party_name},
            "user": {
                "id": base64url::write(options.user_handle),
                "name": options.user_name,
                "displayName": options.display_name,
            },
            "challenge": base64url::write(self.challenge),
            "pubKeyCredParams": kinds.collect::<Vec<_>>(),
            "timeout": TIMEOUT_MILLIS,
            "excludeCredentials": descriptors(options.exclude),
            "authenticatorSelection": {
                "requireResidentKey": true,
                "residentKey": "required",
                "userVerification": self.user_verification.name(),
            },
        })
    }

    /// The options of an assertion.
    pub fn request_options(&self, options: &RequestOptions<'_>) -> Value {
        json!({
            "challenge": base64url::write(self.challenge),
            "timeout": TIMEOUT_MILLIS,
            "rpId": self.relying_party.as_str(),
            "allowCredentials": descriptors(options.allow),
            "userVerification": self.user_verification.name(),
        })
    }
}

fn descriptors(credentials: &[(CredentialId, Vec<String>)]) -> Vec<Value> {
    let descriptor = |(id, transports): &(CredentialId, Vec<String>)| match transports.as_slice() {
        [] => json!({"type": "public-key", "id": id.to_string()}),
        transports => json!({"type": "public-key", "id": id.to_string(), "transports": transports}),
    };
    credentials.iter().map(descriptor).collect()
}
