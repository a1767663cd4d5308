//! Answers and refusals of the Query protocol, in XML.

use cognito_wire::{OperationInfo, Service, query};
use identity_kernel::time::Timestamp;
use quick_xml::Writer;
use quick_xml::events::BytesText;
use serde_json::Value;

use crate::error::Failure;

type Out = Writer<Vec<u8>>;

/// The answer of an operation.
pub(crate) fn answer(info: &OperationInfo, output: &Value, request_id: &str) -> std::io::Result<String> {
    let name = info.name;
    written(|out| {
        let root =
            out.create_element(format!("{name}Response")).with_attribute(("xmlns", info.service.xml_namespace()));
        root.write_inner_content(|out| {
            out.create_element(format!("{name}Result"))
                .write_inner_content(|out| query::write_xml(out, info.output, output, &iso8601))?;
            out.create_element("ResponseMetadata").write_inner_content(|out| text(out, "RequestId", request_id))?;
            Ok(())
        })?;
        Ok(())
    })
}

/// A refusal, in the service's own namespace.
pub(crate) fn refusal(service: Service, failure: &Failure, request_id: &str) -> std::io::Result<String> {
    let kind = if failure.status >= 500 { "Receiver" } else { "Sender" };
    written(|out| {
        let root = out.create_element("ErrorResponse").with_attribute(("xmlns", service.xml_namespace()));
        root.write_inner_content(|out| {
            out.create_element("Error").write_inner_content(|out| {
                text(out, "Type", kind)?;
                text(out, "Code", failure.code)?;
                text(out, "Message", &failure.message)
            })?;
            text(out, "RequestId", request_id)
        })?;
        Ok(())
    })
}

fn written(write: impl FnOnce(&mut Out) -> std::io::Result<()>) -> std::io::Result<String> {
    let mut out = Writer::new(Vec::new());
    write(&mut out)?;
    String::from_utf8(out.into_inner()).map_err(std::io::Error::other)
}

fn text(out: &mut Out, name: &str, text: &str) -> std::io::Result<()> {
    let shown = query::displayable(text);
    out.create_element(name).write_text_content(BytesText::new(&shown))?;
    Ok(())
}

#[expect(clippy::cast_possible_truncation, reason = "times stay far below 2^63 milliseconds")]
fn iso8601(seconds: f64) -> String {
    Timestamp::from_epoch_millis((seconds * 1000.0) as i64).to_iso8601()
}
