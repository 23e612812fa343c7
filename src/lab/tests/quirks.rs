//! The seam, and each quirk that is there.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::support::{ask, get, lab};
use crate::lab::route::Site;
use crate::lab::{Lab, LabOptions, Store, quirks};
use crate::oci::media_type::{DOCKER_CONFIG, DOCKER_MANIFEST};

const TAG: &str = "/v2/deepvariant-docker/deepvariant/manifests/0.5.0";

#[test]
fn they_are_sorted_described_and_attributed() {
    let ids: Vec<_> = quirks().iter().map(|quirk| quirk.id()).collect();
    let sorted: BTreeSet<_> = ids.iter().copied().collect();
    assert_eq!(ids, sorted.into_iter().collect::<Vec<_>>());
    for quirk in quirks() {
        assert!(!quirk.about().is_empty() && !quirk.seen_at().is_empty(), "{}", quirk.id());
    }
}

#[tokio::test]
async fn what_cannot_start_says_why() {
    let start = |options| async move { Lab::start(options).await.map(|_| ()).unwrap_err().to_string() };
    let quirk = |id: &str| LabOptions { quirks: vec![id.to_owned()], ..LabOptions::default() };
    let open = LabOptions { listen: "0.0.0.0:0".parse().unwrap(), ..LabOptions::default() };
    insta::assert_snapshot!(start(quirk("gcr-2019")).await, @r"there is no quirk 'gcr-2019'; did you mean 'gcr-2018'?");
    insta::assert_snapshot!(start(quirk("xyzzy\n")).await, @r"there is no quirk 'xyzzy\n' (`regprobe list quirks` names them all)");
    insta::assert_snapshot!(start(open).await, @r"the lab listens on loopback only, and 0.0.0.0:0 is not (try 127.0.0.1:0)");
    let taken = lab(&[]).await;
    let error = start(LabOptions { listen: taken.address(), ..LabOptions::default() }).await;
    assert!(error.starts_with(&format!("cannot listen on {}: ", taken.address())), "{error}");
}

#[tokio::test]
async fn the_founding_case() {
    let lab = lab(&["gcr-2018"]).await;
    let (to, repository) = (lab.address(), "/v2/deepvariant-docker/deepvariant");
    let message = |got: super::support::Got| {
        assert_eq!((got.status, got.code().as_str()), (404, "MANIFEST_UNKNOWN"));
        got.json()["errors"][0]["message"].as_str().unwrap().to_owned()
    };
    let good = get(to, TAG, &[("accept", DOCKER_MANIFEST)]).await;
    assert_eq!(good.status, 200);
    let config = good.json()["config"]["digest"].as_str().unwrap().to_owned();

    let json = get(to, TAG, &[("accept", "application/json")]).await;
    insta::assert_snapshot!(message(json), @r"Manifest with tag '0.5.0' has media type 'application/vnd.docker.distribution.manifest.v2+json', but client accepts 'application/json'");
    let lines = get(to, TAG, &[("accept", DOCKER_CONFIG), ("accept", "*/*")]).await;
    insta::assert_snapshot!(message(lines), @r"Manifest with tag '0.5.0' has media type 'application/vnd.docker.distribution.manifest.v2+json', but client accepts 'application/vnd.docker.container.image.v1+json, */*'");
    insta::assert_snapshot!(message(get(to, TAG, &[]).await), @r"Manifest with tag '0.5.0' has media type 'application/vnd.docker.distribution.manifest.v2+json', but client accepts ''");
    let digest = good.header("docker-content-digest").unwrap();
    let by_digest = get(to, &format!("{repository}/manifests/{digest}"), &[("accept", "*/*")]).await;
    insta::assert_snapshot!(message(by_digest).replace(digest, "<digest>"), @r"Manifest with digest '<digest>' has media type 'application/vnd.docker.distribution.manifest.v2+json', but client accepts '*/*'");

    for accept in
        ["*/*", "application/*", &format!("{DOCKER_MANIFEST};q=0.5"), &DOCKER_MANIFEST.to_uppercase()]
    {
        for method in ["GET", "HEAD"] {
            assert_eq!(ask(to, method, TAG, &[("accept", accept)]).await.status, 404, "{method} {accept}");
        }
    }
    let several = format!("application/json , {DOCKER_MANIFEST}");
    assert_eq!(get(to, TAG, &[("accept", &several)]).await.status, 200);

    // The three attempts of 2018, and what works.
    let at_manifests = format!("{repository}/manifests/{config}");
    message(get(to, TAG, &[("accept", DOCKER_CONFIG)]).await);
    message(get(to, &at_manifests, &[("accept", DOCKER_CONFIG)]).await);
    let headers = [("accept", DOCKER_MANIFEST), ("docker-content-digest", config.as_str())];
    assert_eq!(get(to, TAG, &headers).await.body, good.body);
    let blob = get(to, &format!("{repository}/blobs/{config}"), &[]).await;
    assert_eq!((blob.status, &blob.json()["os"]), (200, &"linux".into()));
}

