//! Whose password it is.

/// Whom the password belongs to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Identity<'a> {
    /// The pool id's part after the underscore; for a remembered device its group key.
    pub pool_name: &'a str,
    /// `USER_ID_FOR_SRP`; for a remembered device its key.
    pub user_id: &'a str,
}
