//! Which role somebody would get, and why.

use std::fs;
use std::path::PathBuf;

use cenote::federation::model::ids::{IdentityId, IdentityPoolId};
use cenote::federation::ops::explain::{ClaimedLogin, ExplainClaims};
use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use crate::Failure;
use crate::directory::say;
use crate::maintenance::Storage;

/// Explain what would be decided. Nothing is vended or written.
#[derive(Subcommand)]
pub(crate) enum Explain {
    /// The role that an identity pool gives to these logins, or to a guest: rule by rule, with what the role's trust policy
    /// says, the tags of the session and the guests' ceiling.
    Role(ExplainRole),
}

#[derive(Args)]
pub(crate) struct ExplainRole {
    /// The identity pool's id.
    pool: IdentityPoolId,
    /// A login: the provider's name, and a file with the claims of its token as JSON. `azp` or `aud` names the client. Claims
    /// are taken as they are: no token is asked for. Without a login it is a guest.
    #[arg(long = "login", value_name = "PROVIDER=FILE")]
    logins: Vec<String>,
    /// The role that is asked for, where there are several.
    #[arg(long)]
    custom_role: Option<String>,
    /// The identity, for trust policies that ask for it.
    #[arg(long)]
    identity: Option<IdentityId>,
    #[command(flatten)]
    storage: Storage,
}

impl Explain {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let Self::Role(ExplainRole { pool, logins, custom_role, identity, storage }) = self;
        let logins = logins.iter().map(|login| claimed(login)).collect::<Result<_, _>>()?;
        let cenote = storage.cenote().await?;
        let request = ExplainClaims { pool, logins, custom_role, identity };
        say(&cenote.identity_pools().explain_claims(request).await?)
    }
}

/// A login from the command line.
fn claimed(login: &str) -> Result<ClaimedLogin, Failure> {
    let (provider, file) = login.split_once('=').ok_or("--login is PROVIDER=FILE")?;
    let claims: Map<String, Value> = serde_json::from_slice(&fs::read(PathBuf::from(file))?)?;
    let party = claims.get("azp").or_else(|| claims.get("aud")).and_then(Value::as_str);
    let client = party.ok_or("the claims name no client: neither azp nor aud is a text")?.to_owned();
    Ok(ClaimedLogin { provider: provider.to_owned(), client, claims })
}
