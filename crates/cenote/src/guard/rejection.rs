use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use userpool_core::Error;

/// Why a request did not pass a [`Guard`](super::Guard). As a response it carries the status and, for 401 and 403, the
/// `WWW-Authenticate` of RFC 6750 §3. Which of a token's faults it was is not said.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// No token: 401, without an error code.
    #[error("an access token is needed")]
    Missing,
    /// No good token: 401 `invalid_token`.
    #[error("the access token is not good here")]
    Invalid,
    /// A good token whose grant lacks this scope: 403 `insufficient_scope`.
    #[error("the access token lacks the scope {0}")]
    ScopeMissing(&'static str),
    /// A good token of a user who is not in the group: 403.
    #[error("the user is not in the group {0}")]
    GroupMissing(&'static str),
    /// Whether the token is good cannot be told now: 503, to be tried again. Clients keep their tokens.
    #[error("the directory cannot be asked now")]
    Unavailable,
}

impl Rejection {
    /// What the directory's refusal means to the bearer of a token.
    pub(super) fn of(error: &Error) -> Self {
        match error {
            Error::Storage(_) | Error::Internal(_) | Error::TooManyRequests => Self::Unavailable,
            _ => Self::Invalid,
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::Missing | Self::Invalid => StatusCode::UNAUTHORIZED,
            Self::ScopeMissing(_) | Self::GroupMissing(_) => StatusCode::FORBIDDEN,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn challenge(self) -> Option<String> {
        match self {
            Self::Missing => Some("Bearer".to_owned()),
            Self::Invalid => Some("Bearer error=\"invalid_token\"".to_owned()),
            Self::ScopeMissing(scope) => Some(format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"")),
            Self::GroupMissing(_) => Some("Bearer error=\"insufficient_scope\"".to_owned()),
            Self::Unavailable => None,
        }
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let mut response = (self.status(), self.to_string()).into_response();
        let headers = response.headers_mut();
        match self.challenge().map(HeaderValue::try_from) {
            Some(Ok(challenge)) => headers.insert(header::WWW_AUTHENTICATE, challenge),
            Some(Err(_)) => headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
            None => headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1")),
        };
        response
    }
}
