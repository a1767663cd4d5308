//! What stands between a proof and tokens: the state of user and client, asked in one place for every way in.

use crate::model::client::{AllowedFlow, AppClient};
use crate::model::factors::{Demand, MfaSettings, SecondFactors};
use crate::model::user::{User, UserStatus};

/// A way to tokens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Way {
    /// A sign-in that began with this flow.
    SignIn(AllowedFlow),
    /// A refresh token.
    Refresh,
}

/// Why somebody who has proved who they are gets no tokens all the same.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Bar {
    /// The user is disabled.
    Disabled,
    /// The client does not allow the flow, or no longer.
    FlowNotAllowed(AllowedFlow),
    /// The password is a temporary one.
    MustChoosePassword,
    /// The password must be reset.
    MustResetPassword,
    /// The user signs in through outside providers alone.
    OutsideAlone,
    /// The client lets nobody of this outside provider in, or no longer.
    ProviderNotAllowed,
    /// It looks too much like somebody else, or a second factor is demanded for that and the user has none.
    RiskTooHigh,
    /// A second factor is demanded that was not proved.
    SecondFactorMissing,
    /// The sign-up is not confirmed.
    Unconfirmed,
}

/// What keeps this user from tokens; `None` if nothing.
pub fn bar_of_user(user: &User) -> Option<Bar> {
    match user.status {
        _ if !user.enabled => Some(Bar::Disabled),
        UserStatus::Unconfirmed => Some(Bar::Unconfirmed),
        UserStatus::ResetRequired => Some(Bar::MustResetPassword),
        UserStatus::ForceChangePassword => Some(Bar::MustChoosePassword),
        UserStatus::Confirmed | UserStatus::ExternalProvider => None,
    }
}

/// What keeps a user from tokens who came by this outside provider, or by none; `None` if nothing: whoever signs in through outside
/// providers alone gets none by any way of the pool itself.
pub fn bar_of_origin(user: &User, provider: Option<&str>) -> Option<Bar> {
    (user.status == UserStatus::ExternalProvider && provider.is_none()).then_some(Bar::OutsideAlone)
}

/// What keeps the users of this outside provider from tokens of this client; `None` if nothing.
pub fn bar_of_provider(client: &AppClient, provider: Option<&str>) -> Option<Bar> {
    let listed = |name: &str| client.settings.oauth.providers.iter().any(|listed| listed.as_str() == name);
    provider.is_some_and(|name| !listed(name)).then_some(Bar::ProviderNotAllowed)
}

/// What keeps this client from tokens by this way; `None` if nothing.
pub fn bar_of_client(client: &AppClient, way: Way) -> Option<Bar> {
    let flow = match way {
        Way::SignIn(flow) => flow,
        // A client whose refresh tokens rotate refreshes whatever flows it lists: Cognito wants it so.
        Way::Refresh if client.settings.rotation.is_some() => return None,
        Way::Refresh => AllowedFlow::RefreshToken,
    };
    (!client.allows(flow)).then_some(Bar::FlowNotAllowed(flow))
}

/// Whether a sign-in that proved a second factor (`proved`) or did not lacks one that is demanded; `None` if not.
pub fn bar_of_factors(settings: &MfaSettings, second: &SecondFactors, user: &User, proved: Proved) -> Option<Bar> {
    let lacks = proved == Proved::OneFactor && second.demand(settings, user) != Demand::None;
    lacks.then_some(Bar::SecondFactorMissing)
}

/// How much was proved.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Proved {
    /// One factor.
    OneFactor,
    /// Two of different kinds, or one that stands for two.
    MultiFactor,
}
