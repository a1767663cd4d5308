//! Whoever asks to hear of it learns what was changed and vended, in which request and from where.

use credential_vending::ops::assume::AssumeRole;
use credential_vending::ops::roles::CreateRole;
use credential_vending::ports::{Action, Outcome};
use credential_vending::{ErrorCode, Revoked};
use document_store::page::PageRequest;
use iam_policy::Context;
use identity_kernel::context::RequestContext;

use crate::world::{GET_ALL, ROLE, TRUST, request, world};

#[tokio::test]
async fn an_event_says_what_was_vended_to_whom_and_in_which_request() {
    let world = world().await;
    let context = RequestContext {
        source: Some([192, 0, 2, 7].into()),
        request_id: Some("r-1".to_owned()),
        principal: Some("arn:aws:iam::123456789012:user/ada".to_owned()),
        ..RequestContext::default()
    };
    let handle = world.vending.for_request(context.clone());
    world.events.take();

    let vended = handle.assume_role(request()).await.unwrap();

    let events = world.events.take();
    let [event] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((event.action, event.target.as_str(), &event.outcome), (Action::AssumeRole, ROLE, &Outcome::Success));
    assert_eq!(event.access_key_id.as_ref(), Some(&vended.credentials.access_key_id));
    assert_eq!(*event.context, context);
    let told = format!("{event:?}");
    assert!(!told.contains(vended.credentials.secret.expose()), "an event holds no secret");
    assert!(!told.contains(vended.credentials.session_token.expose()), "an event holds no token");
}

#[tokio::test]
async fn a_handle_for_one_request_leaves_the_service_and_its_other_handles_as_they_are() {
    let world = world().await;
    let handle = world.vending.for_request(RequestContext { request_id: Some("r-1".to_owned()), ..Default::default() });
    handle.create_role(CreateRole::named("by-handle", TRUST)).await.unwrap();
    world.events.take();

    world.vending.delete_role("by-handle").await.unwrap();

    assert_eq!(world.events.take()[0].context.request_id, None);
}

#[tokio::test]
async fn a_refused_attempt_is_told_with_its_code_and_no_key() {
    let world = world().await;
    world.events.take();
    let foreign = AssumeRole { login: Context::new().with("cognito-identity.amazonaws.com:aud", "evil"), ..request() };

    world.vending.assume_role(foreign).await.unwrap_err();

    let events = world.events.take();
    let [event] = events.as_slice() else { panic!("{events:?}") };
    assert!(matches!(event.outcome, Outcome::Refused(ErrorCode::AccessDenied, _)), "{event:?}");
    assert_eq!(event.access_key_id, None);
}

#[tokio::test]
async fn every_change_of_roles_keys_and_revocations_is_told_once_and_reading_is_not() {
    let world = world().await;
    let vending = &world.vending;
    world.events.take();

    vending.create_role(CreateRole::named("r", TRUST)).await.unwrap();
    vending.create_role(CreateRole::named("r", TRUST)).await.unwrap_err();
    vending.update_trust("r", TRUST.to_owned()).await.unwrap();
    vending.put_role_policy("r", "p", GET_ALL.to_owned()).await.unwrap();
    vending.delete_role_policy("r", "p").await.unwrap();
    vending.delete_role("r").await.unwrap();
    let provider = vending.create_oidc_provider("https://login.example", Vec::new()).await.unwrap();
    vending.delete_oidc_provider(&provider.arn).await.unwrap();
    vending.put_operator_key("AKIA1", &"secret".into()).await.unwrap();
    vending.set_operator_policy("AKIA1", GET_ALL.to_owned()).await.unwrap();
    vending.remove_operator_key("AKIA1").await.unwrap();
    vending.revoke(Revoked::Everything).await.unwrap();
    vending.rotate_vending_key(0, true).await.unwrap();
    vending.get_role("app").await.unwrap();
    vending.list_roles(PageRequest::default()).await.unwrap();

    let told: Vec<(Action, String)> =
        world.events.take().into_iter().map(|event| (event.action, event.target)).collect();
    let told: Vec<(Action, &str)> = told.iter().map(|(action, target)| (*action, target.as_str())).collect();
    assert_eq!(
        told,
        [
            (Action::CreateRole, "r"),
            (Action::CreateRole, "r"),
            (Action::UpdateTrust, "r"),
            (Action::PutRolePolicy, "r"),
            (Action::DeleteRolePolicy, "r"),
            (Action::DeleteRole, "r"),
            (Action::CreateOidcProvider, "https://login.example"),
            (Action::DeleteOidcProvider, provider.arn.as_str()),
            (Action::PutOperatorKey, "AKIA1"),
            (Action::SetOperatorPolicy, "AKIA1"),
            (Action::RemoveOperatorKey, "AKIA1"),
            (Action::Revoke, "everything"),
            (Action::RotateVendingKey, ""),
        ]
    );
}
