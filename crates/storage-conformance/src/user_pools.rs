//! The rules of a user pool storage.

use std::collections::{BTreeMap, BTreeSet};

use document_store::Versioned;
use document_store::error::{StorageError, StorageErrorKind};
use document_store::page::PageRequest;
use futures::future::join_all;
use identity_kernel::time::Timestamp;
use userpool_core::UserPoolStorage;
use userpool_core::model::client::{AppClient, ClientSettings, TimeUnit, Validity};
use userpool_core::model::code::{Code, CodePurpose};
use userpool_core::model::code_budget::CodeBudget;
use userpool_core::model::ids::{Subject, UserPoolId};
use userpool_core::model::pool::{Contact, Mark};
use userpool_core::model::user::{NameKind, User, UserStatus};
use userpool_core::storage::{Search, Write};

const AT: Timestamp = Timestamp::from_epoch_seconds(1_700_000_000);

fn pool() -> UserPoolId {
    "us-east-1_Conform1".parse().unwrap()
}

fn subject(number: u32) -> Subject {
    format!("00000000-0000-4000-8000-{number:012x}").parse().unwrap()
}

/// A user called `name`, with an address of that name.
fn user(number: u32, name: &str) -> User {
    let email = format!("{name}@example.com");
    User {
        pool: pool(),
        sub: subject(number),
        username: name.parse().unwrap(),
        names: BTreeMap::from([(NameKind::Username, name.to_owned()), (NameKind::Email, email.clone())]),
        attributes: BTreeMap::from([("email".to_owned(), email)]),
        pending: BTreeMap::new(),
        status: UserStatus::Confirmed,
        enabled: true,
        credential: None,
        groups: BTreeSet::new(),
        epoch: 0,
        created_at: AT,
        modified_at: AT,
    }
}

async fn insert(storage: &impl UserPoolStorage, number: u32, name: &str) -> Versioned<User> {
    storage.commit(vec![Write::InsertUser(user(number, name))]).await.unwrap();
    storage.user(&pool(), &subject(number)).await.unwrap().unwrap()
}

async fn found(storage: &impl UserPoolStorage, attribute: &str, value: &str, prefix: bool) -> Vec<String> {
    let search = Search { attribute: attribute.to_owned(), value: value.to_owned(), prefix };
    let page = PageRequest { limit: 100, after: None };
    let users = storage.users_where(&pool(), &search, &page).await.unwrap();
    users.items.iter().map(|user| user.username.to_string()).collect()
}

/// By every name it has, and by its subject.
pub async fn a_name_leads_to_one_user(storage: &impl UserPoolStorage) {
    let ada = insert(storage, 1, "ada").await;
    for name in ["ada", "ada@example.com"] {
        assert_eq!(storage.user_named(&pool(), name).await.unwrap().as_deref(), Some(&ada.record));
    }
    assert!(storage.user_named(&pool(), "Ada").await.unwrap().is_none());
    let other: UserPoolId = "us-east-1_Conform2".parse().unwrap();
    assert!(storage.user_named(&other, "ada").await.unwrap().is_none());
}

/// `AlreadyExists`, with the kind of name as condition; nothing of the refused user is there.
pub async fn a_taken_name_is_refused_with_its_kind(storage: &impl UserPoolStorage) {
    insert(storage, 1, "ada").await;
    let mut same_name = user(2, "ada");
    same_name.names.remove(&NameKind::Email);
    let mut same_mail = user(3, "eve");
    same_mail.names.insert(NameKind::Email, "ada@example.com".to_owned());

    for (user, condition) in [(same_name, "username"), (same_mail, "email")] {
        let error = storage.commit(vec![Write::InsertUser(user.clone())]).await.unwrap_err();
        assert_eq!((error.kind(), error.condition()), (StorageErrorKind::AlreadyExists, Some(condition)));
        assert!(storage.user(&pool(), &user.sub).await.unwrap().is_none());
    }
    assert!(storage.user_named(&pool(), "eve").await.unwrap().is_none());
}

/// The old name and value lead nowhere.
pub async fn a_changed_user_is_found_by_new_values_only(storage: &impl UserPoolStorage) {
    let before = insert(storage, 1, "ada").await;
    let mut after = before.record.clone();
    after.attributes.insert("email".to_owned(), "new@example.com".to_owned());
    after.names.insert(NameKind::Email, "new@example.com".to_owned());
    storage.commit(vec![Write::UpdateUser(before, after)]).await.unwrap();

    assert!(storage.user_named(&pool(), "ada@example.com").await.unwrap().is_none());
    assert!(storage.user_named(&pool(), "new@example.com").await.unwrap().is_some());
    assert!(found(storage, "email", "ada@example.com", false).await.is_empty());
    assert_eq!(found(storage, "email", "new@example.com", false).await, ["ada"]);
    insert(storage, 2, "ada@example.com").await;
}

