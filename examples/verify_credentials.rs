//! A resource server that trusts vended keys: signatures, sessions, revocations and policies, without any database.
//! `cargo run --package cenote-examples --example verify_credentials`

use cenote::kernel::sealing::MasterKey;
use cenote::kernel::time::Timestamp;
use cenote::prelude::*;
use cenote::vending::model::Revoked;
use cenote::vending::ops::roles::CreateRole;
use cenote::vending::{Credentials, NewSession, RolePolicies, SessionStamp, VendingKey};
use resource_server::{Access, Body, HttpRequest, ResourceServer, Rules, Scope, SignatureError};
use sigv4_verify::Signer;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "*"},
    "Action": "sts:AssumeRole"}}"#;
const READ: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "notes:Read",
    "Resource": "arn:aws:notes:::${aws:PrincipalTag/team}/*"}}"#;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    // The side that vends, with its database.
    let cenote = Cenote::in_memory().build().await?;
    let vending = cenote.vending();
    let mut role = vending.create_role(CreateRole::named("reader", TRUST)).await?;
    role.policies.insert("read".to_owned(), READ.to_owned());

    // The resource server: keys and the role's policies were given to it, the list of revocations it polls.
    let now = cenote.clock().now();
    let keys = vending.vending_key_texts().await?;
    let keys: Vec<_> = keys.iter().filter_map(|text| VendingKey::from_text(text.expose())).collect();
    let server = ResourceServer::new(keys, Rules::for_service(Scope::new("us-east-1", "notes")));
    server.set_role(RolePolicies::compile(&role, &vending.policies_of_role(&role).await?)?);
    server.take_revocations(&vending.signed_revocation_list().await?)?;

    // A caller with credentials of the role, tagged with its team.
    let key =
        VendingKey::from_text(vending.vending_key_texts().await?.first().ok_or("no key")?.expose()).ok_or("no key")?;
    let mut stamp = SessionStamp::new(NewSession {
        role_arn: &role.arn,
        role_id: &role.id,
        session_name: "ada",
        issued_at: now,
        seconds: 900,
    });
    stamp.tags.insert("team".to_owned(), "engines".to_owned());
    let keys = key.vend(&cenote::kernel::entropy::SystemEntropy::new(), &stamp)?;

    println!("own team's note:     {}", answer(&server, &request(&keys, "/engines/1", now)?));
    println!("another team's note: {}", answer(&server, &request(&keys, "/looms/1", now)?));
    let stolen = Credentials { secret: "guessed".into(), ..keys.clone() };
    println!("with another secret: {}", answer(&server, &request(&stolen, "/engines/1", now)?));

    vending.revoke(Revoked::Role(role.arn.clone())).await?;
    let later = cenote.clock().now();
    server.take_revocations(&vending.signed_revocation_list().await?)?;
    println!("after revocation:    {}", answer(&server, &request(&keys, "/engines/1", later)?));
    // Another master key's keys are nobody's.
    let foreign = VendingKey::from_master(&MasterKey::new([9; 32]), VendingKey::FIRST);
    let keys = foreign.vend(&cenote::kernel::entropy::SystemEntropy::new(), &stamp)?;
    println!("somebody else's key: {}", answer(&server, &request(&keys, "/engines/1", later)?));
    Ok(())
}

/// What a caller sends.
fn request(keys: &Credentials, path: &str, now: Timestamp) -> Result<HttpRequest, SignatureError> {
    let mut request = HttpRequest::new("GET", path).header("host", "notes.example");
    let signer = Signer {
        access_key_id: &keys.access_key_id,
        secret: keys.secret.expose(),
        session_token: Some(keys.session_token.expose()),
        scope: Scope::new("us-east-1", "notes"),
    };
    signer.sign(&mut request, &Body::Bytes(b""), now)?;
    Ok(request)
}

/// 200 and what decided, or why not.
fn answer(server: &ResourceServer, request: &HttpRequest) -> String {
    let resource = format!("arn:aws:notes:::{}", request.path().trim_start_matches('/'));
    match server.check(request, &Body::Bytes(b""), &Access::to("notes:Read", resource)) {
        Ok(admitted) => {
            format!("200 by {}", admitted.decisions.iter().map(|one| one.reason.to_string()).collect::<String>())
        }
        Err(refusal) => format!("{} {}: {refusal}", refusal.status(), refusal.code()),
    }
}
