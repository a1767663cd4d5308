//! The kinds of policy documents.

/// What a policy document is attached to, which decides what may stand in it, and where it is asked:
///
/// | kind | of | principals | resources | goes to |
/// |---|---|---|---|---|
/// | `Identity` | users, roles; boundaries, sessions, ceilings | none | must | `identity`, `boundary`, `session` and `ceiling` of [`Policies`](crate::Policies) |
/// | `Resource` | a bucket, a queue | must | must | `resource` of [`Policies`](crate::Policies) |
/// | `Trust` | a role | must | none | [`trusts`](crate::trusts) |
///
/// In a place of another kind a document allows nothing, and what it denies it denies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PolicyKind {
    /// What an identity, a boundary or a session may do: resources, no principals.
    Identity,
    /// Who may use a resource: resources and principals.
    Resource,
    /// Who may assume a role: principals, no resources.
    Trust,
}
