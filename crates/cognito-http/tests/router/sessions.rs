//! Sessions that are listed and ended one by one, over the wire.

use cognito_wire::Service::UserPools;
use serde_json::{Value, json};

use crate::journey::Journey;

/// Bob's sessions, once the pool tracks them.
pub(crate) async fn journey(journey: &Journey, pool: &str, client: &str, sign_in: Value) {
    let tracking = json!({"UserPoolId": pool, "UserSessionTracking": "ENABLED", "TokenSession": {"MaxPerUser": 5}});
    let set = journey.call(UserPools, "SetUserPoolSessionConfiguration", tracking.clone()).await;
    let read = journey.call(UserPools, "GetUserPoolSessionConfiguration", json!({"UserPoolId": pool})).await;
    assert_eq!((&set, &read), (&tracking, &tracking));
    let reuse = json!({"UserPoolId": pool, "ClientId": client, "SSOSession": {"MaxValidityMinutes": 0}});
    let set = journey.call(UserPools, "SetUserPoolClientSessionConfiguration", reuse.clone()).await;
    let named = json!({"UserPoolId": pool, "ClientId": client});
    let read = journey.call(UserPools, "GetUserPoolClientSessionConfiguration", named).await;
    assert_eq!((&set, &read), (&reuse, &reuse));

    let mut held = Vec::new();
    for _ in 0..3 {
        let tokens = journey.call(UserPools, "InitiateAuth", sign_in.clone()).await;
        held.push(tokens["AuthenticationResult"]["AccessToken"].clone());
    }
    let listed = journey.call(UserPools, "ListUserSessions", json!({"AccessToken": held[0]})).await;
    let sessions = listed["Sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 3);
    let own = sessions.iter().find(|session| session["IsCurrentSession"] == true).unwrap();
    assert_eq!((&own["SessionType"], &own["ClientId"]), (&json!("TOKEN"), &json!(client)));
    assert_eq!((&own["DeviceType"], &own["LastLocation"]), (&json!("unknown"), &json!({"Country": "unknown"})));
    let own_id = json!({"AccessToken": held[0], "SessionId": own["SessionId"]});
    assert_eq!(journey.try_call(UserPools, "RevokeUserSession", own_id).await.0, 400);
    let other = sessions.iter().find(|session| session["IsCurrentSession"] == false).unwrap();
    let revoke = json!({"AccessToken": held[0], "SessionId": other["SessionId"], "RevokeAssociatedSessions": "LINKED"});
    journey.call(UserPools, "RevokeUserSession", revoke).await;
    let user = json!({"UserPoolId": pool, "Username": "bob"});
    let left = journey.call(UserPools, "AdminListUserSessions", user.clone()).await;
    assert_eq!(left["Sessions"].as_array().unwrap().len(), 2);
    assert!(left["Sessions"].as_array().unwrap().iter().all(|session| session["IsCurrentSession"] == false));
    let mut end = user;
    end["SessionId"] = own["SessionId"].clone();
    journey.call(UserPools, "AdminRevokeUserSession", end.clone()).await;
    assert_eq!(journey.try_call(UserPools, "GetUser", json!({"AccessToken": held[0]})).await.0, 400);
    let again = journey.try_call(UserPools, "AdminRevokeUserSession", end).await;
    assert_eq!(again.1["__type"], "ResourceNotFoundException");
}
