use futures::future::join_all;

use super::*;
use fake::{Script, Time};

mod fake;

const HUB: &str = r#"Bearer realm="https://auth.example/token",service="r.example""#;
const A: &str = r#"{"token":"aaa","expires_in":300}"#;
const B: &str = r#"{"access_token":"bbb","expires_in":300}"#;

fn alice() -> Secret {
    Secret::Basic { username: "alice".into(), password: "hunter2".into() }
}

fn at(origin: &str, secret: Secret) -> Authenticator {
    let found = Found { secret, source: "test".into(), problems: vec![] };
    Authenticator::new(found, origin.into(), "regprobe".into())
}

fn hub(secret: Secret) -> Authenticator {
    at("https://r.example", secret)
}

async fn challenge(auth: &Authenticator, line: &str, sent: Option<&str>, script: &Script) -> String {
    let lines: Vec<String> = line.lines().map(str::to_owned).collect();
    let sent = sent.map(SecretString::from);
    match auth.challenged("a/b", Resource::Repository, &lines, sent.as_ref(), script).await {
        Challenged::Retry(header, _) => header.expose_secret().to_owned(),
        Challenged::GiveUp(why) => format!("give up: {why}"),
    }
}

async fn authorization(auth: &Authenticator, script: &Script) -> Option<String> {
    auth.authorization("a/b", Resource::Repository, script).await.map(|h| h.expose_secret().to_owned())
}

#[tokio::test]
async fn nothing_is_sent_before_a_challenge() {
    let script = Script::default();
    for secret in [alice(), Secret::RegistryToken("t".into()), Secret::None] {
        let auth = hub(secret);
        assert_eq!(authorization(&auth, &script).await, None);
        assert_eq!(auth.access().scheme, "none");
        assert!(
            auth.token_request(Method::Get, "a/b", None, None).is_err() && auth.token_hint("a/b").is_none()
        );
    }
    assert!(script.asked().is_empty());
}

