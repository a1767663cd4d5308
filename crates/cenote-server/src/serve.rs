//! `cenote serve`.

use std::io::IsTerminal as _;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use axum_server::Handle;
use cenote::adapters::{FileOutbox, HttpClient, HttpIssuers, HttpSettings, MemoryOutbox};
use cenote::kernel::place::Place;
use cenote::kernel::secret::SecretString;
use cenote::kernel::time::{Clock, ShiftedClock, SystemClock};
use cenote::userpool::ports::Messenger;
use cenote::{Cenote, IssuerForm, Profile};
use tracing_subscriber::EnvFilter;

use crate::Failure;
use crate::config::{Config, Issuer, ServeFlags};
use crate::messengers::Everywhere;
use crate::test_api::{self, TestApi};
use crate::tls;

/// Serves until it is told to stop.
pub(crate) async fn run(flags: ServeFlags) -> Result<(), Failure> {
    let config = flags.into_config()?;
    let filter = EnvFilter::try_from_env("CENOTE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
    tracing::trace!("the log is at the level of traces");

    let listener = TcpListener::bind(config.listen).map_err(|error| format!("--listen {}: {error}", config.listen))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let public_url = config.public_url.clone().unwrap_or_else(|| format!("{scheme}://{address}"));

    let clock = Arc::new(ShiftedClock::new(SystemClock));
    let test_outbox = Arc::new(MemoryOutbox::new());
    let cenote = build(&config, &public_url, &clock, &test_outbox).await?;
    let admin_keys = operators(&cenote, &config).await?;

    let mut app = cenote.aws_router().route("/_cenote/health", get(|| async { "ok" }));
    if config.test_api {
        let api = TestApi { cenote: cenote.clone(), outbox: test_outbox, clock, admin_keys };
        app = app.merge(test_api::router(api));
    }
    serve(app, listener, &config, &format!("{scheme}://{address}")).await
}

async fn build(
    config: &Config,
    public_url: &str,
    clock: &Arc<ShiftedClock<SystemClock>>,
    test_outbox: &Arc<MemoryOutbox>,
) -> Result<Cenote, Failure> {
    let clock: Arc<dyn Clock> = Arc::clone(clock) as Arc<dyn Clock>;
    let builder = Cenote::builder();
    let builder = match (&config.data, &config.database_url) {
        (Some(folder), Some(url)) => builder.postgres(url, cenote::postgres::Options::default(), folder).await?,
        (Some(folder), None) => builder.data_folder(folder)?,
        (None, _) => Cenote::in_memory(),
    };
    let mut messengers: Vec<Arc<dyn Messenger>> = Vec::new();
    if let Some(path) = &config.outbox {
        let file = FileOutbox::open(path).map_err(|error| format!("--outbox {}: {error}", path.display()))?;
        messengers.push(Arc::new(file));
    }
    if config.test_api {
        messengers.push(Arc::clone(test_outbox) as Arc<dyn Messenger>);
    }
    let issuer = match config.issuer {
        Issuer::Own => IssuerForm::Own(public_url.to_owned()),
        Issuer::Aws => IssuerForm::Amazon,
    };
    let cenote = builder
        .clock(Arc::clone(&clock))
        .messenger(Arc::new(Everywhere(messengers)))
        .outside_issuers(Arc::new(HttpIssuers::through(Arc::new(HttpClient::new(HttpSettings::default())?), clock)))
        .place(Place::new(&config.account_id, &config.region))
        .issuer(issuer)
        .profile(if config.compat { Profile::Compatible } else { Profile::Hardened })
        .build()
        .await?;
    Ok(cenote)
}

/// Sets the operators' keys that were given: they are this process's and are not stored. Without any, makes and stores one, if
/// none is stored yet, and shows it this once.
async fn operators(cenote: &Cenote, config: &Config) -> Result<Vec<(String, SecretString)>, Failure> {
    let configured = config.admin_keys.iter().map(|(key, secret)| (key.clone(), SecretString::from(secret.as_str())));
    let mut keys: Vec<_> = configured.collect();
    let named = keys.iter().map(|(key, secret)| (key.as_str(), secret));
    cenote.vending().set_configured_operators(named).map_err(|error| format!("--admin-key: {error}"))?;
    if keys.is_empty()
        && let Some((key, secret)) = cenote.vending().first_operator_key().await?
    {
        println!("operator's access key, shown this once:");
        println!("  AWS_ACCESS_KEY_ID={key}");
        println!("  AWS_SECRET_ACCESS_KEY={}", secret.expose());
        keys.push((key, secret));
    }
    Ok(keys)
}

async fn serve(app: Router, listener: TcpListener, config: &Config, url: &str) -> Result<(), Failure> {
    let handle: Handle<SocketAddr> = Handle::new();
    tokio::spawn(stop_when_told(handle.clone()));
    println!("cenote is listening on {url}");
    std::io::stdout().flush()?;
    match &config.tls {
        None => axum_server::from_tcp(listener)?.handle(handle).serve(app.into_make_service()).await?,
        Some(files) => {
            let tls = tls::follow(files.clone())?;
            axum_server::from_tcp_rustls(listener, tls)?.handle(handle).serve(app.into_make_service()).await?;
        }
    }
    Ok(())
}

/// Lets calls that have begun end, for ten seconds at most.
async fn stop_when_told(handle: Handle<SocketAddr>) {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
            return;
        };
        tokio::select! {
            _ = interrupted => {}
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = interrupted.await;
    handle.graceful_shutdown(Some(Duration::from_secs(10)));
}
