//! Keys of the account's issuer of tokens for other services, and what is told of such tokens.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use credential_vending::{Caller, CredentialVending, DocumentVending, MasterKey};
use identity_federation::ops::outbound::{GetWebIdentityToken, SubjectMode};
use identity_federation::ports::{Action, Events, Outcome};
use identity_federation::{
    Defaults, DocumentFederation, Error, ErrorCode, IdentityPools, IssuerForm, OutboundProblem, Parts,
};
use identity_kernel::time::{Clock, ManualClock, Timestamp};
use jwt_tokens::{Algorithm, KeySet, Rotation, Verifier};
use storage_conformance::Yielding;
use storage_memory::MemoryStore;

use crate::world::{Heard, NOW};

struct Issuing {
    one: IdentityPools,
    other: IdentityPools,
    vending: Arc<CredentialVending>,
    clock: Arc<ManualClock>,
    events: Arc<Heard>,
}

async fn issuing() -> Issuing {
    let clock = Arc::new(ManualClock::at(Timestamp::from_epoch_seconds(NOW)));
    let events = Arc::new(Heard::default());
    let storage = Arc::new(DocumentVending::new(MemoryStore::new()));
    let mut parts = credential_vending::Parts::new(storage, MasterKey::new([4; 32]));
    parts.clock = Arc::clone(&clock) as Arc<dyn Clock>;
    let vending = Arc::new(CredentialVending::new(parts));
    vending.put_operator_key("AKIAOPERATOR", &"secret".into()).await.unwrap();
    let store = Arc::new(MemoryStore::new());
    let node = || {
        let storage = Arc::new(DocumentFederation::new(Yielding(Arc::clone(&store))));
        let mut parts = Parts::new(storage, Arc::clone(&vending), MasterKey::new([4; 32]));
        parts.clock = Arc::clone(&clock) as Arc<dyn Clock>;
        parts.issuer = IssuerForm::Own("http://border.example".to_owned());
        parts.defaults = Defaults { outbound_tokens: true, ..Defaults::hardened() };
        parts.events = Arc::clone(&events) as Arc<dyn Events>;
        IdentityPools::new(parts)
    };
    Issuing { one: node(), other: node(), clock, events, vending }
}

impl Issuing {
    async fn operator(&self) -> Caller {
        self.vending.holder("AKIAOPERATOR", None).await.unwrap().0
    }

    async fn token(&self, node: &IdentityPools, audience: &str) -> Result<String, Error> {
        let request = GetWebIdentityToken {
            caller: self.operator().await,
            audiences: vec![audience.to_owned()],
            algorithm: Algorithm::Es384,
            duration_seconds: None,
            scope: None,
            subject_mode: SubjectMode::AwsIdentity,
            tags: BTreeMap::new(),
            circumstances: iam_policy::Context::new(),
        };
        Ok(node.get_web_identity_token(request).await?.token.expose().to_owned())
    }

    /// Whether the published keys have signed it.
    async fn counts(&self, token: &str) -> bool {
        let keys =
            KeySet::from_json(&serde_json::to_vec(&self.one.outbound_key_set().await.unwrap()).unwrap()).unwrap();
        let issuer = self.one.outbound_issuer().unwrap();
        Verifier::new(issuer).any_audience().verify(&keys, token, self.clock.now()).is_ok()
    }

    async fn kids(&self) -> BTreeSet<String> {
        let set = serde_json::to_value(self.one.outbound_key_set().await.unwrap()).unwrap();
        let keys = set["keys"].as_array().unwrap().iter();
        keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test]
async fn a_planned_rotation_publishes_first_signs_then_and_keeps_the_old_key_while_its_tokens_live() {
    let issuing = issuing().await;
    let before = issuing.token(&issuing.one, "a").await.unwrap();
    let plan = Rotation::Planned { publish_ahead_seconds: 600, longest_token_seconds: 3600 };

    issuing.one.rotate_outbound_key(Algorithm::Es384, plan).await.unwrap();
    assert_eq!(issuing.kids().await.len(), 2);
    assert!(issuing.counts(&before).await);
    issuing.clock.advance_seconds(600);
    let after = issuing.token(&issuing.one, "a").await.unwrap();
    assert!(issuing.counts(&after).await);
    let kid = |token: &str| Verifier::unverified_kid(token).unwrap();
    assert_ne!(kid(&before), kid(&after));
    issuing.clock.advance_seconds(3600);

    assert_eq!(issuing.kids().await, BTreeSet::from([kid(&after).unwrap()]));
}

#[tokio::test]
async fn after_a_rotation_at_once_tokens_of_before_count_no_more() {
    let issuing = issuing().await;
    let before = issuing.token(&issuing.one, "a").await.unwrap();

    issuing.one.rotate_outbound_key(Algorithm::Es384, Rotation::AtOnce).await.unwrap();

    assert!(!issuing.counts(&before).await);
    assert!(issuing.counts(&issuing.token(&issuing.one, "a").await.unwrap()).await);
    let refused = issuing.one.rotate_outbound_key(Algorithm::EdDsa, Rotation::AtOnce).await;
    assert_eq!(refused, Err(OutboundProblem::Algorithm.into()));
}

#[tokio::test]
async fn of_two_rotations_at_once_on_two_nodes_one_wins() {
    for rotation in [Rotation::AtOnce, Rotation::Planned { publish_ahead_seconds: 0, longest_token_seconds: 3600 }] {
        let issuing = issuing().await;
        issuing.token(&issuing.one, "a").await.unwrap();
        let before = issuing.kids().await;

        let (one, other) = tokio::join!(
            issuing.one.rotate_outbound_key(Algorithm::Es384, rotation),
            issuing.other.rotate_outbound_key(Algorithm::Es384, rotation)
        );

        assert_eq!([&one, &other].iter().filter(|outcome| outcome.is_ok()).count(), 1, "{one:?} {other:?}");
        assert!([one, other].contains(&Err(Error::Concurrent)));
        issuing.one.forget_all_keys();
        assert_eq!(issuing.kids().await.difference(&before).count(), 1);
    }
}

#[tokio::test]
async fn tokens_for_other_services_and_rotations_are_told_with_their_audiences_and_without_the_token() {
    let issuing = issuing().await;
    let token = issuing.token(&issuing.one, "vault").await.unwrap();
    issuing.token(&issuing.one, "").await.unwrap_err();
    issuing.one.rotate_outbound_key(Algorithm::Es384, Rotation::AtOnce).await.unwrap();
    issuing.one.rotate_outbound_key(Algorithm::EdDsa, Rotation::AtOnce).await.unwrap_err();

    let (events, _) = issuing.events.take();
    let told: Vec<_> = events.iter().map(|event| (event.action, event.outcome.clone())).collect();
    let refused = |outcome: &Outcome| matches!(outcome, Outcome::Refused(ErrorCode::Outbound, _));
    assert_eq!(told.len(), 4, "{told:?}");
    assert_eq!(told[0], (Action::GetWebIdentityToken, Outcome::Success));
    assert!(told[1].0 == Action::GetWebIdentityToken && refused(&told[1].1), "{told:?}");
    assert_eq!(told[2], (Action::RotateOutboundKey, Outcome::Success));
    assert!(told[3].0 == Action::RotateOutboundKey && refused(&told[3].1), "{told:?}");
    assert_eq!(events[0].details.audiences, ["vault"]);
    assert!(!format!("{events:?}").contains(&token));
}
