//! Point-in-time recovery of a pool.

use cognito_wire::cognito_idp as wire;
use identity_kernel::time::Timestamp;
use userpool_core::model::history::HistorySettings;
use userpool_core::model::restoration::{Counts, Restoration, RestorationStatus};

use crate::call::{Call, parse};
use crate::error::Failure;

/// The window of each plan: a day, and two weeks. The model lets no other name through.
pub(super) fn history_of_plan(tier: Option<&str>, default: HistorySettings) -> HistorySettings {
    match tier {
        None => default,
        Some("PLUS") => HistorySettings { days: 14 },
        Some("ESSENTIALS") => HistorySettings { days: 1 },
        Some(_) => HistorySettings::default(),
    }
}

pub(crate) async fn initiate(
    call: Call,
    input: wire::InitiatePointInTimeRecoveryRequest,
) -> Result<wire::InitiatePointInTimeRecoveryResponse, Failure> {
    let wire::InitiatePointInTimeRecoveryRequest { user_pool_id, restore_timestamp } = input;
    let (pool, moment) = (parse(&user_pool_id, "user pool id")?, moment(restore_timestamp)?);
    let restoration = call.users().initiate_point_in_time_recovery(&pool, moment).await?;
    Ok(wire::InitiatePointInTimeRecoveryResponse { restoration: Some(shape(&restoration)) })
}

pub(crate) async fn start(
    call: Call,
    input: wire::StartPointInTimeRecoveryRequest,
) -> Result<wire::StartPointInTimeRecoveryResponse, Failure> {
    let wire::StartPointInTimeRecoveryRequest { user_pool_id, restore_id } = input;
    let (pool, id) = (parse(&user_pool_id, "user pool id")?, parse(&restore_id, "restore id")?);
    let restoration = call.users().start_point_in_time_recovery(&pool, &id).await?;
    Ok(wire::StartPointInTimeRecoveryResponse { restoration: Some(shape(&restoration)) })
}

pub(crate) async fn cancel(
    call: Call,
    input: wire::CancelPointInTimeRecoveryRequest,
) -> Result<wire::CancelPointInTimeRecoveryResponse, Failure> {
    let wire::CancelPointInTimeRecoveryRequest { user_pool_id, restore_id } = input;
    let (pool, id) = (parse(&user_pool_id, "user pool id")?, parse(&restore_id, "restore id")?);
    let restoration = call.users().cancel_point_in_time_recovery(&pool, &id).await?;
    Ok(wire::CancelPointInTimeRecoveryResponse { restoration: Some(shape(&restoration)) })
}

pub(crate) async fn describe(
    call: Call,
    input: wire::DescribePointInTimeRecoveryRequest,
) -> Result<wire::DescribePointInTimeRecoveryResponse, Failure> {
    let wire::DescribePointInTimeRecoveryRequest { user_pool_id, restore_id } = input;
    let (pool, id) = (parse(&user_pool_id, "user pool id")?, parse(&restore_id, "restore id")?);
    let restoration = call.users().describe_point_in_time_recovery(&pool, &id).await?;
    Ok(wire::DescribePointInTimeRecoveryResponse { restoration: Some(shape(&restoration)) })
}

pub(crate) async fn list(
    call: Call,
    input: wire::ListPointInTimeRecoveriesRequest,
) -> Result<wire::ListPointInTimeRecoveriesResponse, Failure> {
    let wire::ListPointInTimeRecoveriesRequest { user_pool_id, next_token, max_results } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    let page = call.page(max_results, next_token, &[&user_pool_id])?;
    let found = call.users().list_point_in_time_recoveries(&pool, page).await?;
    Ok(wire::ListPointInTimeRecoveriesResponse {
        restorations: Some(found.items.iter().map(described).collect()),
        next_token: call.next(found.next, &[&user_pool_id]),
    })
}

/// Seconds since 1970, with a fraction.
fn moment(seconds: f64) -> Result<Timestamp, Failure> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "what is out of range becomes its end, and is no moment of a pool's"
    )]
    let millis = (seconds * 1000.0).round() as i64;
    if seconds.is_finite() {
        Ok(Timestamp::from_epoch_millis(millis))
    } else {
        Err(Failure::invalid_parameter("RestoreTimestamp is no time."))
    }
}

fn described(restoration: &Restoration) -> wire::RestorationDescriptionType {
    wire::RestorationDescriptionType {
        restore_id: Some(restoration.id.to_string()),
        restore_status: Some(restoration.status.name().to_owned()),
        restore_timestamp: Some(restoration.moment.epoch_seconds_f64()),
    }
}

fn shape(restoration: &Restoration) -> wire::RestorationType {
    let counts = restoration.counts;
    let preview =
        [("Users", counts.users), ("Groups", counts.groups), ("User MFAs", counts.mfas), ("Passkeys", counts.passkeys)];
    let counted =
        !matches!(restoration.status, RestorationStatus::PreviewGenerating | RestorationStatus::PreviewFailed);
    wire::RestorationType {
        restore_id: Some(restoration.id.to_string()),
        restore_status: Some(restoration.status.name().to_owned()),
        restore_timestamp: Some(restoration.moment.epoch_seconds_f64()),
        trigger_timestamp: Some(restoration.triggered_at.epoch_seconds_f64()),
        restore_preview: counted.then(|| preview.map(|(entity, counts)| previewed(entity, counts)).into()),
    }
}

fn previewed(entity: &str, counts: Counts) -> wire::RestorePreviewType {
    let count = |count: u64| i64::try_from(count).ok();
    wire::RestorePreviewType {
        entity: Some(entity.to_owned()),
        create_count: count(counts.create),
        update_count: count(counts.update),
        delete_count: count(counts.delete),
    }
}
