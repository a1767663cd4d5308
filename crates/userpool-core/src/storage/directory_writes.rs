//! Which writes are of the directory.

use crate::storage::factors::FactorWrite;
use crate::storage::passkeys::PasskeyWrite;
use crate::storage::writes::{GroupWrite, PasswordWrite, UserWrite, Write};

/// Whether what stood before this write is kept in pools with a history, and the write refused while a restoration is under
/// way: changes of users, passwords, passkeys, second factors and groups. The one list of them.
///
/// What only counts up is none: an epoch, a passkey's counter, the last code of an authenticator app, the same password hashed anew. A restoration takes the
/// greater one of then and now, so nothing needs to be kept of them, and they need not wait.
pub(crate) fn is_of_the_directory(write: &Write) -> bool {
    match write {
        Write::User(UserWrite::Update { before, after }) => !after.only_counts_on(before),
        Write::Password(PasswordWrite::Update { before, after, .. }) => !after.is_only_rehashed(before),
        Write::Passkey(PasskeyWrite::Update { before, after }) => !after.only_counts_on(before),
        Write::Factor(FactorWrite::SetSecond { before: Some(before), after, .. }) => !after.only_counts_on(before),
        Write::Group(write) => !matches!(write, GroupWrite::Expect { .. }),
        Write::User(_) | Write::Password(_) | Write::Passkey(_) | Write::Factor(_) => true,
        Write::Pool(_)
        | Write::Key(_)
        | Write::Client(_)
        | Write::IdentityProvider(_)
        | Write::Terms(_)
        | Write::ResourceServer(_)
        | Write::Domain(_)
        | Write::Authorization(_)
        | Write::Session(_)
        | Write::Device(_)
        | Write::Tracking(_)
        | Write::Code(_)
        | Write::Challenge(_)
        | Write::Attempts(_)
        | Write::Cleanup(_)
        | Write::Protection(_)
        | Write::Import(_)
        | Write::History(_)
        | Write::Restoration(_) => false,
    }
}
