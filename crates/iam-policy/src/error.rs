use std::error::Error;
use std::fmt;

/// Why a policy document was refused. The texts are those that AWS answers with, where they are known; the
/// [`source`](Error::source) of [`Syntax`](Self::Syntax) says more.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PolicyError {
    /// An action with a second colon, as in `s3:Get:Object`.
    ActionWithColons,
    /// An action without its service in front, as in `PutObject`; or a condition key without.
    ActionWithoutVendor,
    /// A condition's value is not of its operator's type: a word for a number, say.
    ConditionValue {
        /// The operator as written.
        operator: String,
        /// The value as written.
        value: String,
    },
    /// A resource of IAM that is none of its kinds: neither a user nor a role, nor anything else that it has.
    IamPath,
    /// A `${` that begins no policy variable. The text is what stands there, 64 characters at most.
    MalformedVariable(String),
    /// A statement names no action.
    NoActions,
    /// A statement of an identity or session policy names no resource.
    NoResources,
    /// A resource that is neither an ARN nor `*`.
    NotAnArn(String),
    /// A principal where none may stand, or none where one must.
    Principal,
    /// A resource of a service without regions, in a region.
    ResourceWithRegion(String),
    /// Two statements of one policy have the same `Sid`.
    SameSid,
    /// Not JSON of the policy grammar: an unknown element, a wrong type, a member twice.
    Syntax(SyntaxFault),
    /// Longer than 131,072 bytes.
    TooLong,
    /// A condition operator that does not exist.
    UnknownOperator(String),
    /// An action of a service whose name has other characters than letters, digits, `-`, `.` and `_`.
    Vendor(String),
    /// A version that does not exist.
    Version,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ActionWithColons => "Actions/Condition can contain only one colon.",
            Self::ActionWithoutVendor => "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            Self::ConditionValue { operator, value } => {
                return write!(f, "The value '{value}' does not suit the condition operator {operator}.");
            }
            Self::IamPath => {
                "IAM resource path must either be \"*\" or start with user/, federated-user/, role/, group/, \
                 instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, \
                 report/, access-report/."
            }
            Self::MalformedVariable(text) => return write!(f, "The policy variable {text} is malformed."),
            Self::NoActions => "Policy statement must contain actions.",
            Self::NoResources => "Policy statement must contain resources.",
            Self::NotAnArn(text) => return write!(f, "Resource {text} must be in ARN format or \"*\"."),
            Self::Principal => "The policy's principals do not suit its kind.",
            Self::ResourceWithRegion(arn) if arn.contains(":iam:") => {
                return write!(f, "IAM resource {arn} cannot contain region information.");
            }
            Self::ResourceWithRegion(arn) => {
                return write!(f, "Resource {arn} can not contain region information.");
            }
            Self::SameSid => "Statement IDs (SID) in a single policy must be unique.",
            Self::Syntax(_) => "Syntax errors in policy.",
            Self::TooLong => "The policy is too long.",
            Self::UnknownOperator(name) => return write!(f, "Invalid Condition type : {name}."),
            Self::Vendor(name) => return write!(f, "Vendor {name} is not valid"),
            Self::Version => "The policy must contain a valid version string",
        })
    }
}

impl Error for PolicyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Syntax(fault) => Some(fault),
            _ => None,
        }
    }
}

/// Where a document breaks the grammar, and how.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SyntaxFault {
    at: String,
    cause: String,
    is_json: bool,
}

impl SyntaxFault {
    /// The place: `line 3, column 7` where the text is no JSON, or else the element, as `Statement[0].Condition`, counted
    /// from 0.
    pub fn at(&self) -> &str {
        &self.at
    }

    /// What is wrong there, for people.
    pub fn cause(&self) -> &str {
        &self.cause
    }

    /// Whether the text is JSON, and only no policy.
    pub fn is_json(&self) -> bool {
        self.is_json
    }

    pub(crate) fn of_grammar(at: impl Into<String>, cause: &str) -> PolicyError {
        PolicyError::Syntax(Self { at: at.into(), cause: cause.to_owned(), is_json: true })
    }

    pub(crate) fn of_json(fault: identity_kernel::strict_json::Fault) -> PolicyError {
        let at = format!("line {}, column {}", fault.line, fault.column);
        PolicyError::Syntax(Self { at, cause: fault.cause, is_json: false })
    }
}

impl fmt::Display for SyntaxFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.cause)
    }
}

impl Error for SyntaxFault {}
