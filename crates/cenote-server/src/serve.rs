//! `cenote serve`.

use std::io::Write as _;
use std::net::TcpListener;
use std::sync::Arc;

use axum::Router;
use cenote::adapters::{FileOutbox, HttpClient, HttpIssuers, MaxMindPlaces, MemoryOutbox};
use cenote::kernel::account_region::AccountRegion;
use cenote::kernel::secret::SecretString;
use cenote::kernel::time::{Clock, ShiftedClock, SystemClock};
use cenote::logins::AccessTokens;
use cenote::logins::http::HttpPort;
use cenote::userpool::ports::{Events, Messenger};
use cenote::{Builder, Cenote, IssuerForm, Profile, aws};

use crate::audit::AuditLog;
use crate::config::{Config, Issuer, ServeFlags};
use crate::messengers::Everywhere;
use crate::net::{HttpServer, Limits};
use crate::test_api::{self, TestApi};
use crate::tls::Certificate;
use crate::user_events::{All, UserEventLog, UserEventWebhook};
use crate::{Failure, breached, carriers, logging, other_sts, status, triggers};

/// Serves until it is told to stop.
pub(crate) async fn run(flags: ServeFlags) -> Result<(), Failure> {
    let config = flags.into_config()?;
    let _log = logging::begin()?;
    tracing::trace!("the log is at the level of traces");

    let listener = TcpListener::bind(config.listen).map_err(|error| format!("--listen {}: {error}", config.listen))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let certificate = config.tls.clone().map(Certificate::follow).transpose()?;
    let scheme = if certificate.is_some() { "https" } else { "http" };
    let public_url = config.public_url.clone().unwrap_or_else(|| format!("{scheme}://{address}"));

    let clock = Arc::new(ShiftedClock::new(SystemClock));
    let test_outbox = Arc::new(MemoryOutbox::new());
    let cenote = build(&config, &public_url, &clock, &test_outbox).await?;
    operators(&cenote, &config).await?;
    tell(&config, &public_url);

    let front_end = aws::Options { public_url: Some(public_url.clone()), ..config.front_end.clone() };
    let mut app = cenote.aws_router_with(front_end).merge(status::router(cenote.clone()));
    let outside = Arc::new(HttpClient::new(config.outbound.clone()).map_err(|error| outbound(&error))?);
    app = app.merge(cenote.oauth_router(&public_url, Some(outside)));
    let by_host = cenote.clone();
    if config.test_api {
        app = app.merge(test_api::router(TestApi { cenote, outbox: test_outbox, clock }));
    }
    let app = by_host.by_host(app, &public_url);
    serve(app, listener, certificate, &config, &format!("{scheme}://{address}")).await
}

