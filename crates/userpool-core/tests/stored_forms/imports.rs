//! Imports.

use document_store::page::PageRequest;
use userpool_core::model::foreign_hash::HashingAlgorithm;
use userpool_core::model::import::{
    ImportFile, ImportForm, ImportJob, ImportPart, ImportReport, ImportStatus, LineOutcome, LineReport,
};
use userpool_core::storage::{ImportWrite, UserPoolStorage, Write};

use crate::{AT, pool_id};

fn import() -> ImportJob {
    ImportJob {
        pool: pool_id(),
        id: "import-1a2b3c".parse().unwrap(),
        name: "old users".to_owned(),
        logs_role: Some("arn:aws:iam::123456789012:role/logs".to_owned()),
        algorithm: Some(HashingAlgorithm::Bcrypt),
        form: ImportForm::Cognito,
        status: ImportStatus::InProgress,
        created_at: AT,
        started_at: Some(AT),
        completed_at: None,
        uploads: 2,
        file: Some(ImportFile { upload: 2, length: 99 }),
        done: 50,
        lines: 3,
        columns: vec!["cognito:username".to_owned()],
        imported: 1,
        skipped: 0,
        failed: 1,
        message: None,
    }
}

fn import_part() -> ImportPart {
    let (pool, job) = (pool_id(), import().id);
    ImportPart { pool, job, number: 2000, bytes: vec![0, 255], ends_at: AT }
}

fn import_report() -> ImportReport {
    let line = |line, outcome| LineReport { line, outcome };
    let lines = vec![line(2, LineOutcome::Skipped), line(3, LineOutcome::Failed("why".to_owned()))];
    ImportReport { pool: pool_id(), job: import().id, lines }
}

/// Of an import, a part of its file and a report.
pub(crate) fn writes() -> Vec<Write> {
    vec![
        ImportWrite::Insert { job: import() }.into(),
        ImportWrite::PutPart { part: import_part() }.into(),
        ImportWrite::Report { report: import_report() }.into(),
    ]
}

pub(crate) async fn are_read(storage: &dyn UserPoolStorage) {
    let (id, page) = (pool_id(), PageRequest::default());
    assert_eq!(storage.imports().of_pool(&id, &page).await.unwrap().items, [import()]);
    let part = storage.imports().part(&id, &import().id, import_part().number).await.unwrap();
    assert_eq!(part, Some(import_part()));
    assert_eq!(storage.imports().reports(&id, &import().id, &page).await.unwrap().items, [import_report()]);
}
