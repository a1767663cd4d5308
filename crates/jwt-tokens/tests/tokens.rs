//! Tokens are made and refused as the numbered requirements say.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use base64_simd::URL_SAFE_NO_PAD;
use identity_kernel::time::Timestamp;
use jwt_tokens::{Algorithm, KeySet, SigningKey, TokenError, Verifier, VerifyingKey};
use serde_json::{Value, json};

const NOW: i64 = 1_700_000_000;
const ISSUER: &str = "https://idp.example/pool";

fn now() -> Timestamp {
    Timestamp::from_epoch_seconds(NOW)
}

fn keys(key: &SigningKey) -> KeySet {
    KeySet::from_jwks([key.public_jwk()])
}

fn claims() -> Value {
    json!({"iss": ISSUER, "sub": "ada", "aud": "client", "token_use": "id", "iat": NOW, "exp": NOW + 60})
}

fn verify(key: &SigningKey, token: &str) -> Result<Value, TokenError> {
    let verified = Verifier::new(ISSUER).any_audience().verify(&keys(key), token, now())?;
    Ok(Value::Object(verified.claims().clone()))
}

/// A token of `key` whose header is `header`.
fn with_header(key: &SigningKey, header: &Value) -> String {
    let token = key.sign(&claims()).unwrap();
    let rest = token.split_once('.').unwrap().1;
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode_to_string(header.to_string()))
}

/// A token that `key` has signed over just this text.
fn with_payload(key: &SigningKey, payload: &str) -> String {
    let head = key.sign(&json!({})).unwrap().split_once('.').unwrap().0.to_owned();
    let signed = format!("{head}.{}", URL_SAFE_NO_PAD.encode_to_string(payload));
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode_to_string(key.signature(signed.as_bytes()).unwrap()))
}

fn generated() -> Vec<SigningKey> {
    [Algorithm::Rs256, Algorithm::Rs512, Algorithm::Es256, Algorithm::EdDsa]
        .into_iter()
        .filter(|algorithm| SigningKey::can_generate(*algorithm))
        .map(|algorithm| SigningKey::generate(algorithm).unwrap())
        .collect()
}

#[test]
fn what_a_key_signs_it_verifies_also_after_storage_and_publication() {
    for key in generated() {
        let stored = SigningKey::from_pkcs8(key.algorithm(), key.expose_pkcs8()).unwrap();
        let published = serde_json::to_vec(&KeySet::publish([key.public_jwk()])).unwrap();

        let token = stored.sign(&claims()).unwrap();

        let keys = KeySet::from_json(&published).unwrap();
        let verified = Verifier::new(ISSUER).any_audience().verify(&keys, &token, now()).unwrap();
        assert_eq!(Value::Object(verified.claims().clone()), claims(), "{key:?}");
    }
}

#[test]
fn line_1_the_header_cannot_choose_the_algorithm() {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();

    for other in ["RS256", "HS256", "EdDSA", "es256"] {
        let token = with_header(&key, &json!({"alg": other, "kid": key.kid()}));
        assert_eq!(verify(&key, &token), Err(TokenError::Algorithm), "{other}");
    }
}

#[test]
fn line_2_none_is_refused_in_any_case_and_with_an_empty_signature() {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();

    for none in ["none", "None", "NONE", "nOnE"] {
        let token = with_header(&key, &json!({"alg": none, "kid": key.kid()}));
        assert_eq!(verify(&key, &token), Err(TokenError::Algorithm));
        let bare = format!("{}.", token.rsplit_once('.').unwrap().0);
        assert_eq!(verify(&key, &bare), Err(TokenError::Malformed));
        assert_eq!(Verifier::unverified_kid(&token), Err(TokenError::Algorithm), "also without a key at hand");
        assert_eq!(Verifier::unverified_claim(&token, "iss"), Err(TokenError::Algorithm));
    }
}

