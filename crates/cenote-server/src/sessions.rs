//! Sessions of vended credentials: who is behind one, and what ends them.

use cenote::kernel::time::Timestamp;
use cenote::vending::model::Revoked;
use clap::Args;

use crate::Failure;
use crate::directory::say;
use crate::maintenance::Storage;

/// Whose access key id it is: session, rule, identity, login, and every session between.
#[derive(Args)]
pub(crate) struct Audit {
    /// The access key id, as it stands in the log of a resource server.
    access_key_id: String,
    #[command(flatten)]
    storage: Storage,
}

impl Audit {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let cenote = self.storage.cenote().await?;
        let trail = cenote.vending().audit(&self.access_key_id).await?;
        let nothing = "nothing is kept of this access key id: is the server told to, by --keep-audit-days?";
        say(&trail.ok_or(nothing)?)
    }
}

/// Vended credentials that are to count no more: at servers of this storage at once, at verifiers with their next list.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub(crate) struct What {
    /// Those of this access key id, and narrower ones.
    #[arg(long, value_name = "ACCESS_KEY_ID")]
    session: Option<String>,
    /// Those of this identity, up to now.
    #[arg(long, value_name = "IDENTITY_ID")]
    identity: Option<String>,
    /// Those of identities of this identity pool, up to now.
    #[arg(long, value_name = "IDENTITY_POOL_ID")]
    pool: Option<String>,
    /// Those of the role of this ARN, up to now.
    #[arg(long, value_name = "ROLE_ARN")]
    role: Option<String>,
    /// Those that were vended before this time: 2026-11-20T23:12:00Z, or seconds since 1970.
    #[arg(long, value_name = "TIME")]
    issued_before: Option<Timestamp>,
    /// All, up to now.
    #[arg(long)]
    everything: bool,
}

#[derive(Args)]
pub(crate) struct Revoke {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    storage: Storage,
}

impl Revoke {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let What { session, identity, pool, role, issued_before, everything } = self.what;
        let named = [
            session.map(Revoked::Session),
            identity.map(Revoked::Identity),
            pool.map(Revoked::Pool),
            role.map(Revoked::Role),
            issued_before.map(Revoked::IssuedBefore),
            everything.then_some(Revoked::Everything),
        ];
        let what = named.into_iter().flatten().next().ok_or("nothing is named")?;
        let label = what.label();
        self.storage.cenote().await?.vending().revoke(what).await?;
        println!("revoked: {label}");
        Ok(())
    }
}
