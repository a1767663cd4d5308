//! What a request to an S3 server does, in the words of policies.

use std::borrow::Cow;

use http::HeaderMap;
use iam_policy::Context;
use s3s::dto::CopySource;
use s3s::path::S3Path;
use s3s::{S3Result, s3_error};

/// What a request does: every action must be allowed for its resource.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) actions: Vec<(&'static str, String)>,
    pub(crate) context: Context,
}

/// What stands in a request besides its operation and path.
#[derive(Clone, Copy)]
pub(crate) struct Said<'a> {
    pub(crate) query: &'a Query<'a>,
    pub(crate) headers: &'a HeaderMap,
}

/// The parameters of a query, read as `s3s` reads them: names and values decoded, and a plus is a blank.
pub(crate) struct Query<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Query<'a> {
    pub(crate) fn read(query: &'a str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).collect())
    }

    pub(crate) fn has(&self, wanted: &str) -> bool {
        self.0.iter().any(|(name, _)| name == wanted)
    }

    /// The value of a parameter that may stand once.
    fn single(&self, wanted: &str) -> S3Result<Option<&str>> {
        let mut values = self.0.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.as_ref());
        match (values.next(), values.next()) {
            (value, None) => Ok(value),
            _ => Err(s3_error!(InvalidArgument, "{wanted} stands twice")),
        }
    }
}

/// What a request of this operation does.
///
/// # Errors
///
/// `AccessDenied` for what no policy action covers, `InvalidArgument` for what cannot be read.
pub(crate) fn asked(operation: &str, path: &S3Path, said: Said<'_>) -> S3Result<Asked> {
    let version = said.query.single("versionId")?;
    let action = action_of(operation, version.is_some())
        .ok_or_else(|| s3_error!(AccessDenied, "{operation} has no policy action and is refused"))?;
    let resource = resource_of(path);
    let mut actions = vec![(action, resource.clone())];
    actions.extend(copied(said.headers)?);
    actions.extend(settings(path, said.headers).map(|action| (action, resource.clone())));
    Ok(Asked { actions, context: context(said.query)? })
}

/// The policy action of an S3 operation. A named version of an object has actions of its own.
fn action_of(operation: &str, of_version: bool) -> Option<&'static str> {
    Some(match operation {
        "GetObject" | "HeadObject" if of_version => "s3:GetObjectVersion",
        "GetObject" | "HeadObject" => "s3:GetObject",
        "PutObject" | "CopyObject" | "CreateMultipartUpload" | "UploadPart" | "CompleteMultipartUpload" => {
            "s3:PutObject"
        }
        "AbortMultipartUpload" => "s3:AbortMultipartUpload",
        "ListParts" => "s3:ListMultipartUploadParts",
        "DeleteObject" if of_version => "s3:DeleteObjectVersion",
        "DeleteObject" => "s3:DeleteObject",
        "ListObjects" | "ListObjectsV2" | "HeadBucket" => "s3:ListBucket",
        "GetBucketLocation" => "s3:GetBucketLocation",
        "ListBuckets" => "s3:ListAllMyBuckets",
        "CreateBucket" => "s3:CreateBucket",
        "DeleteBucket" => "s3:DeleteBucket",
        _ => return None,
    })
}

fn resource_of(path: &S3Path) -> String {
    match path {
        S3Path::Root => "*".to_owned(),
        S3Path::Bucket { bucket } => format!("arn:aws:s3:::{bucket}"),
        S3Path::Object { bucket, key } => format!("arn:aws:s3:::{bucket}/{key}"),
    }
}

/// Reading the object that a copy is made of.
fn copied(headers: &HeaderMap) -> S3Result<Option<(&'static str, String)>> {
    let Some(source) = headers.get("x-amz-copy-source") else { return Ok(None) };
    let source = source.to_str().ok().and_then(|text| CopySource::parse(text).ok());
    match source.ok_or_else(|| s3_error!(InvalidArgument, "the source of the copy cannot be read"))? {
        CopySource::Bucket { bucket, key, version_id } => {
            let action = if version_id.is_some() { "s3:GetObjectVersion" } else { "s3:GetObject" };
            Ok(Some((action, format!("arn:aws:s3:::{bucket}/{key}"))))
        }
        _ => Err(s3_error!(AccessDenied, "copies from access points and outposts are refused")),
    }
}

/// Headers that set more than the object or bucket itself, with the action that this takes: for objects and for buckets.
const SETTINGS: [(&str, &str, &str); 13] = [
    ("x-amz-acl", "s3:PutObjectAcl", "s3:PutBucketAcl"),
    ("x-amz-grant-full-control", "s3:PutObjectAcl", "s3:PutBucketAcl"),
    ("x-amz-grant-read", "s3:PutObjectAcl", "s3:PutBucketAcl"),
    ("x-amz-grant-read-acp", "s3:PutObjectAcl", "s3:PutBucketAcl"),
    ("x-amz-grant-write", "s3:PutObjectAcl", "s3:PutBucketAcl"),
    ("x-amz-grant-write-acp", "s3:PutObjectAcl", "s3:PutBucketAcl"),
    ("x-amz-tagging", "s3:PutObjectTagging", "s3:PutBucketTagging"),
    ("x-amz-object-lock-mode", "s3:PutObjectRetention", "s3:PutBucketObjectLockConfiguration"),
    ("x-amz-object-lock-retain-until-date", "s3:PutObjectRetention", "s3:PutBucketObjectLockConfiguration"),
    ("x-amz-object-lock-legal-hold", "s3:PutObjectLegalHold", "s3:PutBucketObjectLockConfiguration"),
    ("x-amz-bypass-governance-retention", "s3:BypassGovernanceRetention", "s3:BypassGovernanceRetention"),
    ("x-amz-bucket-object-lock-enabled", "s3:PutObjectRetention", "s3:PutBucketObjectLockConfiguration"),
    ("x-amz-object-ownership", "s3:PutObjectAcl", "s3:PutBucketOwnershipControls"),
];

/// The actions that the headers take besides the operation's own.
fn settings<'a>(path: &'a S3Path, headers: &'a HeaderMap) -> impl Iterator<Item = &'static str> + use<'a> {
    let said = SETTINGS.iter().filter(|(header, ..)| headers.contains_key(*header));
    said.map(|(_, of_object, of_bucket)| match path {
        S3Path::Object { .. } => *of_object,
        S3Path::Root | S3Path::Bucket { .. } => *of_bucket,
    })
}

/// Parameters that policies may ask for, and the condition key of each.
const CONDITIONS: [(&str, &str); 4] = [
    ("prefix", "s3:prefix"),
    ("delimiter", "s3:delimiter"),
    ("max-keys", "s3:max-keys"),
    ("versionId", "s3:VersionId"),
];

fn context(query: &Query<'_>) -> S3Result<Context> {
    let mut context = Context::new();
    for (parameter, key) in CONDITIONS {
        if let Some(value) = query.single(parameter)? {
            context.set(key, vec![value.to_owned()]);
        }
    }
    Ok(context)
}
