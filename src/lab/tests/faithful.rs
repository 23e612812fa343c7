//! Without quirks: the distribution spec.

use std::collections::BTreeSet;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::support::{ask, get, lab};
use crate::lab::Store;
use crate::lab::route::Reference;
use crate::oci::digest::Digest;

fn digest_of(repository: &str, tag: &str) -> Digest {
    Store::standard().manifest(repository, &Reference::Tag(tag.to_owned())).unwrap().digest.clone()
}

fn a_blob(repository: &str) -> (Digest, bytes::Bytes) {
    let store = Store::standard();
    let blobs = &store.repository(repository).unwrap().blobs;
    blobs.iter().max_by_key(|(_, bytes)| bytes.len()).map(|(d, b)| (d.clone(), b.clone())).unwrap()
}

#[tokio::test]
async fn ping() {
    let lab = lab(&[]).await;
    let got = get(lab.address(), "/v2/", &[]).await;
    assert_eq!((got.status, got.text()), (200, "{}"));
    assert_eq!(got.header("docker-distribution-api-version"), Some("registry/2.0"));
    let bare = get(lab.address(), "/v2", &[]).await;
    assert_eq!((bare.status, bare.header("location")), (301, Some("/v2/")));
}

#[tokio::test]
async fn a_manifest_is_served_as_stored_whatever_accept_says() {
    let lab = lab(&[]).await;
    let digest = digest_of("lab/index", "latest");
    let first = get(lab.address(), "/v2/lab/index/manifests/latest", &[]).await;
    assert_eq!(Digest::sha256(&first.body), digest);
    for reference in ["latest", digest.as_str()] {
        for accept in
            ["*/*", "application/json", "text/plain;q=0.1, application/vnd.oci.image.config.v1+json"]
        {
            let path = format!("/v2/lab/index/manifests/{reference}");
            let got = get(lab.address(), &path, &[("accept", accept)]).await;
            assert_eq!((got.status, &got.body), (200, &first.body));
            assert_eq!(got.header("content-type"), Some("application/vnd.oci.image.index.v1+json"));
            assert_eq!(got.header("docker-content-digest"), Some(digest.as_str()));
            assert_eq!(got.header("etag"), Some(format!("\"{digest}\"").as_str()));
            assert_eq!(got.header("content-length"), Some(got.body.len().to_string().as_str()));
        }
    }
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let lab = lab(&[]).await;
    let (blob, _) = a_blob("lab/oci");
    let manifest = digest_of("lab/oci", "latest");
    for path in [
        "/v2".to_owned(),
        "/v2/".to_owned(),
        "/v2/_catalog?n=2".to_owned(),
        "/v2/lab/oci/tags/list".to_owned(),
        "/v2/lab/oci/manifests/latest".to_owned(),
        format!("/v2/lab/oci/manifests/{manifest}"),
        "/v2/lab/oci/manifests/nosuch".to_owned(),
        format!("/v2/lab/oci/blobs/{blob}"),
        format!("/v2/lab/oci/blobs/{manifest}"),
        format!("/v2/lab/oci/referrers/{manifest}"),
        "/v2/LAB/manifests/x".to_owned(),
        "/nowhere".to_owned(),
    ] {
        let get = get(lab.address(), &path, &[]).await;
        let head = ask(lab.address(), "HEAD", &path, &[]).await;
        let without_date = |headers: &[(String, String)]| {
            headers.iter().filter(|(name, _)| name != "date").cloned().collect::<BTreeSet<_>>()
        };
        assert_eq!(head.status, get.status, "{path}");
        assert_eq!(without_date(&head.headers), without_date(&get.headers), "{path}");
        assert!(head.body.is_empty(), "{path}");
        assert_eq!(get.header("content-length"), Some(get.body.len().to_string().as_str()), "{path}");
    }
}

