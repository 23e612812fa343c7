//! What a body is.

use serde_json::{Map, Value};

use crate::oci::document::BodyKind;
use crate::oci::error_body::{ErrorBody, ErrorShape};
use crate::oci::json::{self, Fault};
use crate::oci::media_type as mt;

/// What a body is: its bytes decide, its own `mediaType` next, the `Content-Type` where those leave it open.
pub fn classify(body: &[u8], content_type: Option<&str>) -> BodyKind {
    let body = json::without_mark(body);
    if body.is_empty() {
        return BodyKind::Empty;
    }
    match json::read(body) {
        Ok(value) => of_value(&value, content_type),
        Err(Fault::NotJson(lacks_end)) => of_bytes(body, content_type, lacks_end),
        Err(Fault::TooMany) => BodyKind::Json,
    }
}

/// All that reading a body asks of its `Content-Type`: the same body under two types that say the same here is the same
/// thing.
pub fn telling(content_type: Option<&str>) -> Option<&'static str> {
    const KNOWN: [&str; 6] = [
        mt::OCI_INDEX,
        mt::DOCKER_LIST,
        mt::OCI_MANIFEST,
        mt::DOCKER_MANIFEST,
        "text/html",
        "application/xhtml+xml",
    ];
    let base = mt::base(content_type?);
    let known = KNOWN.into_iter().find(|known| *known == base);
    known.or_else(|| base.ends_with("json").then_some("application/json"))
}

pub(super) fn of_value(value: &Value, content_type: Option<&str>) -> BodyKind {
    let Some(object) = value.as_object() else {
        let says_json = content_type.map(mt::base).is_some_and(|t| t.ends_with("json"));
        return if value.is_array() || says_json { BodyKind::Json } else { BodyKind::Text };
    };
    let own = object.get("mediaType").and_then(Value::as_str).map(mt::base);
    let said = content_type.map(mt::base);
    if let Some(kind) = of_manifest(object, own.as_deref(), said.as_deref()) {
        return kind;
    }
    let has = |key: &str| object.contains_key(key);
    let error = ErrorBody::from_value(value).map(|e| e.shape);
    if error.is_some_and(|shape| shape != ErrorShape::Other) {
        BodyKind::Error
    } else if has("tags") && has("name") {
        BodyKind::Tags
    } else if has("token") || has("access_token") {
        BodyKind::Token
    } else if has("rootfs") || has("architecture") && has("os") {
        BodyKind::Config
    } else if error.is_some() {
        BodyKind::Error
    } else {
        BodyKind::Json
    }
}

/// Indexes and manifests of all schemas, or `None`.
fn of_manifest(object: &Map<String, Value>, own: Option<&str>, said: Option<&str>) -> Option<BodyKind> {
    let version = object.get("schemaVersion").and_then(Value::as_u64);
    if version == Some(1) || object.contains_key("fsLayers") {
        return Some(BodyKind::Schema1);
    }
    let looks_index = object.get("manifests").is_some_and(Value::is_array);
    let has_layers = object.get("layers").is_some_and(Value::is_array);
    let has_config = object.get("config").is_some_and(Value::is_object);
    let says_index = own.and_then(index_kind).is_some();
    let says_manifest = own.and_then(manifest_kind).is_some();
    let looks_manifest = has_layers && has_config || version == Some(2) && (has_layers || has_config);
    // A document may look like both; then only its own word can tell.
    if looks_index && !(looks_manifest && says_manifest) || says_index && !looks_manifest {
        let child = || {
            let children = object.get("manifests")?.as_array()?;
            let types = children.iter().filter_map(|c| c.get("mediaType")?.as_str());
            types.map(mt::base).find_map(|t| family(&t))
        };
        return Some(match own.and_then(index_kind).or_else(|| said.and_then(index_kind)) {
            Some(kind) => kind,
            None if child() == Some(Family::Docker) => BodyKind::DockerList,
            None => BodyKind::OciIndex,
        });
    }
    if looks_manifest || says_manifest {
        let config = || object.get("config")?.get("mediaType")?.as_str().map(mt::base);
        return Some(match own.and_then(manifest_kind).or_else(|| said.and_then(manifest_kind)) {
            Some(kind) => kind,
            None if config().and_then(|t| family(&t)) == Some(Family::Docker) => BodyKind::DockerManifest,
            None => BodyKind::OciManifest,
        });
    }
    None
}

#[derive(PartialEq, Eq)]
enum Family {
    Docker,
    Oci,
}

fn family(media_type: &str) -> Option<Family> {
    if media_type.starts_with("application/vnd.docker.") {
        Some(Family::Docker)
    } else if media_type.starts_with("application/vnd.oci.") {
        Some(Family::Oci)
    } else {
        None
    }
}

fn index_kind(media_type: &str) -> Option<BodyKind> {
    match media_type {
        mt::OCI_INDEX => Some(BodyKind::OciIndex),
        mt::DOCKER_LIST => Some(BodyKind::DockerList),
        _ => None,
    }
}

