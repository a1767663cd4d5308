//! What is said of a provider: how it is reached and what it is asked for, by the names of Cognito's API.

use std::collections::BTreeMap;

use identity_kernel::secret::SecretString;

use crate::model::identity_provider::ProviderKind;
use crate::model::web_address::is_web_address;
use crate::reasons::Invalid;

pub use crate::reasons::DetailProblem;

/// The longest value of a member but for documents, in characters.
const LONGEST: usize = 2048;

/// The longest metadata of a provider of SAML, in bytes.
const LONGEST_DOCUMENT: usize = 100_000;

/// What a member of the details is.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// Its name on the wire.
    pub name: &'static str,
    /// What it stands for if nothing is said.
    pub unsaid: Unsaid,
    form: Form,
}

/// What a member is if nothing is said of it.
#[derive(Clone, Copy, Debug)]
pub enum Unsaid {
    /// It must be said.
    Required,
    /// It is not there.
    Absent,
    /// This, in which `{api_version}` stands for the member of that name.
    Text(&'static str),
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Text,
    Flag,
    Url,
    Document,
    Secret,
    OneOf(&'static [&'static str]),
}

const fn member(name: &'static str, unsaid: Unsaid, form: Form) -> Member {
    Member { name, unsaid, form }
}

use self::Unsaid::{Absent, Required, Text};

const CLIENT_ID: Member = member("client_id", Required, Form::Text);
const CLIENT_SECRET: Member = member("client_secret", Required, Form::Secret);

const fn scopes(default: &'static str) -> Member {
    member("authorize_scopes", Text(default), Form::Text)
}

const fn fixed(name: &'static str, url: &'static str) -> Member {
    member(name, Text(url), Form::Url)
}

const fn adds_attributes(default: &'static str) -> Member {
    member("attributes_url_add_attributes", Text(default), Form::Flag)
}

const fn token_method(default: &'static str) -> Member {
    member("token_request_method", Text(default), Form::OneOf(&["GET", "POST"]))
}

const FACEBOOK: &[Member] = &[
    CLIENT_ID,
    CLIENT_SECRET,
    scopes("public_profile, email"),
    member("api_version", Text("v17.0"), Form::Text),
    fixed("attributes_url", "https://graph.facebook.com/{api_version}/me?fields="),
    adds_attributes("true"),
    fixed("authorize_url", "https://www.facebook.com/{api_version}/dialog/oauth"),
    token_method("GET"),
    fixed("token_url", "https://graph.facebook.com/{api_version}/oauth/access_token"),
];

const GOOGLE: &[Member] = &[
    CLIENT_ID,
    CLIENT_SECRET,
    scopes("profile email openid"),
    fixed("attributes_url", "https://people.googleapis.com/v1/people/me?personFields="),
    adds_attributes("true"),
    fixed("authorize_url", "https://accounts.google.com/o/oauth2/v2/auth"),
    fixed("oidc_issuer", "https://accounts.google.com"),
    token_method("POST"),
    fixed("token_url", "https://www.googleapis.com/oauth2/v4/token"),
];

const LOGIN_WITH_AMAZON: &[Member] = &[
    CLIENT_ID,
    CLIENT_SECRET,
    scopes("profile"),
    fixed("attributes_url", "https://api.amazon.com/user/profile"),
    adds_attributes("false"),
    fixed("authorize_url", "https://www.amazon.com/ap/oa"),
    token_method("POST"),
    fixed("token_url", "https://api.amazon.com/auth/o2/token"),
];

const OIDC: &[Member] = &[
    CLIENT_ID,
    CLIENT_SECRET,
    scopes("openid"),
    member("oidc_issuer", Required, Form::Url),
    member("attributes_request_method", Text("GET"), Form::OneOf(&["GET", "POST"])),
    member("authorize_url", Absent, Form::Url),
    member("token_url", Absent, Form::Url),
    member("attributes_url", Absent, Form::Url),
    member("jwks_uri", Absent, Form::Url),
    adds_attributes("false"),
];

