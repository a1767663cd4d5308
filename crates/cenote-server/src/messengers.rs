//! Where messages go: to a file, to memory for the test API, or to both.

use std::sync::Arc;

use async_trait::async_trait;
use cenote::adapters::MemoryOutbox;
use cenote::userpool::ports::{DeliveryError, Message, Messenger};

/// Hands each message to all of these, in order; without any, refuses it.
pub(crate) struct Everywhere(pub(crate) Vec<Arc<dyn Messenger>>);

#[async_trait]
impl Messenger for Everywhere {
    async fn send(&self, message: &Message) -> Result<(), DeliveryError> {
        if self.0.is_empty() {
            return Err(DeliveryError("no outbox is configured: start with --outbox".into()));
        }
        for messenger in &self.0 {
            messenger.send(message).await?;
        }
        Ok(())
    }

    fn is_prompt(&self) -> bool {
        self.0.iter().all(|messenger| messenger.is_prompt())
    }
}

/// The messages that the test API shows.
pub(crate) type TestOutbox = Arc<MemoryOutbox>;
