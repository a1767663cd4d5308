//! What is told of messages that were not handed over.

use std::error::Error as _;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use userpool_core::model::risk::{LogDelivery, LogDestination, LogSource};
use userpool_core::ports::{Action, DeliveryError, Event, Events, Message, Messenger, Outcome, Undelivered};
use userpool_core::{Error, ErrorCode, UserPools};

use crate::world::{World, parts, world};

/// A mail server that repeats what it refuses.
struct Refuses;

#[async_trait]
impl Messenger for Refuses {
    async fn send(&self, message: &Message) -> Result<(), DeliveryError> {
        Err(DeliveryError(format!("550 no {}: {}", message.destination, message.body.expose()).into()))
    }
}

#[derive(Default)]
pub(crate) struct Heard(Mutex<Vec<Event>>);

impl Heard {
    pub(crate) fn undelivered(&self) -> Vec<Event> {
        let all = self.0.lock().unwrap();
        all.iter().filter(|event| event.action == Action::SendMessage).cloned().collect()
    }
}

#[async_trait]
impl Events for Heard {
    async fn record(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

async fn refusing() -> (World, Arc<Heard>) {
    let mut world = world().await;
    let heard = Arc::new(Heard::default());
    let mut parts = parts(&world.clock, &world.outbox, &world.store);
    parts.messenger = Arc::new(Refuses);
    parts.events = Arc::clone(&heard) as Arc<dyn Events>;
    world.pools = UserPools::new(parts);
    (world, heard)
}

#[tokio::test]
async fn line_64_whoever_operates_hears_why_a_code_was_not_handed_over_and_neither_code_nor_address() {
    let (world, heard) = refusing().await;
    let log = LogDestination::LogGroup("arn:aws:logs:us-east-1:123456789012:log-group:x".to_owned());
    let delivery = LogDelivery { source: LogSource::UserNotification, destination: Some(log.clone()) };
    world.pools.set_log_delivery(&world.pool.id, vec![delivery]).await.unwrap();

    let error = world.sign_up("ada").await.unwrap_err();

    assert_eq!(error.code(), ErrorCode::CodeDelivery);
    let cause: &Undelivered = error.source().and_then(|cause| cause.downcast_ref()).unwrap();
    assert_eq!(cause.delivery.destination, "a***@e***");
    let events = heard.undelivered();
    let [event] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(event.outcome, Outcome::Refused(ErrorCode::CodeDelivery, cause.to_string()));
    assert_eq!((event.client.as_ref(), event.log_to.as_ref()), (Some(&world.client.id), Some(&log)));
    assert!(cause.because.contains("550 no a***@e***: Your verification code is (..)."), "{cause}");
    assert!(!cause.because.bytes().any(|byte| byte.is_ascii_digit() && !b"550".contains(&byte)), "{cause}");
}

#[tokio::test]
async fn a_pool_that_logs_no_failed_messages_names_no_destination() {
    let (world, heard) = refusing().await;

    assert!(matches!(world.sign_up("ada").await, Err(Error::CodeDelivery(_))));

    assert_eq!(heard.undelivered().iter().map(|event| event.log_to.clone()).collect::<Vec<_>>(), [None]);
}
