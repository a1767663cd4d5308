//! `CreateTerms`, `DescribeTerms`, `DescribeTermsByClient`, `UpdateTerms`, `DeleteTerms`, `ListTerms`.

use cognito_wire::cognito_idp as wire;
use userpool_core::model::terms::{Terms, TermsName};
use userpool_core::ops::terms::NewTerms;

use crate::call::{Call, parse};
use crate::error::Failure;

/// Where terms stand: the one source that there is.
const LINK: &str = "LINK";

/// Whether users must agree: the one rule that there is.
const NONE: &str = "NONE";

pub(crate) async fn create(call: Call, input: wire::CreateTermsRequest) -> Result<wire::CreateTermsResponse, Failure> {
    // The model has one source and one rule.
    let wire::CreateTermsRequest { user_pool_id, client_id, terms_name, terms_source: _, enforcement: _, links } =
        input;
    let (pool, client) = (parse(&user_pool_id, "user pool id")?, parse(&client_id, "client id")?);
    let new = NewTerms { pool, client, name: name(&terms_name)?, links: links.unwrap_or_default() };
    let terms = Some(shape(call.users().create_terms(new).await?));
    Ok(wire::CreateTermsResponse { terms })
}

pub(crate) async fn describe(
    call: Call,
    input: wire::DescribeTermsRequest,
) -> Result<wire::DescribeTermsResponse, Failure> {
    let wire::DescribeTermsRequest { terms_id, user_pool_id } = input;
    let (pool, id) = (parse(&user_pool_id, "user pool id")?, parse(&terms_id, "terms id")?);
    let terms = Some(shape(call.users().describe_terms(&pool, &id).await?));
    Ok(wire::DescribeTermsResponse { terms })
}

pub(crate) async fn by_client(
    call: Call,
    input: wire::DescribeTermsByClientRequest,
) -> Result<wire::DescribeTermsByClientResponse, Failure> {
    let wire::DescribeTermsByClientRequest { client_id, user_pool_id, terms_name } = input;
    let (pool, client) = (parse(&user_pool_id, "user pool id")?, parse(&client_id, "client id")?);
    let terms = Some(shape(call.users().terms_of_client(&pool, &client, name(&terms_name)?).await?));
    Ok(wire::DescribeTermsByClientResponse { terms })
}

pub(crate) async fn update(call: Call, input: wire::UpdateTermsRequest) -> Result<wire::UpdateTermsResponse, Failure> {
    // The model has one source and one rule.
    let wire::UpdateTermsRequest { terms_id, user_pool_id, terms_name, terms_source: _, enforcement: _, links } = input;
    let (pool, id) = (parse(&user_pool_id, "user pool id")?, parse(&terms_id, "terms id")?);
    let name = terms_name.as_deref().map(name).transpose()?;
    let terms = Some(shape(call.users().update_terms(&pool, &id, name, links).await?));
    Ok(wire::UpdateTermsResponse { terms })
}

pub(crate) async fn delete(call: Call, input: wire::DeleteTermsRequest) -> Result<wire::Empty, Failure> {
    let wire::DeleteTermsRequest { terms_id, user_pool_id } = input;
    let (pool, id) = (parse(&user_pool_id, "user pool id")?, parse(&terms_id, "terms id")?);
    call.users().delete_terms(&pool, &id).await?;
    Ok(wire::Empty::default())
}

pub(crate) async fn list(call: Call, input: wire::ListTermsRequest) -> Result<wire::ListTermsResponse, Failure> {
    let wire::ListTermsRequest { user_pool_id, max_results, next_token } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    let page = call.page(max_results, next_token, &[&user_pool_id])?;
    let found = call.users().list_terms(&pool, page).await?.map(|terms| description(&terms));
    let next_token = call.next(found.next, &[&user_pool_id]);
    Ok(wire::ListTermsResponse { terms: found.items, next_token })
}

fn name(text: &str) -> Result<TermsName, Failure> {
    TermsName::named(text).ok_or_else(|| Failure::invalid_parameter("TermsName is terms-of-use or privacy-policy."))
}

fn shape(terms: Terms) -> wire::TermsType {
    let Terms { pool, id, client, name, links, created_at, modified_at } = terms;
    wire::TermsType {
        terms_id: id.to_string(),
        user_pool_id: pool.to_string(),
        client_id: client.to_string().into(),
        terms_name: name.name().to_owned(),
        terms_source: LINK.to_owned(),
        enforcement: NONE.to_owned(),
        links,
        creation_date: created_at.epoch_seconds_f64(),
        last_modified_date: modified_at.epoch_seconds_f64(),
    }
}

fn description(terms: &Terms) -> wire::TermsDescriptionType {
    wire::TermsDescriptionType {
        terms_id: terms.id.to_string(),
        terms_name: terms.name.name().to_owned(),
        enforcement: NONE.to_owned(),
        creation_date: terms.created_at.epoch_seconds_f64(),
        last_modified_date: terms.modified_at.epoch_seconds_f64(),
    }
}
