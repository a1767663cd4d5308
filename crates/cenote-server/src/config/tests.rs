use super::*;

fn with(set: impl FnOnce(&mut ServeFlags)) -> ServeFlags {
    let mut flags = ServeFlags::default();
    set(&mut flags);
    flags
}

fn refused(set: impl FnOnce(&mut ServeFlags)) -> String {
    with(set).into_config().err().unwrap().to_string()
}

#[test]
fn a_flag_outweighs_the_file_and_the_file_the_default() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cenote.toml");
    std::fs::write(
        &path,
        "region = \"eu-west-1\"\nlisten = \"127.0.0.1:1\"\nadmin-key = [\"a:b:c\"]\nmemory = true\n\
         trusted-proxy = [\"10.0.0.0/8\"]\n",
    )
    .unwrap();

    let config = with(|flags| {
        flags.config = Some(path.clone());
        flags.listen = Some("127.0.0.1:2".to_owned());
    });
    let config = config.into_config().unwrap();

    assert_eq!((config.listen.port(), config.region.as_str()), (2, "eu-west-1"));
    assert_eq!(config.admin_keys, [("a".to_owned(), "b:c".into())]);
    assert_eq!(config.account_id, "123456789012");
    assert!(config.proxies.trusts([10, 1, 2, 3].into()) && config.data.is_none());
    let with_data = with(|flags| {
        flags.config = Some(path);
        flags.data = Some("here".into());
    });
    assert_eq!(with_data.into_config().unwrap().data, Some("here".into()), "--data outweighs the file's memory");
}

#[test]
fn what_cannot_be_is_refused_with_its_flag() {
    let public = |flags: &mut ServeFlags| {
        flags.listen = Some("0.0.0.0:1".to_owned());
        flags.insecure_http = true;
        flags.test_api = true;
    };
    assert!(refused(public).contains("--test-api"));
    assert!(refused(|flags| flags.tls_cert = Some("c".into())).contains("--tls-key"));
    assert!(!refused(|flags| flags.admin_key = vec!["nosecret".into()]).contains("nosecret"));
    assert!(refused(|flags| flags.region = Some("x y".into())).contains("--region"));
    assert!(refused(|flags| flags.public_url = Some("ftp://x".into())).contains("--public-url"));
    assert!(refused(|flags| flags.passkey_origin = vec!["https://*.x".into()]).contains("--passkey-origin"));
    let missing = |set: fn(&mut ServeFlags, PathBuf)| refused(|flags| set(flags, "/nowhere/at/all".into()));
    for refusal in [
        missing(|flags, path| flags.config = Some(path)),
        missing(|flags, path| flags.admin_key_file = Some(path)),
        missing(|flags, path| flags.outbound_ca = Some(path)),
    ] {
        assert!(refusal.contains("/nowhere/at/all"), "{refusal}");
    }
}

#[test]
fn plain_http_on_an_address_that_others_reach_has_to_be_asked_for() {
    let public = |flags: &mut ServeFlags| flags.listen = Some("0.0.0.0:1".to_owned());
    assert!(refused(public).contains("--insecure-http"));

    let asked = with(|flags| {
        public(flags);
        flags.insecure_http = true;
    });
    assert!(asked.into_config().is_ok());
    let tls = with(|flags| {
        public(flags);
        (flags.tls_cert, flags.tls_key) = (Some("c".into()), Some("k".into()));
    });
    assert!(tls.into_config().is_ok());
}

#[test]
fn an_address_is_written_as_people_write_it() {
    for (text, address) in
        [("9317", "127.0.0.1:9317"), ("localhost:9317", "127.0.0.1:9317"), ("[::1]:9317", "[::1]:9317")]
    {
        assert_eq!(address_of(text).unwrap().to_string(), address);
    }
    assert!(address_of("9317x").is_err() && address_of("localhost").is_err());
}

#[test]
fn origins_are_written_as_browsers_write_them() {
    assert_eq!(origin("https://app.example.com").unwrap(), "https://app.example.com");
    assert_eq!(origin("http://localhost:5173").unwrap(), "http://localhost:5173");
    for bent in [
        "https://app.example.com/",
        "https://app.example.com:443",
        "https://APP.example.com",
        "app.example.com",
        "*",
        "null",
    ] {
        assert!(origin(bent).is_err(), "{bent}");
    }
    assert!(refused(|flags| flags.admin_origin = vec!["*".into()]).contains("--admin-origin *"));
}

#[test]
fn without_a_word_every_origin_signs_in_and_none_administers() {
    let unsaid = with(|_| ()).into_config().unwrap().front_end;
    assert_eq!(unsaid, FrontEndOptions { request_limits: RequestLimits::On, ..FrontEndOptions::default() });
    assert_eq!((unsaid.cross_origin.unsigned, unsaid.cross_origin.signed), (Origins::Any, None));

    let app = || vec!["https://app.example.com".to_owned()];
    let said = with(|flags| (flags.web_origin, flags.refuse_replays) = (app(), true)).into_config().unwrap().front_end;
    assert_eq!((said.cross_origin.unsigned, said.cross_origin.signed), (Origins::These(app()), None));
    assert!(said.refuse_replays);
    let admin = with(|flags| flags.admin_origin = app()).into_config().unwrap().front_end.cross_origin;
    assert_eq!((admin.unsigned, admin.signed), (Origins::Any, Some(Origins::These(app()))));
}

#[test]
fn operators_keys_come_from_a_file_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    std::fs::write(&path, "one:secret\n\ntwo:other\n").unwrap();

    let config = with(|flags| flags.admin_key_file = Some(path)).into_config().unwrap();

    assert_eq!(config.admin_keys, [("one".to_owned(), "secret".into()), ("two".to_owned(), "other".into())]);
}
