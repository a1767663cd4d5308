//! What messages say of where the server is.

use std::sync::Arc;

use async_trait::async_trait;
use cenote::Cenote;
use cenote::userpool::ports::{DeliveryError, Message, Messenger};
use cognito_http::Options;
use cognito_wire::Service::UserPools;
use serde_json::json;
use std::sync::Mutex;

use crate::world::{Outgoing, World, operation};

#[derive(Default)]
struct Sent(Mutex<Vec<Message>>);

#[async_trait]
impl Messenger for Sent {
    async fn send(&self, message: &Message) -> Result<(), DeliveryError> {
        self.0.lock().unwrap().push(message.clone());
        Ok(())
    }

    fn is_prompt(&self) -> bool {
        true
    }
}

#[tokio::test]
async fn line_49_no_message_speaks_of_the_host_that_a_request_names() {
    let sent = Arc::new(Sent::default());
    let builder = Cenote::in_memory().messenger(Arc::clone(&sent) as Arc<dyn Messenger>);
    let world = World::over(builder, Options::default()).await;
    let pool = json!({"PoolName": "p", "AutoVerifiedAttributes": ["email"]});
    let pool = world.call(UserPools, "CreateUserPool", pool).await.ok()["UserPool"]["Id"].clone();
    let client = json!({"UserPoolId": pool, "ClientName": "c"});
    let client = world.call(UserPools, "CreateUserPoolClient", client).await.ok()["UserPoolClient"]["ClientId"].clone();
    let email = json!([{"Name": "email", "Value": "ada@example.com"}]);

    for (name, body) in [
        (
            "SignUp",
            json!({"ClientId": client, "Username": "ada", "Password": "Correct-horse-7-battery", "UserAttributes": email}),
        ),
        ("ResendConfirmationCode", json!({"ClientId": client, "Username": "ada"})),
    ] {
        let mut outgoing = Outgoing::of(operation(UserPools, name), &body);
        outgoing.headers.retain(|(name, _)| name != "host");
        for header in ["host", "x-forwarded-host", "forwarded", "origin"] {
            outgoing.headers.push((header.to_owned(), "evil.example".to_owned()));
        }
        world.send(outgoing).await.ok();
    }

    let sent = sent.0.lock().unwrap();
    assert_eq!(sent.len(), 2);
    for message in sent.iter() {
        let text = format!("{} {}", message.subject, message.body.expose());
        assert!(!text.contains("evil.example") && !text.contains("http"), "{text}");
    }
}
