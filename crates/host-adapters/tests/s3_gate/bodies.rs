//! What the body is held to.

use ring::{digest, hmac};
use sigv4_verify::{Body, HttpRequest};

use crate::world::{Keys, World, allow, now, request, world};

const CAT: &str = "/photos/cat.txt";

async fn open() -> World {
    world(&allow("s3:PutObject", "arn:aws:s3:::photos/*")).await
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

#[tokio::test]
async fn an_upload_arrives_as_it_was_signed() {
    let world = open().await;

    let answer = world.call_with(&world.keys, request("PUT", CAT), b"a cat").await;

    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(world.passed(), ["put photos/cat.txt: a cat"]);
}

#[tokio::test]
async fn another_body_than_the_signed_one_does_not_arrive() {
    let world = open().await;
    let mut signed = request("PUT", CAT);
    world.keys.signer().sign(&mut signed, &Body::Bytes(b"a cat"), now()).unwrap();

    for body in [b"a dog".as_slice(), b"a cat and a dog", b"a", b""] {
        let answer = world.send(&signed, body).await;
        assert!(answer.status >= 400, "{answer:?}");
    }
    assert!(world.passed().is_empty());
}

#[tokio::test]
async fn an_unsigned_payload_is_taken_where_the_signature_says_so() {
    let world = open().await;
    let mut signed = request("PUT", CAT);
    world.keys.signer().sign(&mut signed, &Body::Streaming, now()).unwrap();

    assert_eq!(world.send(&signed, b"whatever").await.status, 200);
    assert_eq!(world.passed(), ["put photos/cat.txt: whatever"]);
}

/// A request in chunks, and a body of two of them.
fn in_chunks(keys: &Keys, chunks: [&str; 2]) -> (HttpRequest, String) {
    let length: usize = chunks.iter().map(|chunk| chunk.len()).sum();
    let mut signed = request("PUT", CAT)
        .header("content-encoding", "aws-chunked")
        .header("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
        .header("x-amz-decoded-content-length", length.to_string());
    keys.signer().sign(&mut signed, &Body::Streaming, now()).unwrap();
    let time = signed.text("x-amz-date").unwrap().to_owned();
    let scope = format!("{}/us-east-1/s3/aws4_request", &time[..8]);
    let mac = |key: &[u8], text: &str| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes());
    let first = format!("AWS4{}", keys.secret).into_bytes();
    let key = scope.split('/').fold(first, |key, part| mac(&key, part).as_ref().to_vec());
    let mut previous = signed.text("authorization").unwrap().rsplit('=').next().unwrap().to_owned();
    let mut body = String::new();
    for chunk in chunks.into_iter().chain([""]) {
        let (nothing, hash) = (sha256(b""), sha256(chunk.as_bytes()));
        let text = format!("AWS4-HMAC-SHA256-PAYLOAD\n{time}\n{scope}\n{previous}\n{nothing}\n{hash}");
        previous = hex(mac(&key, &text).as_ref());
        body = format!("{body}{:x};chunk-signature={previous}\r\n{chunk}\r\n", chunk.len());
    }
    (signed, body)
}

#[tokio::test]
async fn an_upload_in_chunks_arrives_if_each_has_its_signature() {
    let world = open().await;
    let (signed, body) = in_chunks(&world.keys, ["a cat ", "on a mat"]);

    assert_eq!(world.send(&signed, body.as_bytes()).await.status, 200);
    assert_eq!(world.passed(), ["put photos/cat.txt: a cat on a mat"]);

    let answer = world.send(&signed, body.replace("on a mat", "on a hat").as_bytes()).await;
    assert!(answer.status >= 400, "{answer:?}");
    assert!(world.passed().is_empty());
}

/// `s3s` takes signatures of the old form (`AWS id:signature`), which bind no body, and looks at them first: one of
/// somebody's own beside a presigned address would free the body from the hash that the address is signed with.
#[tokio::test]
async fn a_signature_of_the_old_form_beside_a_presigned_one_is_refused() {
    let world = open().await;
    let other = Keys { id: "AKIAOTHER".to_owned(), secret: "another's own secret".to_owned(), token: None };
    world.vending.put_operator_key(&other.id, &other.secret.as_str().into()).await.unwrap();
    let target = format!("{CAT}?X-Amz-Content-Sha256={}", sha256(b"a cat"));
    let mut signed = request("PUT", &target);
    world.keys.signer().presign(&mut signed, &Body::Bytes(b"a cat"), 60, now()).unwrap();
    let date = "Thu, 26 Nov 2026 00:00:00 GMT";
    let text = format!("PUT\n\n\n{date}\n{CAT}");
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, other.secret.as_bytes());
    let old = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, hmac::sign(&key, text.as_bytes()));
    let signed = signed.header("date", date).header("authorization", format!("AWS {}:{old}", other.id));

    let answer = world.send(&signed, b"a dog").await;

    assert_eq!((answer.code.as_str(), answer.message.as_str()), ("AccessDenied", "The request is signed twice"));
    assert!(world.passed().is_empty());
}