#[tokio::test]
async fn blobs_by_redirect() {
    let lab = lab(&["blob-redirect-strip-auth-s3"]).await;
    let store = Store::standard();
    let (digest, bytes) = store.repository("lab/oci").unwrap().blobs.iter().next().unwrap();
    let path = format!("/v2/lab/oci/blobs/{digest}");
    let got = ask(lab.address(), "HEAD", &path, &[]).await;
    let origin = format!("http://{}", lab.storage_address());
    let target = got.header("location").unwrap().strip_prefix(&origin).unwrap();
    assert_eq!(got.status, 307);
    assert_eq!(get(lab.address(), &path, &[]).await.header("location"), got.header("location"));
    assert_ne!(lab.storage_address(), lab.address());

    let there = get(lab.storage_address(), target, &[]).await;
    assert_eq!((there.status, &there.body[..]), (200, &bytes[..]));
    let with = get(lab.storage_address(), target, &[("authorization", "Bearer x")]).await;
    assert_eq!(with.status, 400);
    assert!(with.text().contains("<Code>InvalidArgument</Code><Message>Only one auth mechanism allowed"));
    let changed = get(lab.storage_address(), &target.replace("%2F", "/"), &[]).await;
    assert_eq!(changed.status, 403);
    assert_eq!(lab.requests().iter().filter(|seen| seen.site == Site::Storage).count(), 3);

    let unknown = format!("/v2/lab/oci/blobs/sha256:{}", "0".repeat(64));
    assert_eq!(get(lab.address(), &unknown, &[]).await.code(), "BLOB_UNKNOWN");
    assert_eq!(get(lab.address(), "/v2/lab/oci/manifests/latest", &[]).await.status, 200);
}

#[tokio::test]
async fn tokens() {
    let lab = lab(&["gcr-2018", "bearer-auth"]).await;
    let to = lab.address();
    let challenge = get(to, TAG, &[]).await;
    assert_eq!((challenge.status, challenge.code().as_str()), (401, "UNAUTHORIZED"));
    let realm = format!("http://{to}/token");
    let wanted = format!(
        "Bearer realm=\"{realm}\",service=\"lab\",scope=\"repository:deepvariant-docker/deepvariant:pull\""
    );
    assert_eq!(challenge.header("www-authenticate"), Some(wanted.as_str()));
    let ping = get(to, "/v2/", &[]).await;
    let wanted = format!("Bearer realm=\"{realm}\",service=\"lab\"");
    assert_eq!((ping.status, ping.header("www-authenticate")), (401, Some(wanted.as_str())));

    let token = |repository: &str| {
        let path = format!("/token?service=lab&scope=repository:{repository}:pull,push");
        async move {
            let answer = get(to, &path, &[]).await.json();
            assert_eq!(answer["token"], answer["access_token"]);
            assert_eq!(answer["scope"], path.split("scope=").nth(1).unwrap().replace(",push", ""));
            format!("Bearer {}", answer["token"].as_str().unwrap())
        }
    };
    let right = token("deepvariant-docker/deepvariant").await;
    let other = token("lab/oci").await;
    let accept = ("accept", DOCKER_MANIFEST);
    assert_eq!(get(to, TAG, &[accept, ("authorization", &right)]).await.status, 200);
    assert_eq!(get(to, "/v2/", &[("authorization", &other)]).await.status, 200);
    for (value, error) in
        [(other.as_str(), "insufficient_scope"), ("Bearer junk", "invalid_token"), ("Basic bGFiOmxhYg==", "")]
    {
        let got = get(to, TAG, &[accept, ("authorization", value)]).await;
        let challenge = got.header("www-authenticate").unwrap();
        assert_eq!((got.status, challenge.contains("error=")), (401, !error.is_empty()));
        assert!(challenge.contains(error), "{challenge}");
    }
    assert_eq!(get(to, "/token", &[("authorization", "Basic eDp5")]).await.status, 401);
    assert_eq!(get(to, "/nowhere", &[]).await.status, 401);
}

#[tokio::test]
async fn basic() {
    let lab = lab(&["basic-auth"]).await;
    let got = get(lab.address(), "/v2/", &[]).await;
    assert_eq!((got.status, got.header("www-authenticate")), (401, Some("Basic realm=\"lab\"")));
    for (value, status) in [("Basic bGFiOmxhYg==", 200), ("Basic bGFiOnh4eA==", 401), ("Bearer x", 401)] {
        assert_eq!(get(lab.address(), "/v2/", &[("authorization", value)]).await.status, status, "{value}");
    }
}

#[tokio::test]
async fn pulls_run_out_and_heads_do_not() {
    let twice = vec!["hub-ratelimit".to_owned(); 2];
    let options = LabOptions { quota: Some(2), quirks: twice, ..LabOptions::default() };
    let lab = Lab::start(options).await.unwrap();
    let mut seen = Vec::new();
    for method in ["HEAD", "GET", "HEAD", "GET", "GET", "HEAD"] {
        let got = ask(lab.address(), method, TAG, &[]).await;
        assert_eq!(got.header("ratelimit-limit"), Some("2;w=21600"));
        seen.push(format!("{method} {} {}", got.status, got.header("ratelimit-remaining").unwrap()));
    }
    insta::assert_snapshot!(seen.join("\n"), @r"
    HEAD 200 2;w=21600
    GET 200 1;w=21600
    HEAD 200 1;w=21600
    GET 200 0;w=21600
    GET 429 0;w=21600
    HEAD 200 0;w=21600
    ");
    let got = get(lab.address(), TAG, &[]).await;
    assert_eq!(got.code(), "TOOMANYREQUESTS");
    assert_eq!(get(lab.address(), "/v2/lab/oci/tags/list", &[]).await.header("ratelimit-limit"), None);
    let missing = get(lab.address(), "/v2/lab/oci/manifests/nosuch", &[]).await;
    assert_eq!((missing.status, missing.header("ratelimit-limit")), (404, None));
}

#[tokio::test]
async fn latency_is_at_least_what_was_asked_for() {
    let latency = Duration::from_millis(20);
    let lab = Lab::start(LabOptions { latency, ..LabOptions::default() }).await.unwrap();
    let start = Instant::now();
    assert_eq!(get(lab.address(), "/v2/", &[]).await.status, 200);
    assert!(start.elapsed() >= latency);
}