/// In one commit one user gives a name up and another takes it; without the first, the second is refused.
pub async fn a_name_moves_from_one_user_to_another(storage: &impl UserPoolStorage) {
    let (ada, eve) = (insert(storage, 1, "ada").await, insert(storage, 2, "eve").await);
    let with_email = |user: &User, email: Option<&str>| {
        let mut user = user.clone();
        user.names.remove(&NameKind::Email);
        user.names.extend(email.map(|email| (NameKind::Email, email.to_owned())));
        user
    };
    let takes = Write::UpdateUser(eve.clone(), with_email(&eve, Some("ada@example.com")));
    let gives_up = Write::UpdateUser(ada.clone(), with_email(&ada, None));

    let refused = storage.commit(vec![takes.clone()]).await.unwrap_err();
    assert_eq!((refused.kind(), refused.condition()), (StorageErrorKind::AlreadyExists, Some("email")));
    storage.commit(vec![gives_up.clone(), takes.clone()]).await.unwrap();

    let found = storage.user_named(&pool(), "ada@example.com").await.unwrap().unwrap();
    assert_eq!(found.sub, subject(2));
    let again = storage.commit(vec![gives_up, takes]).await.unwrap_err();
    assert_eq!((again.kind(), again.write()), (StorageErrorKind::Conflict, Some(0)));
}

/// Of two changes of one version, one wins.
pub async fn a_user_is_changed_from_the_version_that_was_read(storage: &impl UserPoolStorage) {
    let before = insert(storage, 1, "ada").await;
    let change = |epoch| {
        let after = User { epoch, ..before.record.clone() };
        storage.commit(vec![Write::UpdateUser(before.clone(), after)])
    };
    let outcomes = join_all((1..=16).map(change)).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let refused = outcomes.into_iter().filter_map(Result::err);
    assert!(refused.into_iter().all(|error| error.kind() == StorageErrorKind::Conflict));
}

/// Names, index and record are gone.
pub async fn a_deleted_user_leaves_no_trace(storage: &impl UserPoolStorage) {
    let ada = insert(storage, 1, "ada").await;
    storage.commit(vec![Write::DeleteUser(ada)]).await.unwrap();
    assert!(storage.user(&pool(), &subject(1)).await.unwrap().is_none());
    assert!(found(storage, "username", "a", true).await.is_empty());
    insert(storage, 2, "ada").await;
}

