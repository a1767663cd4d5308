//! What most programs use: `use cenote::prelude::*;`.

pub use std::sync::Arc;

pub use crate::{Cenote, IssuerForm, Profile};
pub use identity_kernel::secret::SecretString;

#[cfg(feature = "user-pools")]
pub use host_adapters::MemoryOutbox;
#[cfg(feature = "user-pools")]
pub use userpool_core::{
    UserPools,
    model::{attributes::Attributes, client::AllowedFlow, pool::Contact},
    ops::account::Authenticated,
    ops::clients::CreateClient,
    ops::groups::GroupSpec,
    ops::pools::CreateUserPool,
    ops::sign_in::{Answer, AuthOutcome, Caller, InitiateAuth, RespondToChallenge, SignInFlow},
    ops::sign_up::{ConfirmSignUp, SignUp},
    ops::tokens::Tokens,
};

#[cfg(feature = "identity-pools")]
pub use credential_vending::ops::roles::CreateRole;
#[cfg(feature = "identity-pools")]
pub use identity_federation::{
    model::pool::{IdentityPoolSettings, PoolRoles, UserPoolProvider},
    ops::credentials::GetCredentials,
};

#[cfg(feature = "axum")]
pub use crate::guard::{Bearer, Group, Guard, Rejection, RequireGroup, RequireScope, Scope};
