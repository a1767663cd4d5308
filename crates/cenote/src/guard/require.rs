use std::marker::PhantomData;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use userpool_core::ops::account::Authenticated;

use super::{Bearer, Guard, Rejection};

/// A group of the pool, as a type that [`RequireGroup`] names.
pub trait Group {
    /// The group's name. Case counts.
    const GROUP: &'static str;
}

/// A scope of a grant, as a type that [`RequireScope`] names.
pub trait Scope {
    /// The scope (RFC 6749 §3.3), for instance `orders/read`. Case counts.
    const SCOPE: &'static str;
}

/// Extracts a caller who is in a group now, whatever the token says of groups. Everybody else with a good token is
/// answered 403.
#[derive(Clone, Debug)]
pub struct RequireGroup<G> {
    /// Who calls.
    pub caller: Authenticated,
    group: PhantomData<G>,
}

/// Extracts a caller whose access token was granted a scope. Others with a good token are answered 403
/// `insufficient_scope` (RFC 6750 §3.1).
#[derive(Clone, Debug)]
pub struct RequireScope<S> {
    /// Who calls.
    pub caller: Authenticated,
    scope: PhantomData<S>,
}

impl<G, S> FromRequestParts<S> for RequireGroup<G>
where
    G: Group,
    S: Send + Sync,
    Guard: FromRef<S>,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let Bearer(caller) = <Bearer as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        let missing = Rejection::GroupMissing(G::GROUP);
        let group = G::GROUP.parse().map_err(|_| missing)?;
        let users = &Guard::from_ref(state).users;
        let is_member = users.is_in_group(&caller.user, &group).await.map_err(|error| Rejection::of(&error))?;
        if is_member { Ok(Self { caller, group: PhantomData }) } else { Err(missing) }
    }
}

impl<C, S> FromRequestParts<S> for RequireScope<C>
where
    C: Scope,
    S: Send + Sync,
    Guard: FromRef<S>,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let Bearer(caller) = <Bearer as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        if caller.claims.has_scope(C::SCOPE) {
            Ok(Self { caller, scope: PhantomData })
        } else {
            Err(Rejection::ScopeMissing(C::SCOPE))
        }
    }
}
