//! Pagination tokens: sealed, so that nobody reads in them where a listing stands (a user's address, say), and bound to
//! the listing that gave them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_wire::OperationInfo;
use identity_kernel::entropy::Entropy;
use identity_kernel::sealing::{DoesNotOpen, MasterKey};

/// Never rename: tokens that callers hold open with it.
const PURPOSE: &str = "page-token";

/// Makes and opens pagination tokens.
#[derive(Debug)]
pub(crate) struct PageTokens(MasterKey);

impl PageTokens {
    pub(crate) fn new(key: MasterKey) -> Self {
        Self(key)
    }

    pub(crate) fn seal(&self, entropy: &dyn Entropy, of: &OperationInfo, bound: &[&str], next: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.0.seal(entropy, PURPOSE, &context(of, bound), next.as_bytes()))
    }

    pub(crate) fn open(&self, of: &OperationInfo, bound: &[&str], token: &str) -> Result<String, DoesNotOpen> {
        let sealed = URL_SAFE_NO_PAD.decode(token).map_err(|_| DoesNotOpen)?;
        let next = self.0.open(PURPOSE, &context(of, bound), &sealed)?;
        String::from_utf8(next.to_vec()).map_err(|_| DoesNotOpen)
    }
}

/// The operation and what it lists, each part with its length before it, so that no two listings look alike.
fn context(of: &OperationInfo, bound: &[&str]) -> Vec<u8> {
    let parts = [of.service.name(), of.name].into_iter().chain(bound.iter().copied());
    let mut out = Vec::new();
    for part in parts {
        out.extend_from_slice(&(part.len() as u64).to_be_bytes());
        out.extend_from_slice(part.as_bytes());
    }
    out
}
