//! Ids: text that was parsed at the edge and is trusted from there on.

/// Text that is not the id it should be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InvalidId {
    /// What it should have been.
    pub kind: &'static str,
}

impl std::fmt::Display for InvalidId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "not a {}", self.kind)
    }
}

impl std::error::Error for InvalidId {}

/// Makes a type of id: text that is well formed, compared byte for byte, with a form for `serde`, which the crate that
/// makes it depends on, with `derive`.
///
/// ```
/// identity_kernel::text_id! {
///     /// A colour, in lower-case letters.
///     Colour, "colour", |text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase())
/// }
///
/// assert_eq!("teal".parse::<Colour>().unwrap().as_str(), "teal");
/// assert_eq!("Teal".parse::<Colour>().unwrap_err().to_string(), "not a colour");
/// ```
#[macro_export]
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $well_formed:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::ids::InvalidId;

            fn from_str(text: &str) -> Result<Self, $crate::ids::InvalidId> {
                let well_formed: fn(&str) -> bool = $well_formed;
                if well_formed(text) { Ok(Self(text.to_owned())) } else { Err($crate::ids::InvalidId { kind: $kind }) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::ids::InvalidId;

            fn try_from(text: String) -> Result<Self, $crate::ids::InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
