//! Bodies in chunks: Amazon's published example, and every way to bend it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use identity_kernel::time::Timestamp;
use sigv4_verify::{Body, ChunkedBody, HttpRequest, Payload, Rules, SignatureError, read};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
/// 2013-05-24T00:00:00Z
const NOW: i64 = 1_369_353_600;
const SEED: &str = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";

/// The upload of "Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks".
fn request(content: &str) -> HttpRequest {
    HttpRequest::new("PUT", "/examplebucket/chunkObject.txt")
        .header("host", "s3.amazonaws.com")
        .header("x-amz-date", "20130524T000000Z")
        .header("x-amz-storage-class", "REDUCED_REDUNDANCY")
        .header("x-amz-content-sha256", content)
        .header("content-encoding", "aws-chunked")
        .header("x-amz-decoded-content-length", "66560")
        .header("content-length", "66824")
        .header(
            "authorization",
            format!(
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=\
                 content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;\
                 x-amz-storage-class,Signature={SEED}"
            ),
        )
}

fn body() -> ChunkedBody {
    let request = request("STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
    let signature = read(&request).unwrap().unwrap();
    let now = Timestamp::from_epoch_seconds(NOW);
    assert_eq!(signature.verify(&request, &Body::Streaming, SECRET, &Rules::for_s3(), now), Ok(Payload::Chunked));
    signature.chunked_body(&request, SECRET).unwrap()
}

fn wire() -> Vec<u8> {
    let chunk = |size: usize, signature: &str| {
        [format!("{size:x};chunk-signature={signature}\r\n").as_bytes(), &vec![b'a'; size], b"\r\n"].concat()
    };
    [
        chunk(65536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
        chunk(1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
        chunk(0, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
    ]
    .concat()
}

fn read_all(mut body: ChunkedBody, wire: &[u8], piece: usize) -> Result<Vec<u8>, SignatureError> {
    let mut plain = Vec::new();
    for piece in wire.chunks(piece) {
        plain.extend(body.feed(piece)?);
    }
    body.finish().map(|_| plain)
}

#[test]
fn the_published_example_is_read_whatever_the_pieces() {
    for piece in [1000, 65_536, 100_000] {
        assert_eq!(read_all(body(), &wire(), piece), Ok(vec![b'a'; 66_560]), "{piece}");
    }
}

#[test]
fn line_106_a_changed_missing_or_added_byte_is_refused() {
    let good = wire();
    for at in [0, 3, 30, 90, 66_000, good.len() - 80, good.len() - 10, good.len() - 1] {
        let mut bent = good.clone();
        bent[at] ^= 1;
        assert!(read_all(body(), &bent, 4096).is_err(), "{at}");
    }
    assert!(read_all(body(), &good[..good.len() - 2], 4096).is_err());
    assert!(read_all(body(), &[&good, &b"x"[..]].concat(), 4096).is_err());
    // The first chunk and the last, without the one between them.
    let second = 65_536 + 90;
    assert!(read_all(body(), &[&good[..second - 1], &good[second + 1024..]].concat(), 4096).is_err());
}

#[test]
fn line_119_a_chunk_without_end_and_one_too_large_are_refused() {
    assert_eq!(body().feed(&[b'1'; 300]), Err(SignatureError::Payload));
    let large = format!("7fffffff;chunk-signature={SEED}\r\n");
    assert_eq!(body().feed(large.as_bytes()), Err(SignatureError::Payload));
    assert_eq!(body().feed(b"0\r\n"), Err(SignatureError::Payload));
}

#[test]
fn unsigned_chunks_give_their_trailers() {
    let request = request("STREAMING-UNSIGNED-PAYLOAD-TRAILER");
    let signature = read(&request).unwrap().unwrap();
    let mut body = signature.chunked_body(&request, SECRET).unwrap();

    assert_eq!(body.feed(b"3\r\nabc\r\n0\r\nX-Amz-Checksum-Crc32: AAAAAA==\r\n\r\n").unwrap(), b"abc");
    assert_eq!(body.finish().unwrap(), [("x-amz-checksum-crc32".to_owned(), "AAAAAA==".to_owned())]);
}

#[test]
fn signed_trailers_are_held_to_their_signature() {
    let content = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
    let request = request(content);
    let signature = read(&request).unwrap().unwrap();
    let start = || signature.chunked_body(&request, SECRET).unwrap();

    // The same chain as above, continued over the trailer by hand.
    let key = [b"20130524".as_slice(), b"us-east-1", b"s3", b"aws4_request"]
        .iter()
        .fold(format!("AWS4{SECRET}").into_bytes(), |key, part| hmac(&key, part));
    let scope = "20130524T000000Z\n20130524/us-east-1/s3/aws4_request";
    let hash = |bytes: &[u8]| hex(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    let last = format!("AWS4-HMAC-SHA256-PAYLOAD\n{scope}\n{SEED}\n{}\n{}", hash(b""), hash(b""));
    let last = hex(&hmac(&key, last.as_bytes()));
    let trailer = format!("AWS4-HMAC-SHA256-TRAILER\n{scope}\n{last}\n{}", hash(b"x-amz-checksum-crc32:AAAAAA==\n"));
    let trailer = hex(&hmac(&key, trailer.as_bytes()));
    let wire = |value: &str| {
        format!("0;chunk-signature={last}\r\nx-amz-checksum-crc32:{value}\r\nx-amz-trailer-signature:{trailer}\r\n\r\n")
    };

    assert!(read_all(start(), wire("AAAAAA==").as_bytes(), 7).is_ok());
    assert_eq!(read_all(start(), wire("AAAAAB==").as_bytes(), 7), Err(SignatureError::Mismatch));
    let unsigned = format!("0;chunk-signature={last}\r\n\r\n");
    assert!(read_all(start(), unsigned.as_bytes(), 7).is_err());
}

fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    ring::hmac::sign(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key), text).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}
