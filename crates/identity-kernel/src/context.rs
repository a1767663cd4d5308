//! What is known of a call besides what it asks for.

use std::collections::BTreeMap;
use std::net::IpAddr;

/// Where a call comes from and what came with it.
///
/// Whoever takes calls from a network fills this in; whoever embeds a service and knows nothing of it uses the default.
/// Nothing here proves anything but the address and the principal: a caller writes all the rest.
///
/// ```
/// use identity_kernel::context::RequestContext;
///
/// let context = RequestContext { request_id: Some("7f3a".to_owned()), ..RequestContext::default() };
/// assert_eq!(context.source, None);
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RequestContext {
    /// The address of the caller. Behind a proxy: the one that a *trusted* proxy has stated, and never a header that
    /// anybody can send. `None` if the call came over no network; then nothing is limited by source.
    pub source: Option<IpAddr>,
    /// Who signed the call, as an ARN, once the signature was verified; `None` where nothing was signed.
    pub principal: Option<String>,
    /// What the caller's software says it is.
    pub user_agent: Option<String>,
    /// What a client library has gathered of the device, as it came: for whoever judges risk.
    pub device_data: Option<String>,
    /// The key of the device that the call says it comes from. It proves nothing: a device is known by its secret.
    pub device_key: Option<String>,
    /// What the application sends along for hooks; never kept.
    pub client_metadata: BTreeMap<String, String>,
    /// What it sends along for the hooks before a sign-up and a sign-in alone; never kept.
    pub validation_data: BTreeMap<String, String>,
    /// The number under which logs speak of this call.
    pub request_id: Option<String>,
}
