//! Users and groups.

use std::collections::BTreeMap;

use document_store::page::PageRequest;
use userpool_core::model::cleanup::{Cleanup, CleanupTask};
use userpool_core::model::group::Group;
use userpool_core::model::identity_provider::ProviderKind;
use userpool_core::model::login::{Login, LoginKey};
use userpool_core::model::pool::Contact;
use userpool_core::model::user::{Credential, NameKind, User, UserStatus};
use userpool_core::storage::{CleanupWrite, GroupWrite, PasswordWrite, UserPoolStorage, UserWrite, Write};

use crate::{AT, group_id, pool_id, sub};

pub(crate) fn user() -> User {
    let email = "ada@example.com".to_owned();
    User {
        pool: pool_id(),
        sub: sub(),
        username: "Ada".parse().unwrap(),
        names: BTreeMap::from([
            (NameKind::Username, "ada".to_owned()),
            (NameKind::Email, email.clone()),
            (NameKind::UsernameOtherwise, "Ada".to_owned()),
        ]),
        attributes: BTreeMap::from([("email".to_owned(), email)]),
        pending: BTreeMap::from([(Contact::PhoneNumber, "+4912345".to_owned())]),
        status: UserStatus::Confirmed,
        enabled: true,
        memberships: BTreeMap::from([("staff".parse().unwrap(), group_id())]),
        logins: vec![Login {
            key: LoginKey::subject("Corporate".parse().unwrap(), "Ada|1"),
            kind: ProviderKind::Oidc,
            issuer: Some("https://op.example".to_owned()),
            primary: false,
            created_at: AT,
        }],
        epoch: 3,
        created_at: AT,
        modified_at: AT,
    }
}

pub(crate) fn password() -> Credential {
    let (hash, srp_salt) = ("$argon2id$...".to_owned(), "5a17".to_owned());
    let history = vec!["$argon2id$before".to_owned()];
    let (sealed_verifier, srp_name) = (vec![0, 128, 255], "ada".to_owned());
    Credential { hash, srp_salt, sealed_verifier, srp_name, expires_at: Some(AT), history }
}

pub(crate) fn group() -> Group {
    Group {
        pool: pool_id(),
        id: group_id(),
        name: "staff".parse().unwrap(),
        description: Some("all".to_owned()),
        role_arn: Some("arn:aws:iam::123456789012:role/r".to_owned()),
        precedence: Some(1),
        created_at: AT,
        modified_at: AT,
    }
}

fn cleanups() -> [Cleanup; 3] {
    [CleanupTask::Devices(sub()), CleanupTask::Members(group_id()), CleanupTask::Sessions(sub())]
        .map(|task| Cleanup { pool: pool_id(), task })
}

/// Of a user and a group, and of what is left to do after a deletion.
pub(crate) fn writes() -> Vec<Write> {
    let begun = cleanups().map(|cleanup| CleanupWrite::Begin { cleanup }.into());
    let mut writes: Vec<Write> = vec![
        UserWrite::Insert { user: user() }.into(),
        PasswordWrite::Put { pool: pool_id(), sub: sub(), password: password() }.into(),
        GroupWrite::Insert { group: group() }.into(),
    ];
    writes.extend(begun);
    writes
}

pub(crate) async fn are_read(storage: &dyn UserPoolStorage) {
    let (id, page) = (pool_id(), PageRequest::default());
    let (found, kept) = storage.passwords().with_named_user(&id, "ada@example.com").await.unwrap().unwrap();
    assert_eq!((found.record, kept.unwrap().record), (user(), password()));
    assert_eq!(storage.users().members(&id, &group_id(), &page).await.unwrap().items.len(), 1);
    assert_eq!(storage.groups().list(&id, &page).await.unwrap().items[0].record, group());
    let begun = storage.cleanups().of_pool(&id, &page).await.unwrap().items;
    assert_eq!(begun.into_iter().map(|cleanup| cleanup.record).collect::<Vec<_>>(), cleanups());
}
