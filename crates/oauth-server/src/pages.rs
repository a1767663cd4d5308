//! The pages: rendered here, without script.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use userpool_core::model::redirect::RedirectUri;

use crate::html::Text;

/// `GET /pages/login.css`.
pub(crate) async fn style() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=3600")];
    (headers, include_str!("pages.css")).into_response()
}

/// A page. Its form may lead to this server, and through it to the place of the client's that the browser goes to next.
pub(crate) fn page(status: StatusCode, title: &str, content: &str, leads_to: Option<&RedirectUri>) -> Response {
    let title = Text(title);
    let body = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<link rel=\"stylesheet\" href=\"pages/login.css\">\n</head>\n\
         <body>\n<main>\n<h1>{title}</h1>\n{content}</main>\n</body>\n</html>\n"
    );
    let mut response = (status, body).into_response();
    guard(&mut response, leads_to);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// A page that says what is wrong.
pub(crate) fn wrong(status: StatusCode, what: &str) -> Response {
    page(status, "This does not work", &format!("<p role=\"alert\">{}</p>\n", Text(what)), None)
}

/// The headers of everything that a browser shows or follows here.
pub(crate) fn guard(response: &mut Response, leads_to: Option<&RedirectUri>) {
    let next = leads_to.map(place).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'{next}; frame-ancestors 'none'"
    );
    let headers = response.headers_mut();
    for (name, value) in [
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        // Browsers heed it over TLS alone.
        (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// The place of a URI as a policy names it, behind a blank: its origin, or its scheme where it has none that can be named.
fn place(uri: &RedirectUri) -> String {
    let (scheme, rest) = uri.as_str().split_once(':').unwrap_or_default();
    let authority = rest.strip_prefix("//").unwrap_or_default().split(['/', '?']).next().unwrap_or_default();
    let of_the_web = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    if of_the_web && !authority.starts_with('[') { format!(" {scheme}://{authority}") } else { format!(" {scheme}:") }
}

/// Sends the browser on, as a new `GET`.
pub(crate) fn go(location: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(location) else {
        return wrong(StatusCode::INTERNAL_SERVER_ERROR, "There is no way on from here.");
    };
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response();
    guard(&mut response, None);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_to_the_origin_of_the_next_place_and_no_further() {
        for (uri, named) in [
            ("https://app.example.com/cb?x=1", " https://app.example.com"),
            ("http://localhost:3000/cb", " http://localhost:3000"),
            ("http://[::1]:3000/cb", " http:"),
            ("myapp://callback", " myapp:"),
        ] {
            assert_eq!(place(&uri.parse().unwrap()), named);
        }
    }
}
