//! `jwt-tokens` fetches key sets through the same way out as everything else.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use headers::{CacheControl, HeaderMapExt as _};
use http::StatusCode;
use jwt_tokens::{Fetch, FetchError, Fetched};
use url::Url;

use crate::http::{HttpPort, HttpRequest};

/// Fetches documents through an [`HttpPort`], within its default limits.
#[derive(Clone)]
pub struct HttpFetch(Arc<dyn HttpPort>);

impl HttpFetch {
    /// Fetches through `port`.
    pub fn over(port: Arc<dyn HttpPort>) -> Self {
        Self(port)
    }
}

#[async_trait]
impl Fetch for HttpFetch {
    async fn fetch(&self, url: &str) -> Result<Fetched, FetchError> {
        let url = Url::parse(url).map_err(|error| FetchError(error.into()))?;
        let answer = self.0.send(HttpRequest::get(url)).await.map_err(|error| FetchError(error.into()))?;
        if answer.status != StatusCode::OK {
            return Err(FetchError(format!("the answer is {}", answer.status).into()));
        }
        let max_age = answer.headers.typed_get::<CacheControl>().and_then(|control| control.max_age());
        Ok(Fetched { max_age_seconds: max_age.and_then(|age| age.as_secs().try_into().ok()), body: answer.body })
    }
}

impl fmt::Debug for HttpFetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpFetch(..)")
    }
}

#[cfg(test)]
mod tests {
    use http::header::CACHE_CONTROL;
    use http::{HeaderMap, HeaderValue};

    use super::*;
    use crate::http::{HttpError, HttpResponse};

    /// Answers everything alike.
    struct Always(StatusCode, &'static str);

    #[async_trait]
    impl HttpPort for Always {
        async fn send(&self, _: HttpRequest) -> Result<HttpResponse, HttpError> {
            let headers = HeaderMap::from_iter([(CACHE_CONTROL, HeaderValue::from_static(self.1))]);
            Ok(HttpResponse { status: self.0, headers, body: b"document".to_vec() })
        }
    }

    async fn fetched(status: StatusCode, cache_control: &'static str) -> Result<Fetched, FetchError> {
        HttpFetch::over(Arc::new(Always(status, cache_control))).fetch("https://idp.example/keys").await
    }

    #[tokio::test]
    async fn a_document_may_be_kept_for_as_long_as_its_max_age_says() {
        for (header, seconds) in
            [("public, max-age=300", Some(300)), ("no-store", None), ("max-age=-1", None), ("x-max-age=9", None)]
        {
            let fetched = fetched(StatusCode::OK, header).await.unwrap();

            assert_eq!((fetched.max_age_seconds, fetched.body), (seconds, b"document".to_vec()), "{header}");
        }
    }

    #[tokio::test]
    async fn any_status_but_200_is_an_error() {
        for status in [StatusCode::NO_CONTENT, StatusCode::NOT_FOUND, StatusCode::INTERNAL_SERVER_ERROR] {
            assert!(fetched(status, "max-age=300").await.is_err(), "{status}");
        }
    }
}