/// A token of `key` under the header `header`, signed as it stands.
fn signed_under(key: &SigningKey, header: &Value) -> String {
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode_to_string(header.to_string()),
        URL_SAFE_NO_PAD.encode_to_string(claims().to_string())
    );
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode_to_string(key.signature(signed.as_bytes()).unwrap()))
}

#[test]
fn line_4_extensions_that_must_be_understood_are_refused() {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();

    for (name, value) in [("crit", json!(["exp"])), ("crit", json!([])), ("b64", json!(false)), ("b64", json!(true))] {
        let token = signed_under(&key, &json!({"alg": "ES256", "kid": key.kid(), name: value}));
        assert_eq!(verify(&key, &token), Err(TokenError::UnknownExtension), "{name}");
    }
}

#[test]
fn line_4_keys_that_a_header_brings_or_points_to_mean_nothing() {
    let (key, forger) =
        (SigningKey::generate(Algorithm::Es256).unwrap(), SigningKey::generate(Algorithm::Es256).unwrap());
    for (name, value) in [
        ("jwk", serde_json::to_value(forger.public_jwk()).unwrap()),
        ("jku", json!("https://evil.example/keys")),
        ("x5u", json!("https://evil.example/certificate")),
        ("x5c", json!(["AAAA"])),
    ] {
        let header = |kid: &str| json!({"alg": "ES256", "kid": kid, name: value});
        assert_eq!(verify(&key, &signed_under(&forger, &header(forger.kid()))), Err(TokenError::UnknownKey), "{name}");
        assert_eq!(verify(&key, &signed_under(&forger, &header(key.kid()))), Err(TokenError::Signature), "{name}");
        assert_eq!(verify(&key, &signed_under(&key, &header(key.kid()))), Ok(claims()), "{name} is passed over");
    }
}

#[test]
fn line_5_a_kid_is_a_name_in_the_issuers_set_and_nothing_else() {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let named = |kid: &Value| with_header(&key, &json!({"alg": "ES256", "kid": kid}));

    for kid in ["../../etc/passwd", "' OR 1=1 --", "https://evil.example/keys", "a\u{0}b", ""] {
        assert_eq!(verify(&key, &named(&json!(kid))), Err(TokenError::UnknownKey), "{kid}");
    }
    assert_eq!(verify(&key, &named(&json!("k".repeat(257)))), Err(TokenError::Malformed));
    assert_eq!(verify(&key, &named(&json!(7))), Err(TokenError::Malformed));
    // A key of the same name in another issuer's set is not asked.
    let other = SigningKey::generate(Algorithm::Es256).unwrap();
    let set = KeySet::from_keys([(Some(key.kid().to_owned()), other.verifying_key().unwrap())]);
    let token = key.sign(&claims()).unwrap();
    assert_eq!(Verifier::new(ISSUER).any_audience().verify(&set, &token, now()).unwrap_err(), TokenError::Signature);
}

#[test]
fn line_11_compressed_and_encrypted_tokens_are_refused() {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let with = |name: &str, value: &str| with_header(&key, &json!({"alg": "ES256", "kid": key.kid(), name: value}));

    assert_eq!(verify(&key, &with("zip", "DEF")), Err(TokenError::Malformed));
    assert_eq!(verify(&key, &with("enc", "A256GCM")), Err(TokenError::Malformed));
    for algorithm in ["RSA1_5", "PBES2-HS256+A128KW", "dir"] {
        let header = json!({"alg": algorithm, "enc": "A128GCM", "p2c": 10_000_000, "p2s": "c2FsdA"}).to_string();
        let token = format!("{}.a2V5.aXY.Y2lwaGVy.dGFn", URL_SAFE_NO_PAD.encode_to_string(header));
        assert_eq!(verify(&key, &token), Err(TokenError::Malformed), "{algorithm}");
    }
}

#[test]
fn line_6_the_issuer_is_compared_byte_for_byte() {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();

    for other in ["https://idp.example/pool/", "https://IDP.example/pool", "https://idp.example"] {
        let token = key.sign(&json!({"iss": other, "exp": NOW + 60})).unwrap();
        assert_eq!(verify(&key, &token), Err(TokenError::Issuer), "{other}");
    }
}

