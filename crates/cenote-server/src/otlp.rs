//! Events of users as logs of OpenTelemetry: `ExportLogsServiceRequest` in the JSON form of OTLP 1.

use axum::http::HeaderValue;
use axum::http::header::AUTHORIZATION;
use cenote::logins::http::HttpRequest;
use serde_json::{Value, json};
use url::{Host, Url};

use crate::Failure;

/// Where logs are posted.
#[derive(Clone)]
pub(crate) struct Collector {
    logs: Url,
    bearer: Option<HeaderValue>,
}

impl Collector {
    /// The collector of this address, in front of `/v1/logs`, with a token for `Authorization: Bearer` if there is one.
    ///
    /// # Errors
    ///
    /// For an address that would never be posted to, and a token that cannot be a header. Neither is repeated in full: either
    /// may hold a secret.
    pub(crate) fn at(url: &str, token: Option<&str>) -> Result<Self, Failure> {
        let mut logs: Url = url.parse().map_err(|error| format!("--user-event-otlp: {error}"))?;
        let near = match logs.host() {
            Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        if logs.scheme() != "https" && !(logs.scheme() == "http" && near) {
            return Err("--user-event-otlp: neither https:// nor http:// to this machine".into());
        }
        if !logs.username().is_empty()
            || logs.password().is_some()
            || logs.query().is_some()
            || logs.fragment().is_some()
        {
            return Err("--user-event-otlp: an address alone; a token is given by --user-event-otlp-token".into());
        }
        if let Ok(mut segments) = logs.path_segments_mut() {
            segments.pop_if_empty().extend(["v1", "logs"]);
        }
        let bearer = token.map(|token| HeaderValue::try_from(format!("Bearer {token}"))).transpose();
        let mut bearer = bearer.map_err(|_| "--user-event-otlp-token: it cannot be a header")?;
        if let Some(bearer) = &mut bearer {
            bearer.set_sensitive(true);
        }
        Ok(Self { logs, bearer })
    }

    /// The request that exports these lines.
    pub(crate) fn request(&self, lines: &[Value]) -> HttpRequest {
        let body = export(lines).to_string().into_bytes();
        let mut request = HttpRequest::post(self.logs.clone(), "application/json", body);
        if let Some(bearer) = &self.bearer {
            request.headers.insert(AUTHORIZATION, bearer.clone());
        }
        request
    }
}

/// How many records an answer of success says that it has not taken, and why (`ExportLogsPartialSuccess`); `None` for all taken.
pub(crate) fn rejected(answer: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let partial = answer.get("partialSuccess")?;
    let count = match partial.get("rejectedLogRecords")? {
        Value::String(text) => text.parse().ok()?,
        number => number.as_u64()?,
    };
    let why = partial.get("errorMessage").and_then(Value::as_str).unwrap_or_default();
    let why: String = why.chars().take(200).collect();
    (count > 0).then(|| format!("{count} rejected: {why}"))
}

/// One request that exports these lines, in their order.
fn export(lines: &[Value]) -> Value {
    let records: Vec<Value> = lines.iter().map(record).collect();
    json!({"resourceLogs": [{
        "resource": {"attributes": [
            attribute("service.name", &json!("cenote")),
            attribute("service.version", &json!(env!("CARGO_PKG_VERSION"))),
        ]},
        "scopeLogs": [{"scope": {"name": "cenote.user_events"}, "logRecords": records}],
    }]})
}

/// One line: when, how grave, of what kind and pool, and what it says.
fn record(line: &Value) -> Value {
    let text = |name: &str| line.get(name).and_then(Value::as_str).unwrap_or_default();
    let (level, source) = (text("logLevel"), text("eventSource"));
    // INFO and ERROR of the data model of logs.
    let severity = if level == "ERROR" { 17 } else { 9 };
    let nothing = Value::Null;
    let pool = line.pointer("/logSourceId/userPoolId").unwrap_or(&nothing);
    let request = line.pointer("/message/requestId").unwrap_or(&nothing);
    let attributes = [("event.source", &json!(source)), ("user_pool.id", pool), ("request.id", request)]
        .map(|(name, value)| (name, value.clone()));
    json!({
        "timeUnixNano": format!("{}000000", text("eventTimestamp")),
        "severityNumber": severity,
        "severityText": level,
        "eventName": format!("cenote.{}", source.to_lowercase()),
        "body": any(line.get("message").unwrap_or(&nothing)),
        "attributes": attributes.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| attribute(name, value)).collect::<Vec<_>>(),
    })
}

