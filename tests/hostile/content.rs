//! Registries that answer everything with the same, with something else each time, or with bytes that do not match.

use crate::case::{ANY, BROKEN, Case, FAILS, WORKS, case};
use crate::image::{DOCKER, INDEX, Image, OCI, digest, entry, index_of};
use crate::server::{Reply, bytes};

/// The same answer to every request.
fn always(name: &'static str, content_type: &'static str, body: impl Into<Vec<u8>>) -> Case {
    let body = body.into();
    case(name, FAILS, move |_| Reply::ok(content_type, body.clone()).act())
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        always("content/empty-object-always", "application/json", "{}"),
        always("content/empty-body-always", DOCKER, ""),
        always("content/null-always", DOCKER, "null"),
        always("content/text-always", DOCKER, "\"sha256\""),
        always("content/html-always", "text/html", "<!doctype html><title>Login</title>"),
        always("content/true-always", OCI, "true"),
        always("content/nan-always", DOCKER, "NaN"),
        always("content/byte-order-mark", DOCKER, b"\xef\xbb\xbf{\"schemaVersion\":2}".as_slice()),
        always("content/utf-16", DOCKER, b"\xff\xfe{\0}\0".as_slice()),
        always(
            "content/not-utf8",
            DOCKER,
            b"{\"schemaVersion\":2,\"a\":\"\xff\xfe\xed\xa0\x80\"}".as_slice(),
        ),
        always("content/zip", "application/zip", b"PK\x03\x04\0\0\0\0".as_slice()),
        case("content/config-of-other-bytes", BROKEN, |asked| {
            let plain = Image::plain();
            let changed = Reply::ok(
                "application/octet-stream",
                r#"{"architecture":"amd64","os":"linux","config":{"Env":["A=c"]}}"#,
            );
            if asked.path.ends_with(&digest(&plain.config)) { changed.act() } else { plain.act(asked) }
        }),
        case("content/manifest-of-other-bytes", ANY, |asked| {
            let plain = Image::plain();
            let other = String::from_utf8_lossy(&plain.manifest).replace(':', ": ");
            if asked.path.ends_with(&digest(&plain.manifest)) {
                Reply::ok(DOCKER, other).act()
            } else {
                plain.act(asked)
            }
        }),
        case("content/digest-header-of-other-bytes", ANY, |asked| {
            Image::plain().with("docker-content-digest", digest(asked.path.as_bytes())).act(asked)
        }),
        case("content/index-that-names-itself", FAILS, |asked| {
            // Any digest is answered with an index whose one entry is that digest.
            let last = asked.path.rsplit('/').next().unwrap_or_default();
            let entry = format!(
                r#"{{"mediaType":"{INDEX}","digest":"{last}","size":1,"platform":{{"architecture":"amd64","os":"linux"}}}}"#
            );
            Reply::ok(INDEX, index_of(&entry)).with("docker-content-digest", last).act()
        }),
        case("content/index-under-index-without-end", FAILS, |asked| {
            let child = digest(&asked.count.to_le_bytes());
            let entry = format!(
                r#"{{"mediaType":"{INDEX}","digest":"{child}","size":1,"platform":{{"architecture":"amd64","os":"linux"}}}}"#
            );
            Reply::ok(INDEX, index_of(&entry)).act()
        }),
        case("content/manifest-is-its-own-config", ANY, |_| {
            let manifest = Image::plain().manifest;
            Reply::ok(DOCKER, manifest.clone()).with("docker-content-digest", digest(&manifest)).act()
        }),
        case("content/index-of-an-index-of-a-manifest", ANY, {
            let plain = Image::plain();
            let inner = index_of(&entry(&plain.manifest));
            let outer = index_of(&entry(inner.as_bytes()).replace(DOCKER, INDEX));
            let image =
                Image { manifest: inner.into(), manifest_type: INDEX.to_owned(), ..plain }.under(outer);
            move |asked| image.act(asked)
        }),
        case("content/another-status-each-time", ANY, |asked| {
            let status = [
                200, 201, 202, 203, 206, 226, 400, 401, 402, 404, 406, 410, 415, 416, 421, 451, 500, 501,
                505, 511,
            ];
            Reply::new(
                &format!("{} Any", status[asked.count % status.len()]),
                DOCKER,
                Image::plain().manifest,
            )
            .act()
        }),
        case("content/works-every-other-time", ANY, |asked| {
            if asked.count % 2 == 0 { Image::plain().act(asked) } else { Reply::not_found().act() }
        }),
        case("content/another-type-each-time", ANY, |asked| {
            let image = Image::plain();
            let types = [DOCKER, OCI, INDEX, "text/plain", "application/json; charset=\"", ";;;", "/", "*/*"];
            image.typed(types[asked.count % types.len()]).act(asked)
        }),
        case("content/head-differs-from-get", ANY, |asked| {
            if asked.method == "HEAD" {
                Reply::new("200 OK", "text/html", "<html>").act()
            } else {
                Image::plain().act(asked)
            }
        }),
        case("content/no-length-no-type", ANY, |asked| {
            let plain = Image::plain();
            if asked.path.contains("/manifests/") && asked.method == "GET" {
                let mut answer = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
                answer.extend(&plain.manifest);
                bytes(answer)
            } else {
                plain.act(asked)
            }
        }),
        case("content/referrers-of-themselves", ANY, |asked| {
            if asked.path.contains("/referrers/") {
                let last = asked.path.rsplit('/').next().unwrap_or_default();
                let entry = format!(r#"{{"mediaType":"{OCI}","digest":"{last}","size":-1}}"#);
                return Reply::ok(INDEX, index_of(&entry)).with("link", "<>; rel=\"next\"").act();
            }
            Image::plain().act(asked)
        }),
        case("content/ranges-that-lie", ANY, |asked| {
            if asked.has("range") {
                let status = "206 Partial Content";
                return Reply::new(status, "", "x")
                    .with("content-range", "bytes 18446744073709551615-0/*")
                    .act();
            }
            Image::plain().act(asked)
        }),
        case("content/gzip-that-is-none", ANY, |asked| {
            Image::plain().with("content-encoding", "gzip, br, zstd").act(asked)
        }),
        case("content/honest", WORKS, |asked| Image::plain().act(asked)),
    ]
}
