//! Requests as the `http` crate has them.
#![cfg(feature = "http")]
#![allow(clippy::unwrap_used, reason = "tests")]

use sigv4_verify::HttpRequest;

fn parts(uri: &str, headers: &[(&str, &str)]) -> http::request::Parts {
    let request = http::Request::builder().method("PUT").uri(uri);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.body(()).unwrap().into_parts().0
}

#[test]
fn an_authority_becomes_the_host_where_no_header_names_one() {
    let host = |headers: &[(&str, &str)]| {
        let request = HttpRequest::from(&parts("https://authority.example/", headers));
        request.headers().map(|(name, value)| (name.to_owned(), value.to_vec())).collect::<Vec<_>>()
    };

    assert_eq!(host(&[]), [("host".to_owned(), b"authority.example".to_vec())]);
    assert_eq!(host(&[("host", "named.example")]), [("host".to_owned(), b"named.example".to_vec())]);
}
