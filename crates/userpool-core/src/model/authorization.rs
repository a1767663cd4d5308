//! A request for an authorization (RFC 6749 §4.1.1), and what of it can be judged on its client alone.

use std::collections::BTreeSet;

use crate::model::authorization_code::Granted;
use crate::model::oauth::{OAuthFlow, OAuthSettings};
use crate::model::redirect::{Place, RedirectUri};

/// What a browser brings to the authorization endpoint, as it stands there. A parameter that is empty counts as not there.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(missing_docs, reason = "each is the parameter of its name")]
pub struct AuthorizationRequest {
    pub client_id: Option<String>,
    pub redirect_uri: Option<String>,
    pub response_type: Option<String>,
    pub response_mode: Option<String>,
    pub scope: Option<String>,
    pub state: Option<String>,
    pub nonce: Option<String>,
    pub code_challenge: Option<String>,
    pub code_challenge_method: Option<String>,
    pub prompt: Option<String>,
    pub max_age: Option<String>,
    pub resource: Option<String>,
    pub login_hint: Option<String>,
    pub request: Option<String>,
    pub request_uri: Option<String>,
}

/// What is wrong with a request, as OAuth names it, and in words for the developer of the client.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{code}: {description}")]
pub struct Refused {
    /// The name of the error.
    pub code: OAuthCode,
    /// What to do about it.
    pub description: &'static str,
}

impl Refused {
    /// A refusal.
    pub const fn new(code: OAuthCode, description: &'static str) -> Self {
        Self { code, description }
    }
}

