//! How SAML identity providers and used assertions are stored.

use document_store::Stored;
use document_store::error::StorageError;

use crate::model::saml::{SamlProvider, UsedAssertion};

impl Stored for SamlProvider {
    type Form = Self;
    const KIND: &'static str = "saml-provider";
    const VERSION: u32 = 1;

    fn to_form(&self) -> Self {
        self.clone()
    }

    fn from_form(form: Self) -> Result<Self, StorageError> {
        Ok(form)
    }

    fn id(&self) -> Vec<&str> {
        vec![&self.arn]
    }
}

impl Stored for UsedAssertion {
    type Form = Self;
    const KIND: &'static str = "used-assertion";
    const VERSION: u32 = 1;

    fn to_form(&self) -> Self {
        self.clone()
    }

    fn from_form(form: Self) -> Result<Self, StorageError> {
        Ok(form)
    }

    fn id(&self) -> Vec<&str> {
        vec![&self.provider, &self.id]
    }

    fn ends_at_millis(&self) -> Option<i64> {
        Some(self.ends_at().epoch_millis())
    }
}