fn manifest_kind(media_type: &str) -> Option<BodyKind> {
    match media_type {
        mt::OCI_MANIFEST => Some(BodyKind::OciManifest),
        mt::DOCKER_MANIFEST => Some(BodyKind::DockerManifest),
        _ => None,
    }
}

/// What is no JSON. JSON that only lacks its end is a cut-off body, no text.
fn of_bytes(body: &[u8], content_type: Option<&str>, lacks_end: bool) -> BodyKind {
    let trimmed = body.trim_ascii_start();
    if trimmed.is_empty() {
        return BodyKind::Text;
    }
    let head = trimmed.get(..trimmed.len().min(256)).unwrap_or_default().to_ascii_lowercase();
    let says_html =
        content_type.map(mt::base).is_some_and(|t| t == "text/html" || t == "application/xhtml+xml");
    let starts = ["<html", "<!doctype", "<head", "<body"].iter().any(|tag| head.starts_with(tag.as_bytes()));
    if starts || head.starts_with(b"<") && (says_html || head.windows(5).any(|w| w == b"<html")) {
        return BodyKind::Html;
    }
    if lacks_end && matches!(trimmed.first(), Some(b'{' | b'[')) {
        return BodyKind::Other;
    }
    let control = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}' | '\u{1b}');
    match std::str::from_utf8(body) {
        Ok(text) if !text.contains(control) => BodyKind::Text,
        _ => BodyKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use BodyKind::*;

    #[test]
    fn bytes_first() {
        let table: &[(&str, Option<&str>, BodyKind)] = &[
            ("", Some("application/json"), Empty),
            (r#"{"schemaVersion":1}"#, Some(mt::OCI_INDEX), Schema1),
            (r#"{"fsLayers":[],"schemaVersion":2}"#, None, Schema1),
            (r#"{"manifests":[]}"#, None, OciIndex),
            (r#"{"manifests":[]}"#, Some(mt::DOCKER_LIST), DockerList),
            (r#"{"manifests":[]}"#, Some(mt::DOCKER_MANIFEST), OciIndex),
            (r#"{"manifests":null,"mediaType":"application/vnd.oci.image.index.v1+json"}"#, None, OciIndex),
            (
                r#"{"manifests":[],"mediaType":"application/vnd.oci.image.index.v1+json"}"#,
                Some(mt::DOCKER_LIST),
                OciIndex,
            ),
            (
                r#"{"manifests":[{"mediaType":"application/vnd.docker.distribution.manifest.v2+json"}]}"#,
                Some("application/json"),
                DockerList,
            ),
            (r#"{"layers":[],"config":{}}"#, None, OciManifest),
            (
                r#"{"layers":[],"config":{}}"#,
                Some("Application/Vnd.Docker.Distribution.Manifest.v2+json; q=1"),
                DockerManifest,
            ),
            (
                r#"{"layers":[],"config":{"mediaType":"application/vnd.docker.container.image.v1+json"}}"#,
                Some("text/plain"),
                DockerManifest,
            ),
            (
                r#"{"schemaVersion":2,"artifactType":"a/b","config":{"mediaType":"application/vnd.oci.empty.v1+json"},"layers":[]}"#,
                None,
                OciManifest,
            ),
            (
                r#"{"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[],"config":{},"manifests":[]}"#,
                None,
                OciManifest,
            ),
            (r#"{"errors":[]}"#, None, Error),
            (r#"{"code":"UNAUTHORIZED"}"#, None, Error),
            (r#"{"details":"x"}"#, None, Error),
            (r#"{"error":"x"}"#, None, Error),
            (r#"{"message":"x"}"#, None, Error),
            (r#"{"name":"a","tags":null}"#, None, Tags),
            (r#"{"child":[],"manifest":{},"name":"a","tags":[]}"#, None, Tags),
            (r#"{"token":"x"}"#, None, Token),
            (r#"{"access_token":"x"}"#, None, Token),
            (r#"{"architecture":"amd64","os":"linux","config":{}}"#, None, Config),
            (r#"{"rootfs":{}}"#, None, Config),
            ("{}", None, Json),
            ("\u{feff}{\"errors\":[]}", None, Error),
            ("[]", None, Json),
            ("404", None, Text),
            ("null", Some("application/json"), Json),
            ("404 page not found\n", Some("text/plain"), Text),
            ("  <!DOCTYPE html><p>", None, Html),
            ("<?xml version='1.0'?><html>", None, Html),
            ("<p>no", Some("text/html"), Html),
            ("<Error><Code>NoSuchKey</Code></Error>", Some("application/xml"), Text),
            (r#"{"schemaVersion":2,"man"#, None, Other),
            ("{not json}", None, Text),
            ("\u{0}\u{0}", None, Other),
            ("\n", None, Text),
        ];
        for (body, content_type, kind) in table {
            assert_eq!(classify(body.as_bytes(), *content_type), *kind, "{body} {content_type:?}");
        }
        assert_eq!(classify(&[0x1f, 0x8b, 8, 0, 0xff], Some("application/json")), Other);
    }
}
