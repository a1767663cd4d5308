//! The Cenote server. `cenote help` lists what it does.

mod config;
mod demo;
mod keep;
mod messengers;
mod serve;
mod test_api;
mod tls;

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
    /// Bring the tables of a PostgreSQL database to this version's layout, which `serve` does too, and end.
    Migrate(keep::Database),
    /// Replace the master key: the file `master.key` in the data folder, and what is sealed under it. Nodes that run go on;
    /// give each the new file before its next start.
    RotateMasterKey(keep::Storage),
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
        Command::Migrate(database) => keep::migrate(database).await,
        Command::RotateMasterKey(storage) => keep::rotate_master_key(storage).await,
        Command::Demo => demo::run().await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("cenote: {failure}");
            let mut source = failure.source();
            while let Some(cause) = source {
                eprintln!("  because {cause}");
                source = cause.source();
            }
            ExitCode::FAILURE
        }
    }
}
