//! Users from a file: jobs over the protocol, and the file by `PUT`.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use cognito_wire::{Service, cognito_idp as wire};
use futures::StreamExt as _;
use identity_kernel::time::Timestamp;
use userpool_core::model::foreign_hash::HashingAlgorithm;
use userpool_core::model::import::{ImportForm, ImportJob};
use userpool_core::ops::imports::{CreateImportJob, UploadPermit};
use userpool_core::{Error, Invalid, Refusal, UserPools};

use crate::call::{Call, parse};
use crate::dispatch::FrontEnd;
use crate::error::Failure;
use crate::reply;

pub(crate) async fn header(
    call: Call,
    input: wire::GetCSVHeaderRequest,
) -> Result<wire::GetCSVHeaderResponse, Failure> {
    let wire::GetCSVHeaderRequest { user_pool_id } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    let columns = call.users().user_file_header(&pool, ImportForm::Cognito).await?;
    Ok(wire::GetCSVHeaderResponse { user_pool_id: Some(user_pool_id), csv_header: Some(columns) })
}

pub(crate) async fn create(
    call: Call,
    input: wire::CreateUserImportJobRequest,
) -> Result<wire::CreateUserImportJobResponse, Failure> {
    let wire::CreateUserImportJobRequest {
        job_name,
        user_pool_id,
        cloud_watch_logs_role_arn,
        password_hashing_algorithm,
    } = input;
    let request = CreateImportJob {
        pool: parse(&user_pool_id, "user pool id")?,
        name: job_name,
        logs_role: Some(cloud_watch_logs_role_arn),
        algorithm: password_hashing_algorithm.as_deref().map(algorithm),
        form: ImportForm::Cognito,
    };
    let base = base_url(&call)?;
    let job = call.users().create_user_import_job(request).await?;
    let permit = call.users().upload_permit(&job);
    let UploadPermit { expires, signature } = permit;
    let url = format!("{base}/imports/{}/{}?expires={expires}&signature={signature}", job.pool, job.id);
    Ok(wire::CreateUserImportJobResponse { user_import_job: Some(shape(job, Some(url))) })
}

pub(crate) async fn describe(
    call: Call,
    input: wire::DescribeUserImportJobRequest,
) -> Result<wire::DescribeUserImportJobResponse, Failure> {
    let wire::DescribeUserImportJobRequest { user_pool_id, job_id } = input;
    let (pool, job) = (parse(&user_pool_id, "user pool id")?, parse(&job_id, "job id")?);
    let job = call.users().describe_user_import_job(&pool, &job).await?;
    Ok(wire::DescribeUserImportJobResponse { user_import_job: Some(shape(job, None)) })
}

pub(crate) async fn list(
    call: Call,
    input: wire::ListUserImportJobsRequest,
) -> Result<wire::ListUserImportJobsResponse, Failure> {
    let wire::ListUserImportJobsRequest { user_pool_id, max_results, pagination_token } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    let page = call.page(Some(max_results), pagination_token, &[&user_pool_id])?;
    let found = call.users().list_user_import_jobs(&pool, page).await?.map(|job| shape(job, None));
    Ok(wire::ListUserImportJobsResponse {
        user_import_jobs: Some(found.items),
        pagination_token: call.next(found.next, &[&user_pool_id]),
    })
}

pub(crate) async fn start(
    call: Call,
    input: wire::StartUserImportJobRequest,
) -> Result<wire::StartUserImportJobResponse, Failure> {
    let wire::StartUserImportJobRequest { user_pool_id, job_id } = input;
    let (pool, job) = (parse(&user_pool_id, "user pool id")?, parse(&job_id, "job id")?);
    let job = call.users().start_user_import_job(&pool, &job).await?;
    Ok(wire::StartUserImportJobResponse { user_import_job: Some(shape(job, None)) })
}

pub(crate) async fn stop(
    call: Call,
    input: wire::StopUserImportJobRequest,
) -> Result<wire::StopUserImportJobResponse, Failure> {
    let wire::StopUserImportJobRequest { user_pool_id, job_id } = input;
    let (pool, job) = (parse(&user_pool_id, "user pool id")?, parse(&job_id, "job id")?);
    let job = call.users().stop_user_import_job(&pool, &job).await?;
    Ok(wire::StopUserImportJobResponse { user_import_job: Some(shape(job, None)) })
}

