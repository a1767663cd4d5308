//! How many requests are taken in a second: by category, of each pool or client and from each source.
//!
//! The counts are this node's own and in memory: a cluster of three nodes takes three times as many. They bound a flood; what
//! bounds guesses stands in storage (`userpool_core::model::attempts`, `code_budget`).

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_wire::{Auth, OperationInfo, Service};
use identity_kernel::time::Timestamp;
use serde_json::Value;
use userpool_core::UserPools;
use userpool_core::model::limits::{ProvisionedRates, RequestCategory};

use crate::error::Failure;

/// Whether requests are limited.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum RequestLimits {
    /// They are not.
    #[default]
    Off,
    /// They are, by the rates that an operator has set or else by Amazon's defaults; one source has a quarter of them.
    On,
}

/// One source's part of a rate.
const SOURCE_PART: u32 = 4;
/// The least that one source has, in a second.
const LEAST_OF_SOURCE: u32 = 5;
/// Seconds of a rate that may come at once.
const BURST_SECONDS: i64 = 2;
/// Seconds for which rates that were read are used.
const RATES_LIVE: i64 = 60;
/// How many buckets are kept before those that were not used lately go. A bucket takes some 40 bytes.
const MOST_BUCKETS: usize = 32_768;
const MICROS: i64 = 1_000_000;

/// The limits of one node.
#[derive(Default)]
pub(crate) struct Limits {
    state: RequestLimits,
    /// What makes keys of buckets: nobody can choose a name that has another's.
    hasher: RandomState,
    buckets: Mutex<Buckets>,
    rates: Mutex<Option<(Timestamp, Arc<ProvisionedRates>)>>,
}

/// When each bucket will be full again, in microseconds: those of lately, and those of the time before.
#[derive(Default)]
struct Buckets {
    lately: HashMap<u64, i64>,
    before: HashMap<u64, i64>,
}

impl Limits {
    pub(crate) fn new(state: RequestLimits) -> Self {
        Self { state, ..Self::default() }
    }

    /// Takes a request, or refuses it. Signed calls are counted once their signature was verified, and by pool alone.
    ///
    /// # Errors
    ///
    /// `TooManyRequestsException`.
    pub(crate) async fn take(
        &self,
        (operation, request): (&OperationInfo, &Value),
        source: Option<IpAddr>,
        users: &UserPools,
        now: Timestamp,
    ) -> Result<(), Failure> {
        if self.state == RequestLimits::Off || operation.service != Service::UserPools {
            return Ok(());
        }
        let category = category_of(operation.name);
        let rate = self.rates(users, now).await?.of(category) * factor_of(operation.name);
        let source = source.filter(|_| operation.auth == Auth::None).map(network);
        let mut buckets = lock(&self.buckets);
        let of_one = (rate / SOURCE_PART).max(LEAST_OF_SOURCE);
        let of_source = source.map(|source| (self.key(&(category, "source", source)), of_one));
        let of_scope = (self.key(&(category, "scope", scope(request))), rate);
        for (key, rate) in of_source.into_iter().chain([of_scope]) {
            if !buckets.take(key, rate, now) {
                return Err(Failure::new("TooManyRequestsException", 400, "Rate exceeded"));
            }
        }
        Ok(())
    }

    async fn rates(&self, users: &UserPools, now: Timestamp) -> Result<Arc<ProvisionedRates>, Failure> {
        if let Some((read_at, rates)) = lock(&self.rates).as_ref()
            && now.is_within(*read_at, RATES_LIVE)
        {
            return Ok(Arc::clone(rates));
        }
        let rates = Arc::new(users.provisioned_rates().await?);
        *lock(&self.rates) = Some((now, Arc::clone(&rates)));
        Ok(rates)
    }

    fn key(&self, of: &impl Hash) -> u64 {
        self.hasher.hash_one(of)
    }

    /// Reads the rates anew at the next request.
    pub(crate) fn forget_rates(&self) {
        *lock(&self.rates) = None;
    }
}