#[test]
fn line_7_an_id_token_is_no_access_token_and_another_clients_is_refused() {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let token = key.sign(&claims()).unwrap();
    let verified = Verifier::new(ISSUER).any_audience().verify(&keys(&key), &token, now()).unwrap();

    assert_eq!(verified.clone().into_access_token().unwrap_err(), TokenError::TokenUse);
    assert_eq!(verified.authorized_party(), Ok("client"));
}

#[test]
fn line_8_times_of_a_wrong_type_make_the_token_invalid() {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let above: u64 = (1 << 53) + 1;
    let wrong = [json!("1"), json!([1]), json!({}), json!(true), Value::Null, json!(-1), json!(1.8e16), json!(above)];

    for name in ["exp", "nbf", "iat"] {
        for value in &wrong {
            let mut claims = claims();
            claims[name] = value.clone();
            assert_eq!(verify(&key, &key.sign(&claims).unwrap()), Err(TokenError::Malformed), "{name} {value}");
        }
    }
}

#[test]
fn a_token_is_dead_at_its_expiry_and_unborn_a_minute_before_its_start() {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let token = |name: &str, ahead: i64| {
        let mut claims = claims();
        claims[name] = json!(NOW + ahead);
        key.sign(&claims).unwrap()
    };
    let judged = |verifier: Verifier, token: &str| verifier.verify(&keys(&key), token, now()).map(drop);

    let (plain, strict) =
        (Verifier::new(ISSUER).any_audience(), Verifier::new(ISSUER).any_audience().leeway_seconds(0));
    let forgiving = Verifier::new(ISSUER).any_audience().leeway_seconds(1);
    assert!(matches!(judged(plain.clone(), &token("exp", 0)), Err(TokenError::Expired { .. })));
    assert_eq!(judged(plain.clone(), &token("exp", 1)), Ok(()));
    assert_eq!(judged(forgiving.clone(), &token("exp", 0)), Ok(()));
    for start in ["nbf", "iat"] {
        assert_eq!(judged(plain.clone(), &token(start, 60)), Ok(()), "line 115: clocks differ");
        assert_eq!(judged(plain.clone(), &token(start, 61)), Err(TokenError::NotYetValid));
        assert_eq!(judged(forgiving.clone(), &token(start, 1)), Ok(()));
        assert_eq!(judged(forgiving.clone(), &token(start, 2)), Err(TokenError::NotYetValid));
        assert_eq!(judged(strict.clone(), &token(start, 1)), Err(TokenError::NotYetValid));
    }
}

#[test]
fn line_8_a_time_may_be_as_late_as_2_to_the_53() {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let token = key.sign(&json!({"iss": ISSUER, "exp": 1_u64 << 53})).unwrap();

    assert!(verify(&key, &token).is_ok());
}

#[test]
fn line_8_more_than_a_minute_of_leeway_counts_as_a_minute() {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let verifier = Verifier::new(ISSUER).any_audience().leeway_seconds(3600);
    let token = |name: &str, ahead: i64| {
        let mut claims = claims();
        claims[name] = json!(NOW + ahead);
        verifier.verify(&keys(&key), &key.sign(&claims).unwrap(), now()).map(drop)
    };

    assert_eq!((token("exp", -59), token("nbf", 60)), (Ok(()), Ok(())));
    assert!(matches!(token("exp", -60), Err(TokenError::Expired { .. })));
    assert_eq!([token("nbf", 61), token("iat", 61)], [Err(TokenError::NotYetValid); 2]);
}

