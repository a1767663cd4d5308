//! Shapes that several operations share.

use cognito_wire::Sensitive;
use cognito_wire::cognito_idp as wire;
use identity_kernel::secret::SecretString;
use userpool_core::model::attributes::Attributes;
use userpool_core::model::delivery::Delivery;
use userpool_core::model::pool::Contact;
use userpool_core::model::user::User;

use crate::error::Failure;

/// Attributes from the wire; one that stands twice is refused.
pub(crate) fn attributes(given: Option<Vec<wire::AttributeType>>) -> Result<Attributes, Failure> {
    let mut out = Attributes::new();
    for attribute in given.unwrap_or_default() {
        let value = attribute.value.map(Sensitive::into_inner).unwrap_or_default();
        if out.insert(attribute.name.clone(), value).is_some() {
            return Err(Failure::invalid_parameter(format!("The attribute {} stands twice.", attribute.name)));
        }
    }
    Ok(out)
}

pub(crate) fn attribute_list(attributes: &Attributes) -> Vec<wire::AttributeType> {
    let pair = |(name, value): (&String, &String)| wire::AttributeType {
        name: name.clone(),
        value: Some(value.as_str().into()),
    };
    attributes.iter().map(pair).collect()
}

pub(crate) fn user(user: &User) -> wire::UserType {
    wire::UserType {
        username: Some(user.username.as_str().into()),
        attributes: Some(attribute_list(&user.shown_attributes())),
        user_create_date: Some(user.created_at.epoch_seconds_f64()),
        user_last_modified_date: Some(user.modified_at.epoch_seconds_f64()),
        enabled: Some(user.enabled),
        user_status: Some(user.status.name().to_owned()),
        mfa_options: None,
    }
}

pub(crate) fn delivery(delivery: Delivery) -> wire::CodeDeliveryDetailsType {
    let medium = match delivery.contact {
        Contact::Email => "EMAIL",
        Contact::PhoneNumber => "SMS",
    };
    wire::CodeDeliveryDetailsType {
        destination: Some(delivery.destination),
        delivery_medium: Some(medium.to_owned()),
        attribute_name: Some(delivery.contact.attribute().to_owned()),
    }
}

pub(crate) fn contact(attribute: &str) -> Contact {
    if attribute == "phone_number" { Contact::PhoneNumber } else { Contact::Email }
}

pub(crate) fn contact_names<'a>(contacts: impl IntoIterator<Item = &'a Contact>) -> Vec<String> {
    contacts.into_iter().map(|contact| contact.attribute().to_owned()).collect()
}

/// What a client library has gathered of the device. The address in it is the caller's own word, and counts for nothing.
pub(crate) fn device_data(context: Option<wire::UserContextDataType>) -> Option<String> {
    let wire::UserContextDataType { ip_address: _, encoded_data } = context?;
    encoded_data
}

pub(crate) fn secret(text: Sensitive) -> SecretString {
    SecretString::from(text.into_inner())
}

/// A list, or nothing where it is empty.
pub(crate) fn non_empty<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}
