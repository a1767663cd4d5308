//! A small S3 client: two requests, signed.

use std::net::SocketAddr;
use std::sync::Arc;

use cenote::kernel::time::Clock;
use cenote::vending::Credentials;
use sigv4_verify::{Body, HttpRequest, Scope, Signer};

use crate::Failure;
use crate::demo::http::Http;

/// The bucket that everything of the journey lies in.
pub(crate) const BUCKET: &str = "photos";

/// Talks to one S3 server.
pub(crate) struct S3Client {
    address: SocketAddr,
    clock: Arc<dyn Clock>,
    http: Http,
}

impl S3Client {
    pub(crate) fn new(address: SocketAddr, clock: Arc<dyn Clock>) -> Self {
        Self { address, clock, http: Http::new() }
    }

    /// Uploads an object.
    pub(crate) async fn put(&self, with: &Credentials, key: &str, body: &[u8]) -> Result<(), Failure> {
        self.call("PUT", with, key, body).await.map(drop)
    }

    /// Reads an object.
    pub(crate) async fn get(&self, with: &Credentials, key: &str) -> Result<Vec<u8>, Failure> {
        self.call("GET", with, key, b"").await
    }

    async fn call(&self, method: &str, with: &Credentials, key: &str, body: &[u8]) -> Result<Vec<u8>, Failure> {
        let target = format!("/{BUCKET}/{}", key.replace(':', "%3A"));
        let mut signed = HttpRequest::new(method, &target).header("host", self.address.to_string());
        let signer = Signer {
            access_key_id: &with.access_key_id,
            secret: with.secret.expose(),
            session_token: Some(with.session_token.expose()),
            scope: Scope::new("us-east-1", "s3"),
        };
        signer.sign(&mut signed, &Body::Bytes(body), self.clock.now())?;
        let text = |(name, value): (&str, &[u8])| (name.to_owned(), String::from_utf8_lossy(value).into_owned());
        let headers: Vec<(String, String)> = signed.headers().map(text).collect();
        let url = format!("http://{}{target}", self.address);
        let (status, answered) = self.http.send(method, &url, &headers, body).await?;
        if status.is_success() {
            return Ok(answered);
        }
        let text = String::from_utf8_lossy(&answered).into_owned();
        let part = |name: &str| text.split(&format!("<{name}>")).nth(1)?.split('<').next().map(str::to_owned);
        Err(format!("{status}: {}", part("Message").or(part("Code")).unwrap_or(text.clone())).into())
    }
}
