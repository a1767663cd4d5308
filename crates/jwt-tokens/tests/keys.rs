//! Keys are taken, refused, told apart and named.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use base64_simd::URL_SAFE_NO_PAD;
use identity_kernel::entropy::SeededEntropy;
use identity_kernel::sealing::MasterKey;
use identity_kernel::time::Timestamp;
use jwt_tokens::{Algorithm, KeyRing, KeyRings, Rotation, SealedKey, SigningKey, VerifyingKey};
use ring::digest;
use serde_json::{Value, json};

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

fn taken(jwk: &Value) -> bool {
    serde_json::from_value(jwk.clone()).is_ok_and(|jwk| VerifyingKey::from_jwk(&jwk).is_ok())
}

/// An RSA key of this modulus.
fn rsa(modulus: &[u8]) -> Value {
    json!({"kty": "RSA", "n": encode(modulus), "e": "AQAB"})
}

/// A sound modulus: the top two bits and the last are set, and nothing is known of the rest.
fn modulus(bytes: usize) -> Vec<u8> {
    let mut modulus: Vec<u8> = (0..bytes.div_ceil(32))
        .flat_map(|at| digest::digest(&digest::SHA256, &at.to_le_bytes()).as_ref().to_vec())
        .collect();
    modulus.truncate(bytes);
    modulus[0] |= 0xc0;
    modulus[bytes - 1] |= 1;
    modulus
}

#[test]
fn line_12_an_rsa_modulus_has_2048_to_8192_bits_and_is_odd() {
    assert!(taken(&rsa(&modulus(256))) && taken(&rsa(&modulus(1024))));
    assert!(taken(&rsa(&[&[0], &modulus(256)[..]].concat())), "zeros in front count nothing");

    let mut bits_2047 = modulus(256);
    bits_2047[0] = 0x7f;
    let mut even = modulus(256);
    even[255] &= 0xfe;
    let mut bits_8193 = modulus(1025);
    bits_8193[0] = 1;
    for (what, weak) in [("2047 bits", bits_2047), ("even", even), ("8193 bits", bits_8193), ("nothing", vec![0; 256])]
    {
        assert!(!taken(&rsa(&weak)), "{what}");
    }
}

#[test]
fn line_12_an_rsa_modulus_with_the_mark_of_cve_2017_15361_is_refused() {
    // One more than a multiple of all primes that the mark is read by: 1 is a power of 65537 modulo each.
    const PRIMES: [u32; 38] = [
        3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107,
        109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
    ];
    let mut product = vec![1_u8];
    for prime in PRIMES {
        times(&mut product, prime);
    }
    while product.len() < 256 {
        times(&mut product, 256);
    }
    while product[255] < 0x80 {
        times(&mut product, 2);
    }
    product[0] += 1;
    let marked: Vec<u8> = product.iter().rev().copied().collect();
    assert_eq!((marked.len(), marked[0] & 0x80, marked[255]), (256, 0x80, 1));

    assert!(!taken(&rsa(&marked)));
    let mut near = marked;
    near[255] += 2;
    assert!(taken(&rsa(&near)));
}

/// Multiplies a little-endian number.
fn times(number: &mut Vec<u8>, factor: u32) {
    let mut carry = 0;
    for byte in number.iter_mut() {
        carry += u32::from(*byte) * factor;
        *byte = carry.to_le_bytes()[0];
        carry >>= 8;
    }
    while carry > 0 {
        number.push(carry.to_le_bytes()[0]);
        carry >>= 8;
    }
}

#[test]
fn a_key_that_says_it_is_for_something_else_is_not_taken() {
    let key = serde_json::to_value(SigningKey::generate(Algorithm::EdDsa).unwrap().public_jwk()).unwrap();
    let with = |name: &str, value: Value| {
        let mut jwk = key.clone();
        jwk[name] = value;
        taken(&jwk)
    };

    assert!(taken(&key) && with("key_ops", json!(["verify"])));
    assert!(!with("use", json!("enc")) && !with("key_ops", json!(["encrypt"])));
    assert!(!with("crv", json!("P-256")) && !with("alg", json!("RS256")));
}

