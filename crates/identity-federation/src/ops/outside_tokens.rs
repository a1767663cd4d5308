//! `AssumeRoleWithWebIdentity` with tokens of outside providers: ID tokens, and access tokens of Amazon and Facebook.

use std::collections::BTreeMap;

use credential_vending::ops::assume::{Asker, AssumeRole, UndefinedRole};
use credential_vending::{AuditChain, Carried, Error as VendingError, Invalid, OriginIdentity, RoleReason};
use iam_policy::Context;
use login_providers::{AMAZON, Assertion, FACEBOOK, GOOGLE, PresentedLogin, ProviderKind, TrustedClients};
use serde_json::Value;

use crate::error::Error;
use crate::ops::logins::login_record;
use crate::ops::origin::{carried_of, session_tags_of};
use crate::ops::web_identity::{AssumeRoleWithWebIdentity, WebIdentitySession, refused_login};
use crate::reasons::WebTokenProblem;
use crate::service::IdentityPools;

/// A verified token, as roles are asked about it.
struct Outside {
    assertion: Assertion,
    /// As trust policies name the provider.
    principal: String,
    /// As the answer names it.
    provider: String,
    login: Context,
    tags: BTreeMap<String, String>,
    carried: Carried,
}

impl IdentityPools {
    /// With an ID token of a registered provider, for its clients; or of Google, which needs none: the role says for which
    /// client.
    pub(crate) async fn with_outside_token(
        &self,
        issuer: &str,
        request: AssumeRoleWithWebIdentity,
    ) -> Result<WebIdentitySession, Error> {
        let own_name = || Some(issuer).filter(|issuer| *issuer == GOOGLE);
        let name = issuer.strip_prefix("https://").or_else(own_name).ok_or(WebTokenProblem::UnknownProvider)?;
        let arn = self.account_region().iam_arn(format!("oidc-provider/{name}"));
        let clients = match self.vending.oidc_provider(&arn).await {
            Ok(registered) => Some(registered.client_ids),
            Err(VendingError::NoSuchEntity(_)) if name == GOOGLE => None,
            Err(VendingError::NoSuchEntity(_)) => return Err(WebTokenProblem::UnknownProvider.into()),
            Err(other) => return Err(Error::Vending(other)),
        };
        let named: Vec<&str> = clients.iter().flatten().map(String::as_str).collect();
        let trusted_clients = if clients.is_some() { TrustedClients::These(&named) } else { TrustedClients::Every };
        let login = PresentedLogin { provider: name, credential: &request.token, trusted_clients };
        let kind = self.verifiers.id_token_kind(name);
        let assertion = self.verifiers.verify(kind, login, self.now()).await.map_err(refused_login)?;
        let registered = clients.map(|_| arn);
        let outside = Outside {
            login: claims_of(name, &assertion),
            tags: session_tags_of(&assertion),
            carried: carried_of(&assertion, registered.as_deref()),
            principal: registered.unwrap_or_else(|| name.to_owned()),
            provider: issuer.to_owned(),
            assertion,
        };
        self.with_outside(request, outside).await
    }

    /// With an access token, about which its provider is asked. It is of any app that may be asked about: the role says of which.
    pub(crate) async fn with_access_token(
        &self,
        provider: &str,
        request: AssumeRoleWithWebIdentity,
    ) -> Result<WebIdentitySession, Error> {
        if ![AMAZON, FACEBOOK].contains(&provider) {
            return Err(Error::Vending(Invalid::ProviderId.into()));
        }
        let login = PresentedLogin { provider, credential: &request.token, trusted_clients: TrustedClients::Every };
        let verified = self.verifiers.verify(ProviderKind::OpaqueToken, login, self.now()).await;
        let assertion = verified.map_err(refused_login)?;
        let said = assertion.claims.iter().filter_map(|(name, value)| Some((name, value.as_str()?)));
        let origin = OriginIdentity {
            subject: assertion.subject.clone(),
            issuer: provider.to_owned(),
            ..OriginIdentity::default()
        };
        let outside = Outside {
            login: said
                .fold(Context::new(), |context, (name, value)| context.with(&format!("{provider}:{name}"), value)),
            tags: BTreeMap::new(),
            carried: Carried { origin: Some(origin), ..Carried::default() },
            principal: provider.to_owned(),
            provider: provider.to_owned(),
            assertion,
        };
        self.with_outside(request, outside).await
    }

    async fn with_outside(
        &self,
        request: AssumeRoleWithWebIdentity,
        outside: Outside,
    ) -> Result<WebIdentitySession, Error> {
        let Outside { assertion, principal, provider, login, tags, carried } = outside;
        let assume = AssumeRole {
            role_arn: request.role_arn,
            session_name: request.session_name,
            duration_seconds: request.duration_seconds,
            asker: Asker::WebIdentity(principal),
            login,
            identity: None,
            chain: AuditChain { logins: vec![login_record(&assertion)], role: RoleReason::Named },
            tags,
            session_policies: request.session_policy.map(|policy| vec![policy]),
            policy_arns: request.policy_arns,
            ceiling: None,
            undefined: UndefinedRole::Refuse,
            carried,
            minimum_token_size: request.minimum_token_size,
        };
        let assumed = self.vending.assume_role(assume).await.map_err(Error::Vending)?;
        Ok(WebIdentitySession { assumed, subject: assertion.subject, audience: assertion.authorized_party, provider })
    }
}

/// What trust policies may ask of an ID token: `aud` is `azp` where it stands, `oaud` always the `aud` that was written.
fn claims_of(provider: &str, assertion: &Assertion) -> Context {
    let context = Context::new()
        .with(&format!("{provider}:aud"), &assertion.authorized_party)
        .with(&format!("{provider}:sub"), &assertion.subject)
        .with_all(&format!("{provider}:oaud"), assertion.texts("aud"))
        .with_all(&format!("{provider}:amr"), assertion.texts("amr"));
    match assertion.claims.get("email").and_then(Value::as_str) {
        Some(email) => context.with(&format!("{provider}:email"), email),
        None => context,
    }
}