/// What this server is, as the log's first line.
fn tell(config: &Config, public_url: &str) {
    let storage = match (&config.data, &config.database_url) {
        (Some(_), Some(_)) => "postgresql",
        (Some(_), None) => "sqlite",
        (None, _) => "memory",
    };
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        storage,
        folder = config.data.as_ref().map(|folder| tracing::field::display(folder.display())),
        profile = if config.compat { "compatible" } else { "hardened" },
        issuer = match config.issuer {
            Issuer::Own => public_url,
            Issuer::Aws => "amazon's",
        },
        listen = %config.listen,
        tls = config.tls.is_some(),
        "cenote starts"
    );
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
    let http = Arc::new(HttpClient::new(config.outbound.clone()).map_err(|error| outbound(&error))?);
    let messenger = carriers::messenger(&config.carriers, Everywhere(messengers), &config.outbound)?;
    let hooks = triggers::hooks(&config.triggers, &config.outbound, &config.region, &clock)?;
    let issuer = match config.issuer {
        Issuer::Own => IssuerForm::Own(public_url.to_owned()),
        Issuer::Aws => IssuerForm::Amazon,
    };
    let builder = other_sts::add(builder, &config.other_sts, &config.outbound)?;
    let builder = match hooks {
        Some(hooks) => builder.hooks(hooks),
        None => builder,
    };
    let mut events: Vec<Arc<dyn Events>> = vec![Arc::new(AuditLog)];
    if let Some(path) = &config.user_event_log {
        let log = UserEventLog::open(path).map_err(|error| format!("--user-event-log {}: {error}", path.display()))?;
        events.push(Arc::new(log));
    }
    if let Some(url) = &config.user_event_webhook {
        let http = Arc::clone(&http) as Arc<dyn HttpPort>;
        events.push(Arc::new(UserEventWebhook::begin(http, url.clone())));
    }
    if let Some(collector) = &config.user_event_otlp {
        // The operator has written this address, and nobody else chooses it: a collector on this machine needs no TLS.
        let mut allowed = config.outbound.clone();
        allowed.http_on_loopback = true;
        let http = Arc::new(HttpClient::new(allowed).map_err(|error| outbound(&error))?);
        events.push(Arc::new(UserEventWebhook::begin_otlp(http, collector.clone())));
    }
    let builder = match &config.breached_passwords {
        Some(place) => builder.breached_passwords(breached::open(place)?),
        None => builder,
    };
    let builder = match &config.maxmind_file {
        Some(path) => {
            let places = MaxMindPlaces::open(path);
            let places = places.map_err(|error| format!("--maxmind-file {}: {error}", path.display()))?;
            tracing::info!(kind = places.kind(), made = %places.made_at().to_iso8601(), "places of addresses are known");
            builder.places(Arc::new(places))
        }
        None => builder,
    };
    let access_tokens = AccessTokens::new(Arc::clone(&http) as Arc<dyn HttpPort>, config.access_tokens.clone());
    let kept = config.keep_audit_days.map(|days| i64::from(days) * 86_400);
    let builder = kept.into_iter().fold(builder, Builder::keep_audit_seconds);
    let builder = config.passkey_origins.iter().cloned().fold(builder, Builder::passkey_origin);
    let cenote = builder
        .clock(Arc::clone(&clock))
        .messenger(messenger)
        .login_verifier(Arc::new(access_tokens))
        .outside_issuers(Arc::new(HttpIssuers::through(http, clock)))
        .events(Arc::new(All(events)))
        .federation_events(Arc::new(AuditLog))
        .vending_events(Arc::new(AuditLog))
        .encode_denials(config.encode_denials)
        .outbound_tokens(config.outbound_tokens)
        .account_region(AccountRegion::new(&config.account_id, &config.region))
        .issuer(issuer)
        .link_base(public_url)
        .oauth_base(public_url)
        .message_limits(config.message_limits)
        .profile(if config.compat { Profile::Compatible } else { Profile::Hardened })
        .build()
        .await?;
    Ok(cenote)
}

fn outbound(error: &cenote::logins::http::HttpError) -> Failure {
    let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    format!("--outbound-ca, --outbound-proxy: {error}: {cause}").into()
}

/// Takes the operators' keys of this process; without any, makes one at the first start, keeps it, and shows it this once.
async fn operators(cenote: &Cenote, config: &Config) -> Result<(), Failure> {
    let given = config.admin_keys.iter().map(|(key, secret)| (key.as_str(), secret));
    cenote.vending().set_configured_operators(given).map_err(|error| format!("an operator's key: {error}"))?;
    if config.admin_keys.is_empty()
        && let Some((key, secret)) = cenote.vending().first_operator_key().await?
    {
        show(&key, &secret)?;
        if config.test_api {
            // So that it outlives a reset.
            cenote.vending().set_configured_operators([(key.as_str(), &secret)])?;
        }
    }
    Ok(())
}

fn show(key: &str, secret: &SecretString) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "operator's access key, shown this once:")?;
    writeln!(out, "  AWS_ACCESS_KEY_ID={key}")?;
    writeln!(out, "  AWS_SECRET_ACCESS_KEY={}", secret.expose())
}

async fn serve(
    app: Router,
    listener: TcpListener,
    certificate: Option<Certificate>,
    config: &Config,
    url: &str,
) -> Result<(), Failure> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let limits = Limits::with_connections(config.max_connections);
    let server = HttpServer::new(app, certificate, config.proxies.clone(), limits);
    // Whoever waits for this line may have gone; the calls have not.
    let mut out = std::io::stdout();
    let _ = writeln!(out, "cenote is listening on {url}").and_then(|()| out.flush());
    server.serve(listener, told_to_stop()).await;
    Ok(())
}

/// Until somebody interrupts or ends this process.
async fn told_to_stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
            let _ = interrupted.await;
            return;
        };
        tokio::select! {
            _ = interrupted => {}
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = interrupted.await;
}
