use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use async_trait::async_trait;
use document_store::error::StorageError;
use document_store::{Batch, Document, DocumentStore, Key, Range};

/// Lets others go first before and after each call, so that callers overlap on a store that answers at once: a store in
/// memory never waits, and a race over it would else be a queue.
#[derive(Clone, Debug)]
pub struct Yielding<S>(pub S);

/// Pending once.
#[derive(Default)]
struct OthersFirst(bool);

impl Future for OthersFirst {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

async fn between<T>(call: impl Future<Output = T>) -> T {
    OthersFirst::default().await;
    let answer = call.await;
    OthersFirst::default().await;
    answer
}

#[async_trait]
impl<S: DocumentStore> DocumentStore for Yielding<S> {
    async fn get(&self, key: &Key) -> Result<Option<Document>, StorageError> {
        between(self.0.get(key)).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Document>>, StorageError> {
        between(self.0.get_many(keys)).await
    }

    async fn scan(&self, range: &Range) -> Result<Vec<Document>, StorageError> {
        between(self.0.scan(range)).await
    }

    async fn commit(&self, batch: Batch) -> Result<(), StorageError> {
        between(self.0.commit(batch)).await
    }
}
