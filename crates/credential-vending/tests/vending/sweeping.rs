//! What is of no use any more goes: revocations, and what was read of a store.

use std::sync::Arc;

use credential_vending::model::Revoked;
use credential_vending::ops::roles::CreateRole;
use credential_vending::{CredentialVending, DocumentVending, Parts, VendingKey, VendingStorage};
use document_store::error::StorageErrorKind;
use identity_kernel::sealing::MasterKey;
use identity_kernel::time::{Clock, ManualClock, Timestamp};
use storage_memory::MemoryStore;

use crate::world::{TRUST, request, world};

/// The longest session and what a clock may have run ahead: 36 hours and two more.
const MATTERS_SECONDS: i64 = 38 * 3600;

struct Kept {
    vending: CredentialVending,
    storage: Arc<DocumentVending<MemoryStore>>,
    clock: Arc<ManualClock>,
}

fn kept() -> Kept {
    let clock = Arc::new(ManualClock::at(Timestamp::from_epoch_seconds(1_700_000_000)));
    let storage = Arc::new(DocumentVending::new(MemoryStore::new()));
    let mut parts = Parts::new(Arc::clone(&storage) as Arc<dyn VendingStorage>, MasterKey::new([4; 32]));
    parts.clock = Arc::clone(&clock) as Arc<dyn Clock>;
    Kept { vending: CredentialVending::new(parts), storage, clock }
}

impl Kept {
    async fn revoked(&self) -> Vec<Revoked> {
        let mut all: Vec<Revoked> =
            self.storage.revocations().all().await.unwrap().into_iter().map(|one| one.what).collect();
        all.sort();
        all
    }
}

fn identity(id: &str) -> Revoked {
    Revoked::Identity(id.to_owned())
}

#[tokio::test]
async fn revocations_are_swept_when_every_session_that_they_are_about_has_ended_and_not_before() {
    let kept = kept();
    for id in ["a", "b", "c"] {
        kept.vending.revoke(identity(id)).await.unwrap();
    }
    kept.clock.advance_seconds(1);
    kept.vending.revoke(identity("d")).await.unwrap();
    let sweep = async |now: Timestamp, limit: usize| kept.storage.sweep(now, limit).await.unwrap();
    let end = kept.clock.now().plus_seconds(MATTERS_SECONDS - 1);

    assert!(!sweep(end, 10).await);
    assert_eq!(kept.revoked().await.len(), 4, "at their end they are still there");
    let later = Timestamp::from_epoch_millis(end.epoch_millis() + 1);
    assert!(sweep(later, 2).await, "one is left");
    assert_eq!(kept.revoked().await.len(), 2);
    assert!(!sweep(later, 2).await);
    assert_eq!(kept.revoked().await, [identity("d")]);
}

#[tokio::test]
async fn a_new_revocation_forgets_those_that_have_nothing_left_to_revoke() {
    let kept = kept();
    kept.vending.revoke(identity("old")).await.unwrap();
    kept.clock.advance_seconds(1);
    kept.vending.revoke(identity("younger")).await.unwrap();
    kept.clock.advance_seconds(MATTERS_SECONDS - 1);

    kept.vending.revoke(identity("new")).await.unwrap();

    assert_eq!(kept.revoked().await, [identity("new"), identity("younger")]);
}

#[tokio::test]
async fn what_is_revoked_anew_long_after_is_revoked() {
    let kept = kept();
    kept.vending.revoke(identity("a")).await.unwrap();
    kept.clock.advance_seconds(MATTERS_SECONDS);

    kept.vending.revoke(identity("a")).await.unwrap();

    let found = kept.storage.revocations().of(&[identity("a")]).await.unwrap();
    assert_eq!(found.iter().map(|one| one.at).collect::<Vec<_>>(), [kept.clock.now()]);
}

#[tokio::test]
async fn a_signed_list_has_what_still_matters_alone() {
    let world = world().await;
    let key = VendingKey::from_text(world.vending.vending_key_texts().await.unwrap()[0].expose()).unwrap();
    world.vending.revoke(identity("old")).await.unwrap();
    let listed = async || {
        let list = world.vending.signed_revocation_list().await.unwrap();
        credential_vending::RevocationList::open(&list, std::slice::from_ref(&key)).unwrap().revocations.len()
    };

    world.clock.advance_seconds(MATTERS_SECONDS - 1);
    assert_eq!(listed().await, 1);
    world.clock.advance_seconds(1);
    assert_eq!(listed().await, 0);
}

#[tokio::test]
async fn of_two_rotations_at_once_one_wins() {
    let kept = kept();
    let read = kept.storage.vending_keys().get().await.unwrap();
    kept.vending.rotate_vending_key(0, false).await.unwrap();
    let late = credential_vending::storage::VendingKeysWrite::Set { before: read, after: Vec::new() };

    let outcome = kept.storage.commit(vec![late.into()]).await;

    assert_eq!(outcome.unwrap_err().kind(), StorageErrorKind::AlreadyExists);
    let read = kept.storage.vending_keys().get().await.unwrap();
    assert_eq!(read.as_ref().unwrap().len(), 2);
    kept.vending.rotate_vending_key(0, false).await.unwrap();
    let late = credential_vending::storage::VendingKeysWrite::Set { before: read, after: Vec::new() };
    let outcome = kept.storage.commit(vec![late.into()]).await;
    assert_eq!(outcome.unwrap_err().kind(), StorageErrorKind::Conflict);
}

/// Two nodes of one store: what the other did to keys is known after a minute, or at once after `forget_all`.
#[tokio::test]
async fn another_node_learns_of_a_rotation_after_a_minute_or_when_it_forgets_what_it_read() {
    for forgets in [false, true] {
        let kept = kept();
        kept.vending.create_role(CreateRole::named("app", TRUST)).await.unwrap();
        let mut parts = Parts::new(Arc::clone(&kept.storage) as Arc<dyn VendingStorage>, MasterKey::new([4; 32]));
        parts.clock = Arc::clone(&kept.clock) as Arc<dyn Clock>;
        let other = CredentialVending::new(parts);
        let vended_by = async || {
            other.assume_role(request()).await.unwrap().credentials.access_key_id.get(4..6).unwrap().to_owned()
        };
        assert_eq!(vended_by().await, "AA");

        kept.vending.rotate_vending_key(0, false).await.unwrap();

        kept.clock.advance_seconds(59);
        assert_eq!(vended_by().await, "AA");
        if forgets {
            other.forget_all();
        } else {
            kept.clock.advance_seconds(1);
        }
        assert_eq!(vended_by().await, "AB", "forgets: {forgets}");
    }
}
