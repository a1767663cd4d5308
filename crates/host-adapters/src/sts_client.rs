//! Other security token services: Amazon's, and those of S3 stores.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use credential_vending::ops::assume::AssumeRole;
use credential_vending::{BackendError, CredentialBackend, Credentials, Restriction, SecretString};
use form_urlencoded::Serializer;
use http::StatusCode;
use login_providers::http::{HttpPort, HttpRequest, HttpResponse};
use url::Url;

use crate::sts_answers::{Refused, read_credentials, read_refusal};

/// The longest session policy that `AssumeRoleWithWebIdentity` takes, in characters.
const LONGEST_POLICY: usize = 2048;

/// What a service can express.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StsKind {
    /// Amazon's: one session policy, and session tags, which it reads from the token.
    Aws,
    /// An S3 store's, as Ceph's: one session policy and no tags.
    S3Store,
}

/// Vends by `AssumeRoleWithWebIdentity` of another service, with the identity's OpenID token.
///
/// The other service must trust the identity pool's issuer: reach its discovery document over https and have the pool's id
/// among the audiences that it takes. It judges the role's trust policy by itself. Whatever narrows the session goes along as
/// its `Policy`; where that cannot be, nothing is asked for.
///
/// ```
/// use std::sync::Arc;
///
/// use host_adapters::{HttpClient, HttpSettings, StsClient, StsKind};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let http = Arc::new(HttpClient::new(HttpSettings::default())?);
/// let aws = StsClient::new(http, "https://sts.eu-west-1.amazonaws.com/".parse()?, StsKind::Aws);
/// # Ok(())
/// # }
/// ```
pub struct StsClient {
    http: Arc<dyn HttpPort>,
    url: Url,
    kind: StsKind,
}

impl StsClient {
    /// The service of this kind at `url`, asked through `http`.
    pub fn new(http: Arc<dyn HttpPort>, url: Url, kind: StsKind) -> Self {
        Self { http, url, kind }
    }

    /// The one document that narrows the session, if there is one and this service takes it.
    fn policy(&self, request: &AssumeRole) -> Result<Option<String>, Restriction> {
        if self.kind == StsKind::S3Store && !request.tags.is_empty() {
            return Err(Restriction::Tags);
        }
        if request.carried.source_identity.is_some() || !request.carried.transitive.is_empty() {
            return Err(Restriction::Carried);
        }
        if !request.policy_arns.is_empty() {
            return Err(Restriction::ManagedPolicies);
        }
        let limits: Vec<&Vec<String>> = request.session_policies.iter().chain(&request.ceiling).collect();
        match limits.as_slice() {
            [] => Ok(None),
            [one] => match one.as_slice() {
                [policy] if policy.chars().count() <= LONGEST_POLICY => Ok(Some(policy.clone())),
                [_] => Err(Restriction::LongPolicy),
                _ => Err(Restriction::SeveralPolicies),
            },
            _ => Err(Restriction::SeveralPolicies),
        }
    }

    fn form(&self, request: &AssumeRole, token: &SecretString) -> Result<HttpRequest, BackendError> {
        let policy = self.policy(request).map_err(BackendError::CannotExpress)?;
        let mut form = Serializer::new(String::new());
        form.append_pair("Action", "AssumeRoleWithWebIdentity")
            .append_pair("Version", "2011-06-15")
            .append_pair("RoleArn", &request.role_arn)
            .append_pair("RoleSessionName", &request.session_name)
            .append_pair("DurationSeconds", &request.duration_seconds.to_string())
            .append_pair("WebIdentityToken", token.expose());
        if let Some(policy) = policy {
            form.append_pair("Policy", &policy);
        }
        let body = form.finish().into_bytes();
        Ok(HttpRequest::post(self.url.clone(), "application/x-www-form-urlencoded", body))
    }
}

#[async_trait]
impl CredentialBackend for StsClient {
    fn needs_token(&self) -> bool {
        true
    }

    async fn assume_role(
        &self,
        request: AssumeRole,
        token: Option<&SecretString>,
    ) -> Result<Credentials, BackendError> {
        let token = token.ok_or_else(|| BackendError::Unavailable("no token was given".into()))?;
        let form = self.form(&request, token)?;
        let answer = self.http.send(form).await.map_err(|error| BackendError::Unavailable(error.into()))?;
        judged(&answer)
    }
}

/// What an answer says.
fn judged(answer: &HttpResponse) -> Result<Credentials, BackendError> {
    if answer.status == StatusCode::OK {
        let read = read_credentials(&answer.body);
        return read.ok_or_else(|| BackendError::Unavailable("the answer holds no credentials".into()));
    }
    match read_refusal(&answer.body) {
        Some(Refused { code, message }) if answer.status.is_client_error() => {
            Err(BackendError::Refused { code, message })
        }
        _ => Err(BackendError::Unavailable(format!("the answer is {}", answer.status).into())),
    }
}

impl fmt::Debug for StsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StsClient").field("url", &self.url.as_str()).field("kind", &self.kind).finish_non_exhaustive()
    }
}