const SAML: &[Member] = &[
    member("MetadataURL", Absent, Form::Url),
    member("MetadataFile", Absent, Form::Document),
    member("IDPSignout", Absent, Form::Flag),
    member("IDPInit", Absent, Form::Flag),
    member("EncryptedResponses", Absent, Form::Flag),
    member("RequestSigningAlgorithm", Absent, Form::OneOf(&["rsa-sha256"])),
];

const SIGN_IN_WITH_APPLE: &[Member] = &[
    CLIENT_ID,
    member("team_id", Required, Form::Text),
    member("key_id", Required, Form::Text),
    member("private_key", Required, Form::Secret),
    scopes("email name"),
    adds_attributes("false"),
    fixed("authorize_url", "https://appleid.apple.com/auth/authorize"),
    fixed("oidc_issuer", "https://appleid.apple.com"),
    token_method("POST"),
    fixed("token_url", "https://appleid.apple.com/auth/token"),
];

impl ProviderKind {
    /// What is said of providers of this kind.
    pub fn members(self) -> &'static [Member] {
        match self {
            Self::Facebook => FACEBOOK,
            Self::Google => GOOGLE,
            Self::LoginWithAmazon => LOGIN_WITH_AMAZON,
            Self::Oidc => OIDC,
            Self::Saml => SAML,
            Self::SignInWithApple => SIGN_IN_WITH_APPLE,
        }
    }
}

/// What is said of a provider, taken apart: what may be seen, and its secrets.
#[derive(Debug)]
pub struct Details {
    /// What may be seen, with what stands for members of which nothing was said.
    pub open: BTreeMap<String, String>,
    /// Secrets.
    pub secrets: BTreeMap<String, SecretString>,
}

impl Details {
    /// Reads what was said of a provider of this kind.
    ///
    /// # Errors
    ///
    /// [`Invalid::ProviderDetail`] for a member that the kind does not have, that is missing, or whose value is of another form.
    pub fn read(kind: ProviderKind, given: &BTreeMap<String, String>) -> Result<Self, Invalid> {
        let members = kind.members();
        if let Some(unknown) = given.keys().find(|name| members.iter().all(|member| member.name != **name)) {
            return Err(Invalid::ProviderDetail(unknown.clone(), DetailProblem::Unknown));
        }
        let mut details = Self { open: BTreeMap::new(), secrets: BTreeMap::new() };
        for member in members {
            let refused = |problem| Invalid::ProviderDetail(member.name.to_owned(), problem);
            let said = given.get(member.name).filter(|value| !value.is_empty());
            let value = match (said, member.unsaid) {
                (Some(said), _) => said.clone(),
                (None, Required) => return Err(refused(DetailProblem::Missing)),
                (None, Absent) => continue,
                (None, Text(default)) => filled(default, &details.open),
            };
            member.form.problem(&value).map_or(Ok(()), |problem| Err(refused(problem)))?;
            match member.form {
                Form::Secret => drop(details.secrets.insert(member.name.to_owned(), value.into())),
                _ => drop(details.open.insert(member.name.to_owned(), value)),
            }
        }
        details.check(kind)?;
        Ok(details)
    }

    /// What one member alone does not show.
    fn check(&self, kind: ProviderKind) -> Result<(), Invalid> {
        let has = |name: &str| self.open.contains_key(name);
        if kind == ProviderKind::Saml && has("MetadataURL") == has("MetadataFile") {
            let problem = if has("MetadataURL") { DetailProblem::Both } else { DetailProblem::Missing };
            return Err(Invalid::ProviderDetail("MetadataURL or MetadataFile".to_owned(), problem));
        }
        let scopes = self.open.get("authorize_scopes").map(String::as_str).unwrap_or_default();
        if kind == ProviderKind::Oidc && !scopes.split(' ').any(|scope| scope == "openid") {
            return Err(Invalid::ProviderDetail("authorize_scopes".to_owned(), DetailProblem::NoOpenId));
        }
        Ok(())
    }
}

fn filled(default: &str, said: &BTreeMap<String, String>) -> String {
    default.replace("{api_version}", said.get("api_version").map_or("", String::as_str))
}

