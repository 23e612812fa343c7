//! Registries that the lab can be, where the recorded tables say nothing: details, routers, what lies on top.

use super::support::{Got, ask, get, lab};
use crate::lab::{Lab, LabOptions, Store};

async fn registry(personality: &str, quirks: &[&str]) -> Lab {
    let quirks = quirks.iter().map(|id| (*id).to_owned()).collect();
    let personality = Some(personality.to_owned());
    Lab::start(LabOptions { personality, quirks, ..LabOptions::default() }).await.unwrap()
}

#[tokio::test]
async fn an_unknown_one_is_named_with_the_nearest() {
    let start = |id: &str| {
        let options = LabOptions { personality: Some(id.to_owned()), ..LabOptions::default() };
        async move { Lab::start(options).await.map(|_| ()).unwrap_err().to_string() }
    };
    insta::assert_snapshot!(start("distribution-2").await, @"there is no personality 'distribution-2'; did you mean 'distribution-2.8'?");
    insta::assert_snapshot!(start("xyzzy").await, @"there is no personality 'xyzzy'; there are distribution-2.8, distribution-3, olareg, zot-like");
}

#[tokio::test]
async fn errors_and_lists_of_distribution() {
    let store = Store::standard();
    let layer =
        store.repository("lab/oci").unwrap().blobs.iter().find(|(_, bytes)| bytes[0] != b'{').unwrap().0;
    let zeros = format!("sha256:{}", "0".repeat(64));
    let paths = [
        "/v2".to_owned(),
        "/v2/lab/oci/manifests/nosuch".to_owned(),
        format!("/v2/lab/oci/manifests/{zeros}"),
        format!("/v2/lab/oci/manifests/{layer}"),
        "/v2/lab/oci/manifests/sha256:zz".to_owned(),
        format!("/v2/lab/oci/blobs/{zeros}"),
        "/v2/lab/oci/blobs/sha256:zz".to_owned(),
        "/v2/lab/oci/blobs/latest".to_owned(),
        format!("/v2/no/such/blobs/{zeros}"),
        "/v2/no/such/tags/list".to_owned(),
        "/v2/UPPER/manifests/latest".to_owned(),
        "/v2/lab/artifact/tags/list?n=1".to_owned(),
        "/v2/lab/artifact/tags/list?n=-1".to_owned(),
        "/v2/lab/artifact/tags/list?last=zz".to_owned(),
    ];
    let mut text = String::new();
    for personality in ["distribution-2.8", "distribution-3"] {
        let lab = registry(personality, &[]).await;
        text.push_str(&format!("{personality}\n"));
        for path in &paths {
            let got = get(lab.address(), path, &[]).await;
            let (content_type, body) = (got.header("content-type").unwrap_or("-"), got.text().trim_end());
            text.push_str(&format!("{path}\n  {} {content_type} {body}\n", got.status));
        }
    }
    insta::assert_snapshot!(text.replace(layer.as_str(), "<layer>").replace(&zeros, "<zeros>"));
}

/// Authentication comes after the router, and before everything else; a quirk has the last word.
#[tokio::test]
async fn quirks_come_on_top() {
    let lab = registry("distribution-2.8", &["basic-auth", "ct-text-plain"]).await;
    let to = lab.address();
    let status = |got: Got| got.status;
    let path = "/v2/lab/docker/manifests/latest";
    assert_eq!(status(get(to, "/v2/lab/docker/referrers/x", &[]).await), 404);
    assert_eq!(status(get(to, path, &[]).await), 401);
    assert_eq!(status(ask(to, "HEAD", "/v2/lab/docker/tags/list", &[]).await), 401);
    let credentials = ("authorization", "Basic bGFiOmxhYg==");
    let got = get(to, path, &[credentials]).await;
    assert_eq!((got.status, &got.json()["schemaVersion"]), (200, &1.into()));
    assert!(got.header("content-type").unwrap().starts_with("text/plain"));
    assert_eq!(status(ask(to, "HEAD", "/v2/lab/docker/tags/list", &[credentials]).await), 405);
}

#[tokio::test]
async fn small_things_of_the_others() {
    let zot = registry("zot-like", &[]).await;
    let last = get(zot.address(), "/v2/lab/artifact/tags/list?last=nosuch", &[]).await;
    assert_eq!((last.status, last.body.len()), (404, 0));
    let zeros = format!("sha256:{}", "0".repeat(64));
    let referrers = get(zot.address(), &format!("/v2/no/such/referrers/{zeros}"), &[]).await;
    assert_eq!((referrers.status, &referrers.json()["manifests"]), (200, &serde_json::json!([])));
    let store = Store::standard();
    let (config, _) = store.repository("lab/oci").unwrap().blobs.iter().find(|(_, b)| b[0] == b'{').unwrap();
    let blob = get(zot.address(), &format!("/v2/lab/oci/blobs/{config}"), &[]).await;
    assert_eq!(blob.header("content-type"), Some("application/vnd.oci.image.config.v1+json"));

    let plain = lab(&["accept-letter-case-matters", "oci-not-in-accept-404"]).await;
    let accept = crate::oci::media_type::OCI_MANIFEST;
    let path = "/v2/lab/oci/manifests/latest";
    assert_eq!(get(plain.address(), path, &[("accept", accept)]).await.status, 200);
    assert_eq!(get(plain.address(), path, &[("accept", &accept.to_uppercase())]).await.status, 404);
}
