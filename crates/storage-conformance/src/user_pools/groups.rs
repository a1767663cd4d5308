//! Groups and their members.

use document_store::Versioned;
use document_store::error::StorageErrorKind::{AlreadyExists, Conflict};
use userpool_core::UserPoolStorage;
use userpool_core::model::group::Group;
use userpool_core::model::ids::GroupName;
use userpool_core::model::user::User;
use userpool_core::storage::{GroupWrite, PoolWrite, UserWrite};

use super::fixtures::{
    group, group_id, insert, insert_user, members, other_pool, pool, pool_id, read_group, read_pool, subject, user,
};
use crate::macros::{commit, walk};
use crate::refused;

/// `AlreadyExists`, and the group that is there stays.
pub async fn a_group_is_added_once(storage: &dyn UserPoolStorage) {
    commit!(storage, GroupWrite::Insert { group: group("staff") }).unwrap();
    let again = Group { role_arn: Some("other".to_owned()), ..group("staff") };
    assert_eq!(refused(commit!(storage, GroupWrite::Insert { group: again })).0, AlreadyExists);
    assert_eq!(read_group(storage, "staff").await.unwrap().record, group("staff"));
    assert!(read_group(storage, "Staff").await.is_none(), "case counts");
    assert!(storage.groups().get(&other_pool(), &"staff".parse().unwrap()).await.unwrap().is_none());
}

/// A change or removal of what has changed since is refused, and what was removed is gone.
pub async fn a_group_is_changed_from_the_version_that_was_read(storage: &dyn UserPoolStorage) {
    commit!(storage, GroupWrite::Insert { group: group("staff") }).unwrap();
    let before = read_group(storage, "staff").await.unwrap();
    let update = |rank| {
        let after = Group { precedence: Some(rank), ..before.record.clone() };
        GroupWrite::Update { before: before.clone(), after }
    };
    commit!(storage, update(1)).unwrap();
    assert_eq!(refused(commit!(storage, update(2))).0, Conflict);
    assert_eq!(refused(commit!(storage, GroupWrite::Delete { before: before.clone() })).0, Conflict);
    let now = read_group(storage, "staff").await.unwrap();
    assert_eq!(now.precedence, Some(1));
    commit!(storage, GroupWrite::Delete { before: now }).unwrap();
    assert!(read_group(storage, "staff").await.is_none());
}

/// Whoever joins a group that was removed or changed meanwhile is refused, and joins nothing.
pub async fn a_group_that_is_joined_must_stand_as_it_was_read(storage: &dyn UserPoolStorage) {
    commit!(storage, GroupWrite::Insert { group: group("staff") }).unwrap();
    let (staff, ada) = (read_group(storage, "staff").await.unwrap(), insert(storage, 1, "ada").await);
    let join = |ada: Versioned<User>| {
        let mut after = ada.record.clone();
        after.memberships.insert("staff".parse().unwrap(), group_id(1));
        (GroupWrite::Expect { before: staff.clone() }, UserWrite::Update { before: ada, after })
    };
    let (expect, joins) = join(ada.clone());
    commit!(storage, expect, joins).unwrap();
    assert_eq!(members(storage, 1).await, ["ada"]);
    assert_eq!(read_group(storage, "staff").await.unwrap().version, staff.version, "it was not changed");

    let eve = insert(storage, 2, "eve").await;
    commit!(storage, GroupWrite::Delete { before: staff.clone() }).unwrap();
    let (expect, joins) = join(eve);
    assert_eq!(refused(commit!(storage, expect, joins)), (Conflict, Some(0)));
    assert_eq!(members(storage, 1).await, ["ada"]);
}

/// A pool that is not there has no groups, whatever is left of them.
pub async fn a_group_is_read_with_its_pool(storage: &dyn UserPoolStorage) {
    let read = |name: &str| {
        let name = name.parse().unwrap();
        async move { storage.groups().with_pool(&pool_id(), &name).await.unwrap() }
    };
    commit!(storage, GroupWrite::Insert { group: group("staff") }).unwrap();
    assert!(read("staff").await.is_none());
    commit!(storage, PoolWrite::Insert { pool: pool(pool_id().as_str()) }).unwrap();
    let staff = read_group(storage, "staff").await;
    assert_eq!(read("staff").await, Some((read_pool(storage).await, staff)));
    assert_eq!(read("other").await, Some((read_pool(storage).await, None)));
}

/// By name, one by one, many at once and in pages.
pub async fn groups_are_found_alone_and_together(storage: &dyn UserPoolStorage) {
    for name in ["c", "a", "B", "aa"] {
        commit!(storage, GroupWrite::Insert { group: group(name) }).unwrap();
    }
    commit!(storage, GroupWrite::Insert { group: Group { pool: other_pool(), ..group("x") } }).unwrap();
    let found = walk!(|page| storage.groups().list(&pool_id(), &page));
    let found: Vec<String> = found.into_iter().map(|group| group.record.name.to_string()).collect();
    assert_eq!(found, ["B", "a", "aa", "c"]);

    let wanted: Vec<GroupName> = ["c", "none", "a", "x"].iter().map(|name| name.parse().unwrap()).collect();
    let wanted: Vec<&GroupName> = wanted.iter().collect();
    let many = storage.groups().get_many(&pool_id(), &wanted).await.unwrap();
    let mut many: Vec<String> = many.into_iter().map(|group| group.record.name.to_string()).collect();
    many.sort();
    assert_eq!(many, ["a", "c"]);
    assert!(storage.groups().get_many(&pool_id(), &[]).await.unwrap().is_empty());
}

/// A user stands among a group's members exactly while the group's id stands among the user's, under whatever name. Pages
/// by subject.
pub async fn members_follow_their_groups(storage: &dyn UserPoolStorage) {
    for (number, name) in [(3, "c"), (1, "a"), (2, "b")] {
        let mut user = user(number, name);
        user.memberships = [("staff".parse().unwrap(), group_id(1)), ("other".parse().unwrap(), group_id(2))].into();
        insert_user(storage, user).await;
    }
    assert_eq!(members(storage, 1).await, ["a", "b", "c"]);
    let before = storage.users().get(&pool_id(), &subject(2)).await.unwrap().unwrap();
    let memberships = [("other".parse().unwrap(), group_id(2))].into();
    let after = User { memberships, ..before.record.clone() };
    commit!(storage, UserWrite::Update { before, after }).unwrap();
    assert_eq!(members(storage, 1).await, ["a", "c"]);
    assert_eq!(members(storage, 2).await, ["a", "b", "c"]);
    assert!(members(storage, 3).await.is_empty());
    let before = storage.users().get(&pool_id(), &subject(2)).await.unwrap().unwrap();
    let memberships = [("other".parse().unwrap(), group_id(3))].into();
    let after = User { memberships, ..before.record.clone() };
    commit!(storage, UserWrite::Update { before, after }).unwrap();
    assert_eq!(
        (members(storage, 2).await, members(storage, 3).await),
        (vec!["a".to_owned(), "c".to_owned()], vec!["b".to_owned()])
    );
}