#[test]
fn line_7_an_audience_is_asked_for_and_a_token_that_says_its_use_or_type_is_taken_only_where_that_was_said() {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let (billing, claims) = (
        || Verifier::new(ISSUER).audience(["billing", "books"]),
        |aud: Value| json!({"iss": ISSUER, "sub": "a", "exp": NOW + 9, "aud": aud}),
    );
    let judged = |verifier: Verifier, token: &str| verifier.verify(&keys(&key), token, now()).map(drop);
    for (aud, outcome) in [
        (json!("billing"), Ok(())),
        (json!(["x", "books"]), Ok(())),
        (json!("shop"), Err(TokenError::Audience)),
        (json!([]), Err(TokenError::Audience)),
        (json!(7), Err(TokenError::Malformed)),
    ] {
        assert_eq!(judged(billing(), &key.sign(&claims(aud.clone())).unwrap()), outcome, "{aud}");
    }
    assert_eq!(
        judged(billing(), &key.sign(&json!({"iss": ISSUER, "exp": NOW + 9})).unwrap()),
        Err(TokenError::Audience)
    );

    let mut access = claims(json!("billing"));
    access["token_use"] = json!("access");
    let access = key.sign(&access).unwrap();
    assert_eq!(judged(billing(), &access), Err(TokenError::TokenUse));
    assert_eq!(judged(billing().token_use("access"), &access), Ok(()));
    assert_eq!(judged(billing().token_use("id"), &access), Err(TokenError::TokenUse));
    let plain = key.sign(&claims(json!("billing"))).unwrap();
    assert_eq!(judged(billing().token_use("access"), &plain), Err(TokenError::TokenUse));

    let logout = key.sign_typed("logout+jwt", &claims(json!("billing"))).unwrap();
    assert_eq!(judged(billing(), &logout), Err(TokenError::Typ));
    assert_eq!(judged(Verifier::new(ISSUER).any_audience(), &logout), Ok(()));
    let jwt = key.sign_typed("JWT", &claims(json!("billing"))).unwrap();
    assert_eq!(judged(billing(), &jwt), Ok(()));
    let at = || billing().typ("at+jwt");
    for (typ, outcome) in
        [("at+jwt", Ok(())), ("application/AT+JWT", Ok(())), ("JWT", Err(TokenError::Typ)), ("", Err(TokenError::Typ))]
    {
        assert_eq!(judged(at(), &key.sign_typed(typ, &claims(json!("billing"))).unwrap()), outcome, "{typ}");
    }
    assert_eq!(judged(at(), &plain), Err(TokenError::Typ));
}

/// A token as Amazon makes them for client credentials: no user, no sign-in.
#[test]
fn a_machines_access_token_is_read_and_a_token_that_lacks_a_claim_says_which() {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let machine = json!({"sub": "1h57kf5cpq17m0eml12EXAMPLE", "token_use": "access", "scope": "orders/read",
        "auth_time": NOW, "iss": ISSUER, "exp": NOW + 9, "iat": NOW, "version": 2, "jti": "j",
        "client_id": "1h57kf5cpq17m0eml12EXAMPLE"});
    let id = json!({"sub": "u", "aud": "c", "token_use": "id", "auth_time": NOW, "iss": ISSUER, "exp": NOW + 9,
        "iat": NOW, "cognito:username": "ada"});
    let verified = |claims: &Value| {
        Verifier::new(ISSUER).any_audience().verify(&keys(&key), &key.sign(claims).unwrap(), now()).unwrap()
    };

    let read = verified(&machine).into_access_token().unwrap();
    assert_eq!((read.username, read.origin_jti, read.event_id), (None, None, None));
    assert_eq!((read.client_id.as_str(), read.jti.as_str()), ("1h57kf5cpq17m0eml12EXAMPLE", "j"));
    assert_eq!(verified(&id).into_id_token().unwrap().username, "ada");

    let without = |claims: &Value, name: &str| {
        let mut claims = claims.clone();
        claims.as_object_mut().unwrap().remove(name);
        verified(&claims)
    };
    for name in ["sub", "auth_time", "iat", "jti", "client_id"] {
        assert_eq!(without(&machine, name).into_access_token().unwrap_err(), TokenError::ClaimMissing(name));
    }
    for name in ["sub", "aud", "auth_time", "iat", "cognito:username"] {
        assert_eq!(without(&id, name).into_id_token().unwrap_err(), TokenError::ClaimMissing(name));
    }
    assert!(without(&machine, "scope").into_access_token().is_ok_and(|claims| claims.scope.is_empty()));
    let mut bent = machine.clone();
    bent["jti"] = json!(7);
    assert_eq!(verified(&bent).into_access_token().unwrap_err(), TokenError::Malformed);
}

