//! A vending side, a resource server, and clients who sign.

use std::sync::Arc;

use credential_vending::model::{Revocation, Revoked};
use credential_vending::{Credentials, MasterKey, NewSession, RevocationList, SystemEntropy};
use identity_kernel::time::ManualClock;
use resource_server::{
    Body, Clock as _, HttpRequest, ResourceServer, RolePolicies, Rules, Scope, SessionStamp, Timestamp, VendingKey,
};
use sigv4_verify::Signer;

pub(crate) const ROLE: &str = "arn:aws:iam::123456789012:role/team/notes";
pub(crate) const NOTES: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["notes:Read", "s3:PutObject"], "Resource": "arn:aws:notes:::${aws:PrincipalTag/team}/*"},
    {"Sid": "Times", "Effect": "Allow", "Action": "notes:Late", "Resource": "*",
     "Condition": {"DateGreaterThan": {"aws:CurrentTime": "2023-11-14T22:15:00Z"}}}]}"#;

pub(crate) struct World {
    pub(crate) server: Arc<ResourceServer>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) key: VendingKey,
}

/// A server for requests of this service that has heard that nothing is revoked.
pub(crate) fn world_of(service: &str) -> World {
    let clock = Arc::new(ManualClock::at(Timestamp::from_epoch_seconds(1_700_000_000)));
    let key = VendingKey::from_master(&MasterKey::new([7; 32]), VendingKey::FIRST);
    let rules = Rules::for_service(Scope::new("us-east-1", service));
    let server = ResourceServer::new(vec![key.clone()], rules).with_clock(clock.clone());
    server.set_role(RolePolicies::from_documents("AROANOTES", [("notes", NOTES)], None).unwrap());
    let world = World { server: Arc::new(server), clock, key };
    world.hear(&[]);
    world
}

pub(crate) fn world() -> World {
    world_of("notes")
}

impl World {
    /// The server takes a list of these revocations.
    pub(crate) fn hear(&self, revoked: &[Revoked]) {
        let revocation =
            |(at, what): (usize, &Revoked)| Revocation { id: at as u64, what: what.clone(), at: self.clock.now() };
        let revocations = revoked.iter().enumerate().map(revocation).collect();
        let list = RevocationList { issued_at: self.clock.now(), revocations };
        self.server.take_revocations(&list.sign(&self.key)).unwrap();
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Credentials of a session of 900 seconds with this role id, whose team is `engines`.
    pub(crate) fn vend(&self, role_id: &str) -> Credentials {
        let mut session = SessionStamp::new(NewSession {
            role_arn: ROLE,
            role_id,
            session_name: "ada",
            issued_at: self.clock.now(),
            seconds: 900,
        });
        session.tags.insert("team".to_owned(), "engines".to_owned());
        self.key.vend(&SystemEntropy::new(), &session).unwrap()
    }

    pub(crate) fn ada(&self) -> Credentials {
        self.vend("AROANOTES")
    }

    /// A request signed with these credentials.
    pub(crate) fn signed(
        &self,
        with: &Credentials,
        service: &str,
        request: HttpRequest,
        body: &Body<'_>,
    ) -> HttpRequest {
        let mut request = request.header("host", "notes.example");
        let signer = signer(with, service);
        signer.sign(&mut request, body, self.clock.now()).unwrap();
        request
    }

    /// A signed `GET` without a body.
    pub(crate) fn get(&self, with: &Credentials, path: &str) -> HttpRequest {
        self.signed(with, "notes", HttpRequest::new("GET", path), &Body::Bytes(b""))
    }
}

pub(crate) fn signer<'a>(with: &'a Credentials, service: &str) -> Signer<'a> {
    Signer {
        access_key_id: &with.access_key_id,
        secret: with.secret.expose(),
        session_token: Some(with.session_token.expose()),
        scope: Scope::new("us-east-1", service),
    }
}
