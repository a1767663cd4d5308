//! The attributes that users of a pool may have.

use cognito_wire::cognito_idp as wire;
use userpool_core::model::attributes::{AttributeSchema, AttributeType, is_standard};

use crate::error::Failure;

/// Bounds of text beyond which nothing is stored.
const LONGEST_TEXT: i64 = 2048;

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
    if developer_only_attribute == Some(true) {
        return Err(Failure::invalid_parameter("DeveloperOnlyAttribute is not supported by this server."));
    }
    let standard = userpool_core::model::attributes::standard().into_iter().find(|own| own.name == name);
    let data_type = data_type(attribute_data_type.as_deref(), standard.as_ref(), &name)?;
    let (min, max) = match data_type {
        AttributeType::Number => number_bounds(number_attribute_constraints.unwrap_or_default())?,
        _ => text_bounds(string_attribute_constraints.unwrap_or_default())?,
    };
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        return Err(Failure::invalid_parameter(format!("{name}: the minimum must not be above the maximum.")));
    }
    Ok(AttributeSchema {
        min: min.or(standard.as_ref().and_then(|own| own.min)),
        max: max.or(standard.as_ref().and_then(|own| own.max)),
        name: if standard.is_some() || !is_standard(&name) { name } else { format!("custom:{name}") },
        data_type,
        mutable: mutable.unwrap_or(true),
        required: required.unwrap_or(false),
    })
}

/// The type: a standard attribute has its own, another must say it.
fn data_type(given: Option<&str>, standard: Option<&AttributeSchema>, name: &str) -> Result<AttributeType, Failure> {
    match (given, standard) {
        (Some("Number"), _) => Ok(AttributeType::Number),
        (Some("Boolean"), _) => Ok(AttributeType::Boolean),
        (Some("DateTime"), _) => Ok(AttributeType::DateTime),
        (Some(_), _) => Ok(AttributeType::Text),
        (None, Some(own)) => Ok(own.data_type),
        (None, None) => Err(Failure::invalid_parameter(format!("{name}: AttributeDataType is required."))),
    }
}

type Bounds = (Option<i64>, Option<i64>);

fn number_bounds(given: wire::NumberAttributeConstraintsType) -> Result<Bounds, Failure> {
    let wire::NumberAttributeConstraintsType { min_value, max_value } = given;
    Ok((number(min_value)?, number(max_value)?))
}

fn text_bounds(given: wire::StringAttributeConstraintsType) -> Result<Bounds, Failure> {
    let wire::StringAttributeConstraintsType { min_length, max_length } = given;
    let (min, max) = (number(min_length)?, number(max_length)?);
    if [min, max].into_iter().flatten().any(|bound| !(0..=LONGEST_TEXT).contains(&bound)) {
        return Err(Failure::invalid_parameter("Length constraints must be from 0 to 2048."));
    }
    Ok((min, max))
}

fn number(text: Option<String>) -> Result<Option<i64>, Failure> {
    text.map(|text| text.parse().map_err(|_| Failure::invalid_parameter("A constraint must be a number."))).transpose()
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
        developer_only_attribute: Some(false),
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
