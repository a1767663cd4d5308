//! What a session is called, and what policies may ask of it.

use iam_policy::{Context, Principal};

use crate::session::{SessionKind, SessionStamp};

impl SessionStamp {
    /// The account of the role or operator.
    pub(crate) fn account(&self) -> &str {
        self.role_arn.split(':').nth(4).unwrap_or_default()
    }

    /// `arn:aws:sts::123456789012:assumed-role/app/session`: the role's path is dropped, as AWS drops it. An operator's own ARN, and
    /// `arn:aws:sts::123456789012:federated-user/name`, of the other kinds.
    pub fn session_arn(&self) -> String {
        let (account, name) = (self.account(), &self.session_name);
        let role = self.role_arn.rsplit('/').next().unwrap_or_default();
        match self.kind {
            SessionKind::Role => format!("arn:aws:sts::{account}:assumed-role/{role}/{name}"),
            SessionKind::Operator => self.role_arn.clone(),
            SessionKind::FederatedUser => format!("arn:aws:sts::{account}:federated-user/{name}"),
        }
    }

    /// `AROA…:session`; an operator's access key id, and `123456789012:name`, of the other kinds.
    pub fn user_id(&self) -> String {
        match self.kind {
            SessionKind::Role => format!("{}:{}", self.role_id, self.session_name),
            SessionKind::Operator => self.role_id.clone(),
            SessionKind::FederatedUser => format!("{}:{}", self.account(), self.session_name),
        }
    }

    /// Who it is to policies of resources and roles.
    pub fn principal(&self) -> Principal {
        match self.kind {
            SessionKind::Role => Principal::role_session(&self.role_arn, &self.session_name),
            SessionKind::Operator | SessionKind::FederatedUser => Principal::User(self.session_arn()),
        }
    }

    /// Adds to `context` what policies may ask of this session.
    #[must_use]
    pub fn describe(&self, context: Context) -> Context {
        let mut context = self.carried.describe(context);
        let (arn, kind) = match self.kind {
            SessionKind::Role => (self.role_arn.clone(), "AssumedRole"),
            SessionKind::Operator => (self.role_arn.clone(), "User"),
            SessionKind::FederatedUser => (self.session_arn(), "FederatedUser"),
        };
        let mut set = |key: &str, value: String| context.set(key, vec![value]);
        set("aws:userid", self.user_id());
        set("aws:PrincipalArn", arn);
        set("aws:PrincipalAccount", self.account().to_owned());
        set("aws:PrincipalType", kind.to_owned());
        set("aws:TokenIssueTime", self.issued_at.to_iso8601());
        for (key, value) in &self.tags {
            set(&format!("aws:PrincipalTag/{key}"), value.clone());
        }
        if let Some(identity) = &self.identity {
            set("cognito-identity.amazonaws.com:sub", identity.identity.clone());
            set("cognito-identity.amazonaws.com:aud", identity.pool.clone());
            context.set("cognito-identity.amazonaws.com:amr", identity.amr.clone());
        }
        context
    }
}
