//! `AssumeRoleWithSAML`: a SAML response for credentials.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use iam_policy::Context;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use saml_verify::Assertion;

use crate::audit_chain::{AuditChain, LoginRecord, RoleReason};
use crate::carried::{Carried, OriginIdentity};
use crate::error::Error;
use crate::model::saml::{SAML_ROLE, SamlProvider, role_for};
use crate::ops::assume::{Asker, AssumeRole, AssumedRole, UndefinedRole};
use crate::ops::saml_logins::{SamlError, SamlLogin};
use crate::service::CredentialVending;

const SESSION_NAME: &str = "https://aws.amazon.com/SAML/Attributes/RoleSessionName";
const SESSION_DURATION: &str = "https://aws.amazon.com/SAML/Attributes/SessionDuration";
const SOURCE_IDENTITY: &str = "https://aws.amazon.com/SAML/Attributes/SourceIdentity";
const TAG: &str = "https://aws.amazon.com/SAML/Attributes/PrincipalTag:";
const TRANSITIVE: &str = "https://aws.amazon.com/SAML/Attributes/TransitiveTagKeys";
/// What formats of names begin with; STS leaves it away before the short ones.
const FORMAT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:";
/// The shortest session in seconds.
const SHORTEST: i64 = 900;

/// Attributes that trust policies may ask for beside the name, as directories call them, with their condition keys.
const ASKED: [(&str, &str); 14] = [
    ("urn:oid:0.9.2342.19200300.100.1.1", "saml:uid"),
    ("urn:oid:0.9.2342.19200300.100.1.3", "saml:mail"),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.1", "saml:edupersonaffiliation"),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.3", "saml:edupersonorgdn"),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.5", "saml:edupersonprimaryaffiliation"),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.6", "saml:edupersonprincipalname"),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.7", "saml:edupersonentitlement"),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.9", "saml:edupersonscopedaffiliation"),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.10", "saml:edupersontargetedid"),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.11", "saml:edupersonassurance"),
    ("urn:oid:2.5.4.3", "saml:cn"),
    ("urn:oid:2.5.4.4", "saml:surname"),
    ("urn:oid:2.5.4.42", "saml:givenname"),
    ("http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid", "saml:primarygroupsid"),
];

/// Asks for credentials of a role with a SAML response.
#[derive(Clone, Debug)]
pub struct AssumeRoleWithSaml {
    /// The role's ARN: one that the response names for this provider.
    pub role_arn: String,
    /// The provider's ARN.
    pub provider_arn: String,
    /// The response in Base64.
    pub response: String,
    /// How long at most, 900 to 43,200 seconds.
    pub duration_seconds: i64,
    /// A policy that narrows the session.
    pub session_policy: Option<String>,
    /// The ARNs of managed policies that narrow it too, 10 at most.
    pub policy_arns: Vec<String>,
}

/// Credentials, and whose.
#[derive(Clone, Debug)]
pub struct SamlSession {
    /// The role, assumed.
    pub assumed: AssumedRole,
    /// The subject's name.
    pub subject: String,
    /// The format of that name: `persistent`, `transient`, or a whole URN.
    pub subject_type: String,
    /// The identity provider's entity id.
    pub issuer: String,
    /// To which address the response was sent.
    pub recipient: String,
    /// What, with the subject, tells users of all providers apart.
    pub name_qualifier: String,
}

impl CredentialVending {
    /// Vends credentials of a role to somebody with a SAML response that names it, if the role trusts that. The response is
    /// used by it, and by nothing that is refused.
    ///
    /// The session ends with the shortest of what is asked for, the response's `SessionDuration` and its
    /// `SessionNotOnOrAfter`.
    ///
    /// # Errors
    ///
    /// [`SamlError`]; in it [`Error::AccessDenied`] if there is no such role, the response does not name it, or it does not
    /// trust the response (with its tags and source identity), and what [`assume_role`](Self::assume_role) refuses.
    pub async fn assume_role_with_saml(&self, request: AssumeRoleWithSaml) -> Result<SamlSession, SamlError> {
        let login = self.verify_saml(&request.provider_arn, &request.response).await?;
        let SamlLogin { provider, assertion } = &login;
        let mut named = assertion.values(SAML_ROLE).filter_map(|value| role_for(value, &provider.arn));
        if !named.any(|role| role == request.role_arn) {
            return Err(Error::AccessDenied.into());
        }
        let duration_seconds = self.duration(request.duration_seconds, assertion)?;
        let (subject_type, name_qualifier) = (subject_type(assertion), self.name_qualifier(provider, assertion));
        let assume = AssumeRole {
            role_arn: request.role_arn,
            session_name: session_name(assertion)?,
            duration_seconds,
            asker: Asker::Saml(provider.arn.clone()),
            login: context(provider, assertion, &subject_type, &name_qualifier),
            identity: None,
            chain: AuditChain { logins: vec![login_record(provider, assertion)], role: RoleReason::Named },
            tags: tags(assertion)?,
            session_policies: request.session_policy.map(|policy| vec![policy]),
            policy_arns: request.policy_arns,
            ceiling: None,
            undefined: UndefinedRole::Refuse,
            carried: carried(provider, assertion)?,
            minimum_token_size: 0,
        };
        let assumed = self.assume_role(assume).await?;
        self.use_saml(&login).await?;
        Ok(SamlSession {
            assumed,
            subject: assertion.name_id.value.clone(),
            subject_type,
            issuer: assertion.issuer.clone(),
            recipient: assertion.recipient.clone(),
            name_qualifier,
        })
    }

