//! Logins by SAML: a response of a provider that the pool names by its ARN.

use credential_vending::Error as VendingError;
use credential_vending::model::saml::{SAML_ROLE, role_for};
use credential_vending::ops::saml_logins::{SamlError, SamlLogin};
use identity_kernel::secret::SecretString;
use login_providers::Assertion;
use saml_verify::Refused;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::reasons::Refusal;
use crate::service::IdentityPools;

/// The longest name of a subject that is taken, in bytes.
const LONGEST_SUBJECT: usize = 1024;

impl IdentityPools {
    /// Verifies a response of this provider. It is not used by that.
    pub(crate) async fn saml_login(&self, arn: &str, response: &SecretString) -> Result<(Assertion, SamlLogin), Error> {
        let login = self.vending.verify_saml(arn, response.expose()).await.map_err(refused)?;
        if login.assertion.name_id.value.len() > LONGEST_SUBJECT {
            return Err(Refusal::LoginInvalid.into());
        }
        Ok((assertion_of(arn, &login), login))
    }

    /// Uses a response: what was vended with it is handed out once.
    pub(crate) async fn use_saml_login(&self, login: &SamlLogin) -> Result<(), Error> {
        self.vending.use_saml(login).await.map_err(refused)
    }
}

/// The attributes as claims: one value as text, several as an array. The roles that are for this provider are its `cognito:roles`.
fn assertion_of(arn: &str, login: &SamlLogin) -> Assertion {
    let said = &login.assertion;
    let mut claims = Map::new();
    for attribute in &said.attributes {
        let values: Vec<Value> = said.values(&attribute.name).map(|value| Value::String(value.to_owned())).collect();
        let claim = if let [one] = values.as_slice() { one.clone() } else { Value::Array(values) };
        claims.insert(attribute.name.clone(), claim);
    }
    let roles =
        said.values(SAML_ROLE).filter_map(|value| role_for(value, arn)).map(|role| Value::String(role.to_owned()));
    claims.insert("cognito:roles".to_owned(), Value::Array(roles.collect()));
    claims.remove("cognito:preferred_role");
    claims.insert("sub".to_owned(), Value::String(said.name_id.value.clone()));
    Assertion {
        provider: arn.to_owned(),
        subject: said.name_id.value.clone(),
        authorized_party: said.audience.clone(),
        claims,
    }
}

fn refused(error: SamlError) -> Error {
    let reason = match error {
        SamlError::Refused(Refused::Expired | Refused::NotYetValid) => Refusal::LoginExpired,
        SamlError::Refused(Refused::Issuer) => Refusal::LoginIssuer,
        SamlError::Refused(Refused::Signature | Refused::Digest) => Refusal::LoginSignature,
        SamlError::Refused(Refused::Audience) => Refusal::LoginClientNotTrusted,
        SamlError::Used => Refusal::LoginUsed,
        SamlError::Vending(VendingError::NoSuchEntity(_)) => Refusal::ProviderNotInPool,
        SamlError::Vending(VendingError::TooManyRequests) => return Error::TooManyRequests,
        SamlError::Vending(other) => return Error::Vending(other),
        _ => Refusal::SamlInvalid,
    };
    reason.into()
}
