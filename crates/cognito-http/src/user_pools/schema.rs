//! The attributes that users of a pool may have.

use cognito_wire::cognito_idp as wire;
use userpool_core::model::attributes::{self, AttributeSchema, AttributeType, CUSTOM, DEVELOPER_ONLY};

use crate::call::{Call, parse};
use crate::error::Failure;
use crate::sentences::fixed_standard;

pub(super) fn schema(given: wire::SchemaAttributeType) -> Result<AttributeSchema, Failure> {
    let wire::SchemaAttributeType {
        name,
        attribute_data_type,
        developer_only_attribute,
        mutable,
        required,
        number_attribute_constraints,
        string_attribute_constraints,
    } = given;
    let name = name.ok_or_else(|| Failure::invalid_parameter("An attribute needs a name."))?;
    let standard = attributes::standard().into_iter().find(|own| own.name == name);
    let developer_only = developer_only_attribute == Some(true);
    if developer_only && standard.is_some() {
        return Err(Failure::invalid_parameter(fixed_standard(&name)));
    }
    let data_type = data_type(attribute_data_type.as_deref(), standard.as_ref())?;
    let name = if standard.is_some() { name } else { own_name(&name, developer_only) };
    let (min, max) = match data_type {
        AttributeType::Number => number_bounds(&name, number_attribute_constraints.unwrap_or_default())?,
        AttributeType::Text => text_bounds(&name, string_attribute_constraints.unwrap_or_default())?,
        // Bounds of other types say nothing.
        AttributeType::Boolean | AttributeType::DateTime => (None, None),
    };
    Ok(AttributeSchema {
        min: min.or(standard.as_ref().and_then(|own| own.min)),
        max: max.or(standard.as_ref().and_then(|own| own.max)),
        name,
        data_type,
        mutable: mutable.unwrap_or(true),
        required: required.unwrap_or(false),
    })
}

/// Attributes that are added to a pool that is there.
pub(crate) async fn add(
    call: Call,
    input: wire::AddCustomAttributesRequest,
) -> Result<wire::AddCustomAttributesResponse, Failure> {
    let wire::AddCustomAttributesRequest { user_pool_id, custom_attributes } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    let added = custom_attributes.into_iter().map(added).collect::<Result<Vec<_>, _>>()?;
    call.users().add_custom_attributes(&pool, &added).await?;
    Ok(wire::AddCustomAttributesResponse::default())
}

/// What is added is the pool's own, also under a standard attribute's name: `custom:email`.
fn added(mut given: wire::SchemaAttributeType) -> Result<AttributeSchema, Failure> {
    let developer_only = given.developer_only_attribute == Some(true);
    given.name = given.name.map(|name| own_name(&name, developer_only));
    schema(given)
}

/// The name of a pool's own attribute, which may be given with or without its prefix.
fn own_name(given: &str, developer_only: bool) -> String {
    let bare = given.strip_prefix(DEVELOPER_ONLY).filter(|_| developer_only).unwrap_or(given);
    let bare = bare.strip_prefix(CUSTOM).unwrap_or(bare);
    format!("{}{bare}", if developer_only { DEVELOPER_ONLY } else { CUSTOM })
}

/// The type: a standard attribute has its own, another must say it.
fn data_type(given: Option<&str>, standard: Option<&AttributeSchema>) -> Result<AttributeType, Failure> {
    match (given, standard) {
        (Some("Number"), _) => Ok(AttributeType::Number),
        (Some("Boolean"), _) => Ok(AttributeType::Boolean),
        (Some("DateTime"), _) => Ok(AttributeType::DateTime),
        (Some(_), _) => Ok(AttributeType::Text),
        (None, Some(own)) => Ok(own.data_type),
        (None, None) => Err(Failure::invalid_parameter(
            "Invalid AttributeDataType input, consider using the provided AttributeDataType enum.",
        )),
    }
}

type Bounds = (Option<i64>, Option<i64>);

fn number_bounds(name: &str, given: wire::NumberAttributeConstraintsType) -> Result<Bounds, Failure> {
    let wire::NumberAttributeConstraintsType { min_value, max_value } = given;
    let number = |text| number(name, "NumberAttributeConstraints", text);
    Ok((number(min_value)?, number(max_value)?))
}

fn text_bounds(name: &str, given: wire::StringAttributeConstraintsType) -> Result<Bounds, Failure> {
    let wire::StringAttributeConstraintsType { min_length, max_length } = given;
    let number = |text| number(name, "StringAttributeConstraints", text);
    Ok((number(min_length)?, number(max_length)?))
}

fn number(name: &str, member: &str, text: Option<String>) -> Result<Option<i64>, Failure> {
    let broken = |_| Failure::invalid_parameter(format!("Invalid {member} for schema attribute {name}"));
    text.map(|text| text.parse().map_err(broken)).transpose()
}

pub(super) fn schema_shape(schema: &AttributeSchema) -> wire::SchemaAttributeType {
    let text = |bound: Option<i64>| bound.map(|bound| bound.to_string());
    let (data_type, is_text) = match schema.data_type {
        AttributeType::Text => ("String", true),
        AttributeType::Number => ("Number", false),
        AttributeType::Boolean => ("Boolean", false),
        AttributeType::DateTime => ("DateTime", false),
    };
    wire::SchemaAttributeType {
        name: Some(schema.name.clone()),
        attribute_data_type: Some(data_type.to_owned()),
        developer_only_attribute: Some(schema.name.starts_with(DEVELOPER_ONLY)),
        mutable: Some(schema.mutable),
        required: Some(schema.required),
        number_attribute_constraints: (schema.data_type == AttributeType::Number)
            .then(|| wire::NumberAttributeConstraintsType { min_value: text(schema.min), max_value: text(schema.max) }),
        string_attribute_constraints: is_text.then(|| wire::StringAttributeConstraintsType {
            min_length: text(schema.min),
            max_length: text(schema.max),
        }),
    }
}
