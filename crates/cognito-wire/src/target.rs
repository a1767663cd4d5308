/// What a request is about, as its members name it. Whoever judges policies turns it into an ARN.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Target<'a> {
    /// The resource of this ARN.
    Arn(&'a str),
    /// The identity of this id: its pool is the resource.
    Identity(&'a str),
    /// The identity pool of this id.
    IdentityPool(&'a str),
    /// A login provider that is to be made, by its URL.
    NewOidcProvider(&'a str),
    /// A managed policy that is to be made.
    NewPolicy {
        /// Its path; `/` if nothing is said.
        path: Option<&'a str>,
        /// Its name.
        name: &'a str,
    },
    /// A role that is to be made.
    NewRole {
        /// Its path; `/` if nothing is said.
        path: Option<&'a str>,
        /// Its name.
        name: &'a str,
        /// The ARN of the policy that is to bound it.
        boundary: Option<&'a str>,
    },
    /// A SAML identity provider that is to be made, by its name.
    NewSamlProvider(&'a str),
    /// The role of this name, whatever its path.
    Role(&'a str),
    /// A role that is to be bounded by a policy.
    RoleAndBoundary {
        /// The role's name, whatever its path.
        role: &'a str,
        /// The policy's ARN.
        policy: &'a str,
    },
    /// A role, and the managed policy that it is to have or to lose.
    RoleAndPolicy {
        /// The role's name, whatever its path.
        role: &'a str,
        /// The policy's ARN.
        policy: &'a str,
    },
    /// The user pool of this id.
    UserPool(&'a str),
    /// The user pool of the app client of this id.
    UserPoolOfClient(&'a str),
}
