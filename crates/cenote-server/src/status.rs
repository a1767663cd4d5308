//! What a load balancer, a verifier elsewhere, and somebody who is merely curious ask this server.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use cenote::Cenote;
use cenote::documents::page::PageRequest;

/// `GET /`, `/health` (the process answers), `/ready` (and the storage does), and the signed list of revocations.
pub(crate) fn router(cenote: Cenote) -> Router {
    Router::new()
        .route("/", get(about))
        .route("/health", get(|| async { "ok" }))
        .route("/_cenote/health", get(|| async { "ok" }))
        .route("/ready", get(ready))
        .route("/.well-known/cenote-revocations", get(revocations))
        .with_state(cenote)
}

async fn about() -> String {
    format!(
        "Cenote {}: user pools and identity pools over the protocols of Amazon Cognito.\n\n\
         AWS SDKs and the aws command call this address as their endpoint (POST /).\n\
         GET /health  GET /ready  GET /{{pool}}/.well-known/openid-configuration  GET /{{pool}}/.well-known/jwks.json\n\
         GET /.well-known/cenote-revocations\n",
        env!("CARGO_PKG_VERSION")
    )
}

async fn ready(State(cenote): State<Cenote>) -> Response {
    match cenote.vending().list_operator_keys(PageRequest { limit: 1, after: None }).await {
        Ok(_) => "ready".into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the storage does not answer").into_response()
        }
    }
}

/// The list that verifiers of temporary credentials poll. It is signed under the vending key, and names no secret.
async fn revocations(State(cenote): State<Cenote>) -> Response {
    match cenote.vending().signed_revocation_list().await {
        Ok(list) => ([(CONTENT_TYPE, "text/plain"), (CACHE_CONTROL, "no-store")], list).into_response(),
        Err(error) => {
            tracing::warn!(%error, "no list of revocations");
            (StatusCode::SERVICE_UNAVAILABLE, "the storage does not answer").into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use axum::body::{Body, to_bytes};
    use axum::http::{HeaderMap, Request};
    use cenote::documents::error::StorageError;
    use cenote::documents::{Batch, Document, DocumentStore, Key, Range};
    use cenote::kernel::entropy::SystemEntropy;
    use cenote::kernel::sealing::MasterKey;
    use cenote::memory::MemoryStore;
    use cenote::vending::{RevocationList, VendingKey};
    use tower::Service as _;

    use super::*;

    /// A store that can be taken away.
    #[derive(Default)]
    struct Store(MemoryStore, AtomicBool);

    impl Store {
        fn check(&self) -> Result<(), StorageError> {
            if self.1.load(Ordering::SeqCst) { Err(StorageError::unavailable("taken away")) } else { Ok(()) }
        }
    }

    #[async_trait::async_trait]
    impl DocumentStore for Store {
        async fn get(&self, key: &Key) -> Result<Option<Document>, StorageError> {
            self.check()?;
            self.0.get(key).await
        }

        async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Document>>, StorageError> {
            self.check()?;
            self.0.get_many(keys).await
        }

        async fn scan(&self, range: &Range) -> Result<Vec<Document>, StorageError> {
            self.check()?;
            self.0.scan(range).await
        }

        async fn commit(&self, batch: Batch) -> Result<(), StorageError> {
            self.check()?;
            self.0.commit(batch).await
        }
    }

    async fn world() -> (Cenote, Arc<Store>) {
        let store = Arc::new(Store::default());
        let key = MasterKey::generate(&SystemEntropy::new());
        let cenote = Cenote::builder().store(Arc::clone(&store) as Arc<dyn DocumentStore>, key).build().await.unwrap();
        (cenote, store)
    }

    async fn get(cenote: &Cenote, path: &str) -> (u16, HeaderMap, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let (parts, body) = router(cenote.clone()).call(request).await.unwrap().into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        (parts.status.as_u16(), parts.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn the_process_is_healthy_while_it_answers_and_ready_while_its_storage_does() {
        let (cenote, store) = world().await;
        for path in ["/", "/health", "/_cenote/health", "/ready"] {
            assert_eq!(get(&cenote, path).await.0, 200, "{path}");
        }

        store.1.store(true, Ordering::SeqCst);

        assert_eq!((get(&cenote, "/health").await.0, get(&cenote, "/").await.0), (200, 200));
        let (status, _, told) = get(&cenote, "/ready").await;
        assert_eq!((status, told.as_str()), (503, "the storage does not answer"));
        assert_eq!(get(&cenote, "/.well-known/cenote-revocations").await.0, 503);
    }

    #[tokio::test]
    async fn the_list_of_revocations_is_signed_under_the_vending_key_and_kept_by_no_cache() {
        let (cenote, _) = world().await;
        let texts = cenote.vending().vending_key_texts().await.unwrap();
        let keys: Vec<_> = texts.iter().map(|text| VendingKey::from_text(text.expose()).unwrap()).collect();

        let (status, headers, list) = get(&cenote, "/.well-known/cenote-revocations").await;

        assert_eq!((status, headers[CACHE_CONTROL].to_str().unwrap()), (200, "no-store"));
        assert!(RevocationList::open(&list, &keys).unwrap().revocations.is_empty());
    }

    #[tokio::test]
    async fn somebody_who_is_curious_learns_what_this_is_and_where_to_call() {
        let (cenote, _) = world().await;

        let (_, _, page) = get(&cenote, "/").await;

        assert!(page.starts_with(concat!("Cenote ", env!("CARGO_PKG_VERSION"))) && page.contains("POST /"), "{page}");
    }
}
