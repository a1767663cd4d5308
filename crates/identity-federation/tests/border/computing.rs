//! What takes long leaves the threads that serve.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use credential_vending::{CredentialVending, DocumentVending};
use document_store::page::PageRequest;
use identity_federation::model::pool::IdentityPoolSettings;
use identity_federation::ops::logins::Logins;
use identity_federation::ports::{Busy, Offload, Work};
use identity_federation::{Defaults, DocumentFederation, Error, IdentityPools, Parts};
use identity_kernel::context::RequestContext;
use identity_kernel::sealing::MasterKey;
use jwt_tokens::{Algorithm, Rotation};
use storage_memory::MemoryStore;

const CALLER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

/// Runs work where it stands and counts it, and whose it was; takes none while it is full.
#[derive(Default)]
struct Counting {
    full: AtomicBool,
    runs: AtomicUsize,
    of_caller: AtomicUsize,
}

#[async_trait]
impl Offload for Counting {
    async fn run(&self, source: Option<IpAddr>, work: Work) -> Result<(), Busy> {
        if self.full.load(Ordering::SeqCst) {
            return Err(Busy);
        }
        self.runs.fetch_add(1, Ordering::SeqCst);
        self.of_caller.fetch_add(usize::from(source == Some(CALLER)), Ordering::SeqCst);
        work();
        Ok(())
    }
}

fn service(offload: &Arc<Counting>, algorithm: Algorithm) -> IdentityPools {
    let vending = Arc::new(DocumentVending::new(MemoryStore::new()));
    let vending = CredentialVending::new(credential_vending::Parts::new(vending, MasterKey::new([4; 32])));
    let storage = Arc::new(DocumentFederation::new(MemoryStore::new()));
    let mut parts = Parts::new(storage, Arc::new(vending), MasterKey::new([4; 32]));
    parts.offload = Arc::clone(offload) as Arc<dyn Offload>;
    parts.defaults = Defaults { algorithm, ..Defaults::cognito() };
    IdentityPools::new(parts)
}

fn guests() -> IdentityPoolSettings {
    IdentityPoolSettings { name: "border".to_owned(), allow_guests: true, ..IdentityPoolSettings::default() }
}

#[tokio::test]
async fn keys_are_made_through_the_port_for_computing_in_the_callers_name() {
    let offload = Arc::new(Counting::default());
    let context = RequestContext { source: Some(CALLER), ..RequestContext::default() };
    let pools = service(&offload, Algorithm::EdDsa).for_request(context);

    let pool = pools.create_identity_pool(None, guests()).await.unwrap().id;
    assert_eq!(offload.runs.load(Ordering::SeqCst), 1);
    pools.rotate_signing_key(&pool, Rotation::AtOnce).await.unwrap();

    assert_eq!(offload.runs.load(Ordering::SeqCst), 2);
    assert_eq!(offload.of_caller.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn where_too_much_computing_waits_a_pool_is_refused_for_now_and_nothing_is_made() {
    let offload = Arc::new(Counting::default());
    let pools = service(&offload, Algorithm::EdDsa);
    offload.full.store(true, Ordering::SeqCst);

    let refused = pools.create_identity_pool(None, guests()).await;

    assert!(matches!(refused, Err(Error::TooManyRequests)), "{refused:?}");
    assert!(pools.list_identity_pools(PageRequest::default()).await.unwrap().items.is_empty());
    offload.full.store(false, Ordering::SeqCst);
    assert!(pools.create_identity_pool(None, guests()).await.is_ok(), "a second try succeeds");
}

#[tokio::test]
async fn tokens_are_signed_through_the_port_with_rsa_and_where_they_stand_with_a_fast_algorithm() {
    for (algorithm, signed_there) in [(Algorithm::Rs256, 1), (Algorithm::Es256, 0)] {
        let offload = Arc::new(Counting::default());
        let pools = service(&offload, algorithm);
        let pool = pools.create_identity_pool(None, guests()).await.unwrap().id;
        let guest = pools.get_id(&pool, &Logins::new()).await.unwrap();
        pools.key_set(&pool).await.unwrap();
        let before = offload.runs.load(Ordering::SeqCst);

        pools.get_open_id_token(&guest, &Logins::new()).await.unwrap();

        assert_eq!(offload.runs.load(Ordering::SeqCst) - before, signed_there, "{algorithm}");
    }
}
