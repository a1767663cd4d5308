//! Users from a file: a job is made, its file uploaded, and it is started, watched and stopped.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use document_store::Versioned;
use document_store::page::{Page, PageRequest};
use identity_kernel::entropy;
use identity_kernel::secret::constant_time_eq;
use identity_kernel::time::Timestamp;

use crate::error::Error;
use crate::model::foreign_hash::HashingAlgorithm;
use crate::model::ids::{ImportJobId, UserPoolId};
use crate::model::import::{
    ImportFile, ImportForm, ImportJob, ImportPart, ImportReport, ImportStatus, LARGEST_FILE, PART_BYTES,
};
use crate::model::user_file;
use crate::reasons::{Invalid, Kind, Precondition, Refusal};
use crate::service::UserPools;
use crate::storage::{ImportWrite, PoolWrite, Write};

/// Makes an import of users.
#[derive(Clone, Debug)]
pub struct CreateImportJob {
    /// The pool.
    pub pool: UserPoolId,
    /// The job's name, for people.
    pub name: String,
    /// The role that Amazon would write logs under, shown again.
    pub logs_role: Option<String>,
    /// How passwords in the file are hashed, if there are any.
    pub algorithm: Option<HashingAlgorithm>,
    /// How the file is written.
    pub form: ImportForm,
}

/// How long an upload's signature holds, in seconds: a quarter of an hour.
pub const UPLOAD_SECONDS: i64 = 900;

/// What lets a file be uploaded by whoever has it: a signature over pool, job and time.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UploadPermit {
    /// Until when, in seconds since 1970.
    pub expires: i64,
    /// 43 characters of base64url.
    pub signature: String,
}

/// How many parts of a file one commit removes.
const REMOVED_AT_ONCE: usize = 20;