#[test]
fn line_9_only_the_canonical_form_passes() {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let token = key.sign(&claims()).unwrap();
    let (head, signature) = token.rsplit_once('.').unwrap();

    for bent in [
        format!("{token}="),
        format!(" {token}"),
        format!("{token}\n"),
        format!("{token}.x"),
        head.to_owned(),
        format!("{head}..{signature}"),
        token.replace('.', ".."),
    ] {
        assert_eq!(verify(&key, &bent), Err(TokenError::Malformed), "{bent}");
    }
}

#[test]
fn every_changed_character_is_refused() {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let token = key.sign(&claims()).unwrap();

    for at in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        assert!(verify(&key, std::str::from_utf8(&bytes).unwrap()).is_err(), "character {at}");
    }
}

#[test]
fn line_10_a_huge_token_is_refused_for_its_length() {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();

    assert_eq!(verify(&key, &"A".repeat(1024 * 1024)), Err(TokenError::TooLong));
    assert_eq!(verify(&key, &format!("{}.e30.AA", "A".repeat(5000))), Err(TokenError::TooLong));
}

#[test]
fn line_12_a_weak_rsa_key_is_no_key() {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode_to_string(bytes);
    let jwk = |n: &[u8], e: &[u8]| json!({"keys": [{"kty": "RSA", "kid": "k", "n": encode(n), "e": encode(e)}]});
    let strong = [0xff; 256];

    for (n, e, expected) in [
        (&strong[..], &[1, 0, 1][..], 1),
        (&strong[..128], &[1, 0, 1], 0),
        (&strong, &[1], 0),
        (&strong, &[4], 0),
        (&[&strong[..255], &[0xfe]].concat(), &[1, 0, 1], 0),
    ] {
        assert_eq!(KeySet::from_json(jwk(n, e).to_string().as_bytes()).unwrap().len(), expected);
    }
}

#[test]
fn keys_go_out_and_come_back_as_pem_der_and_jwk() {
    let mut keys = generated();
    keys.push(SigningKey::generate(Algorithm::Es384).unwrap());
    for key in keys {
        let algorithm = key.algorithm();
        let pem = SigningKey::from_pem(algorithm, key.to_pem().unwrap().expose()).unwrap();
        let jwk = SigningKey::from_jwk(key.to_private_jwk().unwrap().expose().as_bytes()).unwrap();
        let public = key.verifying_key().unwrap();
        let public_pem = VerifyingKey::from_pem(algorithm, &public.pem().unwrap()).unwrap();
        let public_jwk = VerifyingKey::from_jwk(&public.jwk("k").unwrap()).unwrap();

        for again in [pem, jwk] {
            assert_eq!(again.kid(), key.kid());
            assert!(public.verify(b"text", &again.signature(b"text").unwrap()));
        }
        assert_eq!([&public_pem, &public_jwk], [&public, &public]);
        assert_eq!(public.thumbprint().unwrap(), key.kid());
        assert!(VerifyingKey::from_spki(algorithm, &public.spki().unwrap()[1..]).is_err());
    }
}

#[test]
fn line_1_a_pem_of_another_kind_of_key_is_no_key_of_this_algorithm() {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let pem = key.verifying_key().unwrap().pem().unwrap();

    for other in Algorithm::ASYMMETRIC.into_iter().filter(|other| *other != Algorithm::Es256) {
        assert!(VerifyingKey::from_pem(other, &pem).is_err(), "{other}");
        assert!(SigningKey::from_pem(other, key.to_pem().unwrap().expose()).is_err(), "{other}");
    }
}

