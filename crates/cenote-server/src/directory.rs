//! Pools, clients and users from the command line: enough to have something to sign in to. Everything else is done over the
//! protocols, with an operator's key.

use std::future::Future;
use std::io::{BufRead as _, Write as _};

use cenote::documents::page::{Page, PageRequest};
use cenote::kernel::entropy::{self, SystemEntropy};
use cenote::kernel::secret::SecretString;
use cenote::userpool::model::client::AllowedFlow;
use cenote::userpool::model::ids::UserPoolId;
use cenote::userpool::model::user::User;
use cenote::userpool::ops::clients::CreateClient;
use cenote::userpool::ops::pools::CreateUserPool;
use cenote::userpool::ops::users::{AdminCreateUser, Invitation, PasswordLifetime};
use cenote::{Cenote, Profile};
use clap::{Args, Subcommand};

use crate::Failure;
use crate::maintenance::Storage;
use crate::message_limits::PoolLimits;
use crate::notice_texts::PoolNotices;
use crate::pool_changes::{PoolCase, PoolRequired};

/// User pools. A pool's id is written to standard output, alone.
#[derive(Subcommand)]
pub(crate) enum Pools {
    /// Make a pool, whose users sign in by a username. The data folder is made if it is not there.
    Create(CreatePool),
    /// Show the id and the name of each.
    List(Storage),
    /// Show or set how many messages one sends at most. May be run while it is served.
    MessageLimits(PoolLimits),
    /// Show or set the texts in which users of one are told of changes to their accounts. May be run while it is served.
    NoticeTexts(PoolNotices),
    /// Change whether case counts in the names of one: planned, and taken back if need be. May be run while it is served.
    #[command(subcommand)]
    Case(PoolCase),
    /// Show or change which attributes users of one must have. May be run while it is served.
    Required(PoolRequired),
}

#[derive(Args)]
pub(crate) struct CreatePool {
    /// Its name, for people.
    name: String,
    /// The region that its id begins with.
    #[arg(long, env = "CENOTE_REGION", default_value = "us-east-1")]
    region: String,
    /// Begin it with Cognito's looser defaults.
    #[arg(long, env = "CENOTE_COMPAT")]
    compat: bool,
    #[command(flatten)]
    storage: Storage,
}

impl Pools {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::Create(CreatePool { name, region, compat, storage }) => {
                let profile = if compat { Profile::Compatible } else { Profile::Hardened };
                let cenote = storage.open_or_create(profile).await?;
                let users = cenote.user_pools();
                let pool = CreateUserPool { region: Some(region), ..CreateUserPool::named(&name, users) };
                say(&users.create_user_pool(pool).await?.id)
            }
            Self::MessageLimits(limits) => say(&limits.run().await?),
            Self::NoticeTexts(notices) => say(&notices.run().await?),
            Self::Case(case) => say(&case.run().await?),
            Self::Required(required) => say(&required.run().await?),
            Self::List(storage) => {
                let cenote = storage.cenote().await?;
                each(
                    |page| cenote.user_pools().list_user_pools(page),
                    |pool| say(&format_args!("{}  {}", pool.id, pool.name)),
                )
                .await
            }
        }
    }
}

/// App clients of a user pool. A client's id is written to standard output, alone.
#[derive(Subcommand)]
pub(crate) enum Clients {
    /// Make a client, which signs users in by SRP.
    Create(CreateAppClient),
    /// Show the id and the name of each.
    List {
        /// The pool's id.
        pool: UserPoolId,
        #[command(flatten)]
        storage: Storage,
    },
}

#[derive(Args)]
pub(crate) struct CreateAppClient {
    /// The pool's id.
    pool: UserPoolId,
    /// Its name, for people.
    name: String,
    /// Let it send passwords too (`ALLOW_USER_PASSWORD_AUTH`).
    #[arg(long)]
    password_sign_in: bool,
    /// Give it a secret, which is shown behind the id, on a line of its own.
    #[arg(long)]
    secret: bool,
    #[command(flatten)]
    storage: Storage,
}

impl Clients {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::Create(CreateAppClient { pool, name, password_sign_in, secret, storage }) => {
                let cenote = storage.cenote().await?;
                let users = cenote.user_pools();
                let mut settings = users.default_client_settings(&name);
                if password_sign_in {
                    settings.allow(AllowedFlow::UserPassword);
                }
                let made = users.create_user_pool_client(CreateClient { pool, settings, with_secret: secret }).await?;
                say(&made.client.id)?;
                made.secret.map_or(Ok(()), |secret| say(&secret.expose()))
            }
            Self::List { pool, storage } => {
                let cenote = storage.cenote().await?;
                let clients = |page| cenote.user_pools().list_user_pool_clients(&pool, page);
                each(clients, |client| say(&format_args!("{}  {}", client.id, client.settings.name))).await
            }
        }
    }
}

