//! What a service model says of its shapes, as data.

use std::sync::OnceLock;

use regex::Regex;

/// A service of the API.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Service {
    /// Amazon Cognito user pools.
    UserPools,
    /// Amazon Cognito identity pools.
    IdentityPools,
    /// The security token service.
    Sts,
    /// Identity and access management: the part of it that identity pools need.
    Iam,
}

impl Service {
    /// Every service.
    pub const ALL: [Self; 4] = [Self::UserPools, Self::IdentityPools, Self::Sts, Self::Iam];

    /// The name in signatures' scopes and in policies' actions.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UserPools => "cognito-idp",
            Self::IdentityPools => "cognito-identity",
            Self::Sts => "sts",
            Self::Iam => "iam",
        }
    }

    /// Which protocol it speaks.
    pub const fn protocol(self) -> Protocol {
        match self {
            Self::UserPools | Self::IdentityPools => Protocol::Json,
            Self::Sts | Self::Iam => Protocol::Query,
        }
    }

    /// The error code of a request that breaks a constraint of the model.
    pub const fn validation_error(self) -> &'static str {
        match self {
            Self::UserPools => "InvalidParameterException",
            Self::IdentityPools => "ValidationException",
            Self::Sts | Self::Iam => "ValidationError",
        }
    }

    /// The namespace of its answers in XML.
    pub const fn xml_namespace(self) -> &'static str {
        match self {
            Self::Iam => "https://iam.amazonaws.com/doc/2010-05-08/",
            _ => "https://sts.amazonaws.com/doc/2011-06-15/",
        }
    }

    /// Its operations, by name.
    pub fn operations(self) -> &'static [&'static OperationInfo] {
        match self {
            Self::UserPools => &crate::cognito_idp::OPERATIONS,
            Self::IdentityPools => &crate::cognito_identity::OPERATIONS,
            Self::Sts => &crate::sts::OPERATIONS,
            Self::Iam => &crate::iam::OPERATIONS,
        }
    }
}

/// How requests and answers are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Protocol {
    /// AWS JSON 1.1: the operation in `X-Amz-Target`.
    Json,
    /// AWS Query: a form with `Action`, answers in XML.
    Query,
}

/// One operation of a service.
#[derive(Debug)]
pub struct OperationInfo {
    /// Its name.
    pub name: &'static str,
    /// Whose it is.
    pub service: Service,
    /// Whether the model asks for a signature.
    pub auth: Auth,
    /// The shape of a request.
    pub input: &'static Shape,
    /// The shape of an answer.
    pub output: &'static Shape,
    /// The error codes that the model lists for it.
    pub errors: &'static [&'static str],
    /// What it is about, for policies; empty if it is about nothing in particular (`*`).
    pub resources: &'static [ResourceInfo],
}

/// What an operation is about: a kind of resource, and the declared members that name it.
#[derive(Debug)]
pub struct ResourceInfo {
    /// A variant of [`Target`](crate::Target).
    pub kind: &'static str,
    /// Members of the request.
    pub members: &'static [&'static str],
}

/// Who may call an operation, as the model says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Auth {
    /// Anybody: what is in the request (a token, a client id, a session) decides.
    None,
    /// A caller whose request is signed with SigV4.
    SigV4,
}

/// A shape and whether its values may be shown.
#[derive(Debug)]
pub struct Shape {
    /// What values look like.
    pub kind: Kind,
    /// Values are not repeated in messages.
    pub sensitive: bool,
}

/// The kinds of shapes. Bounds are inclusive: of length in characters, of count, or of value.
#[derive(Debug)]
pub enum Kind {
    /// Named members.
    Structure(&'static [Member]),
    /// Values in order.
    List(&'static Shape, Bounds),
    /// Values by text.
    Map(&'static Shape, &'static Shape, Bounds),
    /// Text.
    Text(Bounds, Option<&'static Pattern>, &'static [&'static str]),
    /// A whole number.
    Integer(Bounds),
    /// True or false.
    Boolean,
    /// Seconds since 1970, with a fraction.
    Timestamp,
    /// Bytes, in Base64.
    Blob,
    /// Any JSON.
    Document,
}

/// The least and the greatest, both allowed.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The least.
    pub min: Option<i64>,
    /// The greatest.
    pub max: Option<i64>,
}

/// A named member of a structure.
#[derive(Debug)]
pub struct Member {
    /// The name on the wire.
    pub name: &'static str,
    /// Its shape.
    pub shape: &'static Shape,
    /// Whether a value must be there.
    pub required: bool,
}

/// A pattern that text must match as a whole.
#[derive(Debug)]
pub struct Pattern {
    /// As the model writes it, and as messages show it.
    pub shown: &'static str,
    regex: &'static str,
    never: Option<&'static str>,
    compiled: OnceLock<Option<Compiled>>,
}

#[derive(Debug)]
struct Compiled {
    regex: Regex,
    never: Option<Regex>,
}

impl Pattern {
    /// A pattern from the model's text, what the whole text must match in the form of the `regex` crate, and what must
    /// not be found in it.
    pub const fn new(shown: &'static str, regex: &'static str, never: Option<&'static str>) -> Self {
        Self { shown, regex, never, compiled: OnceLock::new() }
    }

    /// Whether the whole of `text` matches. A pattern that does not compile matches nothing; a test compiles them all.
    pub fn matches(&self, text: &str) -> bool {
        let matches = |compiled: &Compiled| {
            compiled.regex.is_match(text) && compiled.never.as_ref().is_none_or(|never| !never.is_match(text))
        };
        self.compiled.get_or_init(|| self.compile().ok()).as_ref().is_some_and(matches)
    }

    /// Whether the pattern compiles.
    pub fn is_sound(&self) -> bool {
        self.compile().is_ok()
    }

    fn compile(&self) -> Result<Compiled, regex::Error> {
        let never = self.never.map(Regex::new).transpose()?;
        Ok(Compiled { regex: Regex::new(self.regex)?, never })
    }
}