#[tokio::test]
async fn conditional_requests() {
    let lab = lab(&[]).await;
    let digest = digest_of("lab/docker", "latest");
    let (blob, _) = a_blob("lab/docker");
    for (path, digest) in [
        ("/v2/lab/docker/manifests/1.0".to_owned(), &digest),
        (format!("/v2/lab/docker/blobs/{blob}"), &blob),
    ] {
        for tag in [format!("\"{digest}\""), format!("\"x\", W/\"{digest}\""), "*".to_owned()] {
            let got = get(lab.address(), &path, &[("if-none-match", &tag)]).await;
            assert_eq!((got.status, got.body.len()), (304, 0), "{path} {tag}");
            assert_eq!(got.header("docker-content-digest"), Some(digest.as_str()));
            assert_eq!(got.header("etag"), Some(format!("\"{digest}\"").as_str()));
        }
        assert_eq!(get(lab.address(), &path, &[("if-none-match", "\"x\"")]).await.status, 200);
        assert_eq!(get(lab.address(), &path, &[("if-none-match", digest.as_str())]).await.status, 200);
    }
}

#[tokio::test]
async fn errors() {
    let lab = lab(&[]).await;
    let zero = format!("sha256:{}", "0".repeat(64));
    let manifest = digest_of("lab/oci", "latest");
    let (blob, _) = a_blob("lab/oci");
    let mut table = String::new();
    for path in [
        "/v2/lab/oci/manifests/nosuch".to_owned(),
        format!("/v2/lab/oci/manifests/{zero}"),
        format!("/v2/lab/oci/manifests/{blob}"),
        "/v2/lab/oci/manifests/sha256:zz".to_owned(),
        format!("/v2/lab/oci/blobs/{zero}"),
        format!("/v2/lab/oci/blobs/{manifest}"),
        "/v2/lab/oci/blobs/sha256:00".to_owned(),
        "/v2/lab/oci/referrers/latest".to_owned(),
        "/v2/lab/oci/blobs/uploads/1".to_owned(),
        "/v2/lab/nosuch/manifests/latest".to_owned(),
        "/v2/lab/nosuch/tags/list".to_owned(),
        "/v2/LAB/oci/manifests/latest".to_owned(),
        "/v2//lab/oci/manifests/latest".to_owned(),
        "/v2/lab/oci/tags/list?n=-1".to_owned(),
        "/v2/lab/oci/tags/list?n=x".to_owned(),
        "/v2/lab".to_owned(),
        "/token".to_owned(),
    ] {
        let got = get(lab.address(), &path, &[("accept", "text/html")]).await;
        assert_eq!(got.header("content-type"), Some("application/json"));
        let path = path.replace(manifest.as_str(), "<manifest>").replace(blob.as_str(), "<blob>");
        let path = path.replace(&zero, "<zero>");
        table.push_str(&format!("{} {:<27} {path}\n", got.status, got.code()));
    }
    insta::assert_snapshot!(table, @r"
    404 MANIFEST_UNKNOWN            /v2/lab/oci/manifests/nosuch
    404 MANIFEST_UNKNOWN            /v2/lab/oci/manifests/<zero>
    404 MANIFEST_UNKNOWN            /v2/lab/oci/manifests/<blob>
    400 DIGEST_INVALID              /v2/lab/oci/manifests/sha256:zz
    404 BLOB_UNKNOWN                /v2/lab/oci/blobs/<zero>
    404 BLOB_UNKNOWN                /v2/lab/oci/blobs/<manifest>
    400 DIGEST_INVALID              /v2/lab/oci/blobs/sha256:00
    400 DIGEST_INVALID              /v2/lab/oci/referrers/latest
    404 BLOB_UPLOAD_UNKNOWN         /v2/lab/oci/blobs/uploads/1
    404 NAME_UNKNOWN                /v2/lab/nosuch/manifests/latest
    404 NAME_UNKNOWN                /v2/lab/nosuch/tags/list
    400 NAME_INVALID                /v2/LAB/oci/manifests/latest
    400 NAME_INVALID                /v2//lab/oci/manifests/latest
    400 UNSUPPORTED                 /v2/lab/oci/tags/list?n=-1
    400 UNSUPPORTED                 /v2/lab/oci/tags/list?n=x
    404 UNSUPPORTED                 /v2/lab
    404 UNSUPPORTED                 /token
    ");
}

#[tokio::test]
async fn it_is_read_only() {
    let lab = lab(&[]).await;
    for (method, path) in [
        ("POST", "/v2/lab/oci/blobs/uploads/"),
        ("PUT", "/v2/lab/oci/manifests/latest"),
        ("PATCH", "/v2/lab/oci/blobs/uploads/1"),
        ("DELETE", "/v2/lab/oci/manifests/latest"),
    ] {
        let got = ask(lab.address(), method, path, &[("content-length", "0")]).await;
        assert_eq!((got.status, got.code().as_str()), (405, "UNSUPPORTED"));
        assert_eq!(got.header("allow"), Some("GET, HEAD"));
    }
    assert_eq!(ask(lab.address(), "DELETE", "/elsewhere", &[]).await.status, 404);
}

#[tokio::test]
async fn blobs_by_range() {
    let lab = lab(&[]).await;
    let (digest, bytes) = a_blob("lab/oci");
    let path = format!("/v2/lab/oci/blobs/{digest}");
    let size = bytes.len();
    let whole = get(lab.address(), &path, &[]).await;
    assert_eq!((whole.status, &whole.body[..]), (200, &bytes[..]));
    assert_eq!(whole.header("content-type"), Some("application/octet-stream"));
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));

    let one = get(lab.address(), &path, &[("range", "bytes=2-5")]).await;
    assert_eq!((one.status, &one.body[..]), (206, &bytes[2..=5]));
    assert_eq!(one.header("content-range"), Some(format!("bytes 2-5/{size}").as_str()));

    let two = get(lab.address(), &path, &[("range", "bytes=0-0,2-2")]).await;
    let kind = two.header("content-type").unwrap();
    let boundary = kind.strip_prefix("multipart/byteranges; boundary=").unwrap();
    assert_eq!(two.status, 206);
    let text = String::from_utf8_lossy(&two.body).into_owned();
    assert!(text.starts_with(&format!("--{boundary}\r\n")) && text.ends_with(&format!("--{boundary}--\r\n")));
    assert!(text.contains(&format!("Content-Range: bytes 2-2/{size}\r\n\r\n")));
    assert_eq!(two.header("content-range"), None);

    let none = get(lab.address(), &path, &[("range", &format!("bytes={size}-"))]).await;
    assert_eq!(none.status, 416);
    assert_eq!(none.header("content-range"), Some(format!("bytes */{size}").as_str()));

    let etag = format!("\"{digest}\"");
    for (tag, status) in [(etag.as_str(), 206), ("\"other\"", 200)] {
        let got = get(lab.address(), &path, &[("range", "bytes=0-0"), ("if-range", tag)]).await;
        assert_eq!(got.status, status);
    }
    assert_eq!(ask(lab.address(), "HEAD", &path, &[("range", "bytes=0-0")]).await.status, 200);
    let manifest = "/v2/lab/oci/manifests/latest";
    assert_eq!(get(lab.address(), manifest, &[("range", "bytes=0-0")]).await.status, 200);
}

