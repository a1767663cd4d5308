//! What becomes of identities when logins are shown together: one of them is the parent of all logins, and the others are
//! disabled.

use std::collections::BTreeSet;

use document_store::Versioned;
use identity_kernel::time::Timestamp;

use crate::error::Error;
use crate::model::identity::{Identity, Login, MOST_LOGINS};
use crate::model::ids::IdentityId;
use crate::reasons::{Invalid, LoginConflict};

/// Identities that are one from now on.
#[derive(Clone, Debug)]
pub(crate) struct Union {
    /// The parent, as it is to be.
    pub(crate) parent: Identity,
    /// The logins that led nowhere before.
    pub(crate) linked: Vec<Login>,
    /// Those that are disabled.
    pub(crate) disabled: Vec<IdentityId>,
    /// What changes: each as it was read and as it is to be. All of it is one commit.
    pub(crate) changes: Vec<(Versioned<Identity>, Identity)>,
    /// Whether the parent is to be made.
    pub(crate) is_new: bool,
}

/// Makes one of these identities and the logins that were shown. The parent is whose first login is the oldest: a guest never
/// is while another is there; of several guests it is the oldest.
///
/// # Errors
///
/// [`Error::ResourceConflict`] if two logins are of one provider, other than `developer`; [`Error::InvalidParameter`] for more
/// than 20 logins.
pub(crate) fn unite(
    mut members: Vec<Versioned<Identity>>,
    shown: &BTreeSet<Login>,
    developer: Option<&str>,
    now: Timestamp,
) -> Result<Option<Union>, Error> {
    members.sort_by_key(|member| {
        (member.signed_in_at.is_none(), member.signed_in_at, member.created_at, member.id.clone())
    });
    let mut members = members.into_iter();
    let Some(parent) = members.next() else { return Ok(None) };
    unite_into(parent, members.collect(), shown, developer, now).map(Some)
}

/// As [`unite`], with this parent.
pub(crate) fn unite_into(
    parent: Versioned<Identity>,
    children: Vec<Versioned<Identity>>,
    shown: &BTreeSet<Login>,
    developer: Option<&str>,
    now: Timestamp,
) -> Result<Union, Error> {
    let mut logins = parent.logins.clone();
    logins.extend(children.iter().flat_map(|child| child.logins.iter().cloned()));
    let linked: Vec<Login> = shown.difference(&logins).cloned().collect();
    logins.extend(shown.iter().cloned());
    check_logins(&logins, developer)?;
    let mut after = parent.record.clone();
    let mut changes = Vec::new();
    // A parent that stays as it is must still be there when its children come.
    if logins != after.logins || !children.is_empty() {
        after.signed_in_at = after.signed_in_at.or((!logins.is_empty()).then_some(now));
        after.modified_at = now;
        after.logins = logins;
        changes.push((parent, after.clone()));
    }
    let disabled = children.iter().map(|child| child.id.clone()).collect();
    changes.extend(children.into_iter().map(|child| {
        let gone = Identity {
            logins: BTreeSet::new(),
            merged_into: Some(after.id.clone()),
            modified_at: now,
            ..child.record.clone()
        };
        (child, gone)
    }));
    Ok(Union { parent: after, linked, disabled, changes, is_new: false })
}

/// Holds the logins of one identity to the rules.
///
/// # Errors
///
/// As [`unite`].
pub(crate) fn check_logins(logins: &BTreeSet<Login>, developer: Option<&str>) -> Result<(), Error> {
    // Logins stand by provider.
    let twice = logins
        .iter()
        .zip(logins.iter().skip(1))
        .any(|(one, next)| one.provider == next.provider && developer != Some(one.provider.as_str()));
    if twice {
        return Err(LoginConflict::LinkedElsewhere.into());
    }
    if logins.len() > MOST_LOGINS {
        return Err(Invalid::TooManyLinkedLogins(MOST_LOGINS).into());
    }
    Ok(())
}
