//! Roles' policies, read once.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use document_store::error::StorageError;
use iam_policy::{
    Context, Decision, Layer, Policies, Policy, PolicyError, PolicyKind, Principal, Reason, Request, Verdict, decide,
};

use crate::model::Role;
use crate::service::CredentialVending;
use crate::vending_key::SessionStamp;

/// What a role may do, ready to decide by. A resource server without the role's record can hold its own copy.
#[derive(Clone, Debug)]
pub struct RolePolicies {
    role_id: String,
    identity: Vec<Policy>,
    boundary: Option<Policy>,
}

impl RolePolicies {
    /// Reads a role's policies.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if one of them cannot be read: a statement of it might have forbidden something.
    pub fn compile(role: &Role) -> Result<Self, PolicyError> {
        let read = |(name, text): (&String, &String)| Policy::parse(name, PolicyKind::Identity, text);
        let boundary = role.boundary.as_ref().map(|text| Policy::parse("boundary", PolicyKind::Identity, text));
        Ok(Self {
            role_id: role.id.clone(),
            identity: role.policies.iter().map(read).collect::<Result<_, _>>()?,
            boundary: boundary.transpose()?,
        })
    }

    /// Decides for a session by its role's policies and by the limits that were vended with it. A role that is not there,
    /// or was deleted and made again, allows nothing. `context` holds the circumstances that the resource server knows,
    /// the time among them; who asks is added here.
    pub fn decide(
        role: Option<&Self>,
        stamp: &SessionStamp,
        action: &str,
        resource: &str,
        context: Context,
    ) -> Decision {
        let Some(role) = role.filter(|role| role.role_id == stamp.role_id) else {
            return Decision { verdict: Verdict::ImplicitDeny, reason: Reason::NothingAllows(Layer::Identity) };
        };
        let request = Request {
            principal: Principal::role_session(&stamp.role_arn, &stamp.session_name),
            action: action.to_owned(),
            resource: resource.to_owned(),
            context: stamp.describe(context),
        };
        let (session, ceiling) = stamp.limits();
        let policies = Policies {
            identity: &role.identity,
            boundary: role.boundary.as_ref().map(std::slice::from_ref),
            session: session.as_deref(),
            ceiling: ceiling.as_deref(),
            ..Policies::default()
        };
        decide(&policies, &request)
    }
}

/// Compiled policies by role, each with the version of the record they were read from.
#[derive(Debug, Default)]
pub(crate) struct CompiledRoles(RwLock<HashMap<String, (u64, Arc<RolePolicies>)>>);

impl CompiledRoles {
    fn get(&self, arn: &str, version: u64) -> Option<Arc<RolePolicies>> {
        let roles = self.0.read().unwrap_or_else(PoisonError::into_inner);
        roles.get(arn).filter(|(known, _)| *known == version).map(|(_, policies)| Arc::clone(policies))
    }

    pub(crate) fn forget(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl CredentialVending {
    /// The policies of the role of this ARN, as they are now; `None` if there is none, or they cannot be read.
    pub(crate) async fn compiled_role(&self, arn: &str) -> Result<Option<Arc<RolePolicies>>, StorageError> {
        let Some(role) = self.role_by_arn(arn).await? else { return Ok(None) };
        if let Some(known) = self.compiled.get(arn, role.version).filter(|known| known.role_id == role.id) {
            return Ok(Some(known));
        }
        let Ok(policies) = RolePolicies::compile(&role) else { return Ok(None) };
        let policies = Arc::new(policies);
        let mut roles = self.compiled.0.write().unwrap_or_else(PoisonError::into_inner);
        roles.insert(arn.to_owned(), (role.version, Arc::clone(&policies)));
        Ok(Some(policies))
    }
}