impl UserPools {
    /// The columns of a file of a pool's users.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn user_file_header(&self, pool: &UserPoolId, form: ImportForm) -> Result<Vec<String>, Error> {
        Ok(user_file::header(&*self.pool(pool).await?, form))
    }

    /// Makes a job. Its file may be uploaded for a quarter of an hour, again and again, and the job started within a day.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn create_user_import_job(&self, request: CreateImportJob) -> Result<ImportJob, Error> {
        self.check_not_restoring(&*self.pool(&request.pool).await?)?;
        let letters = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        let id = format!("import-{}", entropy::text(self.entropy.as_ref(), letters, 10));
        let job = ImportJob {
            pool: request.pool,
            id: id.parse().map_err(|error| Error::internal("making an import's id", error))?,
            name: request.name,
            logs_role: request.logs_role,
            algorithm: request.algorithm,
            form: request.form,
            status: ImportStatus::Created,
            created_at: self.now(),
            started_at: None,
            completed_at: None,
            uploads: 0,
            file: None,
            done: 0,
            lines: 0,
            columns: Vec::new(),
            imported: 0,
            skipped: 0,
            failed: 0,
            message: None,
        };
        self.storage.commit(vec![ImportWrite::Insert { job: job.clone() }.into()]).await?;
        Ok(job)
    }

    /// What lets the job's file be uploaded, as of when the job was made.
    pub fn upload_permit(&self, job: &ImportJob) -> UploadPermit {
        let expires = job.created_at.plus_seconds(UPLOAD_SECONDS).epoch_seconds();
        UploadPermit { expires, signature: self.upload_signature(&job.pool, &job.id, expires) }
    }

    fn upload_signature(&self, pool: &UserPoolId, job: &ImportJobId, expires: i64) -> String {
        let signed = format!("{pool}\n{job}\n{expires}");
        URL_SAFE_NO_PAD.encode(self.master_key.keyed_hash("import-upload", signed.as_bytes()))
    }

    /// Begins an upload for whoever has a permit.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`] if the permit is none, or its time is over; and as [`upload`](Self::upload).
    pub async fn upload_with_permit(
        &self,
        pool: &UserPoolId,
        job: &ImportJobId,
        permit: &UploadPermit,
    ) -> Result<ImportUpload, Error> {
        let signature = self.upload_signature(pool, job, permit.expires);
        let genuine = constant_time_eq(signature.as_bytes(), permit.signature.as_bytes());
        if !genuine || self.now() >= Timestamp::from_epoch_seconds(permit.expires) {
            return Err(Refusal::UploadNotPermitted.into());
        }
        self.upload(pool, job).await
    }

    /// Begins an upload of a job's file. One that is finished takes the place of the one before.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::PreconditionNotMet`] if the job was started; [`Error::Concurrent`] if another upload
    /// begins at the same moment.
    pub async fn upload(&self, pool: &UserPoolId, job: &ImportJobId) -> Result<ImportUpload, Error> {
        self.pool(pool).await?;
        let before = self.new_job(pool, job).await?;
        let after = ImportJob { uploads: before.uploads + 1, ..before.record.clone() };
        self.storage.commit(vec![ImportWrite::Update { before, after: after.clone() }.into()]).await?;
        Ok(ImportUpload { service: self.clone(), job: after, buffer: Vec::new(), length: 0 })
    }

    /// A job that waits to be started.
    async fn new_job(&self, pool: &UserPoolId, job: &ImportJobId) -> Result<Versioned<ImportJob>, Error> {
        let found = self.import_job(pool, job).await?;
        match found.record.clone().at(self.now()).status {
            ImportStatus::Created => Ok(found),
            _ => Err(Precondition::ImportNotNew.into()),
        }
    }

    async fn import_job(&self, pool: &UserPoolId, job: &ImportJobId) -> Result<Versioned<ImportJob>, Error> {
        let found = self.storage.imports().get(pool, job).await?;
        found.ok_or_else(|| Error::NotFound(Kind::ImportJob(job.clone())))
    }

    /// A job, and how far it has come.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn describe_user_import_job(&self, pool: &UserPoolId, job: &ImportJobId) -> Result<ImportJob, Error> {
        self.pool(pool).await?;
        Ok(self.import_job(pool, job).await?.record.at(self.now()))
    }

    /// A pool's jobs by id; 60 a page at most.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn list_user_import_jobs(&self, pool: &UserPoolId, page: PageRequest) -> Result<Page<ImportJob>, Error> {
        self.pool(pool).await?;
        let limit = if page.limit == 0 { 60 } else { page.limit.min(60) };
        let found = self.storage.imports().of_pool(pool, &PageRequest { limit, ..page }).await?;
        let now = self.now();
        Ok(found.map(|job| job.at(now)))
    }

    /// What became of the lines of a job that made no user, in the order of the lines.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn user_import_reports(
        &self,
        pool: &UserPoolId,
        job: &ImportJobId,
        page: PageRequest,
    ) -> Result<Page<ImportReport>, Error> {
        self.pool(pool).await?;
        Ok(self.storage.imports().reports(pool, job, &page).await?)
    }

    /// Starts a job. It is done in the background, some lines a commit, each line whole or not at all, and goes on elsewhere
    /// if this process ends ([`maintain`](Self::maintain)).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::PreconditionNotMet`] without a file, if the job was started before, if another one of the
    /// pool is under way, or if the pool proves no address and the file is of Cognito's form; [`Error::Concurrent`].
    pub async fn start_user_import_job(&self, pool: &UserPoolId, job: &ImportJobId) -> Result<ImportJob, Error> {
        let pool = self.pool(pool).await?;
        self.check_not_restoring(&pool)?;
        let before = self.new_job(&pool.id, job).await?;
        if before.file.is_none() {
            return Err(Precondition::ImportFileMissing.into());
        }
        if before.form == ImportForm::Cognito && pool.settings.auto_verified.is_empty() {
            return Err(Precondition::NothingAutoVerified.into());
        }
        if !self.active_imports(&pool.id).await?.is_empty() {
            return Err(Precondition::ImportActive.into());
        }
        let after =
            ImportJob { status: ImportStatus::InProgress, started_at: Some(self.now()), ..before.record.clone() };
        // Of two that are started at once, one wins: the pool's version stands for its jobs'.
        let id = pool.id.clone();
        let same = PoolWrite::Update { after: pool.record.clone(), before: pool };
        self.storage.commit(vec![ImportWrite::Update { before, after: after.clone() }.into(), same.into()]).await?;
        self.import_in_background(&id, job).await;
        Ok(after)
    }

    /// Stops a job that is under way: after the lines that are being done. What was imported stays.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::PreconditionNotMet`] if the job is not under way; [`Error::Concurrent`].
    pub async fn stop_user_import_job(&self, pool: &UserPoolId, job: &ImportJobId) -> Result<ImportJob, Error> {
        self.pool(pool).await?;
        for _ in 0..crate::ops::rounds::MOST_ROUNDS {
            let before = self.import_job(pool, job).await?;
            match before.status {
                ImportStatus::InProgress => {}
                ImportStatus::Stopping => return Ok(before.record),
                _ => return Err(Precondition::ImportNotActive.into()),
            }
            let after = ImportJob { status: ImportStatus::Stopping, ..before.record.clone() };
            match self.storage.commit(vec![ImportWrite::Update { before, after: after.clone() }.into()]).await {
                Ok(()) => {
                    self.import_in_background(pool, job).await;
                    return Ok(after);
                }
                Err(error) if crate::ops::rounds::is_overtaken(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Concurrent)
    }

    /// The jobs of a pool that are under way.
    async fn active_imports(&self, pool: &UserPoolId) -> Result<Vec<ImportJob>, Error> {
        let (mut active, mut page) = (Vec::new(), PageRequest::default());
        loop {
            let found = self.storage.imports().of_pool(pool, &page).await?;
            active.extend(found.items.into_iter().filter(|job| job.status.is_active()));
            if found.next.is_none() {
                return Ok(active);
            }
            page.after = found.next;
        }
    }

    /// Goes on with the imports of a pool that were broken off.
    pub(crate) async fn resume_imports(&self, pool: &UserPoolId) -> Result<(), Error> {
        for job in self.active_imports(pool).await? {
            self.import_in_background(pool, &job.id).await;
        }
        Ok(())
    }

    /// Ends a job, and removes its file.
    pub(crate) async fn end_import(
        &self,
        before: Versioned<ImportJob>,
        status: ImportStatus,
        message: &str,
    ) -> Result<(), Error> {
        let (message, completed_at) = (Some(message.to_owned()), Some(self.now()));
        let after = ImportJob { status, completed_at, message, ..before.record.clone() };
        let file = before.file;
        let (pool, job) = (before.pool.clone(), before.id.clone());
        self.storage.commit(vec![ImportWrite::Update { before, after }.into()]).await?;
        let remove = |number| ImportWrite::RemovePart { pool: pool.clone(), job: job.clone(), number }.into();
        let writes: Vec<Write> = file.into_iter().flat_map(ImportFile::parts).map(remove).collect();
        for slice in writes.chunks(REMOVED_AT_ONCE) {
            self.storage.commit(slice.to_vec()).await?;
        }
        Ok(())
    }
}

/// An upload under way. Nothing of it counts before [`finish`](Self::finish).
#[derive(Clone)]
pub struct ImportUpload {
    service: UserPools,
    job: ImportJob,
    buffer: Vec<u8>,
    length: u64,
}

impl std::fmt::Debug for ImportUpload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImportUpload").field("job", &self.job.id).field("length", &self.length).finish_non_exhaustive()
    }
}

