use bytes::Bytes;
use url::Url;

use super::*;
use crate::exchange::Header;

fn spec(realm: &str, service: Option<&str>) -> TokenSpec {
    TokenSpec {
        realm: Realm { url: Url::parse(realm).unwrap(), credentials: true },
        service: service.map(str::to_owned),
        scopes: vec!["repository:library/ubuntu:pull".into()],
    }
}

fn answer(status: u16, content_type: &str, body: &str) -> String {
    let headers = vec![Header { name: "content-type".into(), value: content_type.into() }];
    match read(&RawToken { status, headers, body: Bytes::from(body.to_owned()) }) {
        Ok(token) => format!("{} {}s", token.header.expose_secret(), token.lifetime.as_secs()),
        Err(failure) => failure.text,
    }
}

#[test]
fn scopes_are_ours_unless_the_challenge_names_them() {
    let ours = ["repository:a/b:pull"];
    for challenged in [
        None,
        Some(""),
        Some("repository:user/image:pull"),
        Some("repository:a/b:push"),
        Some("registry:catalog:*"),
    ] {
        assert_eq!(TokenSpec::scopes(challenged, "a/b"), ours, "{challenged:?}");
    }
    assert_eq!(TokenSpec::scopes(Some("repository:a/b:pull,push"), "a/b"), ["repository:a/b:pull,push"]);
    assert_eq!(
        TokenSpec::scopes(Some("repository:c:pull repository:a/b:pull"), "a/b"),
        ["repository:a/b:pull", "repository:c:pull"]
    );
    assert!(TokenSpec::scopes(Some("repository:user/image:pull"), "").is_empty());
}

#[test]
fn urls_keep_the_realms_own_query() {
    let hub = spec("https://auth.docker.io/token", Some("registry.docker.io"));
    assert_eq!(
        hub.url(None, None),
        "https://auth.docker.io/token?service=registry.docker.io&scope=repository:library/ubuntu:pull"
    );
    assert_eq!(
        hub.url(Some("service"), None),
        "https://auth.docker.io/token?scope=repository:library/ubuntu:pull"
    );
    let more = "https://auth.docker.io/token?scope=::&service=registry.docker.io";
    assert_eq!(hub.url(Some("scope"), Some("scope=::")), more);
    assert_eq!(hub.url(Some("scope"), None), "https://auth.docker.io/token?service=registry.docker.io");
    let gitlab = spec("https://g.example/jwt?client_id=docker", Some("Harbor & co"));
    assert_eq!(
        gitlab.url(None, None),
        "https://g.example/jwt?client_id=docker&service=Harbor%20%26%20co&scope=repository:library/ubuntu:pull"
    );
    assert_eq!(spec("https://g.example/jwt?a=b", None).url(Some("scope"), None), "https://g.example/jwt?a=b");
}

#[test]
fn credentials_stay_out_where_they_may_not_go() {
    let mut spec = spec("http://a.example/t", None);
    spec.realm.credentials = false;
    let basic: SecretString = "Basic eHl6".into();
    let get = spec.get(Method::Get, Some(&basic), "regprobe", None, None);
    assert!(get.headers.iter().all(|(name, _)| name != "authorization"));
    let password: SecretString = "hunter2".into();
    for grant in [Grant::Refresh(&password), Grant::Password("alice", &password)] {
        let form = spec.post(&grant, "regprobe", None).form.unwrap();
        assert_eq!(form, "grant_type=password&client_id=regprobe&scope=repository:library/ubuntu:pull");
    }
}

#[test]
fn oauth2_forms() {
    let spec = spec("https://a.example/t", Some("s"));
    let token: SecretString = "a+b&c".into();
    assert_eq!(
        spec.post(&Grant::Refresh(&token), "x", None).form.unwrap(),
        "grant_type=refresh_token&refresh_token=a%2Bb%26c&service=s&client_id=regprobe&scope=repository:library/ubuntu:pull"
    );
    assert_eq!(
        spec.post(&Grant::Password("u", &token), "x", Some("scope")).form.unwrap(),
        "grant_type=password&username=u&password=a%2Bb%26c&service=s&client_id=regprobe"
    );
}

#[test]
fn tokens_by_either_name_and_their_lifetimes() {
    let json = |body: &str| answer(200, "application/json", body);
    assert_eq!(json(r#"{"token":"a"}"#), "Bearer a 60s");
    assert_eq!(json(r#"{"access_token":"b","expires_in":300}"#), "Bearer b 300s");
    assert_eq!(json(r#"{"token":"","access_token":"b","expires_in":"90"}"#), "Bearer b 90s");
    for odd in ["0", "-5", "null", "\"soon\"", "[]", "1e300"] {
        let shown = json(&format!(r#"{{"token":"a","expires_in":{odd},"issued_at":7}}"#));
        assert!(shown == "Bearer a 60s" || shown == "Bearer a 86400s", "{odd}: {shown}");
    }
}

#[test]
fn answers_without_a_token() {
    insta::assert_snapshot!(answer(200, "text/html", "<html>Log in</html>"), @"answered 200 with an HTML page, as a log-in page or a proxy sends (text/html)");
    insta::assert_snapshot!(answer(200, "application/json", "{}"), @"answered 200 without a token");
    insta::assert_snapshot!(answer(200, "text/plain", ""), @"answered 200 with no body (text/plain)");
    insta::assert_snapshot!(answer(200, "text/plain", "abc"), @"answered 200 with a body that is not a JSON object (text/plain)");
    insta::assert_snapshot!(answer(200, "application/json", r#"{"token":"a\r\nX: y"}"#), @"answered 200 with a token that no header can carry");
    insta::assert_snapshot!(answer(403, "application/json", r#"{"errors":[{"code":"DENIED","message":"requested access is denied"}]}"#), @"answered 403 DENIED: requested access is denied");
    insta::assert_snapshot!(answer(401, "application/json", r#"{"details":"incorrect username or password"}"#), @"answered 401: incorrect username or password");
    insta::assert_snapshot!(answer(400, "application/json", r#"{"error":"invalid_grant","error_description":"no"}"#), @"answered 400 invalid_grant: no");
    insta::assert_snapshot!(answer(502, "text/html", "<html>"), @"answered 502");
}

#[test]
fn long_words_are_cut() {
    let cut = clip(&"\u{e9}".repeat(500));
    assert_eq!(cut.chars().count(), 201);
}

proptest::proptest! {
    #[test]
    fn any_answer_is_read_without_a_panic(status in 100_u16..600, body: Vec<u8>, realm in "\\PC*") {
        let _ = read(&RawToken { status, headers: vec![], body: Bytes::from(body) }).map_err(|f| f.text);
        let base = Url::parse("https://r.example").unwrap();
        let _ = crate::auth::realm::resolve(&realm, Some(&base));
        let _ = TokenSpec::scopes(Some(&realm), "a/b");
    }
}