const ALGORITHMS: [(&str, HashingAlgorithm); 4] = [
    ("ARGON2ID", HashingAlgorithm::Argon2id),
    ("BCRYPT", HashingAlgorithm::Bcrypt),
    ("PBKDF2_SHA256", HashingAlgorithm::Pbkdf2Sha256),
    ("SCRYPT", HashingAlgorithm::Scrypt),
];

/// The model lets no other name through.
fn algorithm(name: &str) -> HashingAlgorithm {
    ALGORITHMS.iter().find(|(own, _)| *own == name).map_or(HashingAlgorithm::Bcrypt, |(_, algorithm)| *algorithm)
}

/// Where files are uploaded to.
fn base_url(call: &Call) -> Result<String, Failure> {
    let own = || call.users().base_url().map(str::to_owned);
    call.services.public_url.clone().or_else(own).ok_or_else(|| {
        Failure::invalid_parameter(
            "This server does not know under which URL it is reached: nothing could be uploaded.",
        )
    })
}

fn shape(job: ImportJob, url: Option<String>) -> wire::UserImportJobType {
    let count = |count: u64| i64::try_from(count).ok();
    let word = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
    let name = |wanted: HashingAlgorithm| ALGORITHMS.iter().find(|(_, own)| *own == wanted).map(|(name, _)| *name);
    wire::UserImportJobType {
        job_name: Some(job.name),
        job_id: Some(job.id.to_string()),
        user_pool_id: Some(job.pool.to_string()),
        pre_signed_url: url,
        creation_date: Some(job.created_at.epoch_seconds_f64()),
        start_date: job.started_at.map(Timestamp::epoch_seconds_f64),
        completion_date: job.completed_at.map(Timestamp::epoch_seconds_f64),
        status: Some(job.status.name().to_owned()),
        cloud_watch_logs_role_arn: job.logs_role,
        imported_users: count(job.imported),
        skipped_users: count(job.skipped),
        failed_users: count(job.failed),
        completion_message: job.message.map(|message| message.chars().map(word).take(128).collect()),
        password_hashing_algorithm: job.algorithm.and_then(name).map(str::to_owned),
    }
}

/// `PUT /imports/{pool}/{job}?expires=…&signature=…`: the file, by whoever has the URL that the job's creation answered.
pub(crate) async fn upload(
    State(front_end): State<FrontEnd>,
    Path((pool, job)): Path<(String, String)>,
    Query(given): Query<BTreeMap<String, String>>,
    request: Request,
) -> Response {
    let id = front_end.services.request_id();
    let taken = take(&front_end.services.user_pools, &pool, &job, &given, request).await;
    match taken {
        Ok(()) => StatusCode::OK.into_response(),
        Err(failure) => reply::refuse(Service::UserPools, &failure, &id),
    }
}

async fn take(
    users: &UserPools,
    pool: &str,
    job: &str,
    given: &BTreeMap<String, String>,
    request: Request,
) -> Result<(), Failure> {
    let (pool, job) = (parse(pool, "user pool id")?, parse(job, "job id")?);
    let expires = given.get("expires").and_then(|expires| expires.parse().ok());
    let signature = given.get("signature").cloned();
    let permit = expires.zip(signature).map(|(expires, signature)| UploadPermit { expires, signature });
    let permit = permit.ok_or_else(|| refused(Refusal::UploadNotPermitted.into()))?;
    let mut upload = users.upload_with_permit(&pool, &job, &permit).await.map_err(refused)?;
    let mut body = request.into_body().into_data_stream();
    while let Some(bytes) = body.next().await {
        let bytes = bytes.map_err(|_| Failure::invalid_parameter("The body broke off."))?;
        upload.push(&bytes).await.map_err(refused)?;
    }
    upload.finish().await.map_err(refused)
}

/// A refusal as an HTTP client without an SDK looks at it: by its status.
fn refused(error: Error) -> Failure {
    let status = match &error {
        Error::NotAuthorized(_) => 403,
        Error::NotFound(_) => 404,
        Error::InvalidParameter(Invalid::FileTooLarge) => 413,
        _ => 400,
    };
    let failure = Failure::from(error);
    if failure.status == 400 { Failure { status, ..failure } } else { failure }
}