#[tokio::test]
async fn tags_by_page() {
    let lab = lab(&[]).await;
    let list = |query: &'static str| {
        let (address, path) = (lab.address(), format!("/v2/lab/artifact/tags/list{query}"));
        async move {
            let got = get(address, &path, &[]).await;
            (got.text().to_owned(), got.header("link").map(str::to_owned))
        }
    };
    let all = r#"{"name":"lab/artifact","tags":["base","v1"]}"#;
    assert_eq!(list("").await, (all.into(), None));
    assert_eq!(list("?n=2").await, (all.into(), None));
    assert_eq!(list("?n=0").await, (r#"{"name":"lab/artifact","tags":[]}"#.into(), None));
    assert_eq!(list("?last=~zz").await, (r#"{"name":"lab/artifact","tags":[]}"#.into(), None));
    let link = r#"</v2/lab/artifact/tags/list?last=base&n=1>; rel="next""#;
    let first = r#"{"name":"lab/artifact","tags":["base"]}"#;
    assert_eq!(list("?n=1").await, (first.into(), Some(link.into())));
    assert_eq!(list("?last=base&n=1").await, (r#"{"name":"lab/artifact","tags":["v1"]}"#.into(), None));
}

#[tokio::test]
async fn following_the_link_reads_the_whole_catalog() {
    let lab = lab(&[]).await;
    let mut next = Some("/v2/_catalog?n=5".to_owned());
    let mut names: Vec<String> = Vec::new();
    while let Some(path) = next {
        let got = get(lab.address(), &path, &[]).await;
        let page = got.json();
        names.extend(page["repositories"].as_array().unwrap().iter().map(|n| n.as_str().unwrap().to_owned()));
        next = got.header("link").map(|l| l[1..].split('>').next().unwrap().to_owned());
    }
    assert_eq!(names, Store::standard().names().collect::<Vec<_>>());
    assert_eq!(names.len(), 14);
}

#[tokio::test]
async fn referrers() {
    let lab = lab(&[]).await;
    let subject = digest_of("lab/artifact", "base");
    let path = format!("/v2/lab/artifact/referrers/{subject}");
    let got = get(lab.address(), &path, &[]).await;
    assert_eq!(got.header("content-type"), Some("application/vnd.oci.image.index.v1+json"));
    assert_eq!(got.header("oci-filters-applied"), None);
    let found = got.json();
    assert_eq!(found["manifests"].as_array().unwrap().len(), 2);
    for entry in found["manifests"].as_array().unwrap() {
        let path = format!("/v2/lab/artifact/manifests/{}", entry["digest"].as_str().unwrap());
        let manifest = get(lab.address(), &path, &[]).await;
        assert_eq!(manifest.json()["subject"]["digest"], subject.as_str());
        assert_eq!(manifest.json()["artifactType"], entry["artifactType"]);
        assert_eq!(entry["size"], manifest.body.len());
    }
    let got = get(lab.address(), &format!("{path}?artifactType=application%2Fspdx%2Bjson"), &[]).await;
    assert_eq!(got.header("oci-filters-applied"), Some("artifactType"));
    assert_eq!(got.json()["manifests"].as_array().unwrap().len(), 1);
    let unknown = format!("/v2/lab/artifact/referrers/sha256:{}", "0".repeat(64));
    let got = get(lab.address(), &unknown, &[]).await;
    assert_eq!(got.status, 200);
    insta::assert_snapshot!(
        got.text(),
        @r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#
    );
}

#[tokio::test]
async fn connections_are_kept_alive_and_requests_remembered() {
    let lab = lab(&[]).await;
    let mut io = TcpStream::connect(lab.address()).await.unwrap();
    for _ in 0..2 {
        io.write_all(b"GET /v2/?a=b HTTP/1.1\r\nHost: x\r\nAccept: a/b\r\nAccept: c/d\r\n\r\n")
            .await
            .unwrap();
        let mut seen = Vec::new();
        while !seen.ends_with(b"{}") {
            assert_ne!(io.read_buf(&mut seen).await.unwrap(), 0);
        }
    }
    let requests = lab.requests();
    assert_eq!(requests.len(), 2);
    let one = &requests[0];
    assert_eq!((one.method.as_str(), one.path.as_str(), one.query.as_str()), ("GET", "/v2/", "a=b"));
    let accepts: Vec<_> =
        one.headers.iter().filter(|(n, _)| n == "accept").map(|(_, v)| v.as_str()).collect();
    assert_eq!(accepts, ["a/b", "c/d"]);
}
