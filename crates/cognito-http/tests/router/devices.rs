//! Devices over the wire: what each operation takes and shows. Their proof by SRP is tested in the domain and by real clients.

use cognito_wire::Service::UserPools;
use serde_json::{Value, json};

use crate::journey::Journey;
use crate::world::World;

/// Bob's device, from its offer to its end.
pub(crate) async fn journey(journey: &Journey, pool: &str, sign_in: Value) {
    let devices = json!({"ChallengeRequiredOnNewDevice": false, "DeviceOnlyRememberedOnUserPrompt": true});
    let update = json!({"UserPoolId": pool, "DeviceConfiguration": devices});
    journey.call(UserPools, "UpdateUserPool", update).await;
    let described = journey.call(UserPools, "DescribeUserPool", json!({"UserPoolId": pool})).await;
    assert_eq!(described["UserPool"]["DeviceConfiguration"], devices);

    let tokens = journey.call(UserPools, "InitiateAuth", sign_in.clone()).await["AuthenticationResult"].clone();
    let (access, key) = (&tokens["AccessToken"], &tokens["NewDeviceMetadata"]["DeviceKey"]);
    assert!(tokens["NewDeviceMetadata"]["DeviceGroupKey"].is_string());
    let secret = json!({"PasswordVerifier": "AgICAgICAgI=", "Salt": "AQID"});
    let confirm = json!({"AccessToken": access, "DeviceKey": key, "DeviceName": "phone",
        "DeviceSecretVerifierConfig": secret});
    let confirmed = journey.call(UserPools, "ConfirmDevice", confirm.clone()).await;
    assert_eq!(confirmed, json!({"UserConfirmationNecessary": true}));
    let again = journey.try_call(UserPools, "ConfirmDevice", confirm).await;
    assert_eq!(again.1["__type"], "DeviceKeyExistsException");

    let mine = json!({"AccessToken": access, "DeviceKey": key});
    let theirs = json!({"UserPoolId": pool, "Username": "bob", "DeviceKey": key});
    let remember = |named: &Value, status: &str| {
        let mut body = named.clone();
        body["DeviceRememberedStatus"] = json!(status);
        body
    };
    journey.call(UserPools, "UpdateDeviceStatus", remember(&mine, "remembered")).await;
    let device = journey.call(UserPools, "GetDevice", mine.clone()).await["Device"].clone();
    assert_eq!(device["DeviceKey"], *key);
    let attributes = device["DeviceAttributes"].as_array().unwrap();
    let value = |name: &str| attributes.iter().find(|own| own["Name"] == name).map(|own| own["Value"].clone());
    assert_eq!((value("device_name"), value("device_status")), (Some(json!("phone")), Some(json!("valid"))));
    assert_eq!(value("dev:device_remembered_status"), Some(json!("remembered")));
    journey.call(UserPools, "AdminUpdateDeviceStatus", remember(&theirs, "not_remembered")).await;
    journey.call(UserPools, "AdminGetDevice", theirs.clone()).await;
    let listed = journey.call(UserPools, "ListDevices", json!({"AccessToken": access})).await;
    let user = json!({"UserPoolId": pool, "Username": "bob"});
    assert_eq!(listed["Devices"], journey.call(UserPools, "AdminListDevices", user).await["Devices"]);

    let mut from_it = sign_in.clone();
    from_it["AuthParameters"]["DEVICE_KEY"] = key.clone();
    let asked = journey.call(UserPools, "InitiateAuth", from_it.clone()).await;
    assert_eq!(
        (&asked["ChallengeName"], &asked["ChallengeParameters"]["DEVICE_KEY"]),
        (&json!("DEVICE_SRP_AUTH"), key)
    );
    journey.call(UserPools, "ForgetDevice", mine.clone()).await;
    let gone = journey.try_call(UserPools, "AdminForgetDevice", theirs).await.1;
    // Clients look for this name and these words.
    assert_eq!(gone, json!({"__type": "ResourceNotFoundException", "message": "Device does not exist."}));
    assert_eq!(journey.try_call(UserPools, "InitiateAuth", from_it).await.1, gone);
}

#[tokio::test]
async fn a_pool_says_of_devices_what_was_said_of_them() {
    let world = World::new().await;
    let made = world.call(UserPools, "CreateUserPool", json!({"PoolName": "p"})).await.ok();
    assert!(made["UserPool"]["DeviceConfiguration"].is_null());
    let given = json!({"PoolName": "p", "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": true}});

    let made = world.call(UserPools, "CreateUserPool", given).await.ok();

    let shown = json!({"ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": false});
    assert_eq!(made["UserPool"]["DeviceConfiguration"], shown);
}
