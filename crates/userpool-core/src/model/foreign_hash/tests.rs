use super::*;

const SALT: &str = "c2FsdHNhbHRzYWx0c2FsdA";
const HASH: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[test]
fn every_way_to_write_a_hash_is_recognised() {
    for (text, algorithm) in [
        ("$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", HashingAlgorithm::Bcrypt),
        (&format!("$scrypt$ln=14,r=8,p=1${SALT}${HASH}"), HashingAlgorithm::Scrypt),
        (&format!("$firebase-scrypt$ln=14,r=8,p=1${SALT}$Bw==${HASH}=${HASH}="), HashingAlgorithm::Scrypt),
        (&format!("$argon2id$v=19$m=65536,t=3,p=4${SALT}${HASH}"), HashingAlgorithm::Argon2id),
        (&format!("$pbkdf2-sha256$i=600000,l=32${SALT}${HASH}"), HashingAlgorithm::Pbkdf2Sha256),
        (&format!("$pbkdf2-sha256$29000${SALT}${HASH}"), HashingAlgorithm::Pbkdf2Sha256),
        (&format!("pbkdf2_sha256$600000$any.salt${HASH}="), HashingAlgorithm::Pbkdf2Sha256),
    ] {
        assert_eq!(ForeignHash::read(text).map(|hash| hash.algorithm()), Some(algorithm), "{text}");
    }
}

#[test]
fn line_42_what_is_too_dear_to_compute_is_no_hash() {
    let bcrypt = |cost: &str| format!("$2b${cost}$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy");
    let dear = [
        bcrypt("15"),
        bcrypt("31"),
        bcrypt("03"),
        format!("$scrypt$ln=18,r=8,p=1${SALT}${HASH}"),
        format!("$scrypt$ln=63,r=8,p=1${SALT}${HASH}"),
        format!("$scrypt$ln=17,r=8,p=16${SALT}${HASH}"),
        format!("$scrypt$ln=14,r=4294967295,p=1${SALT}${HASH}"),
        format!("$firebase-scrypt$ln=20,r=8,p=1${SALT}$Bw==${HASH}=${HASH}="),
        format!("$argon2id$v=19$m=131073,t=1,p=1${SALT}${HASH}"),
        format!("$argon2id$v=19$m=131072,t=9,p=1${SALT}${HASH}"),
        format!("$argon2id$v=19$m=64,t=0,p=1${SALT}${HASH}"),
        format!("$pbkdf2-sha256$i=2000001${SALT}${HASH}"),
        format!("$pbkdf2-sha256$i=0${SALT}${HASH}"),
    ];
    for text in dear {
        assert!(ForeignHash::read(&text).is_none(), "{text}");
    }
    assert!(ForeignHash::read(&format!("$scrypt$ln=17,r=8,p=1${SALT}${HASH}")).is_some());
    assert!(ForeignHash::read(&format!("$argon2id$v=19$m=131072,t=8,p=1${SALT}${HASH}")).is_some());
}

#[test]
fn what_is_no_hash_is_none_of_somebody() {
    for text in ["", "secret", "$1$x$y", "$2b$10$short", "$scrypt$ln=14,r=8$AA$AA", "$pbkdf2-sha256$i=1$AA$"] {
        assert!(ForeignHash::read(text).is_none(), "{text}");
    }
    // A hash of a few bytes is of every password of a guesser's.
    assert!(ForeignHash::read(&format!("$scrypt$ln=14,r=8,p=1${SALT}$AAAA")).is_none());
    assert!(ForeignHash::read(&format!("$pbkdf2-sha256$i=1${SALT}$AAAA")).is_none());
    assert!(!format!("{:?}", ForeignHash::read(&format!("pbkdf2_sha256$1$a${HASH}="))).contains("AAAA"));
}

#[test]
fn an_argon2_hash_is_of_salt_memory_and_length_that_argon2_knows() {
    let read = |cost: &str, salt: &str, hash: &str| ForeignHash::read(&format!("$argon2id$v=19${cost}${salt}${hash}"));
    let (salt, hash) = ("c2FsdHNhbHQ", "AAAAAA");
    assert!(read("m=32,t=1,p=4", salt, hash).is_some(), "the least of everything");
    for (cost, salt, hash) in [
        ("m=31,t=1,p=4", salt, hash),
        ("m=32,t=0,p=4", salt, hash),
        ("m=32,t=1,p=0", salt, hash),
        ("m=32,t=1,p=17", salt, hash),
        ("m=32,t=1,p=4", "c2FsdHNhbA", hash),
        ("m=32,t=1,p=4", salt, "AAAA"),
    ] {
        assert_eq!(read(cost, salt, hash), None, "{cost} {salt} {hash}");
    }
}

#[test]
fn a_pbkdf2_hash_is_as_long_as_it_says_and_of_64_bytes_at_most() {
    let of = |bytes: usize| "A".repeat(bytes * 4 / 3);
    let read = |length: &str, hash: &str| ForeignHash::read(&format!("$pbkdf2-sha256$i=1000{length}${SALT}${hash}"));

    assert!(read(",l=48", &of(48)).is_some() && read("", &of(48)).is_some());
    assert_eq!(read(",l=47", &of(48)), None);
    assert_eq!(read(",l=66", &of(66)), None);
    assert_eq!(read("", &of(66)), None);
}
