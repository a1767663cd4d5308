//! Imports of users, and what they are made with.

use document_store::error::StorageErrorKind::{AlreadyExists, Conflict};
use userpool_core::UserPoolStorage;
use userpool_core::model::ids::ImportJobId;
use userpool_core::model::import::{
    ImportForm, ImportJob, ImportPart, ImportReport, ImportStatus, LineOutcome, LineReport,
};
use userpool_core::storage::ImportWrite;

use super::fixtures::{AT, insert, names, other_pool, pool_id, put_password, subject};
use crate::macros::{commit, walk};
use crate::refused;

fn job(id: &str) -> ImportJob {
    ImportJob {
        pool: pool_id(),
        id: id.parse().unwrap(),
        name: "old users".to_owned(),
        logs_role: None,
        algorithm: None,
        form: ImportForm::Cognito,
        status: ImportStatus::Created,
        created_at: AT,
        started_at: None,
        completed_at: None,
        uploads: 0,
        file: None,
        done: 0,
        lines: 0,
        columns: vec!["cognito:username".to_owned()],
        imported: 0,
        skipped: 0,
        failed: 0,
        message: None,
    }
}

fn id(text: &str) -> ImportJobId {
    text.parse().unwrap()
}

/// Of two that go on with a job, one does; jobs come in pages, by id, of one pool alone.
pub async fn an_import_is_changed_from_the_version_that_was_read(storage: &dyn UserPoolStorage) {
    for name in ["import-b", "import-a", "import-c"] {
        commit!(storage, ImportWrite::Insert { job: job(name) }).unwrap();
    }
    let taken = ImportWrite::Insert { job: job("import-a") };
    assert_eq!(refused(commit!(storage, taken)).0, AlreadyExists);
    let before = storage.imports().get(&pool_id(), &id("import-a")).await.unwrap().unwrap();
    let after = ImportJob { done: 9, ..before.record.clone() };
    let update = || ImportWrite::Update { before: before.clone(), after: after.clone() };
    commit!(storage, update()).unwrap();
    assert_eq!(refused(commit!(storage, update())).0, Conflict);
    assert_eq!(storage.imports().get(&pool_id(), &id("import-a")).await.unwrap().unwrap().record, after);
    assert!(storage.imports().get(&other_pool(), &id("import-a")).await.unwrap().is_none());
    let all = walk!(|page| storage.imports().of_pool(&pool_id(), &page));
    assert_eq!(all.iter().map(|job| job.id.as_str()).collect::<Vec<_>>(), ["import-a", "import-b", "import-c"]);
}

/// Parts and reports are a job's own; reports come by line.
pub async fn parts_and_reports_are_their_jobs(storage: &dyn UserPoolStorage) {
    let part = |job: &str, number, bytes: &[u8]| ImportPart {
        pool: pool_id(),
        job: id(job),
        number,
        bytes: bytes.to_vec(),
        ends_at: AT.plus_seconds(1_000_000),
    };
    let report = |job: &str, line| {
        let lines = vec![LineReport { line, outcome: LineOutcome::Failed("why".to_owned()) }];
        ImportReport { pool: pool_id(), job: id(job), lines }
    };
    for (job, number, bytes) in [("import-a", 1, &[0, 255][..]), ("import-a", 1, &[7]), ("import-ab", 2, &[8])] {
        commit!(storage, ImportWrite::PutPart { part: part(job, number, bytes) }).unwrap();
    }
    let found = async |job: &str, number| storage.imports().part(&pool_id(), &id(job), number).await.unwrap();
    assert_eq!(found("import-a", 1).await, Some(part("import-a", 1, &[7])));
    assert_eq!((found("import-a", 2).await, found("import-ab", 1).await), (None, None));
    commit!(storage, ImportWrite::RemovePart { pool: pool_id(), job: id("import-a"), number: 1 }).unwrap();
    assert!(found("import-a", 1).await.is_none() && found("import-ab", 2).await.is_some());

    for line in [200, 3, 40] {
        commit!(storage, ImportWrite::Report { report: report("import-a", line) }).unwrap();
    }
    commit!(storage, ImportWrite::Report { report: report("import-ab", 5) }).unwrap();
    let of_a = walk!(|page| storage.imports().reports(&pool_id(), &id("import-a"), &page));
    assert_eq!(of_a, [3, 40, 200].map(|line| report("import-a", line)));
}

/// Users by many names, and the passwords of many users, each in one call.
pub async fn many_users_and_passwords_are_read_at_once(storage: &dyn UserPoolStorage) {
    for (number, name) in [(1, "ada"), (2, "bob"), (3, "cy")] {
        insert(storage, number, name).await;
    }
    commit!(storage, put_password(1, "ada's")).unwrap();
    commit!(storage, put_password(3, "cy's")).unwrap();
    let asked = ["cy", "nobody", "ada"].map(str::to_owned);
    let mut found = names(storage.users().named_many(&pool_id(), &asked).await.unwrap());
    found.sort_unstable();
    assert_eq!(found, ["ada", "cy"]);
    assert!(storage.users().named_many(&other_pool(), &asked).await.unwrap().is_empty());
    assert!(storage.users().named_many(&pool_id(), &[]).await.unwrap().is_empty());

    let subs = [3, 9, 2, 1].map(subject);
    let kept = storage.passwords().of_many(&pool_id(), &subs.each_ref()).await.unwrap();
    let hashes: Vec<Option<&str>> = kept.iter().map(|kept| kept.as_ref().map(|kept| kept.hash.as_str())).collect();
    assert_eq!(hashes, [Some("cy's"), None, None, Some("ada's")]);
}