    fn duration(&self, asked: i64, assertion: &Assertion) -> Result<i64, SamlError> {
        let said = only(assertion, SESSION_DURATION, SamlError::SessionDuration)?;
        let said = said.map(|text| text.parse().ok().filter(|seconds| (SHORTEST..=43_200).contains(seconds)));
        let said = said.map(|seconds| seconds.ok_or(SamlError::SessionDuration)).transpose()?;
        let left = assertion.session_ends_at.map(|end| end.seconds_since(self.now()));
        if left.is_some_and(|left| left < SHORTEST) {
            return Err(SamlError::SessionEndsSoon);
        }
        Ok([Some(asked), said, left].into_iter().flatten().min().unwrap_or(asked))
    }

    /// As STS has it: the hash of issuer, account and provider.
    fn name_qualifier(&self, provider: &SamlProvider, assertion: &Assertion) -> String {
        let text = format!("{}{}/{}", assertion.issuer, self.account_region.account, provider.name);
        BASE64_STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()))
    }
}

/// The only value of an attribute, if it is there.
fn only<'a>(assertion: &'a Assertion, name: &'a str, several: SamlError) -> Result<Option<&'a str>, SamlError> {
    let mut values = assertion.values(name);
    let first = values.next();
    if values.next().is_some() { Err(several) } else { Ok(first) }
}

fn is_word(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    (2..=64).contains(&text.len()) && text.bytes().all(letter)
}

fn session_name(assertion: &Assertion) -> Result<String, SamlError> {
    let name = only(assertion, SESSION_NAME, SamlError::SessionName)?.ok_or(SamlError::NoSessionName)?;
    if is_word(name) { Ok(name.to_owned()) } else { Err(SamlError::SessionName) }
}

fn tags(assertion: &Assertion) -> Result<BTreeMap<String, String>, SamlError> {
    let mut tags = BTreeMap::new();
    for attribute in &assertion.attributes {
        let Some(key) = attribute.name.strip_prefix(TAG) else { continue };
        let [value] = attribute.values.as_slice() else { return Err(SamlError::Tag(key.to_owned())) };
        if tags.insert(key.to_owned(), value.clone()).is_some() {
            return Err(SamlError::Tag(key.to_owned()));
        }
    }
    Ok(tags)
}

fn carried(provider: &SamlProvider, assertion: &Assertion) -> Result<Carried, SamlError> {
    let source = only(assertion, SOURCE_IDENTITY, SamlError::SourceIdentity)?;
    if source.is_some_and(|source| !is_word(source) || source.to_ascii_lowercase().starts_with("aws:")) {
        return Err(SamlError::SourceIdentity);
    }
    let origin = OriginIdentity {
        subject: assertion.name_id.value.clone(),
        issuer: assertion.issuer.clone(),
        provider_arn: Some(provider.arn.clone()),
        ..OriginIdentity::default()
    };
    Ok(Carried {
        source_identity: source.map(str::to_owned),
        transitive: assertion.values(TRANSITIVE).map(str::to_owned).collect::<BTreeSet<_>>(),
        origin: Some(origin),
        ..Carried::default()
    })
}

fn subject_type(assertion: &Assertion) -> String {
    let format = assertion.name_id.format.as_deref();
    let format = format.unwrap_or("urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified");
    match format.strip_prefix(FORMAT) {
        Some(short @ ("persistent" | "transient")) => short.to_owned(),
        _ => format.to_owned(),
    }
}

/// What trust policies may ask for.
fn context(provider: &SamlProvider, assertion: &Assertion, subject_type: &str, name_qualifier: &str) -> Context {
    let context = Context::new()
        .with("saml:aud", &assertion.recipient)
        .with("saml:iss", &assertion.issuer)
        .with("saml:sub", &assertion.name_id.value)
        .with("saml:sub_type", subject_type)
        .with("saml:doc", provider.document_name())
        .with("saml:namequalifier", name_qualifier);
    ASKED.iter().fold(context, |context, (name, key)| {
        let values: Vec<String> = assertion.values(name).map(str::to_owned).collect();
        if values.is_empty() { context } else { context.with_all(key, values) }
    })
}

fn login_record(provider: &SamlProvider, assertion: &Assertion) -> LoginRecord {
    LoginRecord {
        provider: provider.arn.clone(),
        subject: assertion.name_id.value.clone(),
        client: assertion.audience.clone(),
        ..LoginRecord::default()
    }
}
