//! Bodies in chunks: Amazon's published example, and every way to bend it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use sigv4_verify::{Body, ChunkedBody, HttpRequest, Payload, Rules, SignatureError, Timestamp, read};

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
fn line_119_a_chunk_has_16_mib_at_most_and_its_line_256_bytes() {
    assert_eq!(unsigned(None).feed(b"1000000\r\n"), Ok(Vec::new()));
    assert_eq!(unsigned(None).feed(b"1000001\r\n"), Err(SignatureError::Payload));

    assert_eq!(body().feed(&[b'1'; 257]), Ok(Vec::new()), "a line of 256 bytes may still end");
    assert_eq!(body().feed(&[b'1'; 258]), Err(SignatureError::Payload));
}

#[test]
fn a_size_is_one_to_eight_digits_and_nothing_else() {
    assert_eq!(unsigned(None).feed(b"00000003\r\nabc\r\n"), Ok(b"abc".to_vec()));
    for bad in ["", "+3", " 3", "3 ", "000000003", "0x3"] {
        assert_eq!(
            unsigned(None).feed(format!("{bad}\r\nabc\r\n").as_bytes()),
            Err(SignatureError::Payload),
            "{bad:?}"
        );
    }
}

/// A body that is not signed itself, and so can be written by hand.
fn unsigned(trailers: Option<&str>) -> ChunkedBody {
    let mut request = request("STREAMING-UNSIGNED-PAYLOAD-TRAILER");
    if let Some(names) = trailers {
        request.push_header("x-amz-trailer", names);
    }
    read(&request).unwrap().unwrap().chunked_body(&request, SECRET).unwrap()
}

#[test]
fn unsigned_chunks_give_their_trailers() {
    let mut body = unsigned(None);

    assert_eq!(body.feed(b"3\r\nabc\r\n0\r\nX-Amz-Checksum-Crc32: AAAAAA==\r\n\r\n").unwrap(), b"abc");
    assert_eq!(body.finish().unwrap(), [("x-amz-checksum-crc32".to_owned(), "AAAAAA==".to_owned())]);
}

#[test]
fn a_trailer_without_a_name_twice_or_with_control_characters_is_refused() {
    let trailers = |lines: &str| read_all(unsigned(None), format!("0\r\n{lines}\r\n").as_bytes(), 7).map(drop);

    assert_eq!(trailers("a:1\r\nb:2\r\n"), Ok(()));
    for bad in [
        ":\r\n",
        ":1\r\n",
        "a:1\r\nA:2\r\n",
        "a:1\nb:2\r\n",
        "a:1\u{0}\r\n",
        "a b:1\r\n",
        "a\r\n",
        "x-amz-trailer-signature:00\r\n",
    ] {
        assert_eq!(trailers(bad), Err(SignatureError::Payload), "{bad:?}");
    }
    assert_eq!(unsigned(None).feed(b"0\r\na\r\n"), Err(SignatureError::Payload), "a name alone ends no body");
}

#[test]
fn trailers_are_counted_and_weighed() {
    let many = |count: usize, value: &str| {
        let lines: String = (0..count).fold(String::new(), |lines, number| lines + &format!("t{number}:{value}\r\n"));
        read_all(unsigned(None), format!("0\r\n{lines}\r\n").as_bytes(), 1000).map(drop)
    };

    assert_eq!(many(100, "v"), Ok(()));
    assert_eq!(many(256, ""), Err(SignatureError::Payload));
    assert_eq!(many(1, &"v".repeat(16_000)), Ok(()));
    assert_eq!(many(2, &"v".repeat(8_150)), Err(SignatureError::Payload));
    assert_eq!(many(1, &"v".repeat(16_384)), Err(SignatureError::Payload));
}

#[test]
fn where_the_request_names_its_trailers_no_other_comes() {
    let wire = b"0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n";

    assert!(read_all(unsigned(Some("X-Amz-Checksum-Crc32, x-amz-meta-a")), wire, 7).is_ok());
    assert_eq!(read_all(unsigned(Some("x-amz-checksum-sha256")), wire, 7), Err(SignatureError::Payload));
}

#[test]
fn after_an_error_every_call_is_one() {
    let mut body = unsigned(None);

    assert!(body.feed(b"x\r\n").is_err());
    assert!(body.feed(b"0\r\n\r\n").is_err());
    assert!(body.finish().is_err());
}