#[test]
fn line_3_a_public_key_is_never_a_shared_secret() {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let public = key.verifying_key().unwrap();
    let jwk = serde_json::to_vec(&key.public_jwk()).unwrap();
    let forms = [public.pem().unwrap().into_bytes(), public.spki().unwrap(), jwk];

    for secret in forms {
        let mac = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &secret);
        let head = URL_SAFE_NO_PAD.encode_to_string(json!({"alg": "HS256", "kid": key.kid()}).to_string());
        let signed = format!("{head}.{}", URL_SAFE_NO_PAD.encode_to_string(claims().to_string()));
        let tag = ring::hmac::sign(&mac, signed.as_bytes());
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode_to_string(tag));
        assert_eq!(verify(&key, &token), Err(TokenError::Algorithm));
        #[cfg(feature = "danger-hs256")]
        assert!(jwt_tokens::SharedSecret::new("k", &secret.into()).is_err());
    }
}

#[test]
fn line_14_that_a_token_passed_once_helps_it_nowhere() {
    let (key, other) =
        (SigningKey::generate(Algorithm::EdDsa).unwrap(), SigningKey::generate(Algorithm::EdDsa).unwrap());
    let claims = json!({"iss": ISSUER, "exp": NOW + 9, "token_use": "access", "client_id": "shop"});
    let token = key.sign(&claims).unwrap();
    let (issuer, own) = (Verifier::new(ISSUER).any_audience(), keys(&key));
    let passes = || issuer.verify_lazily(&own, &token, now()).is_ok();

    assert!(passes());
    let later = Timestamp::from_epoch_seconds(NOW + 9);
    assert!(issuer.verify_lazily(&own, &token, later).is_err());
    assert!(issuer.verify_lazily(&keys(&other), &token, now()).is_err());
    assert!(Verifier::new(ISSUER).access_tokens_of(["other"]).verify_lazily(&own, &token, now()).is_err());
    let signed = token.rsplit_once('.').unwrap().0;
    let borrowed = other.sign(&claims).unwrap();
    let forged = format!("{signed}.{}", borrowed.rsplit_once('.').unwrap().1);
    assert!(issuer.verify_lazily(&own, &forged, now()).is_err());
    assert!(passes());
}

