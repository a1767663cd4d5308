use cognito_wire::sts as wire;
use credential_vending::Error;

use crate::call::Call;
use crate::error::Failure;

pub(super) async fn decode(
    call: Call,
    input: wire::DecodeAuthorizationMessageRequest,
) -> Result<wire::DecodeAuthorizationMessageResponse, Failure> {
    let wire::DecodeAuthorizationMessageRequest { encoded_message } = input;
    let decoded = call.vending().decode_authorization_message(&encoded_message).await.map_err(|error| match error {
        Error::InvalidInput(_) => Failure::new("InvalidAuthorizationMessageException", 400, "Message is not valid"),
        other => other.into(),
    })?;
    Ok(wire::DecodeAuthorizationMessageResponse { decoded_message: Some(decoded) })
}
