//! What web pages may read.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request};
use cenote::Cenote;
use cognito_http::{CrossOrigin, Options, Origins};
use tower::ServiceExt;

async fn router(cross_origin: CrossOrigin) -> Router {
    let options = Options { cross_origin, ..Options::default() };
    Cenote::in_memory().build().await.unwrap().aws_router_with(options)
}

async fn headers(router: &Router, method: Method, headers: &[(&str, &str)]) -> HeaderMap {
    let mut request = Request::builder().method(method).uri("/").header("origin", "https://page.example.com");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().headers().clone()
}

const ALLOWED: &str = "access-control-allow-origin";
const PREFLIGHT: (&str, &str) = ("access-control-request-method", "POST");

#[tokio::test]
async fn every_page_may_sign_in_and_none_may_administer() {
    let router = router(CrossOrigin::default()).await;

    let plain = headers(&router, Method::POST, &[]).await;
    let signed = headers(&router, Method::POST, &[("authorization", "AWS4-HMAC-SHA256 x")]).await;
    let asking = [PREFLIGHT, ("access-control-request-headers", "content-type,x-amz-target")];
    let asking_to_sign = [PREFLIGHT, ("access-control-request-headers", "x-amz-target, Authorization")];

    assert_eq!(plain[ALLOWED], "https://page.example.com");
    assert!(!signed.contains_key(ALLOWED));
    assert_eq!(headers(&router, Method::OPTIONS, &asking).await[ALLOWED], "https://page.example.com");
    assert!(!headers(&router, Method::OPTIONS, &asking_to_sign).await.contains_key(ALLOWED));
}

#[tokio::test]
async fn pages_that_are_named_may_administer_and_others_may_not_even_sign_in() {
    let these = |origin: &str| Origins::These(vec![origin.to_owned()]);
    let named = router(CrossOrigin {
        unsigned: these("https://page.example.com"),
        signed: Some(these("https://page.example.com")),
    });
    let other = router(CrossOrigin { unsigned: these("https://other.example.com"), signed: None });
    let signed = [("authorization", "AWS4-HMAC-SHA256 x")];

    assert_eq!(headers(&named.await, Method::POST, &signed).await[ALLOWED], "https://page.example.com");
    assert!(!headers(&other.await, Method::POST, &[]).await.contains_key(ALLOWED));
}