#[test]
fn line_9_a_member_twice_is_refused_wherever_it_stands() {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    for extra in [r#""sub":"b""#, r#""x":{"a":1,"a":1}"#, r#""x":[{"a":1,"a":1}]"#, r#""exp":1700000060"#] {
        let token = with_payload(&key, &format!(r#"{{"iss":"{ISSUER}","sub":"a","exp":1700000060,{extra}}}"#));
        assert_eq!(verify(&key, &token), Err(TokenError::Malformed), "{extra}");
    }
}

#[test]
fn line_7_an_access_token_must_be_of_the_client_scope_and_group_wanted() {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let token = key
        .sign(&json!({"iss": ISSUER, "exp": NOW + 9, "token_use": "access", "client_id": "shop",
            "scope": "orders/read profile", "cognito:groups": ["staff"]}))
        .unwrap();
    let access = Verifier::new(ISSUER).access_tokens_of(["shop"]);
    let outcome = |verifier: Verifier| verifier.verify_lazily(&keys(&key), &token, now()).map(|_| ());

    assert_eq!(outcome(access.clone().any_scope(["orders/read", "x"]).any_group(["staff"])), Ok(()));
    assert_eq!(outcome(access.clone().any_scope(["orders", "read"])), Err(TokenError::Scope));
    assert_eq!(outcome(access.clone().any_group(["admins"])), Err(TokenError::Group));
    assert_eq!(outcome(Verifier::new(ISSUER).access_tokens_of(["other"])), Err(TokenError::Audience));
    assert_eq!(outcome(Verifier::new(ISSUER).id_tokens_of(["shop"])), Err(TokenError::TokenUse));
}

#[test]
fn a_kid_that_two_keys_bear_names_neither() {
    let (one, other) =
        (SigningKey::generate(Algorithm::EdDsa).unwrap(), SigningKey::generate(Algorithm::EdDsa).unwrap());
    let named = [&one, &other].map(|key| (Some("k".to_owned()), key.verifying_key().unwrap()));

    assert!(KeySet::from_keys(named).is_empty());
}

#[test]
fn claims_written_with_spaces_escapes_and_fractions_are_held_to_the_same_rules() {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let payload = |iss: &str, exp: &str, rest: &str| {
        format!(
            "{{ \"iss\" : \"{iss}\",\n \"exp\": {exp}, \"token_use\": \"acc\\u0065ss\", \"client_id\": \"sh\\u006fp\"{rest} }}"
        )
    };
    let escaped = ISSUER.replace('/', "\\/");
    let good = payload(&escaped, "1.70000001e9", r#", "cognito:groups": ["st\u0061ff"], "scope": "a\u0020b""#);
    let wanted = Verifier::new(ISSUER).access_tokens_of(["shop"]).any_scope(["b"]).any_group(["staff"]);
    let outcome = |payload: &str| wanted.verify(&keys(&key), &with_payload(&key, payload), now()).map(drop);

    assert_eq!(outcome(&good), Ok(()));
    for (bent, error) in [
        (payload("https:\\/\\/evil.example", "1.7e10", ""), TokenError::Issuer),
        (payload(&escaped, "1700000000.0", ""), TokenError::Expired { at: now() }),
        (payload(&escaped, "1.7e10", ""), TokenError::Scope),
        (good.replace("sh\\u006fp", "sh\\u006fps"), TokenError::Audience),
        (good.replace("acc\\u0065ss", "\\u0069d"), TokenError::TokenUse),
        (good.replace("st\\u0061ff", "st\\u0061f"), TokenError::Group),
        (good.replace("1.70000001e9", "1.8e16"), TokenError::Malformed),
        (good.replace("\"exp\"", "\"ex\""), TokenError::ClaimMissing("exp")),
        (format!("{good} x"), TokenError::Malformed),
    ] {
        assert_eq!(outcome(&bent), Err(error), "{bent}");
    }
    let half = payload(&escaped, "1700000000.5", "");
    assert!(
        Verifier::new(ISSUER).any_audience().verify(&keys(&key), &with_payload(&key, &half), now()).is_ok(),
        "half a second left"
    );
}

#[test]
fn line_7_an_id_token_must_be_for_one_of_the_clients_wanted_alone() {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let wanted = Verifier::new(ISSUER).id_tokens_of(["shop", "till"]);
    for (aud, outcome) in [
        (json!("shop"), Ok(())),
        (json!("till"), Ok(())),
        (json!(["shop"]), Ok(())),
        (json!("other"), Err(TokenError::Audience)),
        (json!(["shop", "other"]), Err(TokenError::Audience)),
        (json!([]), Err(TokenError::Audience)),
        (json!(7), Err(TokenError::Malformed)),
    ] {
        let token = key.sign(&json!({"iss": ISSUER, "exp": NOW + 9, "token_use": "id", "aud": aud})).unwrap();
        assert_eq!(wanted.verify(&keys(&key), &token, now()).map(drop), outcome, "{aud}");
        let spaced = format!(r#"{{ "iss": "{ISSUER}", "exp": 1700000009, "token_use": "id", "aud": {aud} }}"#);
        assert_eq!(wanted.verify(&keys(&key), &with_payload(&key, &spaced), now()).map(drop), outcome, "{aud}");
    }
    let without = key.sign(&json!({"iss": ISSUER, "exp": NOW + 9, "token_use": "id"})).unwrap();
    assert_eq!(wanted.verify(&keys(&key), &without, now()).map(drop), Err(TokenError::Audience));
}

#[test]
fn a_token_without_kid_is_of_the_only_key_there_is() {
    let (key, other) =
        (SigningKey::generate(Algorithm::EdDsa).unwrap(), SigningKey::generate(Algorithm::EdDsa).unwrap());
    let header = URL_SAFE_NO_PAD.encode_to_string(r#"{"alg":"EdDSA"}"#);
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode_to_string(claims().to_string()));
    let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode_to_string(key.signature(signed.as_bytes()).unwrap()));
    let public = |key: &SigningKey| key.verifying_key().unwrap();
    let outcome = |keys: &KeySet| Verifier::new(ISSUER).any_audience().verify(keys, &token, now()).map(drop);

    for own in [None, Some("k".to_owned())] {
        let alone = KeySet::from_keys([(own.clone(), public(&key))]);
        assert_eq!((alone.len(), alone.is_empty(), outcome(&alone)), (1, false, Ok(())));
        let two = KeySet::from_keys([(own, public(&key)), (Some("o".to_owned()), public(&other))]);
        assert_eq!((two.len(), two.has("o"), outcome(&two)), (2, true, Err(TokenError::UnknownKey)));
    }
    assert!(KeySet::default().is_empty() && !KeySet::default().has("o"));
}

#[test]
fn line_5_a_kid_has_256_bytes_at_most_and_a_key_set_1_mib() {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let named = |length: usize| KeySet::from_keys([(Some("k".repeat(length)), key.verifying_key().unwrap())]);
    assert_eq!([256, 257].map(|length| named(length).len()), [1, 0]);

    let set = |length: usize| {
        let empty = r#"{"keys":[],"x":""}"#.len();
        KeySet::from_json(format!(r#"{{"keys":[],"x":"{}"}}"#, "x".repeat(length - empty)).as_bytes())
    };
    assert!(set(1024 * 1024).is_ok() && set(1024 * 1024 + 1).is_err());
}

#[test]
fn line_10_a_token_of_16_kib_with_a_header_of_4_is_the_largest() {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let sized = |header: usize, token: usize| {
        let head = key.sign(&json!({})).unwrap().split_once('.').unwrap().0.to_owned();
        let head = format!("{}{head}", "A".repeat(header - head.len()));
        let payload = "A".repeat(token - head.len() - 2 - 86);
        let outcome = keys(&key).verify_compact(&format!("{head}.{payload}.{}", "A".repeat(86)));
        outcome.map(drop).unwrap_err()
    };

    assert_ne!(sized(4096, 16 * 1024), TokenError::TooLong);
    assert_eq!(sized(4097, 16 * 1024), TokenError::TooLong);
    assert_eq!(sized(4096, 16 * 1024 + 1), TokenError::TooLong);
}

#[test]
fn what_is_looked_at_before_verification_is_found_or_missing() {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let token = key.sign(&claims()).unwrap();

    assert_eq!(Verifier::unverified_claim(&token, "iss").as_deref(), Ok(ISSUER));
    assert_eq!(Verifier::unverified_claim(&token, "exp"), Err(TokenError::ClaimMissing("exp")), "no text");
    assert_eq!(Verifier::unverified_kid(&token), Ok(Some(key.kid().to_owned())));
    assert_eq!(Verifier::unverified_kid(&with_header(&key, &json!({"alg": "EdDSA"}))), Ok(None));
    let verified = Verifier::new(ISSUER).any_audience().verify(&keys(&key), &token, now()).unwrap();
    assert_eq!((verified.claim_str("sub"), verified.claim_str("exp")), (Some("ada"), None));
}

#[test]
fn an_identity_pools_token_is_for_that_pool_alone() {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let claims = json!({"iss": ISSUER, "sub": "i", "aud": "pool-1", "amr": ["unauthenticated"], "iat": NOW, "exp": NOW + 9,
        "https://cognito-identity.amazonaws.com/identity-pool-arn": "arn"});
    let token = Verifier::new(ISSUER).any_audience().verify(&keys(&key), &key.sign(&claims).unwrap(), now()).unwrap();

    assert_eq!(token.clone().into_identity_pool_token("pool-1").unwrap().sub, "i");
    assert_eq!(token.into_identity_pool_token("pool-2").unwrap_err(), TokenError::Audience);
}
