//! Sign-ins at the pages through outside providers.

use crate::error::Error;
use crate::model::ceremony::Passed;
use crate::model::factors::SecondFactors;
use crate::model::federated_login::FederatedLogin;
use crate::model::ids::ClientId;
use crate::ops::case::Case;
use crate::ops::gate::Party;
use crate::ops::outcome::AuthOutcome;
use crate::ports::Action;
use crate::service::UserPools;

impl UserPools {
    /// Signs in at a pool's pages whoever a verified login at an outside provider leads to: the outcome is
    /// [`AuthOutcome::AtPage`], by which clients ask for authorizations. Second factors are the provider's business; whether the user
    /// may sign in at all, and through this client, is asked at the gate as of everybody.
    ///
    /// # Errors
    ///
    /// As [`federated_user`](Self::federated_user); [`Error::NotAuthorized`] for a user who is disabled.
    pub async fn sign_in_federated(&self, client: &ClientId, login: &FederatedLogin) -> Result<AuthOutcome, Error> {
        let mut case = Case::new(Action::SignIn, client);
        let outcome = self.keep_federated(&mut case, client, login).await;
        self.record(case, &outcome).await;
        outcome
    }

    async fn keep_federated(
        &self,
        case: &mut Case,
        client: &ClientId,
        login: &FederatedLogin,
    ) -> Result<AuthOutcome, Error> {
        let user = self.federated_user(client, login).await?;
        let (client, pool) = self.client_and_pool(client).await?;
        case.pool = Some(pool.id.clone());
        (case.user, case.username) = (Some(user.sub.clone()), Some(user.username.to_string()));
        self.pre_authentication(&pool, &client, Some(&user), user.username.as_str()).await?;
        let second = SecondFactors::default();
        let (device, offers_device, narrowed) = (None, false, None);
        let party =
            Party { pool: &pool, client: &client, user: &user, second: &second, device, offers_device, narrowed };
        let passed = Passed::federated(self.uuid(), login.provider.clone());
        Ok(AuthOutcome::AtPage(self.keep_for_browser(party, &passed, Vec::new()).await?))
    }
}
