//! Parameters of a query or a form.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, header};
use userpool_core::ops::oauth::AuthorizationRequest;

/// The parameters that name a provider.
pub(crate) const NAMING: [&str; 2] = ["identity_provider", "idp_identifier"];

/// Parameters by name, each there once (RFC 6749 §3.1, §3.2).
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters(BTreeMap<String, String>);

/// A parameter that is there twice, or a form of another type.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Malformed;

impl Parameters {
    pub(crate) fn read(text: &[u8]) -> Result<Self, Malformed> {
        let mut found = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(text) {
            if found.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(Malformed);
            }
        }
        Ok(Self(found))
    }

    /// The parameters of a form, if it says that it is one.
    pub(crate) fn of_form(headers: &HeaderMap, body: &[u8]) -> Result<Self, Malformed> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") { Self::read(body) } else { Err(Malformed) }
    }

    /// A parameter's value; one that is empty counts as not there.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// The parameters whose names begin so, without that beginning.
    pub(crate) fn beginning(&self, prefix: &str) -> BTreeMap<String, String> {
        let named = |(name, value): (&String, &String)| Some((name.strip_prefix(prefix)?.to_owned(), value.clone()));
        self.0.iter().filter_map(named).filter(|(_, value)| !value.is_empty()).collect()
    }

    pub(crate) fn authorization(&self) -> AuthorizationRequest {
        AuthorizationRequest {
            client_id: self.owned("client_id"),
            redirect_uri: self.owned("redirect_uri"),
            response_type: self.owned("response_type"),
            response_mode: self.owned("response_mode"),
            scope: self.owned("scope"),
            state: self.owned("state"),
            nonce: self.owned("nonce"),
            code_challenge: self.owned("code_challenge"),
            code_challenge_method: self.owned("code_challenge_method"),
            prompt: self.owned("prompt"),
            max_age: self.owned("max_age"),
            resource: self.owned("resource"),
            login_hint: self.owned("login_hint"),
            request: self.owned("request"),
            request_uri: self.owned("request_uri"),
        }
    }

    /// The parameters but those of these names.
    pub(crate) fn without(&self, names: &[&str]) -> Self {
        Self(
            self.0
                .iter()
                .filter(|(name, _)| !names.contains(&name.as_str()))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        )
    }

    /// The parameters as a query, in the order of their names.
    pub(crate) fn query(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_30_a_parameter_that_is_there_twice_is_refused() {
        assert_eq!(Parameters::read(b"a=1&b=2&a=1").err(), Some(Malformed));
        assert_eq!(Parameters::read(b"a=1&%61=2").err(), Some(Malformed));
        assert_eq!(Parameters::read(b"a=1&b=").unwrap().get("b"), None);
    }
}
