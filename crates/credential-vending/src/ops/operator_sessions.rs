//! `GetSessionToken` and `GetFederationToken`: temporary credentials that an operator makes, and `GetAccessKeyInfo`.

use std::collections::BTreeMap;

use crate::audit_chain::AuditChain;
use crate::callers::Caller;
use crate::carried::{Carried, Via};
use crate::error::{CredentialError, Error};
use crate::model::OperatorKey;
use crate::ops::assume::{AssumedRole, percent_of};
use crate::ports::{Action, Outcome};
use crate::reasons::{Invalid, Kind};
use crate::service::CredentialVending;
use crate::session::{Limits, SessionKind, SessionStamp};
use crate::tag_rules;
use crate::vending_key::VendingKey;

/// An operator asks for temporary credentials of their own.
#[derive(Clone, Debug)]
pub struct GetSessionToken {
    /// Who signed: an operator.
    pub caller: Caller,
    /// How long, 900 to 129,600 seconds; `None` is 43,200.
    pub duration_seconds: Option<i64>,
    /// The session token has so many characters at least, 0 to 4,096.
    pub minimum_token_size: usize,
}

/// An operator asks for temporary credentials for somebody.
#[derive(Clone, Debug)]
pub struct GetFederationToken {
    /// Who signed: an operator.
    pub caller: Caller,
    /// Who they are for: 2 to 32 letters, digits and `+=,.@-_`.
    pub name: String,
    /// What they may do, as far as the operator may. Without a policy they may do nothing.
    pub session_policies: Option<Vec<String>>,
    /// The ARNs of managed policies that narrow it too, 10 at most.
    pub policy_arns: Vec<String>,
    /// Session tags.
    pub tags: BTreeMap<String, String>,
    /// How long, 900 to 129,600 seconds; `None` is 43,200.
    pub duration_seconds: Option<i64>,
    /// The session token has so many characters at least, 0 to 4,096.
    pub minimum_token_size: usize,
}

/// Seconds that a session of an operator lives where nobody says how long.
const DEFAULT_SECONDS: i64 = 43_200;

impl CredentialVending {
    /// Vends temporary credentials of an operator: they may do what the operator may at the time they are used.
    ///
    /// # Errors
    ///
    /// [`Error::AccessDenied`] for who holds temporary credentials; [`Error::InvalidInput`].
    pub async fn get_session_token(&self, request: GetSessionToken) -> Result<AssumedRole, Error> {
        let GetSessionToken { caller, duration_seconds, minimum_token_size } = request;
        let made = async {
            let session = self.of_operator(&caller, SessionKind::Operator, "", duration_seconds)?;
            self.seal(session, 0, minimum_token_size).await
        };
        self.told(Action::GetSessionToken, &caller, made.await).await
    }

    /// Vends temporary credentials for somebody whom an operator vouches for: they may do what both the operator and the session
    /// policies allow.
    ///
    /// # Errors
    ///
    /// [`Error::AccessDenied`] for who holds temporary credentials; [`Error::InvalidInput`]; [`Error::MalformedPolicy`];
    /// [`Error::PackedPolicyTooLarge`].
    pub async fn get_federation_token(&self, request: GetFederationToken) -> Result<AssumedRole, Error> {
        let caller = request.caller.clone();
        let made = self.federate(request).await;
        self.told(Action::GetFederationToken, &caller, made).await
    }

    async fn federate(&self, request: GetFederationToken) -> Result<AssumedRole, Error> {
        let GetFederationToken {
            caller,
            name,
            session_policies,
            policy_arns,
            tags,
            duration_seconds,
            minimum_token_size,
        } = request;
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@-_".contains(&byte);
        if !(2..=32).contains(&name.len()) || !name.bytes().all(letter) {
            return Err(Invalid::FederatedName.into());
        }
        tag_rules::check_session_tags(&tags)?;
        let packed_percent = percent_of(session_policies.as_deref(), &policy_arns, &tags)?;
        let session = self.of_operator(&caller, SessionKind::FederatedUser, &name, duration_seconds)?;
        let session_policies = self.session_policies(session_policies, &policy_arns).await?;
        // Nothing is narrowed to nothing: an empty list of policies allows nothing.
        let limits = Limits::new(Some(session_policies.unwrap_or_default()), None);
        self.seal(SessionStamp { tags, limits, ..session }, packed_percent, minimum_token_size).await
    }

    async fn told(
        &self,
        action: Action,
        caller: &Caller,
        made: Result<AssumedRole, Error>,
    ) -> Result<AssumedRole, Error> {
        let access_key_id = made.as_ref().ok().map(|made| made.credentials.access_key_id.clone());
        self.record(action, &caller.arn(), access_key_id, Outcome::of(&made)).await;
        made
    }

    fn of_operator(
        &self,
        caller: &Caller,
        kind: SessionKind,
        name: &str,
        duration_seconds: Option<i64>,
    ) -> Result<SessionStamp, Error> {
        let Caller::Operator(OperatorKey { access_key_id, arn, .. }) = caller else { return Err(Error::AccessDenied) };
        let seconds = duration_seconds.unwrap_or(DEFAULT_SECONDS);
        if !(900..=129_600).contains(&seconds) {
            return Err(Invalid::OperatorSessionDuration.into());
        }
        let now = self.now();
        let via = Via::of(caller, access_key_id);
        Ok(SessionStamp {
            kind,
            role_arn: arn.clone(),
            role_id: access_key_id.clone(),
            session_name: name.to_owned(),
            identity: None,
            chain: AuditChain::default(),
            tags: BTreeMap::new(),
            carried: Carried { via: vec![via], ..Carried::default() },
            revocations_seen: Vec::new(),
            issued_at: now,
            expires_at: now.plus_seconds(seconds),
            limits: Limits::default(),
        })
    }

    /// The account that an access key id belongs to: this one, of an operator's key and of an id that a key which counts can have
    /// vended. Whether it was vended, nobody knows who does not see its session token.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchEntity`] for any other id; [`Error::Storage`].
    pub async fn get_access_key_info(&self, access_key_id: &str) -> Result<String, Error> {
        let known = if VendingKey::number_of(access_key_id).is_some() {
            match self.vended_secret(access_key_id).await {
                Ok(_) => true,
                Err(CredentialError::Storage(error)) => return Err(error.into()),
                Err(_) => false,
            }
        } else {
            let configured = self.operators.get(access_key_id).is_some();
            configured || self.storage.operators().get(access_key_id).await?.is_some()
        };
        if known {
            return Ok(self.account_region.account.clone());
        }
        Err(Error::NoSuchEntity(Kind::AccessKey(access_key_id.to_owned())))
    }
}