fn attribute(name: &str, value: &Value) -> Value {
    json!({"key": name, "value": any(value)})
}

/// A value as `AnyValue`: whole numbers are texts there, and nothing is an empty value.
fn any(value: &Value) -> Value {
    match value {
        Value::Null => json!({}),
        Value::Bool(value) => json!({"boolValue": value}),
        Value::Number(number) if number.is_f64() => json!({"doubleValue": number}),
        Value::Number(number) => json!({"intValue": number.to_string()}),
        Value::String(text) => json!({"stringValue": text}),
        Value::Array(items) => json!({"arrayValue": {"values": items.iter().map(any).collect::<Vec<_>>()}}),
        Value::Object(members) => {
            let values: Vec<Value> = members.iter().map(|(name, value)| attribute(name, value)).collect();
            json!({"kvlistValue": {"values": values}})
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collectors_address_is_https_or_of_this_machine_and_holds_no_secret() {
        for (url, logs) in [
            ("http://localhost:4318", "http://localhost:4318/v1/logs"),
            ("http://127.0.0.1:4318/", "http://127.0.0.1:4318/v1/logs"),
            ("http://[::1]:4318", "http://[::1]:4318/v1/logs"),
            ("https://otlp.example.com/tenant/", "https://otlp.example.com/tenant/v1/logs"),
        ] {
            assert_eq!(Collector::at(url, None).ok().unwrap().logs.as_str(), logs);
        }
        for wrong in [
            "http://otlp.example.com",
            "http://10.0.0.7:4318",
            "ftp://localhost",
            "localhost:4318",
            "https://robot:s3cret@otlp.example.com",
            "https://otlp.example.com/?key=s3cret",
        ] {
            let told = Collector::at(wrong, None).err().unwrap().to_string();
            assert!(told.starts_with("--user-event-otlp: ") && !told.contains("s3cret"), "{told}");
        }
        let token = Collector::at("https://otlp.example.com", Some("s3cret\n")).err().unwrap().to_string();
        assert!(token.contains("--user-event-otlp-token") && !token.contains("s3cret"), "{token}");
    }

    #[test]
    fn an_answer_of_success_may_say_that_some_were_not_taken() {
        let says = |answer: &str| rejected(answer.as_bytes());

        let some = says(r#"{"partialSuccess": {"rejectedLogRecords": "3", "errorMessage": "too old"}}"#);
        assert_eq!(some.as_deref(), Some("3 rejected: too old"));
        assert!(says(r#"{"partialSuccess": {"rejectedLogRecords": 1}}"#).is_some());
        for all in
            ["", "{}", r#"{"partialSuccess": {}}"#, r#"{"partialSuccess": {"rejectedLogRecords": "0"}}"#, "<html>"]
        {
            assert_eq!(says(all), None, "{all}");
        }
    }

    #[test]
    fn a_line_is_a_record_with_its_time_in_nanoseconds_and_its_members_as_values() {
        let line = json!({
            "eventTimestamp": "1700000000123",
            "eventSource": "USER_NOTIFICATION",
            "logLevel": "ERROR",
            "logSourceId": {"userPoolId": "us-east-1_x"},
            "message": {"details": "why", "late": true, "list": ["a"], "requestId": null, "tries": 3},
        });

        let exported = export(&[line.clone(), line]);

        let logs = &exported["resourceLogs"][0];
        let name = json!({"key": "service.name", "value": {"stringValue": "cenote"}});
        assert_eq!(logs["resource"]["attributes"][0], name);
        let records = logs["scopeLogs"][0]["logRecords"].as_array().unwrap();
        assert_eq!(records.len(), 2);
        assert_eq!(
            records[0],
            json!({
                "timeUnixNano": "1700000000123000000",
                "severityNumber": 17,
                "severityText": "ERROR",
                "eventName": "cenote.user_notification",
                "body": {"kvlistValue": {"values": [
                    {"key": "details", "value": {"stringValue": "why"}},
                    {"key": "late", "value": {"boolValue": true}},
                    {"key": "list", "value": {"arrayValue": {"values": [{"stringValue": "a"}]}}},
                    {"key": "requestId", "value": {}},
                    {"key": "tries", "value": {"intValue": "3"}},
                ]}},
                "attributes": [
                    {"key": "event.source", "value": {"stringValue": "USER_NOTIFICATION"}},
                    {"key": "user_pool.id", "value": {"stringValue": "us-east-1_x"}},
                ],
            })
        );
    }
}
