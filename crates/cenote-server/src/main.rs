//! The Cenote server. `cenote help` lists what it does.

mod access_tokens;
mod audit;
mod backup;
mod breached;
mod carriers;
mod config;
mod demo;
mod directory;
mod explain;
mod logging;
mod maintenance;
mod message_limits;
mod messengers;
mod net;
mod notice_texts;
mod other_sts;
mod otlp;
mod pool_changes;
mod serve;
mod sessions;
mod simulate;
mod status;
mod test_api;
mod tls;
mod triggers;
mod user_events;
mod user_files;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::ServeFlags;

/// User pools (who you are) and identity pools (what you may do), as Amazon Cognito has them, from one binary.
#[derive(Parser)]
#[command(name = "cenote", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve user pools, identity pools, STS and a part of IAM over the AWS protocols.
    Serve(Box<ServeFlags>),
    /// Make and list user pools.
    #[command(subcommand)]
    Pool(directory::Pools),
    /// Make and list the app clients of a user pool.
    #[command(subcommand)]
    Client(directory::Clients),
    /// Make and list the users of a user pool.
    #[command(subcommand)]
    User(directory::Users),
    /// Make users from a file, with the hashes of their passwords; or follow an import that is under way.
    Import(user_files::Import),
    /// Write all users of a pool into a file, with the hashes of their passwords.
    Export(user_files::Export),
    /// Explain what would be decided about somebody, without deciding it.
    #[command(subcommand)]
    Explain(explain::Explain),
    /// Try out what would be decided, by policies in files or of a stored role.
    #[command(subcommand)]
    Simulate(simulate::Simulate),
    /// Bring the tables of a PostgreSQL database to this version's layout, which `serve` does too, and end.
    Migrate(maintenance::Database),
    /// Replace the master key: the file `master.key` in the data folder, and what is sealed under it. Nodes that run go on;
    /// give each the new file before its next start.
    RotateMasterKey(maintenance::Storage),
    /// Give the issuer of tokens for other services a new signing key. May be run while it is served.
    RotateOutboundKey(maintenance::RotateOutboundKey),
    /// Copy the SQLite database of a data folder into a new file, as it is at this moment, while it is served.
    Backup(backup::Backup),
    /// Put a backup in the place of a data folder's SQLite database, while nobody serves it. What was there is kept.
    Restore(backup::Restore),
    /// End what began at a time or later: sign-ins, challenges, codes; and all temporary credentials. For the time after a
    /// backup was restored, or a break-in. May be run while it is served.
    Invalidate(maintenance::Invalidate),
    /// End temporary credentials: one session's, an identity's, an identity pool's, a role's, or all until a time. May be run while it
    /// is served.
    Revoke(sessions::Revoke),
    /// Tell who is behind an access key id of temporary credentials, from the login to every session between.
    Audit(sessions::Audit),
    /// List and remove operators' keys.
    #[command(subcommand)]
    OperatorKey(maintenance::OperatorKeys),
    /// Hand the keys of temporary credentials to another process.
    #[command(subcommand)]
    VendingKey(maintenance::VendingKeys),
    /// Make one compact file of the lists of breached passwords, for `serve --breached-passwords`.
    BreachedPasswords(breached::Filter),
    /// Show the whole journey in one process: sign-up, sign-in, tokens, identity, role, credentials, an authorised upload.
    Demo,
}

/// What ends a command before its time; shown to the operator.
type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        Command::Serve(flags) => serve::run(*flags).await,
        Command::Pool(pools) => pools.run().await,
        Command::Client(clients) => clients.run().await,
        Command::User(users) => Box::pin(users.run()).await,
        Command::Import(import) => import.run().await,
        Command::Export(export) => export.run().await,
        Command::Explain(explain) => Box::pin(explain.run()).await,
        Command::Simulate(simulate) => Box::pin(simulate.run()).await,
        Command::Migrate(database) => maintenance::migrate(database).await,
        Command::RotateMasterKey(storage) => maintenance::rotate_master_key(storage).await,
        Command::RotateOutboundKey(rotation) => rotation.run().await,
        Command::Backup(backup) => backup.run(),
        Command::Restore(restore) => restore.run(),
        Command::Invalidate(invalidate) => invalidate.run().await,
        Command::Revoke(revoke) => revoke.run().await,
        Command::Audit(audit) => audit.run().await,
        Command::OperatorKey(keys) => keys.run().await,
        Command::VendingKey(keys) => keys.run().await,
        Command::BreachedPasswords(filter) => filter.run().await,
        Command::Demo => Box::pin(demo::run()).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tell(failure.as_ref());
            ExitCode::FAILURE
        }
    }
}

/// Says why a command failed, if anybody listens.
fn tell(failure: &(dyn std::error::Error + 'static)) {
    let mut out = std::io::stderr();
    let _ = writeln!(out, "cenote: {failure}");
    let mut source = failure.source();
    while let Some(cause) = source {
        let _ = writeln!(out, "  because {cause}");
        source = cause.source();
    }
}
