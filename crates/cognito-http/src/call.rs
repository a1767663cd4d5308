use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use cognito_wire::cognito_idp as wire;
use cognito_wire::{OperationInfo, Sensitive};
use credential_vending::{Caller, CredentialVending};
use document_store::page::{Page, PageRequest};
use iam_policy::Context;
use identity_federation::IdentityPools;
use identity_kernel::account_region::AccountRegion;
use identity_kernel::context::RequestContext;
use identity_kernel::entropy::{self, Entropy};
use identity_kernel::secret::SecretString;
use identity_kernel::time::{Clock, Timestamp};
use userpool_core::UserPools;

use crate::error::Failure;
use crate::limits::Limits;
use crate::page_token::PageTokens;
use crate::peer::Peer;
use crate::replay::ReplayMemory;

/// The services behind the front end.
pub(crate) struct Services {
    pub(crate) user_pools: Arc<UserPools>,
    pub(crate) identity_pools: Arc<IdentityPools>,
    pub(crate) vending: Arc<CredentialVending>,
    pub(crate) skew_seconds: i64,
    pub(crate) page_tokens: PageTokens,
    pub(crate) replays: Option<ReplayMemory>,
    pub(crate) limits: Limits,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    /// Under which URL the server is reached, if the operator has said so.
    pub(crate) public_url: Option<String>,
}

impl Services {
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn request_id(&self) -> String {
        entropy::uuid(self.entropy.as_ref())
    }
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Services")
    }
}

/// Who signed a request.
#[derive(Clone, Debug)]
pub(crate) struct Signer {
    pub(crate) caller: Caller,
    /// The access key id that it was signed with.
    pub(crate) access_key_id: String,
    /// The session token of vended keys.
    pub(crate) session_token: Option<SecretString>,
    /// The region of the signature's scope.
    pub(crate) region: String,
}

/// One call of an operation.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) services: Arc<Services>,
    pub(crate) operation: &'static OperationInfo,
    pub(crate) peer: Peer,
    /// What domains are told of where the call comes from.
    pub(crate) context: RequestContext,
    /// `None` for operations that want no signature.
    pub(crate) signer: Option<Signer>,
}

impl Call {
    /// User pools, which know where this call comes from.
    pub(crate) fn users(&self) -> UserPools {
        self.services.user_pools.for_request(self.context.clone())
    }

    /// The same call with what the application sends along: words for hooks, and what was gathered of the device.
    pub(crate) fn with(mut self, metadata: Option<BTreeMap<String, String>>, device_data: Option<String>) -> Self {
        self.context.client_metadata = metadata.unwrap_or_default();
        self.context.device_data = device_data;
        self
    }

    /// The same call with words for the hooks before a sign-up.
    pub(crate) fn validating(mut self, data: Option<Vec<wire::AttributeType>>) -> Self {
        let words = data.unwrap_or_default().into_iter();
        self.context.validation_data =
            words.map(|word| (word.name, word.value.map(Sensitive::into_inner).unwrap_or_default())).collect();
        self
    }

    /// The same call from the device that it says to come from.
    pub(crate) fn at_device(mut self, key: Option<String>) -> Self {
        self.context.device_key = key;
        self
    }

    /// The same call on behalf of somebody at this address, as an administrator's server states it. What comes to that
    /// server comes from everywhere: without a stated address nothing is limited by source.
    pub(crate) fn on_behalf_of(mut self, address: Option<&str>) -> Self {
        self.context.source = address.and_then(|address| address.parse().ok());
        self
    }

    /// Identity pools, which know where this call comes from.
    pub(crate) fn identities(&self) -> IdentityPools {
        self.services.identity_pools.for_request(self.context.clone())
    }

    /// Roles and keys, which know where this call comes from.
    pub(crate) fn vending(&self) -> CredentialVending {
        self.services.vending.for_request(self.context.clone())
    }

    /// The account in whose name this server stands.
    pub(crate) fn account_region(&self) -> &AccountRegion {
        self.services.vending.account_region()
    }

    /// Who signed the call of a signed operation.
    pub(crate) fn signed(&self) -> Result<&Signer, Failure> {
        self.signer.as_ref().ok_or_else(|| Failure::internal(&NotSigned))
    }