impl ImportUpload {
    /// Takes the next bytes of the file.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] beyond 100 MB.
    pub async fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.length + (self.buffer.len() + bytes.len()) as u64 > LARGEST_FILE {
            return Err(Invalid::FileTooLarge.into());
        }
        self.buffer.extend_from_slice(bytes);
        while self.buffer.len() >= PART_BYTES {
            let rest = self.buffer.split_off(PART_BYTES);
            let part = std::mem::replace(&mut self.buffer, rest);
            self.put(part).await?;
        }
        Ok(())
    }

    async fn put(&mut self, bytes: Vec<u8>) -> Result<(), Error> {
        let number = ImportFile::part_of(self.job.uploads, self.length);
        self.length += bytes.len() as u64;
        let (pool, job) = (self.job.pool.clone(), self.job.id.clone());
        let part = ImportPart { pool, job, number, bytes, ends_at: self.job.file_ends_at() };
        Ok(self.service.storage.commit(vec![ImportWrite::PutPart { part }.into()]).await?)
    }

    /// Makes what was uploaded the job's file.
    ///
    /// # Errors
    ///
    /// [`Error::PreconditionNotMet`] if the job was started meanwhile; [`Error::Concurrent`] if a later upload was begun.
    pub async fn finish(mut self) -> Result<(), Error> {
        let last = std::mem::take(&mut self.buffer);
        if !last.is_empty() {
            self.put(last).await?;
        }
        let before = self.service.new_job(&self.job.pool, &self.job.id).await?;
        if before.uploads != self.job.uploads {
            return Err(Error::Concurrent);
        }
        let file = Some(ImportFile { upload: self.job.uploads, length: self.length });
        let after = ImportJob { file, ..before.record.clone() };
        Ok(self.service.storage.commit(vec![ImportWrite::Update { before, after }.into()]).await?)
    }
}
