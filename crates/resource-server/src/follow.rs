//! Lists of revocations, polled.

use std::convert::Infallible;

use credential_vending::CredentialError;

use crate::server::ResourceServer;

/// Why a round of polling brought no newer list.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Missed<E> {
    /// It could not be fetched.
    #[error("the list of revocations cannot be fetched")]
    Fetch(E),
    /// What came was not taken.
    #[error(transparent)]
    List(#[from] CredentialError),
}

impl ResourceServer {
    /// Polls the list of revocations: fetches it, takes it, and waits, over and over, until the future is dropped. `pause` is
    /// told how the round went, so that it can be logged; it waits, and is what this crate, which knows no runtime, has for
    /// a clock. Wait well below the seconds that a list may be old (300).
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::time::Duration;
    ///
    /// use resource_server::ResourceServer;
    ///
    /// # async fn fetch(_: &str) -> Result<String, std::io::Error> { Ok(String::new()) }
    /// # fn show(server: Arc<ResourceServer>) {
    /// tokio::spawn(async move {
    ///     let list = || fetch("https://auth.example.com/.well-known/cenote-revocations");
    ///     server.follow(list, |round| {
    ///         if let Err(missed) = round {
    ///             eprintln!("{missed}");
    ///         }
    ///         tokio::time::sleep(Duration::from_secs(20))
    ///     })
    ///     .await
    /// });
    /// # }
    /// ```
    pub async fn follow<E, F, P>(&self, fetch: impl Fn() -> F, pause: impl Fn(Result<(), Missed<E>>) -> P) -> Infallible
    where
        F: Future<Output = Result<String, E>>,
        P: Future<Output = ()>,
    {
        loop {
            let round = match fetch().await {
                Ok(list) => self.take_revocations(&list).map_err(Missed::List),
                Err(error) => Err(Missed::Fetch(error)),
            };
            pause(round).await;
        }
    }
}
