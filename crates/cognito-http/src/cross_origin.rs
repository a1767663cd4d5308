use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

/// Which web pages' scripts may read the answers (Fetch §3.2, CORS).
///
/// By default every page may sign its users in, as with Cognito, and none may administer: a signed call comes from a page
/// only where an operator has built one, and then its origin is known.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CrossOrigin {
    /// For calls without signature: sign-up, sign-in, a user's own account, key sets.
    pub unsigned: Origins,
    /// For calls with an `Authorization` header. `None` lets no page through.
    pub signed: Option<Origins>,
}

/// Origins of web pages.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Origins {
    /// Any.
    #[default]
    Any,
    /// These, as browsers write them: `https://app.example.com`, without a slash at the end.
    These(Vec<String>),
}

impl Origins {
    fn allow(&self, origin: &HeaderValue) -> bool {
        match self {
            Self::Any => true,
            Self::These(origins) => origins.iter().any(|own| own.as_bytes() == origin.as_bytes()),
        }
    }
}

impl CrossOrigin {
    fn allow(&self, origin: &HeaderValue, request: &Parts) -> bool {
        if is_signed(request) {
            self.signed.as_ref().is_some_and(|origins| origins.allow(origin))
        } else {
            self.unsigned.allow(origin)
        }
    }

    pub(crate) fn layer(self) -> CorsLayer {
        CorsLayer::new()
            .allow_origin(AllowOrigin::predicate(move |origin, request| self.allow(origin, request)))
            .allow_methods([Method::GET, Method::POST, Method::OPTIONS])
            .allow_headers(AllowHeaders::mirror_request())
            .expose_headers(
                ["x-amzn-errortype", "x-amzn-errormessage", "x-amzn-requestid", "x-amz-date"]
                    .map(HeaderName::from_static),
            )
    }
}

/// Whether a call is signed, or a preflight asks to send one that is.
fn is_signed(request: &Parts) -> bool {
    let asked = request.headers.get_all(header::ACCESS_CONTROL_REQUEST_HEADERS).iter();
    let names = asked.filter_map(|names| names.to_str().ok()).flat_map(|names| names.split(','));
    request.headers.contains_key(header::AUTHORIZATION)
        || names.into_iter().any(|name| name.trim().eq_ignore_ascii_case("authorization"))
}