#[test]
fn a_published_key_says_what_it_is_for_and_its_thumbprint_is_that_of_rfc_7638() {
    for (algorithm, members) in
        [(Algorithm::EdDsa, "crv kty x"), (Algorithm::Es256, "crv kty x y"), (Algorithm::Es384, "crv kty x y")]
    {
        let key = SigningKey::generate(algorithm).unwrap();
        let jwk = serde_json::to_value(key.public_jwk()).unwrap();
        assert_eq!(
            (&jwk["use"], &jwk["alg"], &jwk["kid"]),
            (&json!("sig"), &json!(algorithm.name()), &json!(key.kid()))
        );

        let members: Vec<String> = members.split(' ').map(|name| format!("\"{name}\":{}", jwk[name])).collect();
        let text = format!("{{{}}}", members.join(","));
        let thumbprint = encode(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
        assert_eq!(key.verifying_key().unwrap().thumbprint().unwrap(), thumbprint);
    }
}

#[test]
fn keys_are_equal_if_they_are_the_same_for_the_same_algorithm() {
    let public = |key: &SigningKey| key.verifying_key().unwrap();
    let (one, other) =
        (SigningKey::generate(Algorithm::EdDsa).unwrap(), SigningKey::generate(Algorithm::EdDsa).unwrap());
    assert_eq!(public(&one), public(&one));
    assert_ne!(public(&one), public(&other));

    let rsa = |algorithm: &str| {
        let mut jwk = rsa(&modulus(256));
        jwk["alg"] = json!(algorithm);
        VerifyingKey::from_jwk(&serde_json::from_value(jwk).unwrap()).unwrap()
    };
    assert_eq!(rsa("RS256"), rsa("RS256"));
    assert_ne!(rsa("RS256"), rsa("PS256"));
}

#[test]
fn a_ring_stays_open_for_a_minute_or_until_its_keys_change_and_is_closed_by_word() {
    let (master, entropy) = (MasterKey::new([7; 32]), SeededEntropy::new(1));
    let at = |seconds: i64| Timestamp::from_epoch_seconds(1_700_000_000 + seconds);
    let key = |now| SealedKey::generate(&master, &entropy, "pool", Algorithm::EdDsa, now).unwrap();
    let rings = KeyRings::default();
    let open =
        |keys: Vec<SealedKey>, now| rings.insert(&"pool", KeyRing::open(&master, "pool", keys, now).unwrap(), now);
    let stays = |seconds: i64| rings.get(&"pool", at(seconds)).is_some();

    open(vec![key(at(0))], at(0));
    assert_eq!([0, 59, 60, -60, -61].map(stays), [true, true, false, true, false]);
    assert!(rings.get(&"other", at(0)).is_none());

    let plan = Rotation::Planned { publish_ahead_seconds: 20, longest_token_seconds: 3600 };
    open(SealedKey::rotate(key(at(0)), &[key(at(0))], plan, at(0)).keys, at(0));
    assert_eq!([19, 20].map(stays), [true, false], "the new key signs from then on");

    rings.forget(&"pool");
    assert!(!stays(0));
    open(vec![key(at(0))], at(0));
    rings.forget_all();
    assert!(!stays(0));
}

#[test]
fn so_many_rings_are_open_at_once_and_no_more_and_the_oldest_makes_room() {
    let (master, entropy) = (MasterKey::new([7; 32]), SeededEntropy::new(1));
    let at = |seconds: i64| Timestamp::from_epoch_seconds(1_700_000_000 + seconds);
    let sealed = SealedKey::generate(&master, &entropy, "pool", Algorithm::EdDsa, at(0)).unwrap();
    let rings = KeyRings::default();
    let keep = |owner: i64, now| {
        rings.insert(&owner, KeyRing::open(&master, "pool", vec![sealed.clone()], now).unwrap(), now);
    };
    let open = |now| (0..1100).filter(|owner| rings.get(owner, now).is_some()).count();

    for owner in 0..1024 {
        keep(owner, at(owner / 100));
    }
    assert_eq!(open(at(11)), 1024);
    keep(1, at(11));
    assert_eq!(open(at(11)), 1024, "an owner whose ring is open needs no room");
    keep(1024, at(11));
    assert_eq!((open(at(11)), rings.get(&1, at(11)).is_some()), (1024, true));

    keep(1025, at(70));
    assert!(rings.get(&1025, at(70)).is_some());
}
