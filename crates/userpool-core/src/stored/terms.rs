//! Terms of clients.

use document_store::error::StorageError;
use document_store::{Name, Stored};

use crate::model::ids::ClientId;
use crate::model::terms::{Terms, TermsName};

/// The name under which a client's terms are found.
pub(crate) fn terms_entry(client: &ClientId, name: TermsName) -> String {
    format!("{client} {}", name.name())
}

impl Stored for Terms {
    type Form = Self;
    const KIND: &'static str = "terms";
    const VERSION: u32 = 1;

    fn to_form(&self) -> Self {
        self.clone()
    }

    fn from_form(form: Self) -> Result<Self, StorageError> {
        Ok(form)
    }

    fn id(&self) -> Vec<&str> {
        vec![self.id.as_str()]
    }

    fn names(&self) -> Vec<Name> {
        vec![Name { name: terms_entry(&self.client, self.name), label: "terms" }]
    }
}