    pub(crate) fn caller(&self) -> Option<&Caller> {
        self.signer.as_ref().map(|signer| &signer.caller)
    }

    /// The region of the signature's scope.
    pub(crate) fn region(&self) -> Option<&str> {
        self.signer.as_ref().map(|signer| signer.region.as_str())
    }

    /// What policies may ask of this request's circumstances. Who calls and what time it is, vending adds.
    pub(crate) fn circumstances(&self) -> Context {
        let mut context = Context::new()
            .with("aws:SecureTransport", self.peer.secure.to_string())
            .with("aws:PrincipalAccount", self.account_region().account.as_str())
            .with("aws:ViaAWSService", "false");
        let optional = [
            ("aws:SourceIp", self.peer.address.map(|address| address.to_canonical().to_string())),
            ("aws:UserAgent", self.context.user_agent.clone()),
            ("aws:RequestedRegion", self.region().map(str::to_owned)),
        ];
        for (key, value) in optional {
            if let Some(value) = value {
                context.set(key, vec![value]);
            }
        }
        context
    }

    /// Which page of a listing is asked for. A token opens for the listing that gave it: this operation, and `bound`, the
    /// members that say what is listed.
    pub(crate) fn page(
        &self,
        limit: Option<i64>,
        token: Option<String>,
        bound: &[&str],
    ) -> Result<PageRequest, Failure> {
        let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(0);
        let open = |token: String| self.services.page_tokens.open(self.operation, bound, &token);
        let after = token.map(open).transpose().map_err(|_| {
            let code = self.operation.service.validation_error();
            Failure::new(code, 400, "The pagination token is not one of this listing's.")
        })?;
        Ok(PageRequest { limit, after })
    }

    /// The token of the page after this one.
    pub(crate) fn next(&self, next: Option<String>, bound: &[&str]) -> Option<String> {
        let services = &self.services;
        next.map(|next| services.page_tokens.seal(services.entropy.as_ref(), self.operation, bound, &next))
    }
}

/// A signed operation was called without signer: the front end's own fault, and nothing is done.
#[derive(Debug, thiserror::Error)]
#[error("a signed operation was reached without its signer")]
struct NotSigned;

/// Text from the wire as a domain id, or the refusal that AWS gives.
pub(crate) fn parse<T: std::str::FromStr>(text: &str, what: &str) -> Result<T, Failure> {
    text.parse().map_err(|_| Failure::invalid_parameter(format!("Invalid {what}.")))
}

/// Of a listing by ids that begin with their region, one region's part: it ends where the next region begins.
pub(crate) fn of_region<T>(mut page: Page<T>, is_here: impl Fn(&T) -> bool) -> Page<T> {
    if page.items.iter().any(|item| !is_here(item)) {
        page.next = None;
    }
    page.items.retain(is_here);
    page
}

/// A page of a listing that the domain gives whole and by name, which goes on behind this name, whether it is still there or
/// not.
pub(crate) fn part_of<T>(all: Vec<T>, page: &PageRequest, name: impl Fn(&T) -> &str) -> Page<T> {
    let rest = all.into_iter().filter(|item| page.after.as_deref().is_none_or(|after| name(item) > after));
    let limit = if page.limit == 0 { usize::MAX } else { page.limit };
    let mut items: Vec<T> = rest.take(limit.saturating_add(1)).collect();
    let is_last = items.len() <= limit;
    items.truncate(limit);
    let next = items.last().filter(|_| !is_last).map(|item| name(item).to_owned());
    Page { items, next }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_goes_on_behind_a_name_that_is_gone_and_repeats_nothing() {
        let all = |names: &str| names.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let page = |after: Option<&str>| PageRequest { limit: 2, after: after.map(str::to_owned) };

        let first = part_of(all("a b c d"), &page(None), String::as_str);
        assert_eq!((first.items.concat().as_str(), first.next.as_deref()), ("ab", Some("b")));
        let second = part_of(all("a c d"), &page(first.next.as_deref()), String::as_str);
        assert_eq!((second.items.concat().as_str(), second.next), ("cd", None));
    }
}
