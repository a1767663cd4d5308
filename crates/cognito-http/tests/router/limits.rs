//! How many requests are taken in a second.

use cognito_http::{Options, RequestLimits};
use cognito_wire::Service::UserPools;
use serde_json::{Value, json};

use crate::world::{Answer, Outgoing, World, operation, peer};

async fn world(request_limits: RequestLimits) -> World {
    World::with(Options { request_limits, ..Options::default() }).await
}

/// Asks for a code for a name of nobody, at a client of nobody, from this address.
async fn forgot(world: &World, client: &str, source: &str) -> Answer {
    let body = json!({"ClientId": client, "Username": "nobody"});
    let mut outgoing = Outgoing::of(operation(UserPools, "ForgotPassword"), &body);
    outgoing.peer = Some(peer(source, true));
    world.send(outgoing).await
}

async fn taken(world: &World, client: &str, source: &str) -> usize {
    let mut count = 0;
    while forgot(world, client, source).await.code() != "TooManyRequestsException" {
        count += 1;
        assert!(count < 1000);
    }
    count
}

#[tokio::test]
async fn one_source_has_a_quarter_of_a_rate_for_two_seconds_and_a_client_the_whole() {
    let world = world(RequestLimits::On).await;

    assert_eq!(taken(&world, "client1", "192.0.2.1").await, 14, "a quarter of 30 in a second");
    assert_eq!(taken(&world, "client2", "192.0.2.1").await, 0, "whatever the client");
    assert_eq!(taken(&world, "client1", "192.0.2.2").await, 14);
    for source in 3..6 {
        taken(&world, "client1", &format!("192.0.2.{source}")).await;
    }
    assert_eq!(taken(&world, "client1", "192.0.2.9").await, 0, "the client's 60 are taken");
    assert_eq!(taken(&world, "client3", "192.0.2.9").await, 13, "another client's are not; one went for client1");
    world.clock.advance_seconds(2);
    assert_eq!(taken(&world, "client1", "192.0.2.1").await, 14);
    let refused = forgot(&world, "client1", "192.0.2.1").await;
    assert_eq!((refused.status, refused.json()["message"].clone()), (400, json!("Rate exceeded")));
}

#[tokio::test]
async fn where_requests_are_not_limited_none_is_refused_for_its_rate() {
    let world = world(RequestLimits::Off).await;

    for _ in 0..200 {
        assert_ne!(forgot(&world, "client1", "192.0.2.1").await.code(), "TooManyRequestsException");
    }
}

#[tokio::test]
async fn an_operator_raises_a_rate_at_once_here_and_never_above_the_most() {
    let world = world(RequestLimits::On).await;
    let limit = |rate: u32| {
        let definition = json!({"LimitClass": "API_CATEGORY", "Attributes": {"Category": "UserAccountRecovery"}});
        json!({"LimitDefinition": definition, "RequestedLimitValue": rate})
    };
    let update = async |body: Value| world.call(UserPools, "UpdateProvisionedLimit", body).await;
    assert_eq!(taken(&world, "client1", "192.0.2.1").await, 14);

    assert_eq!(update(limit(29)).await.code(), "InvalidParameterException");
    world.clock.advance_seconds(2);
    assert_eq!(update(limit(301)).await.code(), "ServiceQuotaExceededException");
    world.clock.advance_seconds(2);
    update(limit(300)).await.ok();

    assert_eq!(taken(&world, "client1", "192.0.2.1").await, 150);
}