/// "Signature calculations for trailing headers" in Amazon's documentation of S3: two chunks and a checksum.
#[test]
fn the_published_example_with_a_trailer_is_read() {
    let seed = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";
    let request = request("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER");
    let request = request.headers().fold(HttpRequest::new("PUT", request.path()), |all, (name, value)| {
        let value = String::from_utf8(value.to_vec()).unwrap();
        all.header(name, value.replace(SEED, seed))
    });
    let signature = read(&request).unwrap().unwrap();
    let chunk = |size: usize, signature: &str| {
        let end = if size == 0 { "" } else { "\r\n" };
        [format!("{size:x};chunk-signature={signature}\r\n").as_bytes(), &vec![b'a'; size], end.as_bytes()].concat()
    };
    let wire = [
        chunk(65536, "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2"),
        chunk(1024, "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7"),
        chunk(0, "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992"),
        b"x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:\
          d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"
            .to_vec(),
    ]
    .concat();

    let body = || signature.chunked_body(&request, SECRET).unwrap();
    assert_eq!(read_all(body(), &wire, 4096), Ok(vec![b'a'; 66_560]));
    let mut whole = body();
    whole.feed(&wire).unwrap();
    assert_eq!(whole.finish().unwrap(), [("x-amz-checksum-crc32c".to_owned(), "sOO8/Q==".to_owned())]);
}

/// A body without data and with a trailer, signed by hand.
struct Trailed {
    last: String,
    key: Vec<u8>,
}

impl Trailed {
    const SCOPE: &str = "20130524T000000Z\n20130524/us-east-1/s3/aws4_request";

    fn new() -> Self {
        let parts = [b"20130524".as_slice(), b"us-east-1", b"s3", b"aws4_request"];
        let key = parts.iter().fold(format!("AWS4{SECRET}").into_bytes(), |key, part| hmac(&key, part));
        let text = format!("AWS4-HMAC-SHA256-PAYLOAD\n{}\n{SEED}\n{}\n{}", Self::SCOPE, hash(b""), hash(b""));
        Self { last: hex(&hmac(&key, text.as_bytes())), key }
    }

    /// The signature of these lines.
    fn signature(&self, lines: &str) -> String {
        let text = format!("AWS4-HMAC-SHA256-TRAILER\n{}\n{}\n{}", Self::SCOPE, self.last, hash(lines.as_bytes()));
        hex(&hmac(&self.key, text.as_bytes()))
    }

    fn read(&self, trailers: &str) -> Result<Vec<(String, String)>, SignatureError> {
        let request = request("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER");
        let mut body = read(&request).unwrap().unwrap().chunked_body(&request, SECRET).unwrap();
        for piece in format!("0;chunk-signature={}\r\n{trailers}", self.last).as_bytes().chunks(7) {
            body.feed(piece)?;
        }
        body.finish()
    }
}

#[test]
fn signed_trailers_are_held_to_their_signature() {
    let body = Trailed::new();
    let good = body.signature("x-amz-checksum-crc32:AAAAAA==\n");
    let with =
        |value: &str| body.read(&format!("x-amz-checksum-crc32:{value}\r\nx-amz-trailer-signature:{good}\r\n\r\n"));

    assert!(with("AAAAAA==").is_ok());
    assert_eq!(with("AAAAAB=="), Err(SignatureError::Mismatch));
    assert!(body.read("\r\n").is_err());
    assert!(body.read("x-amz-checksum-crc32:AAAAAA==\r\n\r\n").is_err());
}

#[test]
fn nothing_but_the_empty_line_comes_behind_the_trailers_signature() {
    let body = Trailed::new();
    let good = body.signature("x-amz-checksum-crc32:AAAAAA==\n");
    let with = |added: &str| {
        body.read(&format!("x-amz-checksum-crc32:AAAAAA==\r\nx-amz-trailer-signature:{good}\r\n{added}\r\n"))
    };

    assert!(with("").is_ok());
    let second = format!("x-amz-trailer-signature:{good}\r\n");
    for added in ["x-amz-checksum-crc32:EVIL====\r\n", "x-evil:1\r\n", &second, "\r\n", " "] {
        assert_eq!(with(added), Err(SignatureError::Payload), "{added:?}");
    }
}

#[test]
fn two_signed_trailers_do_not_become_one_by_a_bare_line_feed() {
    let body = Trailed::new();
    let both = body.signature("x-amz-checksum-crc32:AAAAAA==\nx-amz-meta-z:1\n");
    let with = |parting: &str| {
        body.read(&format!(
            "x-amz-checksum-crc32:AAAAAA=={parting}x-amz-meta-z:1\r\nx-amz-trailer-signature:{both}\r\n\r\n"
        ))
    };

    assert_eq!(with("\r\n").unwrap().len(), 2);
    assert_eq!(with("\n"), Err(SignatureError::Payload));
}

fn hash(bytes: &[u8]) -> String {
    hex(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref())
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
