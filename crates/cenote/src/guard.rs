//! Protected routes: which access tokens a route takes, and what is answered to others (RFC 6750).

mod bearer;
mod rejection;
mod require;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::{HeaderMap, header};
use identity_kernel::secret::SecretString;
use userpool_core::UserPools;
use userpool_core::model::ids::{ClientId, UserPoolId};
use userpool_core::ops::account::Authenticated;

pub use bearer::Bearer;
pub use rejection::Rejection;
pub use require::{Group, RequireGroup, RequireScope, Scope};

/// What guards the routes of one application: the access tokens of one pool, issued to the clients that are named.
///
/// Each check asks the directory: a user who was disabled, deleted or signed out everywhere is refused at once, and groups
/// are those of now. A token of another pool or client of the same instance is refused like a forged one.
///
/// It is an axum state, or a part of one (`FromRef`):
///
/// ```
/// use cenote::prelude::*;
/// # use axum::{Router, routing::get};
///
/// struct Admins;
///
/// impl Group for Admins {
///     const GROUP: &'static str = "admins";
/// }
///
/// async fn me(Bearer(me): Bearer) -> String {                  // 401 unless the access token is good
///     format!("you are {}", me.user.username)
/// }
///
/// async fn page(me: Option<Bearer>) -> &'static str {          // guests too; a bad token is still 401
///     if me.is_some() { "welcome back" } else { "welcome" }
/// }
///
/// async fn admin(_: RequireGroup<Admins>) -> &'static str {    // 403 for everybody else
///     "the keys"
/// }
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let cenote = Cenote::in_memory().build().await?;
/// let pool = cenote.ensure_user_pool("people", |_| {}).await?;
/// let client = cenote.ensure_client(&pool.id, "shop", |_| {}).await?.client;
///
/// let guard = Guard::new(cenote.user_pools(), pool.id, [client.id]);
/// let app: Router = Router::new().route("/me", get(me)).route("/", get(page)).route("/admin", get(admin)).with_state(guard);
/// # let _ = app;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Guard {
    users: Arc<UserPools>,
    pool: UserPoolId,
    clients: Option<BTreeSet<ClientId>>,
}

impl Guard {
    /// Takes the tokens that `pool` issued to one of `clients`.
    pub fn new(users: &Arc<UserPools>, pool: UserPoolId, clients: impl IntoIterator<Item = ClientId>) -> Self {
        Self { users: Arc::clone(users), pool, clients: Some(clients.into_iter().collect()) }
    }

    /// Takes the tokens that `pool` issued to any of its clients, those of tomorrow included.
    pub fn any_client(users: &Arc<UserPools>, pool: UserPoolId) -> Self {
        Self { users: Arc::clone(users), pool, clients: None }
    }

    /// Who comes with these headers: the holder of the access token in `Authorization: Bearer` (RFC 6750 §2.1; the case of
    /// the scheme does not count, RFC 9110 §11.1).
    ///
    /// # Errors
    ///
    /// [`Rejection::Missing`] without the header; [`Rejection::Invalid`] if it stands there twice, is of another scheme, or the
    /// token is not good here; [`Rejection::Unavailable`] if that cannot be told now.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Authenticated, Rejection> {
        let token = bearer_token(headers)?;
        let caller = self.users.authenticate(&token).await.map_err(|error| Rejection::of(&error))?;
        let of_client = self.clients.as_ref().is_none_or(|clients| clients.contains(&caller.client.id));
        if caller.pool.id == self.pool && of_client { Ok(caller) } else { Err(Rejection::Invalid) }
    }
}

fn bearer_token(headers: &HeaderMap) -> Result<SecretString, Rejection> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let header = given.next().ok_or(Rejection::Missing)?;
    if given.next().is_some() {
        return Err(Rejection::Invalid);
    }
    let (scheme, token) = header.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(Rejection::Invalid)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim_start().into()) } else { Err(Rejection::Invalid) }
}