/// The same, the other way about: the old form in the query, ours in the header.
#[tokio::test]
async fn a_presigned_address_of_the_old_form_is_refused_in_a_signed_request_too() {
    let world = open().await;
    let keys = Keys { id: "AKIAOTHER".to_owned(), secret: "another's own secret".to_owned(), token: None };
    world.vending.put_operator_key(&keys.id, &keys.secret.as_str().into()).await.unwrap();
    let at = now();
    let mut plain = request("PUT", CAT);
    keys.signer().sign(&mut plain, &Body::Bytes(b"a cat"), at).unwrap();
    let header = |name: &str| format!("{name}:{}\n", plain.text(name).unwrap());
    let expires = at.epoch_seconds() + 60;
    let said = [header("x-amz-content-sha256"), header("x-amz-date")].concat();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, keys.secret.as_bytes());
    let old = hmac::sign(&key, format!("PUT\n\n\n{expires}\n{said}{CAT}").as_bytes());
    let old = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, old);
    let old = old.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let mut signed = request("PUT", &format!("{CAT}?AWSAccessKeyId={}&Expires={expires}&Signature={old}", keys.id));
    keys.signer().sign(&mut signed, &Body::Bytes(b"a cat"), at).unwrap();

    let answer = world.send(&signed, b"a dog").await;

    assert_eq!((answer.code.as_str(), answer.message.as_str()), ("AccessDenied", "The request is signed twice"));
    assert!(world.passed().is_empty());
}

#[tokio::test]
async fn a_signature_of_the_old_form_alone_lets_nobody_in() {
    let world = open().await;
    let date = "Thu, 26 Nov 2026 00:00:00 GMT";
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, world.keys.secret.as_bytes());
    let old = hmac::sign(&key, format!("PUT\n\n\n{date}\n{CAT}").as_bytes());
    let old = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, old);
    let signed =
        request("PUT", CAT).header("date", date).header("authorization", format!("AWS {}:{old}", world.keys.id));

    let answer = world.send(&signed, b"a dog").await;

    assert_eq!((answer.code.as_str(), answer.message.as_str()), ("AccessDenied", "The request is not signed"));
    assert!(world.passed().is_empty());
}

/// `s3s` reads a form with a file before it asks whose it is.
#[tokio::test]
async fn a_form_with_a_file_is_refused_unread() {
    let world = open().await;
    let form = |key: &str, file: &str| {
        format!(
            "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n{key}\r\n--b\r\nContent-Disposition: form-data; \
             name=\"file\"; filename=\"f\"\r\nContent-Type: text/plain\r\n\r\n{file}\r\n--b--\r\n"
        )
    };
    let post = request("POST", "/photos").header("content-type", "multipart/form-data; boundary=b");

    for (body, code) in
        [(form("k", "a cat"), "EntityTooLarge"), (form(&"k".repeat(20_000), ""), "MalformedPOSTRequest")]
    {
        assert_eq!(world.send(&post, body.as_bytes()).await.code, code);
    }
    for key in ["k".to_owned(), "k".repeat(16_000)] {
        assert_eq!(world.send(&post, form(&key, "").as_bytes()).await.code, "AccessDenied");
    }
    assert!(world.passed().is_empty());
}
