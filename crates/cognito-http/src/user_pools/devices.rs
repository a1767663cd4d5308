//! `ConfirmDevice`, `GetDevice`, `ListDevices`, `UpdateDeviceStatus`, `ForgetDevice`, and the administrators' twins of the last
//! four.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cognito_wire::Sensitive;
use cognito_wire::cognito_idp as wire;
use userpool_core::model::device::DeviceKey;
use userpool_core::ops::devices::{ConfirmDevice, Confirmed, DeviceInfo, RememberedStatus};

use crate::call::{Call, parse};
use crate::error::Failure;
use crate::user_pools::shapes::secret;

pub(crate) async fn confirm(
    call: Call,
    input: wire::ConfirmDeviceRequest,
) -> Result<wire::ConfirmDeviceResponse, Failure> {
    let wire::ConfirmDeviceRequest { access_token, device_key, device_secret_verifier_config, device_name } = input;
    let wire::DeviceSecretVerifierConfigType { password_verifier, salt } =
        device_secret_verifier_config.unwrap_or_default();
    let request = ConfirmDevice {
        key: key(&device_key)?,
        name: device_name,
        salt: bytes("Salt", salt)?,
        verifier: bytes("PasswordVerifier", password_verifier)?,
    };
    let confirmed = call.users().confirm_device(&secret(access_token), request).await?;
    let user_confirmation_necessary = Some(confirmed == Confirmed::OnPrompt);
    Ok(wire::ConfirmDeviceResponse { user_confirmation_necessary })
}

pub(crate) async fn get(call: Call, input: wire::GetDeviceRequest) -> Result<wire::GetDeviceResponse, Failure> {
    let wire::GetDeviceRequest { device_key, access_token } = input;
    let device = call.users().get_device(&secret(needed(access_token)?), &key(&device_key)?).await?;
    Ok(wire::GetDeviceResponse { device: shape(device) })
}

pub(crate) async fn list(call: Call, input: wire::ListDevicesRequest) -> Result<wire::ListDevicesResponse, Failure> {
    let wire::ListDevicesRequest { access_token, limit, pagination_token } = input;
    let page = call.page(limit, pagination_token, &[])?;
    let found = call.users().list_devices(&secret(access_token), page).await?.map(shape);
    Ok(wire::ListDevicesResponse { devices: Some(found.items), pagination_token: call.next(found.next, &[]) })
}

pub(crate) async fn update(
    call: Call,
    input: wire::UpdateDeviceStatusRequest,
) -> Result<wire::UpdateDeviceStatusResponse, Failure> {
    let wire::UpdateDeviceStatusRequest { access_token, device_key, device_remembered_status } = input;
    let (token, key) = (secret(access_token), key(&device_key)?);
    call.users().update_device_status(&token, &key, status(device_remembered_status.as_deref())?).await?;
    Ok(wire::UpdateDeviceStatusResponse::default())
}

pub(crate) async fn forget(call: Call, input: wire::ForgetDeviceRequest) -> Result<wire::Empty, Failure> {
    let wire::ForgetDeviceRequest { access_token, device_key } = input;
    call.users().forget_device(&secret(needed(access_token)?), &key(&device_key)?).await?;
    Ok(wire::Empty::default())
}

pub(crate) async fn admin_get(
    call: Call,
    input: wire::AdminGetDeviceRequest,
) -> Result<wire::AdminGetDeviceResponse, Failure> {
    let wire::AdminGetDeviceRequest { device_key, user_pool_id, username } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    let device = call.users().admin_get_device(&pool, &username, &key(&device_key)?).await?;
    Ok(wire::AdminGetDeviceResponse { device: shape(device) })
}

pub(crate) async fn admin_list(
    call: Call,
    input: wire::AdminListDevicesRequest,
) -> Result<wire::AdminListDevicesResponse, Failure> {
    let wire::AdminListDevicesRequest { user_pool_id, username, limit, pagination_token } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    let page = call.page(limit, pagination_token, &[&user_pool_id, &username])?;
    let found = call.users().admin_list_devices(&pool, &username, page).await?.map(shape);
    let pagination_token = call.next(found.next, &[&user_pool_id, &username]);
    Ok(wire::AdminListDevicesResponse { devices: Some(found.items), pagination_token })
}

pub(crate) async fn admin_update(
    call: Call,
    input: wire::AdminUpdateDeviceStatusRequest,
) -> Result<wire::AdminUpdateDeviceStatusResponse, Failure> {
    let wire::AdminUpdateDeviceStatusRequest { user_pool_id, username, device_key, device_remembered_status } = input;
    let (pool, key) = (parse(&user_pool_id, "user pool id")?, key(&device_key)?);
    let status = status(device_remembered_status.as_deref())?;
    call.users().admin_update_device_status(&pool, &username, &key, status).await?;
    Ok(wire::AdminUpdateDeviceStatusResponse::default())
}

pub(crate) async fn admin_forget(call: Call, input: wire::AdminForgetDeviceRequest) -> Result<wire::Empty, Failure> {
    let wire::AdminForgetDeviceRequest { user_pool_id, username, device_key } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    call.users().admin_forget_device(&pool, &username, &key(&device_key)?).await?;
    Ok(wire::Empty::default())
}

/// Text that is no device's key is the key of none.
fn key(text: &str) -> Result<DeviceKey, Failure> {
    text.parse().map_err(|_| Failure::new("ResourceNotFoundException", 400, "Device does not exist."))
}

fn needed(token: Option<Sensitive>) -> Result<Sensitive, Failure> {
    token.ok_or_else(|| Failure::invalid_parameter("Missing required parameter AccessToken"))
}

fn bytes(name: &str, base64: Option<String>) -> Result<Vec<u8>, Failure> {
    let text = base64.ok_or_else(|| Failure::invalid_parameter(format!("Missing required parameter {name}")))?;
    STANDARD.decode(text).map_err(|_| Failure::invalid_parameter(format!("{name} is not Base64.")))
}

fn status(given: Option<&str>) -> Result<RememberedStatus, Failure> {
    match given {
        Some("remembered") => Ok(RememberedStatus::Remembered),
        Some(_) => Ok(RememberedStatus::NotRemembered),
        None => Err(Failure::invalid_parameter("Missing required parameter DeviceRememberedStatus")),
    }
}

fn shape(device: DeviceInfo) -> wire::DeviceType {
    let DeviceInfo { key, name, remembered, address, created_at, modified_at, authenticated_at } = device;
    let status = if remembered { "remembered" } else { "not_remembered" };
    let attributes = [
        ("device_status", Some("valid".to_owned())),
        ("device_name", name),
        ("dev:device_remembered_status", Some(status.to_owned())),
        ("last_ip_used", address.map(|address| address.to_string())),
    ];
    let attribute = |(name, value): (&str, Option<String>)| {
        Some(wire::AttributeType { name: name.to_owned(), value: Some(value?.as_str().into()) })
    };
    wire::DeviceType {
        device_key: Some(key.to_string()),
        device_attributes: Some(attributes.into_iter().filter_map(attribute).collect()),
        device_create_date: Some(created_at.epoch_seconds_f64()),
        device_last_modified_date: Some(modified_at.epoch_seconds_f64()),
        device_last_authenticated_date: Some(authenticated_at.epoch_seconds_f64()),
    }
}