/// Exact values, prefixes, and pages of both.
pub async fn searches_find_values_and_prefixes_in_pages(storage: &impl UserPoolStorage) {
    for (number, name) in [(1, "ada"), (2, "adam"), (3, "bob"), (4, "ad%")] {
        insert(storage, number, name).await;
    }
    assert_eq!(found(storage, "username", "ada", false).await, ["ada"]);
    assert_eq!(found(storage, "username", "ada", true).await, ["ada", "adam"]);
    assert_eq!(found(storage, "username", "ad%", true).await, ["ad%"]);
    let search = Search { attribute: "email".to_owned(), value: "ad".to_owned(), prefix: true };
    let (mut names, mut after) = (Vec::new(), None);
    loop {
        let page = storage.users_where(&pool(), &search, &PageRequest { limit: 1, after }).await.unwrap();
        names.extend(page.items.iter().map(|user| user.username.to_string()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(names, ["ad%", "ada", "adam"]);
}

/// A client's id alone tells its pool; the id is taken once in all pools.
pub async fn a_client_leads_to_its_pool(storage: &impl UserPoolStorage) {
    let client = client();
    storage.commit(vec![Write::InsertClient(client.clone())]).await.unwrap();
    assert_eq!(storage.pool_of_client(&client.id).await.unwrap(), Some(pool()));
    let elsewhere = AppClient { pool: "us-east-1_Conform2".parse().unwrap(), ..client.clone() };
    let error = storage.commit(vec![Write::InsertClient(elsewhere)]).await.unwrap_err();
    assert_eq!(error.kind(), StorageErrorKind::AlreadyExists);
    storage.commit(vec![Write::DeleteClient(1, client.clone())]).await.unwrap();
    assert_eq!(storage.pool_of_client(&client.id).await.unwrap(), None);
}

fn client() -> AppClient {
    let hour = Validity { value: 1, unit: TimeUnit::Hours };
    AppClient {
        id: "client1".parse().unwrap(),
        pool: pool(),
        sealed_secret: None,
        settings: ClientSettings {
            name: "app".to_owned(),
            flows: BTreeSet::new(),
            readable: None,
            writable: None,
            access_token: hour,
            id_token: hour,
            refresh_token: hour,
            rotation: None,
            revocation: true,
            hide_users: true,
            challenge_minutes: 3,
            kept: BTreeMap::new(),
        },
        created_at: AT,
        modified_at: AT,
    }
}

/// A user stands among a group's members exactly while the group stands among the user's.
pub async fn members_follow_their_groups(storage: &impl UserPoolStorage) {
    let before = insert(storage, 1, "ada").await;
    let mut after = before.record.clone();
    after.groups.insert("staff".parse().unwrap());
    storage.commit(vec![Write::UpdateUser(before, after)]).await.unwrap();
    let page = PageRequest { limit: 10, after: None };
    let members = || async { storage.members(&pool(), &"staff".parse().unwrap(), &page).await.unwrap().items.len() };
    assert_eq!(members().await, 1);
    let before = storage.user(&pool(), &subject(1)).await.unwrap().unwrap();
    let after = User { groups: BTreeSet::new(), ..before.record.clone() };
    storage.commit(vec![Write::UpdateUser(before, after)]).await.unwrap();
    assert_eq!(members().await, 0);
}

/// A budget for codes is found under its name; of many that spend from what they read, one wins each time.
pub async fn a_budget_for_codes_is_spent_by_one_at_a_time(storage: &impl UserPoolStorage) {
    let names = ["a".to_owned(), "b".to_owned()];
    let budget = |tries| CodeBudget { tries, ..CodeBudget::default() };
    let put =
        |version, tries| storage.commit(vec![Write::PutCodeBudget(pool(), "b".to_owned(), version, budget(tries))]);
    for (version, tries) in [(None, 1), (Some(1), 2), (Some(2), 3)] {
        let outcomes = join_all((0..16).map(|_| put(version, tries))).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        let kinds = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).map(StorageError::kind);
        assert!(
            kinds.into_iter().all(|kind| matches!(kind, StorageErrorKind::Conflict | StorageErrorKind::AlreadyExists))
        );
        let found = storage.code_budgets(&pool(), &names).await.unwrap();
        assert_eq!(found.len(), 2);
        assert!(found.first().unwrap().is_none());
        assert_eq!(found.last().unwrap().as_deref(), Some(&budget(tries)));
    }
    assert!(put(None, 9).await.is_err(), "what was spent is not forgotten");
    assert!(put(Some(1), 9).await.is_err());
}

/// A user's code goes with the user: it holds an address.
pub async fn a_deleted_user_leaves_no_code(storage: &impl UserPoolStorage) {
    let ada = insert(storage, 1, "ada").await;
    let code = Code {
        pool: pool(),
        sub: subject(1),
        purpose: CodePurpose::SignUp,
        contact: Contact::Email,
        address: "ada@example.com".to_owned(),
        hash: vec![1],
        mark: Mark::default(),
        requested_from: None,
        created_at: AT,
        expires_at: AT,
    };
    storage.commit(vec![Write::PutCode(code)]).await.unwrap();
    assert!(storage.code(&pool(), &subject(1), CodePurpose::SignUp).await.unwrap().is_some());
    storage.commit(vec![Write::DeleteUser(ada)]).await.unwrap();
    assert!(storage.code(&pool(), &subject(1), CodePurpose::SignUp).await.unwrap().is_none());
}

/// Line 113: of 32 that spend one id, one wins.
pub async fn a_challenge_is_spent_once(storage: &impl UserPoolStorage) {
    for round in 0..20 {
        let spend = |_| storage.commit(vec![Write::SpendChallenge(pool(), format!("id-{round}"), AT)]);
        let outcomes = join_all((0..32).map(spend)).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    }
}

/// Users, names and clients of the pool are gone; those of another stay.
pub async fn a_purged_pool_is_empty(storage: &impl UserPoolStorage) {
    insert(storage, 1, "ada").await;
    storage.commit(vec![Write::InsertClient(client())]).await.unwrap();
    let other: UserPoolId = "us-east-1_Conform10".parse().unwrap();
    let neighbour = User { pool: other.clone(), ..user(2, "bob") };
    storage.commit(vec![Write::InsertUser(neighbour)]).await.unwrap();

    storage.purge(&pool()).await.unwrap();

    assert!(storage.user_named(&pool(), "ada").await.unwrap().is_none());
    assert_eq!(storage.pool_of_client(&client().id).await.unwrap(), None);
    assert!(storage.user_named(&other, "bob").await.unwrap().is_some());
}
