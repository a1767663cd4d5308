//! Files of users by `PUT`.

use axum::body::Body;
use axum::http::Request;
use cognito_wire::Service::UserPools;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::world::World;

/// A job, and the path and query that its file goes to.
async fn job(world: &World) -> (Value, String) {
    let body = json!({"PoolName": "p", "AutoVerifiedAttributes": ["email"]});
    let pool = world.call(UserPools, "CreateUserPool", body).await.ok()["UserPool"]["Id"].clone();
    let role = "arn:aws:iam::123456789012:role/logs";
    let body = json!({"UserPoolId": pool, "JobName": "old", "CloudWatchLogsRoleArn": role});
    let job = world.call(UserPools, "CreateUserImportJob", body).await.ok()["UserImportJob"].clone();
    let url = job["PreSignedUrl"].as_str().unwrap().to_owned();
    let place = url.find("/imports/").map(|at| url[at..].to_owned()).unwrap();
    (json!({"UserPoolId": pool, "JobId": job["JobId"]}), place)
}

async fn put(world: &World, place: &str, body: Vec<u8>) -> u16 {
    let request = Request::put(place).body(Body::from(body)).unwrap();
    world.router.clone().oneshot(request).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_file_is_taken_from_whoever_has_the_url_and_from_nobody_else() {
    let world = World::new().await;
    let ((named, place), (_, other)) = (job(&world).await, job(&world).await);
    let query = |place: &str| place.split_once('?').map(|(path, query)| (path.to_owned(), query.to_owned())).unwrap();
    let ((path, own), (_, foreign)) = (query(&place), query(&other));
    for refused in
        [path.clone(), format!("{path}?{foreign}"), format!("{path}?{}", own.replace("expires=", "expires=1"))]
    {
        assert_eq!(put(&world, &refused, b"x".to_vec()).await, 403, "{refused}");
    }
    let header = world.call(UserPools, "GetCSVHeader", json!({"UserPoolId": named["UserPoolId"]})).await.ok();
    let columns: Vec<&str> =
        header["CSVHeader"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let row = columns.iter().map(|column| match *column {
        "cognito:username" => "ada",
        "cognito:mfa_enabled" => "false",
        "email" => "ada@example.com",
        "email_verified" => "true",
        _ => "",
    });
    let file = format!("{}\r\n{}\r\n", columns.join(","), row.collect::<Vec<_>>().join(","));

    assert_eq!(put(&world, &place, file.into_bytes()).await, 200);
    world.call(UserPools, "StartUserImportJob", named.clone()).await.ok();

    let mut ended = Value::Null;
    for _ in 0..10_000 {
        tokio::task::yield_now().await;
        ended = world.call(UserPools, "DescribeUserImportJob", named.clone()).await.ok()["UserImportJob"].clone();
        if ended["Status"] == "Succeeded" {
            break;
        }
    }
    assert_eq!((&ended["Status"], &ended["ImportedUsers"]), (&json!("Succeeded"), &json!(1)), "{ended}");
    assert_eq!(ended["CompletionMessage"], "Import_Job_Completed_Successfully");
    assert_eq!(put(&world, &place, b"x".to_vec()).await, 400, "it was read already");
}

#[tokio::test]
async fn a_file_of_more_than_100_mb_is_refused() {
    let world = World::new().await;
    let (_, place) = job(&world).await;

    assert_eq!(put(&world, &place, vec![b'x'; 100_000_001]).await, 413);
}
