//! What most programs use: `use cenote::prelude::*;`.

pub use std::sync::Arc;

pub use crate::{Cenote, IssuerForm, Profile};
pub use credential_vending::ops::roles::CreateRole;
pub use host_adapters::MemoryOutbox;
pub use identity_federation::model::pool::{IdentityPoolSettings, PoolRoles, UserPoolProvider};
pub use identity_federation::ops::credentials::GetCredentials;
pub use identity_kernel::secret::SecretString;
pub use userpool_core::UserPools;
pub use userpool_core::model::attributes::Attributes;
pub use userpool_core::model::client::AllowedFlow;
pub use userpool_core::model::pool::Contact;
pub use userpool_core::ops::account::Authenticated;
pub use userpool_core::ops::clients::CreateClient;
pub use userpool_core::ops::groups::GroupSpec;
pub use userpool_core::ops::pools::CreateUserPool;
pub use userpool_core::ops::sign_in::{Answer, AuthOutcome, Door, InitiateAuth, RespondToChallenge, SignInFlow};
pub use userpool_core::ops::sign_up::{ConfirmSignUp, SignUp};
pub use userpool_core::ops::tokens::Tokens;

#[cfg(feature = "axum")]
pub use crate::{Bearer, Unauthorized};