impl Buckets {
    /// Takes one of so many in a second, if there is one left.
    fn take(&mut self, key: u64, rate: u32, now: Timestamp) -> bool {
        let now = now.epoch_millis().saturating_mul(1000);
        let each = MICROS / i64::from(rate.max(1));
        let full_at = self.lately.get(&key).or_else(|| self.before.get(&key)).copied().unwrap_or(now);
        // A clock that was set back would leave a bucket empty for as long.
        let full_at = full_at.clamp(now, now + BURST_SECONDS * MICROS);
        let taken = full_at + each <= now + BURST_SECONDS * MICROS;
        if self.lately.len() >= MOST_BUCKETS {
            self.before = std::mem::take(&mut self.lately);
        }
        self.lately.insert(key, if taken { full_at + each } else { full_at });
        taken
    }
}

/// Of whom a request asks: the pool that it names or whose token it bears, or the client.
fn scope(request: &Value) -> String {
    let member = |name: &str| request.get(name).and_then(Value::as_str);
    let of_token = || issuer(member("AccessToken")?);
    let named = member("UserPoolId").or_else(|| member("ClientId")).map(str::to_owned);
    named.or_else(of_token).unwrap_or_default()
}

/// What a token says of its issuer, unverified: a wrong word spends another's requests, as a wrong client id does.
fn issuer(token: &str) -> Option<String> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    Some(claims.get("iss")?.as_str()?.rsplit('/').next()?.to_owned())
}

/// The network that one caller has to itself.
fn network(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address) >> 64 << 64,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Challenges come several to a sign-in.
fn factor_of(operation: &str) -> u32 {
    if matches!(operation, "RespondToAuthChallenge" | "AdminRespondToAuthChallenge") { 3 } else { 1 }
}

/// The operations of each category that their names do not tell.
const CATEGORIES: [(RequestCategory, &[&str]); 15] = [
    (RequestCategory::ClientAuthentication, &["GetClientToken", "GetDerivedToken"]),
    (RequestCategory::LimitManagement, &["GetProvisionedLimit", "UpdateProvisionedLimit"]),
    (
        RequestCategory::UserAccountRecovery,
        &[
            "AdminResetUserPassword",
            "AdminSetUserPassword",
            "ChangePassword",
            "ConfirmForgotPassword",
            "ForgotPassword",
        ],
    ),
    (
        RequestCategory::UserAuthentication,
        &["AdminInitiateAuth", "AdminRespondToAuthChallenge", "InitiateAuth", "RespondToAuthChallenge"],
    ),
    (RequestCategory::UserCreation, &["AdminConfirmSignUp", "AdminCreateUser", "ConfirmSignUp", "SignUp"]),
    (RequestCategory::UserFederation, &["AdminDisableProviderForUser", "AdminLinkProviderForUser"]),
    (RequestCategory::UserList, &["ListUsers", "ListUsersInGroup"]),
    (
        RequestCategory::UserPoolClientRead,
        &["DescribeUserPoolClient", "ListUserPoolClients", "ListUserPoolClientSecrets"],
    ),
    (
        RequestCategory::UserPoolClientUpdate,
        &[
            "AddUserPoolClientSecret",
            "CreateUserPoolClient",
            "DeleteUserPoolClient",
            "DeleteUserPoolClientSecret",
            "UpdateUserPoolClient",
        ],
    ),
    (RequestCategory::UserPoolRead, &["DescribeUserPool", "ListUserPools"]),
    (RequestCategory::UserPoolUpdate, &["CreateUserPool", "DeleteUserPool", "UpdateUserPool"]),
    (RequestCategory::UserRead, &["AdminGetUser", "GetUser", "GetUserAuthFactors", "AdminGetUserAuthFactors"]),
    (
        RequestCategory::UserResourceRead,
        &[
            "AdminGetDevice",
            "AdminListDevices",
            "AdminListGroupsForUser",
            "AdminListUserAuthEvents",
            "AdminListUserSessions",
            "GetDevice",
            "GetUserAttributeVerificationCode",
            "ListDevices",
            "ListUserSessions",
            "ListWebAuthnCredentials",
            "ResendConfirmationCode",
        ],
    ),
    (RequestCategory::UserToken, &["GetTokensFromRefreshToken", "RevokeToken"]),
    (
        RequestCategory::UserUpdate,
        &[
            "AdminAddUserToGroup",
            "AdminDeleteUser",
            "AdminDeleteUserAttributes",
            "AdminDisableUser",
            "AdminEnableUser",
            "AdminRemoveUserFromGroup",
            "AdminUpdateUserAttributes",
            "AdminUserGlobalSignOut",
            "DeleteUser",
            "DeleteUserAttributes",
            "GlobalSignOut",
            "UpdateUserAttributes",
            "VerifyUserAttribute",
        ],
    ),
];