#[tokio::test]
async fn an_anonymous_token_and_its_record() {
    let (auth, script) = (hub(Secret::None), Script::new(&[(200, A)]));
    assert_eq!(challenge(&auth, HUB, None, &script).await, "Bearer aaa");
    assert_eq!(authorization(&auth, &script).await.as_deref(), Some("Bearer aaa"));
    assert_eq!(
        script.asked(),
        ["GET https://auth.example/token?service=r.example&scope=repository:a/b:pull"]
    );
    let hops = auth.take_exchanges();
    assert!(hops.len() == 1 && !format!("{hops:?}").contains("aaa"));
    assert!(auth.take_exchanges().is_empty());
    let access = auth.access();
    assert_eq!((access.scheme.as_str(), access.problem), ("bearer", None));
    assert_eq!(access.challenges, [HUB]);
    let url = "https://auth.example/token?service=r.example&scope=repository:a/b:pull".to_owned();
    assert_eq!(auth.token_hint("a/b"), Some(TokenHint::Bearer { url, with_credentials: false }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_waiters_one_fetch() {
    let (auth, script) = (hub(Secret::None), Script::new(&[(200, A), (200, B)]));
    let all = join_all((0..50).map(|_| challenge(&auth, HUB, None, &script))).await;
    assert!(all.iter().all(|header| header == "Bearer aaa"), "{all:?}");
    assert_eq!(script.asked().len(), 1);
}

#[tokio::test]
async fn fifty_waiters_one_failure() {
    let (auth, script) = (hub(Secret::None), Script::new(&[(403, r#"{"errors":[{"code":"DENIED"}]}"#)]));
    let all = join_all((0..50).map(|_| challenge(&auth, HUB, None, &script))).await;
    let why = "give up: the token endpoint https://auth.example/token answered 403 DENIED (asked without credentials)";
    assert!(all.iter().all(|answer| answer == why), "{all:?}");
    assert_eq!(script.asked().len(), 1);
}

#[tokio::test]
async fn renewed_after_expiry() {
    let time = Time::default();
    let auth = hub(Secret::None).with_clock(time.clock());
    let script = Script::new(&[(200, A), (200, B)]);
    challenge(&auth, HUB, None, &script).await;
    time.pass(289);
    assert_eq!(authorization(&auth, &script).await.as_deref(), Some("Bearer aaa"));
    time.pass(1);
    assert_eq!(authorization(&auth, &script).await.as_deref(), Some("Bearer bbb"));
}

#[tokio::test]
async fn a_fresh_token_refused_is_the_end() {
    let (auth, script) = (hub(Secret::None), Script::new(&[(200, A), (200, B)]));
    let header = challenge(&auth, HUB, None, &script).await;
    let refused = format!(r#"{HUB},error="insufficient_scope""#);
    insta::assert_snapshot!(challenge(&auth, &refused, Some(&header), &script).await, @r#"give up: a token was granted and refused again: error="insufficient_scope""#);
    assert_eq!(script.asked().len(), 1);
}

#[tokio::test]
async fn an_old_token_refused_is_renewed_by_the_unauthenticated_challenge() {
    let time = Time::default();
    let auth = hub(Secret::None).with_clock(time.clock());
    let script = Script::new(&[(200, A), (200, B)]);
    challenge(&auth, HUB, None, &script).await;
    time.pass(100);
    let other = r#"Bearer realm="https://dead.example/token",error="invalid_token""#;
    assert_eq!(challenge(&auth, other, Some("Bearer aaa"), &script).await, "Bearer bbb");
    // Those that were under way with the old one take the new one.
    assert_eq!(challenge(&auth, other, Some("Bearer aaa"), &script).await, "Bearer bbb");
    assert_eq!(challenge(&auth, r#"Basic realm="harbor""#, Some("Bearer junk"), &script).await, "Bearer bbb");
    assert!(script.asked().iter().all(|url| url.contains("auth.example")), "{:?}", script.asked());
    insta::assert_snapshot!(challenge(&auth, other, Some("Bearer bbb"), &script).await, @r#"give up: a token was granted and refused again: error="invalid_token""#);
}

#[tokio::test]
async fn renewals_are_bounded() {
    let time = Time::default();
    let auth = hub(Secret::None).with_clock(time.clock());
    let script = Script::new(&[(200, A); 9]);
    challenge(&auth, HUB, None, &script).await;
    for _ in 0..20 {
        time.pass(60);
        challenge(&auth, HUB, Some("Bearer aaa"), &script).await;
    }
    assert_eq!(script.asked().len(), 4);
}

#[tokio::test]
async fn a_challenge_to_junk_is_provisional() {
    let (auth, script) = (hub(Secret::None), Script::new(&[(200, A), (200, B)]));
    let dead = r#"Bearer realm="https://dead.example/token",error="invalid_token""#;
    assert_eq!(challenge(&auth, dead, Some("Bearer junk"), &script).await, "Bearer aaa");
    assert_eq!(challenge(&auth, HUB, None, &script).await, "Bearer bbb");
    assert_eq!(auth.bearer_challenge().unwrap().realm, "https://auth.example/token");
}

#[tokio::test]
async fn basic_credentials_go_to_the_token_endpoint() {
    let (auth, script) = (hub(alice()), Script::new(&[(404, ""), (200, A)]));
    assert_eq!(challenge(&auth, HUB, None, &script).await, "Bearer aaa");
    assert_eq!(
        script.asked(),
        [
            "GET https://auth.example/token?service=r.example&scope=repository:a/b:pull Basic YWxpY2U6aHVudGVyMg==",
            "POST https://auth.example/token grant_type=password&username=alice&password=hunter2&service=r.example&client_id=regprobe&scope=repository:a/b:pull",
        ]
    );
    let hops = format!("{:?}", auth.take_exchanges());
    assert!(!hops.contains("hunter2") && !hops.contains("YWxpY2U6aHVudGVyMg=="), "{hops}");
}

#[tokio::test]
async fn an_identity_token_is_traded_or_falls_back() {
    let secret = || Secret::IdentityToken("idt".into());
    let script = Script::new(&[(200, A)]);
    assert_eq!(challenge(&hub(secret()), HUB, None, &script).await, "Bearer aaa");
    assert!(script.asked()[0].contains("grant_type=refresh_token&refresh_token=idt&"));
    for status in [400, 401, 404, 405] {
        let script = Script::new(&[(status, ""), (200, A)]);
        assert_eq!(challenge(&hub(secret()), HUB, None, &script).await, "Bearer aaa");
        assert!(script.asked()[1].starts_with("GET ") && script.asked()[1].ends_with(" Basic OmlkdA=="));
    }
    let script = Script::new(&[(400, r#"{"error":"invalid_grant"}"#), (401, "")]);
    insta::assert_snapshot!(challenge(&hub(secret()), HUB, None, &script).await, @"give up: the token endpoint https://auth.example/token answered 400 invalid_grant; asked by GET instead, it answered 401 (credentials: test)");
}

#[tokio::test]
async fn bearer_before_basic_before_giving_up() {
    let both = "Basic realm=\"x\"\nBearer realm=\"/token\"";
    let script = Script::new(&[(200, A)]);
    assert_eq!(challenge(&hub(alice()), both, None, &script).await, "Bearer aaa");
    assert!(script.asked()[0].starts_with("GET https://r.example/token?scope=repository:a/b:pull "));

    let auth = hub(alice());
    let basic = challenge(&auth, "Negotiate, BASIC realm=x", None, &script).await;
    assert_eq!(basic, "Basic YWxpY2U6aHVudGVyMg==");
    // Nothing is sent unasked before it was accepted.
    assert_eq!(authorization(&auth, &script).await, None);
    auth.answered(Resource::Repository, &basic.as_str().into(), Some(200));
    assert_eq!(authorization(&auth, &script).await, Some(basic.clone()));
    assert_eq!(auth.token_hint("a/b"), Some(TokenHint::Basic));
    insta::assert_snapshot!(challenge(&auth, "Basic realm=x", Some(&basic), &script).await, @"give up: the credentials from test were refused");

    let auth = hub(Secret::None);
    insta::assert_snapshot!(challenge(&auth, "Basic realm=x", None, &script).await, @"give up: the registry asks for basic credentials, and there are none for it (test)");
    assert_eq!(auth.access().scheme, "basic");
    let auth = hub(alice());
    insta::assert_snapshot!(challenge(&auth, "Negotiate, NTLM", None, &script).await, @"give up: the registry asks for negotiate, ntlm, which is not supported");
    assert_eq!(auth.access().scheme, "negotiate, ntlm");
    insta::assert_snapshot!(challenge(&hub(alice()), "", None, &script).await, @"give up: the registry answered 401 without a challenge that can be read");
    insta::assert_snapshot!(challenge(&hub(alice()), "Bearer service=\"x\"", None, &script).await, @"give up: the Bearer challenge has no realm");
}

#[tokio::test]
async fn a_resource_without_a_challenge_uses_the_pings() {
    let (auth, script) = (hub(Secret::None), Script::new(&[(200, A), (200, B)]));
    let ping = [HUB.to_owned()];
    assert!(matches!(
        auth.challenged("", Resource::Registry, &ping, None, &script).await,
        Challenged::Retry(..)
    ));
    assert_eq!(script.asked(), ["GET https://auth.example/token?service=r.example"]);
    assert_eq!(challenge(&auth, "", None, &script).await, "Bearer bbb");
}

#[tokio::test]
async fn a_given_token_goes_as_it_is_and_once() {
    let (auth, script) = (hub(Secret::RegistryToken("given".into())), Script::default());
    assert_eq!(challenge(&auth, HUB, None, &script).await, "Bearer given");
    assert_eq!(auth.token_hint("a/b"), Some(TokenHint::Given));
    let refused = format!(r#"{HUB},error="invalid_token",error_description="no given here""#);
    insta::assert_snapshot!(challenge(&auth, &refused, Some("Bearer given"), &script).await, @r#"give up: the credentials from test were refused: error="invalid_token" (no <redacted> here)"#);
    assert!(script.asked().is_empty());
}

#[tokio::test]
async fn no_credentials_to_a_plain_or_private_realm() {
    let script = Script::new(&[(200, A)]);
    let auth = hub(alice());
    assert_eq!(
        challenge(&auth, r#"Bearer realm="http://auth.example/token""#, None, &script).await,
        "Bearer aaa"
    );
    assert_eq!(script.asked(), ["GET http://auth.example/token?scope=repository:a/b:pull"]);
    insta::assert_snapshot!(auth.access().problem.unwrap(), @"the token endpoint http://auth.example/token of an https registry is plain http: no credentials were sent to it");

    let auth = hub(alice());
    let inside = r#"Bearer realm="http://169.254.169.254/token""#;
    let with_basic = format!("{inside}, Basic realm=\"x\"");
    assert!(challenge(&auth, &with_basic, None, &script).await.starts_with("Basic "));
    assert_eq!(script.asked().len(), 1);

    let (auth, script) = (at("http://127.0.0.1:5000", alice()), Script::new(&[(200, A)]));
    challenge(&auth, r#"Bearer realm="http://127.0.0.1:5001/t""#, None, &script).await;
    assert!(script.asked()[0].ends_with(" Basic YWxpY2U6aHVudGVyMg=="));
}

#[tokio::test]
async fn redirects_of_the_token_endpoint() {
    let script = Script::default();
    script.then(307, &[("location", "/moved?x=1")], "");
    script.then(302, &[("location", "https://other.example/t")], "");
    script.then(200, &[("content-type", "text/html")], "<html>");
    insta::assert_snapshot!(challenge(&hub(alice()), HUB, None, &script).await, @"give up: the token endpoint https://auth.example/token answered 200 with an HTML page, as a log-in page or a proxy sends (text/html)");
    assert_eq!(
        script.asked()[1..],
        ["GET https://auth.example/moved?x=1 Basic YWxpY2U6aHVudGVyMg==", "GET https://other.example/t"]
    );
}

#[tokio::test]
async fn a_refusal_names_the_source_and_quotes_no_secret() {
    let body = r#"{"errors":[{"code":"UNAUTHORIZED","message":"alice:hunter2 is wrong\u001b[31m"}]}"#;
    let (auth, script) = (hub(alice()), Script::new(&[(401, body)]));
    let why = challenge(&auth, HUB, None, &script).await;
    assert!(
        why.ends_with(
            "answered 401 UNAUTHORIZED: <redacted>:<redacted> is wrong\u{1b}[31m (credentials: test)"
        ),
        "{why}"
    );
    assert!(!format!("{:?} {:?}", auth.access(), auth.take_exchanges()).contains("hunter2"));
}

#[tokio::test]
async fn a_transient_failure_is_tried_again_after_a_pause_and_not_for_ever() {
    let time = Time::default();
    let auth = hub(Secret::None).with_clock(time.clock());
    let script = Script::new(&[(0, ""), (503, ""), (200, A)]);
    insta::assert_snapshot!(challenge(&auth, HUB, None, &script).await, @"give up: the token endpoint https://auth.example/token could not be asked: refused (connect): connection refused");
    assert!(auth.access().problem.is_some());
    assert!(challenge(&auth, HUB, None, &script).await.starts_with("give up"));
    assert_eq!(script.asked().len(), 1);
    time.pass(5);
    assert!(challenge(&auth, HUB, None, &script).await.contains("answered 503"));
    time.pass(5);
    assert_eq!(challenge(&auth, HUB, None, &script).await, "Bearer aaa");
    assert_eq!(auth.access().problem, None);
}

#[tokio::test]
async fn another_repositorys_problem_is_not_the_registrys() {
    let (auth, script) = (hub(Secret::None), Script::new(&[(200, A), (403, "")]));
    challenge(&auth, HUB, None, &script).await;
    assert!(auth.authorization("absent/x", Resource::Repository, &script).await.is_none());
    assert_eq!(auth.access().problem, None);
    assert_eq!(auth.access_for("a/b").problem, None);
    assert!(auth.access_for("absent/x").problem.is_some());
}

#[tokio::test]
async fn the_record_of_a_challenge_keeps_names_and_hides_tokens() {
    let (auth, script) = (hub(alice()), Script::new(&[(200, A)]));
    let line = r#"Bearer realm="https://alice.example/t?echo=tok123""#;
    challenge(&auth, line, Some("Bearer tok123"), &script).await;
    assert_eq!(auth.access().challenges, [r#"Bearer realm="https://alice.example/t?echo=<redacted>""#]);
    assert!(script.asked()[0].starts_with("GET https://alice.example/t?echo=tok123&scope="));
}

#[tokio::test]
async fn requests_for_probing_the_token_endpoint() {
    let (auth, script) = (hub(alice()), Script::new(&[(200, A)]));
    challenge(&auth, HUB, None, &script).await;
    let get = auth.token_request(Method::Get, "c", Some("service"), None).unwrap();
    assert_eq!(get.url, "https://auth.example/token?scope=repository:c:pull");
    assert!(get.headers.iter().any(|(n, v)| n == "authorization" && v.starts_with("Basic ")));
    let post = auth.token_request(Method::Post, "c", Some("scope"), None).unwrap();
    assert_eq!(post.url, "https://auth.example/token");
    assert_eq!(
        post.form.unwrap(),
        "grant_type=password&username=alice&password=hunter2&service=r.example&client_id=regprobe"
    );
}

#[tokio::test]
async fn a_refused_secret_goes_to_no_other_scope() {
    let refused = [(401, ""); 9];
    for (secret, sends) in [(alice(), 2), (Secret::IdentityToken("idt".into()), 2)] {
        let (auth, script) = (hub(secret), Script::new(&refused));
        for repository in ["a/b", "a/c", "a/d", "a/e"] {
            auth.authorization(repository, Resource::Repository, &script).await;
            let lines = [HUB.to_owned()];
            let met = auth.challenged(repository, Resource::Repository, &lines, None, &script).await;
            assert!(matches!(met, Challenged::GiveUp(_)));
        }
        assert_eq!(script.asked().len(), sends, "{:?}", script.asked());
        assert!(auth.refused_secret().is_some_and(|why| why.starts_with("credentials refused")));
        assert!(auth.token_request(Method::Post, "a/b", None, None).is_err());
    }
}

#[tokio::test]
async fn while_it_is_untested_a_secret_is_tried_by_one_alone() {
    let (auth, script) = (Arc::new(hub(alice())), Script::default());
    let lines = ["Basic realm=x".to_owned()];
    let first = auth.challenged("a/b", Resource::Repository, &lines, None, &script).await;
    let Challenged::Retry(header, trial) = first else { panic!("no try") };
    let second = auth.challenged("a/b", Resource::Repository, &lines, None, &script);
    tokio::pin!(second);
    assert!(futures::poll!(&mut second).is_pending(), "two tries at once");
    auth.answered(Resource::Repository, &header, Some(401));
    drop(trial);
    let Challenged::Retry(header, trial) = second.await else { panic!("no confirmation") };
    auth.answered(Resource::Repository, &header, Some(401));
    drop(trial);
    for _ in 0..9 {
        let more = auth.challenged("a/b", Resource::Repository, &lines, None, &script).await;
        assert!(matches!(more, Challenged::GiveUp(why) if why.contains("not sent again")));
    }
}