/// Users of a user pool.
#[derive(Subcommand)]
pub(crate) enum Users {
    /// Make a user with a password, which is made and shown this once unless it comes from standard input. Nobody is told.
    Create(CreateUser),
    /// Show the name and the state of each.
    List {
        /// The pool's id.
        pool: UserPoolId,
        #[command(flatten)]
        storage: Storage,
    },
}

#[derive(Args)]
pub(crate) struct CreateUser {
    /// The pool's id.
    pool: UserPoolId,
    /// The name to sign in with.
    username: String,
    /// An e-mail address, which counts as verified.
    #[arg(long)]
    email: Option<String>,
    /// Read the password from the first line of standard input.
    #[arg(long)]
    password_stdin: bool,
    /// Have the user choose another password at the first sign-in.
    #[arg(long)]
    temporary: bool,
    #[command(flatten)]
    storage: Storage,
}

impl Users {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::Create(request) => Box::pin(request.run()).await,
            Self::List { pool, storage } => {
                let cenote = storage.cenote().await?;
                let users = |page| cenote.user_pools().list_users(&pool, "", page);
                each(users, |user: User| {
                    let state = if user.enabled { user.status.name() } else { "disabled" };
                    say(&format_args!("{}  {state}", user.username.as_str()))
                })
                .await
            }
        }
    }
}

impl CreateUser {
    async fn run(self) -> Result<(), Failure> {
        let Self { pool, username, email, password_stdin, temporary, storage } = self;
        let given = password_stdin.then(read_password).transpose()?;
        let password = given.clone().unwrap_or_else(new_password);
        let cenote = storage.cenote().await?;
        let mut user = AdminCreateUser {
            temporary_password: Some(if temporary { password.clone() } else { new_password() }),
            invitation: Invitation::Suppress,
            ..AdminCreateUser::new(pool.clone(), &username)
        };
        if let Some(email) = email {
            user = user.attribute("email", email).attribute("email_verified", "true");
        }
        create(&cenote, &pool, user, (!temporary).then_some(&password)).await?;
        match given {
            Some(_) => Ok(()),
            None => say(&format_args!("the password of {username}, shown this once: {}", password.expose())),
        }
    }
}

/// Makes the user, and gives a password that stays; a user who cannot have it is not left behind.
async fn create(
    cenote: &Cenote,
    pool: &UserPoolId,
    user: AdminCreateUser,
    permanent: Option<&SecretString>,
) -> Result<(), Failure> {
    let users = cenote.user_pools();
    let username = user.username.clone();
    users.admin_create_user(user).await?;
    let Some(password) = permanent else { return Ok(()) };
    let set = users.admin_set_user_password(pool, &username, password, PasswordLifetime::Permanent).await;
    if let Err(refused) = set {
        users.admin_delete_user(pool, &username).await?;
        return Err(refused.into());
    }
    Ok(())
}

/// The first line of standard input, without its end.
fn read_password() -> Result<SecretString, Failure> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() { Err("--password-stdin: standard input is empty".into()) } else { Ok(password.into()) }
}

/// A password of 24 characters, drawn until it has every kind that a pool may ask for.
fn new_password() -> SecretString {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789-_.+!";
    let source = SystemEntropy::new();
    loop {
        let drawn = entropy::text(&source, LETTERS, 24);
        let has = |kind: fn(&u8) -> bool| drawn.as_bytes().iter().any(kind);
        let every_kind = has(u8::is_ascii_uppercase)
            && has(u8::is_ascii_lowercase)
            && has(u8::is_ascii_digit)
            && has(u8::is_ascii_punctuation);
        if every_kind {
            return drawn.into();
        }
    }
}

/// Shows every item of a listing, page by page.
async fn each<T, E, F>(list: impl Fn(PageRequest) -> F, show: impl Fn(T) -> Result<(), Failure>) -> Result<(), Failure>
where
    E: Into<Failure>,
    F: Future<Output = Result<Page<T>, E>>,
{
    let mut page = PageRequest { limit: 60, after: None };
    loop {
        let found = list(page).await.map_err(Into::into)?;
        found.items.into_iter().try_for_each(&show)?;
        let Some(next) = found.next else { return Ok(()) };
        page = PageRequest { limit: 60, after: Some(next) };
    }
}

/// A line on standard output. A reader who has gone is no fault.
pub(crate) fn say(line: &dyn std::fmt::Display) -> Result<(), Failure> {
    match writeln!(std::io::stdout(), "{line}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
