//! Files of users: `cenote import` and `cenote export`.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use cenote::Cenote;
use cenote::documents::page::PageRequest;
use cenote::kernel::time::{Clock as _, SystemClock, Timestamp};
use cenote::userpool::model::foreign_hash::HashingAlgorithm;
use cenote::userpool::model::ids::UserPoolId;
use cenote::userpool::model::import::{ImportForm, ImportJob, ImportStatus};
use cenote::userpool::ops::imports::CreateImportJob;
use clap::{Args, ValueEnum};

use crate::Failure;
use crate::maintenance::Storage;

/// How often progress is shown.
const SHOWN_EVERY: Duration = Duration::from_millis(500);

/// How passwords in a file are hashed.
#[derive(Clone, Copy, ValueEnum)]
enum Hashes {
    Bcrypt,
    Scrypt,
    Argon2id,
    Pbkdf2Sha256,
}

impl From<Hashes> for HashingAlgorithm {
    fn from(hashes: Hashes) -> Self {
        match hashes {
            Hashes::Bcrypt => Self::Bcrypt,
            Hashes::Scrypt => Self::Scrypt,
            Hashes::Argon2id => Self::Argon2id,
            Hashes::Pbkdf2Sha256 => Self::Pbkdf2Sha256,
        }
    }
}

/// Makes users from a file and shows how far it has come. What made no user is written to standard output, by the number of the
/// line. If this is ended, a server that runs over the same storage goes on with it, and so does this command without a file.
#[derive(Args)]
pub(crate) struct Import {
    /// The pool's id.
    pool: UserPoolId,
    /// The file. Without one, the import of the pool that is under way is followed.
    file: Option<PathBuf>,
    /// The file is of Cognito's form, and its passwords are hashed so (column `cognito:password_hash`).
    #[arg(long, value_enum)]
    hashes: Option<Hashes>,
    /// The file is of Cognito's form, and not one that `cenote export` wrote.
    #[arg(long)]
    cognito: bool,
    #[command(flatten)]
    storage: Storage,
}

impl Import {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let Self { pool, file, hashes, cognito, storage } = self;
        let cenote = storage.cenote().await?;
        let job = match &file {
            Some(file) => {
                let form = if cognito || hashes.is_some() { ImportForm::Cognito } else { ImportForm::Export };
                let job = uploaded(&cenote, &pool, file, form, hashes.map(Into::into)).await?;
                cenote.user_pools().start_user_import_job(&pool, &job.id).await?
            }
            None => under_way(&cenote, &pool).await?,
        };
        let ended = follow(&cenote, job).await?;
        report(&cenote, &ended).await?;
        match ended.status {
            ImportStatus::Succeeded => Ok(()),
            _ => Err(ended.message.unwrap_or_else(|| "the import did not succeed".to_owned()).into()),
        }
    }
}

async fn uploaded(
    cenote: &Cenote,
    pool: &UserPoolId,
    file: &Path,
    form: ImportForm,
    algorithm: Option<HashingAlgorithm>,
) -> Result<ImportJob, Failure> {
    let users = cenote.user_pools();
    let mut open = std::fs::File::open(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let request = CreateImportJob { pool: pool.clone(), name, logs_role: None, algorithm, form };
    let job = users.create_user_import_job(request).await?;
    let mut upload = users.upload(pool, &job.id).await?;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let read = open.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        upload.push(buffer.get(..read).unwrap_or_default()).await?;
    }
    upload.finish().await?;
    Ok(job)
}

/// The import of a pool that is under way.
async fn under_way(cenote: &Cenote, pool: &UserPoolId) -> Result<ImportJob, Failure> {
    let mut page = PageRequest::default();
    loop {
        let found = cenote.user_pools().list_user_import_jobs(pool, page).await?;
        if let Some(job) = found.items.into_iter().find(|job| job.status.is_active()) {
            return Ok(job);
        }
        let after = found.next.ok_or("no import of this pool is under way: name a file")?;
        page = PageRequest { after: Some(after), ..PageRequest::default() };
    }
}

/// Shows how far a job has come, until it has ended.
async fn follow(cenote: &Cenote, job: ImportJob) -> Result<ImportJob, Failure> {
    let (begun, before) = (SystemClock.now(), job.lines);
    let mut ticks = tokio::time::interval(SHOWN_EVERY);
    loop {
        ticks.tick().await;
        let now = cenote.user_pools().describe_user_import_job(&job.pool, &job.id).await?;
        let ImportJob { imported, skipped, failed, lines, .. } = now;
        let rate = per_second(lines.saturating_sub(before), begun);
        show(&format_args!("{imported} imported, {skipped} skipped, {failed} failed ({rate} lines a second)"));
        if !now.status.is_active() {
            return Ok(now);
        }
    }
}

async fn report(cenote: &Cenote, job: &ImportJob) -> Result<(), Failure> {
    let mut page = PageRequest::default();
    loop {
        let found = cenote.user_pools().user_import_reports(&job.pool, &job.id, page).await?;
        for line in found.items.iter().flat_map(|report| &report.lines) {
            writeln!(std::io::stdout(), "{line}")?;
        }
        let Some(after) = found.next else { return Ok(()) };
        page = PageRequest { after: Some(after), ..PageRequest::default() };
    }
}

/// Writes all users of a pool into a new file that its owner alone may read: whoever has it can guess at passwords.
#[derive(Args)]
pub(crate) struct Export {
    /// The pool's id.
    pool: UserPoolId,
    /// The file, which must not be there yet.
    file: PathBuf,
    #[command(flatten)]
    storage: Storage,
}

impl Export {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let Self { pool, file, storage } = self;
        let cenote = storage.cenote().await?;
        let users = cenote.user_pools();
        let header = users.user_file_header(&pool, ImportForm::Export).await?;
        let open = new_file(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let mut out = std::io::BufWriter::new(open);
        writeln!(out, "{}", header.join(","))?;
        let (begun, mut count, mut page) = (SystemClock.now(), 0, PageRequest::default());
        loop {
            let found = users.export_users(&pool, page).await?;
            count += found.items.len() as u64;
            found.items.iter().try_for_each(|line| writeln!(out, "{line}"))?;
            let rate = per_second(count, begun);
            show(&format_args!("{count} exported ({rate} users a second)"));
            let Some(after) = found.next else { break };
            page = PageRequest { after: Some(after), ..PageRequest::default() };
        }
        out.flush()?;
        out.get_ref().sync_all()?;
        Ok(())
    }
}

fn new_file(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn per_second(count: u64, begun: Timestamp) -> u64 {
    let millis = SystemClock.now().epoch_millis() - begun.epoch_millis();
    count * 1000 / u64::try_from(millis).unwrap_or(0).max(1)
}

/// A line on standard error. A reader who has gone is no fault.
fn show(line: &dyn std::fmt::Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
