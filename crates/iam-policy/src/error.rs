/// Why a policy document was refused. The texts are those that AWS answers with, where they are known.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// An action without its service in front, as in `PutObject`.
    #[error("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")]
    ActionWithoutVendor,
    /// A condition's value is not of its operator's type: a word for a number, say.
    #[error("The value '{value}' does not suit the condition operator {operator}.")]
    ConditionValue {
        /// The operator as written.
        operator: String,
        /// The value as written.
        value: String,
    },
    /// A statement names no action.
    #[error("Policy statement must contain actions.")]
    NoActions,
    /// A statement of an identity or session policy names no resource.
    #[error("Policy statement must contain resources.")]
    NoResources,
    /// A resource that is neither an ARN nor `*`.
    #[error("Resource {0} must be in ARN format or \"*\".")]
    NotAnArn(String),
    /// A principal where none may stand, or none where one must.
    #[error("The policy's principals do not suit its kind.")]
    Principal,
    /// Two statements of one policy have the same `Sid`.
    #[error("Statement IDs (SID) in a single policy must be unique.")]
    SameSid,
    /// Not JSON of the policy grammar: an unknown element, a wrong type, a member twice.
    #[error("Syntax errors in policy.")]
    Syntax,
    /// Longer than 131,072 characters.
    #[error("The policy is too long.")]
    TooLong,
    /// A condition operator that does not exist.
    #[error("Invalid Condition type : {0}.")]
    UnknownOperator(String),
    /// A version that does not exist.
    #[error("The policy must contain a valid version string")]
    Version,
}
