use cognito_wire::sts as wire;
use credential_vending::Caller;

use crate::call::Call;
use crate::error::Failure;

pub(super) async fn get(
    call: Call,
    _: wire::GetCallerIdentityRequest,
) -> Result<wire::GetCallerIdentityResponse, Failure> {
    let caller = call.caller();
    Ok(wire::GetCallerIdentityResponse {
        user_id: caller.map(Caller::user_id),
        account: Some(call.account_region().account.clone()),
        arn: caller.map(Caller::arn),
    })
}