/// Words of what belongs to a user.
const OF_USERS: [&str; 8] = [
    "Device",
    "SoftwareToken",
    "MFAPreference",
    "UserSettings",
    "AuthEventFeedback",
    "WebAuthn",
    "UserSession",
    "Feedback",
];

fn category_of(operation: &str) -> RequestCategory {
    let listed = CATEGORIES.iter().find(|(_, names)| names.contains(&operation));
    let reads = ["Describe", "Get", "List"].iter().any(|beginning| operation.starts_with(beginning));
    match listed {
        Some((category, _)) => *category,
        None if OF_USERS.iter().any(|word| operation.contains(word)) => RequestCategory::UserResourceUpdate,
        None if reads => RequestCategory::UserPoolResourceRead,
        None => RequestCategory::UserPoolResourceUpdate,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_epoch_millis(millis)
    }

    fn taken(buckets: &mut Buckets, key: u64, rate: u32, millis: i64) -> usize {
        (0..1000).filter(|_| buckets.take(key, rate, at(millis))).count()
    }

    #[test]
    fn two_seconds_of_a_rate_come_at_once_and_then_the_rate() {
        let mut buckets = Buckets::default();

        assert_eq!(taken(&mut buckets, 1, 10, 5_000), 20);
        assert_eq!(taken(&mut buckets, 1, 10, 5_099), 0);
        assert_eq!(taken(&mut buckets, 1, 10, 5_100), 1);
        assert_eq!(taken(&mut buckets, 1, 10, 6_100), 10);
        assert_eq!(taken(&mut buckets, 2, 10, 6_100), 20, "another's bucket is full");
    }

    #[test]
    fn a_clock_that_was_set_back_keeps_nobody_waiting() {
        let mut buckets = Buckets::default();
        assert_eq!(taken(&mut buckets, 1, 10, 1_000_000), 20);

        assert_eq!(taken(&mut buckets, 1, 10, 2_000), 0);
        assert_eq!(taken(&mut buckets, 1, 10, 4_000), 20);
    }

    #[test]
    fn so_many_sources_take_a_bounded_memory() {
        let mut buckets = Buckets::default();

        for key in 0..5 * MOST_BUCKETS {
            buckets.take(key as u64, 10, at(0));
        }

        assert!(buckets.lately.len() + buckets.before.len() <= 2 * MOST_BUCKETS);
    }

    #[test]
    fn every_listed_operation_is_one_of_the_model_and_stands_once() {
        let names: Vec<&str> = CATEGORIES.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let known: Vec<&str> = Service::UserPools.operations().iter().map(|info| info.name).collect();

        let strangers: Vec<_> = names.iter().filter(|name| !known.contains(name)).collect();
        assert_eq!(strangers, Vec::<&&str>::new());
        let once: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(once.len(), names.len());
    }

    #[test]
    fn a_request_is_of_the_pool_or_client_that_it_names_or_of_its_tokens_issuer() {
        let token = format!("x.{}.y", URL_SAFE_NO_PAD.encode(r#"{"iss":"https://h/us-east-1_abc"}"#));

        assert_eq!(scope(&serde_json::json!({"UserPoolId": "us-east-1_x", "ClientId": "c"})), "us-east-1_x");
        assert_eq!(scope(&serde_json::json!({"ClientId": "c"})), "c");
        assert_eq!(scope(&serde_json::json!({"AccessToken": token})), "us-east-1_abc");
        assert_eq!(scope(&serde_json::json!({"AccessToken": "no token"})), "");
    }
}
