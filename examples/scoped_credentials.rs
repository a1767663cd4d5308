//! A service hands a helper keys for one prefix and one minute: made by itself, or by the server over HTTP. A real S3 server
//! refuses the helper everywhere else. `cargo run --package cenote-examples --example scoped_credentials`

use aws_sdk_s3::config::{BehaviorVersion, Credentials as Keys, Region};
use aws_sdk_s3::error::ProvideErrorMetadata;
use cenote::kernel::entropy::SystemEntropy;
use cenote::kernel::time::{Clock, ManualClock, SystemClock};
use cenote::prelude::*;
use cenote::vending::{Credentials, Narrowing, NewSession, SessionStamp, VendingKey};
use cenote_examples::{BUCKET, Failure, S3Server};
use sigv4_verify::{Body, HttpRequest, Scope, Signer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "*"},
    "Action": "sts:AssumeRole"}}"#;
const ALL: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#;
const THUMBNAILS: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:PutObject",
    "Resource": "arn:aws:s3:::photos/thumbnails/*"}}"#;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let cenote = Cenote::in_memory().clock(Arc::clone(&clock) as Arc<dyn Clock>).build().await?;
    let vending = cenote.vending();
    let role = vending.create_role(CreateRole::named("service", TRUST)).await?;
    vending.put_role_policy("service", "all", ALL.to_owned()).await?;
    let texts = vending.vending_key_texts().await?;
    let key = texts.first().and_then(|text| VendingKey::from_text(text.expose())).ok_or("no key")?;
    let (role_arn, role_id, issued_at) = (role.arn.as_str(), role.id.as_str(), clock.now());
    let session = SessionStamp::new(NewSession { role_arn, role_id, session_name: "service", issued_at, seconds: 900 });
    let service = key.vend(&SystemEntropy::new(), &session)?;
    let s3 = S3Server::start(&cenote).await?;

    // In process: nobody is asked.
    let policy = Some(THUMBNAILS.to_owned());
    let minute = Narrowing { policy, duration_seconds: Some(60), ..Narrowing::default() };
    let own = service.narrow(&minute, &SystemEntropy::new(), clock.now())?.credentials;
    // Over HTTP: `GetScopedCredentials` of STS.
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let router = cenote.aws_router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let theirs = ask(&address, &service, clock.now()).await?;

    for (how, helper) in [("in process", &own), ("over HTTP", &theirs)] {
        println!("{how}, below the prefix: {}", put(&s3, helper, "thumbnails/cat.png").await);
        println!("{how}, beside the prefix: {}", put(&s3, helper, "originals/cat.png").await);
        println!("{how}, with the service's key id and token: {}", put(&s3, &stolen(&service, helper), "a").await);
    }
    clock.advance_seconds(60);
    for (how, helper) in [("in process", &own), ("over HTTP", &theirs)] {
        println!("{how}, a minute later: {}", put(&s3, helper, "thumbnails/cat.png").await);
    }
    println!("the service itself: {}", put(&s3, &service, "originals/cat.png").await);
    Ok(())
}

/// What a helper can try who looks into its own session token: the service's begins it.
fn stolen(service: &Credentials, helper: &Credentials) -> Credentials {
    Credentials { secret: helper.secret.clone(), ..service.clone() }
}

async fn ask(address: &str, by: &Credentials, now: cenote::kernel::time::Timestamp) -> Result<Credentials, Failure> {
    let encoded = THUMBNAILS.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
    let body = format!("Action=GetScopedCredentials&Version=2011-06-15&DurationSeconds=60&Policy={encoded}");
    let mut request = HttpRequest::new("POST", "/").header("host", address);
    request.push_header("content-type", "application/x-www-form-urlencoded");
    let (access_key_id, secret) = (by.access_key_id.as_str(), by.secret.expose());
    let scope = Scope::new("us-east-1", "sts");
    let signer = Signer { access_key_id, secret, session_token: Some(by.session_token.expose()), scope };
    signer.sign(&mut request, &Body::Bytes(body.as_bytes()), now)?;
    let head = format!("POST / HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    let header = |(name, value): (&str, &[u8])| format!("{name}: {}\r\n", String::from_utf8_lossy(value));
    let headers = request.headers().map(header).collect::<Vec<_>>().concat();
    let (mut stream, mut answer) = (TcpStream::connect(address).await?, String::new());
    stream.write_all(format!("{head}{headers}\r\n{body}").as_bytes()).await?;
    stream.read_to_string(&mut answer).await?;
    let text = |tag: &str| answer.split_once(&format!("<{tag}>"))?.1.split_once('<').map(|(text, _)| text.to_owned());
    let member = |tag: &str| text(tag).ok_or_else(|| answer.clone());
    let (secret, session_token) = (member("SecretAccessKey")?.into(), member("SessionToken")?.into());
    Ok(Credentials { access_key_id: member("AccessKeyId")?, secret, session_token, expires_at: now.plus_seconds(60) })
}

async fn put(server: &S3Server, with: &Credentials, key: &str) -> String {
    let token = Some(with.session_token.expose().to_owned());
    let keys = Keys::new(with.access_key_id.as_str(), with.secret.expose(), token, None, "cenote");
    let config = aws_sdk_s3::Config::builder().behavior_version(BehaviorVersion::latest());
    let config = config.region(Region::new("us-east-1")).endpoint_url(format!("http://{}", server.address));
    let http = aws_smithy_http_client::Builder::new().build_http();
    let s3 = aws_sdk_s3::Client::from_conf(
        config.force_path_style(true).http_client(http).credentials_provider(keys).build(),
    );
    let sent = s3.put_object().bucket(BUCKET).key(key).body(b"a cat".to_vec().into()).send().await;
    sent.map_or_else(|error| error.code().unwrap_or("refused").to_owned(), |_| "stored".to_owned())
}
