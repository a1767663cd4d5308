//! What a verified response says.

use identity_kernel::time::Timestamp;

/// An assertion whose signature, addressees and times hold.
///
/// It may be used once: keep [`id`](Self::id) together with [`issuer`](Self::issuer) until
/// [`usable_until`](Self::usable_until), and refuse it meanwhile.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Assertion {
    /// Its id. The issuer's own; at least one character.
    pub id: String,
    /// The identity provider.
    pub issuer: String,
    /// Who was authenticated.
    pub name_id: NameId,
    /// Which of the expected audiences it names.
    pub audience: String,
    /// Which of the expected recipients it names.
    pub recipient: String,
    /// What is said of the subject, in the order of the assertion. A name may stand more than once.
    pub attributes: Vec<Attribute>,
    /// When the session that it begins must end, if the provider says so.
    pub session_ends_at: Option<Timestamp>,
    /// From this instant on it is refused for its times, skew included.
    pub usable_until: Timestamp,
}

impl Assertion {
    /// The values of all attributes of this name.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.attributes.iter().filter(move |attribute| attribute.name == name);
        named.flat_map(|attribute| attribute.values.iter().map(String::as_str))
    }
}

/// The name of a subject (SAML Core §2.2.2).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct NameId {
    /// The name, without white space at its ends; not empty.
    pub value: String,
    /// How the name is formed: a URI, `urn:oasis:names:tc:SAML:2.0:nameid-format:persistent` say.
    pub format: Option<String>,
    /// In whose names it is unique.
    pub name_qualifier: Option<String>,
    /// For which service provider it is unique.
    pub sp_name_qualifier: Option<String>,
}

/// An attribute of a subject.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Attribute {
    /// Its name, often a URI.
    pub name: String,
    /// Its values that are texts, without white space at their ends.
    pub values: Vec<String>,
}