macro_rules! oauth_codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// The errors of OAuth and OpenID Connect, by the names that stand in their answers.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        #[non_exhaustive]
        pub enum OAuthCode {
            $($(#[$doc])* $name,)*
        }

        impl OAuthCode {
            /// The error's name.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

oauth_codes! {
    /// A hook of the application said no (RFC 6749 §4.1.2.1).
    AccessDenied = "access_denied",
    /// The client is not known, or did not prove who it is (RFC 6749 §5.2).
    InvalidClient = "invalid_client",
    /// The code, refresh token or verifier does not count (RFC 6749 §5.2).
    InvalidGrant = "invalid_grant",
    /// A parameter is missing, malformed, or there twice.
    InvalidRequest = "invalid_request",
    /// A scope that the client may not have.
    InvalidScope = "invalid_scope",
    /// A resource that cannot be one (RFC 8707 §2).
    InvalidTarget = "invalid_target",
    /// The token does not count (RFC 6750 §3.1).
    InvalidToken = "invalid_token",
    /// The token lacks a scope (RFC 6750 §3.1).
    InsufficientScope = "insufficient_scope",
    /// Somebody must sign in, and nobody may be asked (OpenID Connect Core §3.1.2.6).
    LoginRequired = "login_required",
    /// Request objects are not taken (OpenID Connect Core §3.1.2.6).
    RequestNotSupported = "request_not_supported",
    /// Request objects are not fetched (OpenID Connect Core §3.1.2.6).
    RequestUriNotSupported = "request_uri_not_supported",
    /// The client may not do this.
    UnauthorizedClient = "unauthorized_client",
    /// Not a grant of this server.
    UnsupportedGrantType = "unsupported_grant_type",
    /// Not a response of this server.
    UnsupportedResponseType = "unsupported_response_type",
    /// Only refresh tokens are revoked (RFC 7009 §2.2.1).
    UnsupportedTokenType = "unsupported_token_type",
}

impl std::fmt::Display for OAuthCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where the answer to a request goes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AnswerTo {
    /// A URI of the client's.
    pub redirect_uri: RedirectUri,
    /// Where in it.
    pub place: Place,
    /// The client's own words, said again.
    pub state: Option<String>,
}

/// What a request asks for, once it was judged.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Wish {
    /// A code, or tokens at once.
    pub flow: OAuthFlow,
    /// Whether it names where the answer goes.
    pub names_redirect_uri: bool,
    /// The challenge for whoever redeems the code.
    pub challenge: Option<String>,
    /// What is to be granted.
    pub granted: Granted,
    /// Whether nobody may be asked anything.
    pub silent: bool,
    /// Whether the user is asked to sign in again.
    pub anew: bool,
    /// Seconds that the sign-in may be old.
    pub max_age: Option<i64>,
    /// The name to begin with.
    pub login_hint: Option<String>,
}

fn said(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| !text.is_empty())
}

impl AuthorizationRequest {
    /// Where the answer goes; without such a place nothing is sent anywhere (RFC 6749 §4.1.2.1).
    ///
    /// # Errors
    ///
    /// [`Refused`], for a page of this server's own.
    pub fn answer_to(&self, settings: &OAuthSettings) -> Result<AnswerTo, Refused> {
        let no = |description| Err(Refused::new(OAuthCode::InvalidRequest, description));
        let Some(uri) = settings.redirect_uri(said(self.redirect_uri.as_ref())) else {
            return no("redirect_uri is none of the client's");
        };
        let implicit = said(self.response_type.as_ref()) == Some("token");
        let place = if implicit { Place::Fragment } else { Place::Query };
        Ok(AnswerTo { redirect_uri: uri.clone(), place, state: said(self.state.as_ref()).map(str::to_owned) })
    }

    /// What the request asks for.
    ///
    /// # Errors
    ///
    /// [`Refused`], for the client.
    pub fn wish(&self, settings: &OAuthSettings) -> Result<Wish, Refused> {
        let no = |code, description| Err(Refused::new(code, description));
        if said(self.request.as_ref()).is_some() {
            return no(OAuthCode::RequestNotSupported, "request objects are not taken");
        }
        if said(self.request_uri.as_ref()).is_some() {
            return no(OAuthCode::RequestUriNotSupported, "request objects are not fetched");
        }
        let flow = self.flow(settings)?;
        let (silent, anew) = self.prompts()?;
        let max_age = said(self.max_age.as_ref()).map(|text| text.parse().ok().filter(|age: &i64| *age >= 0));
        let Some(max_age) = max_age.map_or(Some(None), |age| age.map(Some)) else {
            return no(OAuthCode::InvalidRequest, "max_age is a number of seconds");
        };
        if self.nonce.as_ref().is_some_and(|nonce| nonce.len() > 1024) {
            return no(OAuthCode::InvalidRequest, "nonce has 1,024 bytes at most");
        }
        let resource = said(self.resource.as_ref()).map(str::to_owned);
        if resource.as_ref().is_some_and(|resource| resource.parse::<RedirectUri>().is_err()) {
            return no(OAuthCode::InvalidTarget, "resource is an absolute URI without fragment");
        }
        Ok(Wish {
            flow,
            names_redirect_uri: said(self.redirect_uri.as_ref()).is_some(),
            challenge: self.challenge(flow, settings)?,
            granted: Granted {
                scopes: scopes(said(self.scope.as_ref()), settings)?,
                nonce: said(self.nonce.as_ref()).map(str::to_owned),
                resource,
            },
            silent,
            anew,
            max_age,
            login_hint: said(self.login_hint.as_ref()).map(str::to_owned),
        })
    }

    fn flow(&self, settings: &OAuthSettings) -> Result<OAuthFlow, Refused> {
        let no = |code, description| Err(Refused::new(code, description));
        let (flow, own_mode) = match said(self.response_type.as_ref()) {
            Some("code") => (OAuthFlow::Code, "query"),
            Some("token") => (OAuthFlow::Implicit, "fragment"),
            Some(_) => return no(OAuthCode::UnsupportedResponseType, "response_type is code or token"),
            None => return no(OAuthCode::InvalidRequest, "response_type is missing"),
        };
        if !settings.allows(flow) {
            return no(OAuthCode::UnauthorizedClient, "the client may not ask for this response_type");
        }
        match said(self.response_mode.as_ref()) {
            Some(mode) if mode != own_mode => no(OAuthCode::InvalidRequest, "this response_mode is not supported"),
            _ => Ok(flow),
        }
    }

    fn challenge(&self, flow: OAuthFlow, settings: &OAuthSettings) -> Result<Option<String>, Refused> {
        let no = |description| Err(Refused::new(OAuthCode::InvalidRequest, description));
        match (said(self.code_challenge.as_ref()), said(self.code_challenge_method.as_ref())) {
            (Some(_), None) => no("code_challenge_method is missing"),
            (_, Some(method)) if method != "S256" => no("code_challenge_method is S256"),
            (None, Some(_)) => no("code_challenge is missing"),
            // The hash of a verifier has 43 characters, whatever it is of.
            (Some(challenge), Some(_)) if challenge.len() != 43 || !is_unreserved(challenge) => {
                no("code_challenge is the Base64 of a SHA-256, for URLs and without padding")
            }
            (Some(challenge), Some(_)) => Ok(Some(challenge.to_owned())),
            (None, None) if flow == OAuthFlow::Code && settings.codes.challenge_required => {
                no("code_challenge is missing")
            }
            (None, None) => Ok(None),
        }
    }

    /// Whether nobody may be asked, and whether somebody must be (OpenID Connect Core §3.1.2.1).
    fn prompts(&self) -> Result<(bool, bool), Refused> {
        let prompts: BTreeSet<&str> = said(self.prompt.as_ref()).unwrap_or_default().split_ascii_whitespace().collect();
        let known = ["none", "login", "select_account", "consent"];
        if prompts.iter().any(|prompt| !known.contains(prompt)) || (prompts.contains("none") && prompts.len() > 1) {
            return Err(Refused::new(
                OAuthCode::InvalidRequest,
                "prompt is none alone, or login, select_account, consent",
            ));
        }
        Ok((prompts.contains("none"), prompts.contains("login") || prompts.contains("select_account")))
    }
}

/// The scopes that are asked for, each once; all of the client's where none is.
pub(crate) fn scopes(asked: Option<&str>, settings: &OAuthSettings) -> Result<Vec<String>, Refused> {
    let own = || settings.scopes.iter().map(ToString::to_string);
    let Some(asked) = asked else { return Ok(own().collect()) };
    let mut scopes: Vec<String> = Vec::new();
    for scope in asked.split(' ').filter(|scope| !scope.is_empty()) {
        if !settings.scopes.iter().any(|own| own.as_str() == scope) {
            return Err(Refused::new(OAuthCode::InvalidScope, "the client may not ask for one of the scopes"));
        }
        if !scopes.iter().any(|there| there == scope) {
            scopes.push(scope.to_owned());
        }
    }
    let has = |name: &str| scopes.iter().any(|scope| scope == name);
    if ["email", "phone", "profile"].into_iter().any(has) && !has("openid") {
        return Err(Refused::new(OAuthCode::InvalidScope, "email, phone and profile go with openid"));
    }
    Ok(scopes)
}

/// Whether these are characters of a verifier or challenge (RFC 7636 §4.1).
pub(crate) fn is_unreserved(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> OAuthSettings {
        OAuthSettings {
            enabled: true,
            flows: [OAuthFlow::Code].into(),
            scopes: ["openid", "email", "orders/read"].iter().map(|scope| scope.parse().unwrap()).collect(),
            redirect_uris: vec!["https://app.example/cb".parse().unwrap()],
            ..OAuthSettings::default()
        }
    }

    fn request(change: impl FnOnce(&mut AuthorizationRequest)) -> Result<Wish, OAuthCode> {
        let text = |text: &str| Some(text.to_owned());
        let mut request = AuthorizationRequest {
            response_type: text("code"),
            code_challenge: text("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            code_challenge_method: text("S256"),
            ..AuthorizationRequest::default()
        };
        change(&mut request);
        request.wish(&settings()).map_err(|refused| refused.code)
    }

    #[test]
    fn line_20_a_code_is_asked_for_with_a_challenge_of_s256() {
        assert!(request(|_| ()).is_ok());
        let changes: [fn(&mut AuthorizationRequest); 7] = [
            |request| request.code_challenge = None,
            |request| request.code_challenge_method = None,
            |request| request.code_challenge_method = Some("plain".to_owned()),
            |request| request.code_challenge_method = Some("s256".to_owned()),
            |request| (request.code_challenge, request.code_challenge_method) = (None, None),
            |request| request.code_challenge = Some("short".to_owned()),
            |request| request.code_challenge = Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM".to_owned()),
        ];
        for change in changes {
            assert_eq!(request(change), Err(OAuthCode::InvalidRequest));
        }
    }

    #[test]
    fn line_22_each_response_type_and_mode_is_refused_for_clients_that_do_not_list_it() {
        let with = |name: &str| request(|request| request.response_type = Some(name.to_owned()));
        let mode = |name: &str| request(|request| request.response_mode = Some(name.to_owned()));

        assert_eq!(with("token"), Err(OAuthCode::UnauthorizedClient));
        for other in ["id_token", "code token", "code id_token", "CODE", "none"] {
            assert_eq!(with(other), Err(OAuthCode::UnsupportedResponseType), "{other}");
        }
        assert_eq!(with(""), Err(OAuthCode::InvalidRequest));
        assert!(mode("query").is_ok());
        for other in ["fragment", "form_post", "query.jwt"] {
            assert_eq!(mode(other), Err(OAuthCode::InvalidRequest), "{other}");
        }
    }

    #[test]
    fn scopes_are_the_clients_and_those_of_a_profile_go_with_openid() {
        let of = |text: &str| request(|request| request.scope = Some(text.to_owned())).map(|wish| wish.granted.scopes);

        assert_eq!(of("orders/read  openid openid").unwrap(), ["orders/read", "openid"]);
        assert_eq!(of("").unwrap(), ["openid", "email", "orders/read"]);
        for bad in ["phone", "orders/write", "openid Openid", "email"] {
            assert_eq!(of(bad), Err(OAuthCode::InvalidScope), "{bad}");
        }
    }

    #[test]
    fn prompts_ages_resources_and_request_objects_are_held_to_their_forms() {
        let bad = |change: fn(&mut AuthorizationRequest)| request(change).unwrap_err();

        assert_eq!(bad(|request| request.prompt = Some("none login".to_owned())), OAuthCode::InvalidRequest);
        assert_eq!(bad(|request| request.prompt = Some("hello".to_owned())), OAuthCode::InvalidRequest);
        assert_eq!(bad(|request| request.max_age = Some("-1".to_owned())), OAuthCode::InvalidRequest);
        assert_eq!(bad(|request| request.max_age = Some("soon".to_owned())), OAuthCode::InvalidRequest);
        assert_eq!(bad(|request| request.resource = Some("orders".to_owned())), OAuthCode::InvalidTarget);
        assert_eq!(bad(|request| request.resource = Some("https://a.example/#b".to_owned())), OAuthCode::InvalidTarget);
        assert_eq!(bad(|request| request.request = Some("ey".to_owned())), OAuthCode::RequestNotSupported);
        assert_eq!(bad(|request| request.request_uri = Some("urn:x".to_owned())), OAuthCode::RequestUriNotSupported);
        let silent = request(|request| request.prompt = Some("none".to_owned())).unwrap();
        assert!(silent.silent && !silent.anew);
        assert_eq!(request(|request| request.max_age = Some("0".to_owned())).unwrap().max_age, Some(0));
    }
}