impl Form {
    fn problem(self, value: &str) -> Option<DetailProblem> {
        let (fits, problem) = match self {
            Self::Document => (value.len() <= LONGEST_DOCUMENT, DetailProblem::TooLong),
            Self::Flag => (matches!(value, "true" | "false"), DetailProblem::NotFlag),
            Self::OneOf(known) => (known.contains(&value), DetailProblem::NotOneOf(known)),
            Self::Secret | Self::Text => (value.chars().count() <= LONGEST, DetailProblem::TooLong),
            Self::Url => (is_web_address(value), DetailProblem::NotUrl),
        };
        (!fits).then_some(problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: ProviderKind, given: &[(&str, &str)]) -> Result<Details, Invalid> {
        Details::read(kind, &given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    fn refused(kind: ProviderKind, given: &[(&str, &str)]) -> (String, DetailProblem) {
        match read(kind, given) {
            Err(Invalid::ProviderDetail(name, problem)) => (name, problem),
            other => panic!("{other:?}"),
        }
    }

    const CLIENT: [(&str, &str); 2] = [("client_id", "c"), ("client_secret", "hidden")];

    #[test]
    fn what_is_not_said_of_a_social_provider_is_known() {
        let google = read(ProviderKind::Google, &CLIENT).unwrap();
        let facebook = read(ProviderKind::Facebook, &[CLIENT[0], CLIENT[1], ("api_version", "v21.0")]).unwrap();

        assert_eq!(google.open["oidc_issuer"], "https://accounts.google.com");
        assert_eq!(google.open["authorize_scopes"], "profile email openid");
        assert_eq!(facebook.open["token_url"], "https://graph.facebook.com/v21.0/oauth/access_token");
    }

    #[test]
    fn secrets_stand_apart_and_are_not_printed() {
        let google = read(ProviderKind::Google, &CLIENT).unwrap();

        assert_eq!(google.secrets["client_secret"].expose(), "hidden");
        assert!(!google.open.contains_key("client_secret") && !format!("{google:?}").contains("hidden"));
    }

    #[test]
    fn members_that_a_kind_does_not_have_or_that_are_missing_are_named() {
        let with = |more: (&'static str, &'static str)| [CLIENT[0], CLIENT[1], more];

        let unknown = refused(ProviderKind::Google, &with(("team_id", "t")));
        assert_eq!(unknown, ("team_id".to_owned(), DetailProblem::Unknown));
        assert_eq!(refused(ProviderKind::Oidc, &CLIENT), ("oidc_issuer".to_owned(), DetailProblem::Missing));
        let empty = refused(ProviderKind::Google, &[("client_id", ""), CLIENT[1]]);
        assert_eq!(empty, ("client_id".to_owned(), DetailProblem::Missing));
    }

    #[test]
    fn metadata_of_saml_is_a_file_or_an_address_and_not_both() {
        let file = ("MetadataFile", "<xml/>");
        let url = ("MetadataURL", "https://idp.example/metadata");

        assert!(read(ProviderKind::Saml, &[file]).is_ok() && read(ProviderKind::Saml, &[url]).is_ok());
        assert_eq!(refused(ProviderKind::Saml, &[file, url]).1, DetailProblem::Both);
        assert_eq!(refused(ProviderKind::Saml, &[]).1, DetailProblem::Missing);
        let flag = refused(ProviderKind::Saml, &[file, ("IDPInit", "yes")]);
        assert_eq!(flag, ("IDPInit".to_owned(), DetailProblem::NotFlag));
    }

    #[test]
    fn openid_is_among_the_scopes_of_openid_connect() {
        let scopes =
            |scopes| [CLIENT[0], CLIENT[1], ("oidc_issuer", "https://op.example"), ("authorize_scopes", scopes)];

        assert!(read(ProviderKind::Oidc, &scopes("email openid")).is_ok());
        assert_eq!(refused(ProviderKind::Oidc, &scopes("email openidx")).1, DetailProblem::NoOpenId);
    }
}
