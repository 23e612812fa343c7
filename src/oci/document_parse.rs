//! Bytes -> [`Document`]: a missing or ill-typed field is absent, and never a failure.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::oci::classify::of_value;
use crate::oci::digest::Digest;
use crate::oci::document::{BodyKind, Descriptor, Document, MAX_ENTRIES, Platform};
use crate::oci::json;

/// Bytes of a text field that are kept: no path is longer.
const TEXT: usize = 4096;
/// Of a media type, which has at most 127 characters on each side of the slash (RFC 6838, section 4.2).
const MEDIA_TYPE: usize = 255;
/// Of a part of a platform.
const PLATFORM: usize = 64;
/// Annotations and URLs of one descriptor.
const FEW: usize = 256;

/// Reads an index, a manifest list or a manifest of either schema; `None` for all else.
pub fn parse_document(body: &[u8], content_type: Option<&str>) -> Option<Document> {
    let value = json::parse(body)?;
    let kind = of_value(&value, content_type);
    if !(kind.is_index() || kind.is_manifest() || kind == BodyKind::Schema1) {
        return None;
    }
    let object = value.as_object()?;
    let layers = if kind == BodyKind::Schema1 { fs_layers(object) } else { descriptors(object, "layers") };
    Some(Document {
        kind,
        media_type: short(object, "mediaType", MEDIA_TYPE),
        artifact_type: short(object, "artifactType", MEDIA_TYPE),
        manifests: descriptors(object, "manifests"),
        config: object.get("config").and_then(descriptor),
        layers,
        subject: object.get("subject").and_then(descriptor),
        annotations: texts(object.get("annotations")),
        v1_history: v1_history(object),
        further: ["manifests", "layers", "fsLayers", "history"]
            .into_iter()
            .map(|key| list(object, key).len().saturating_sub(MAX_ENTRIES))
            .sum(),
    })
}

/// A text field.
pub(super) fn text(object: &Map<String, Value>, key: &str) -> Option<String> {
    short(object, key, TEXT)
}

fn short(object: &Map<String, Value>, key: &str, most: usize) -> Option<String> {
    object.get(key)?.as_str().map(|text| json::cut(text, most))
}

/// An object's text values.
pub(super) fn texts(value: Option<&Value>) -> BTreeMap<String, String> {
    let pairs = value.and_then(Value::as_object).into_iter().flatten();
    let pairs =
        pairs.filter_map(|(key, value)| Some((json::cut(key, TEXT), json::cut(value.as_str()?, TEXT))));
    pairs.take(FEW).collect()
}

/// `os`, `architecture`, `variant` and `os.version`, where at least one of the first two is there.
pub(super) fn platform(object: &Map<String, Value>) -> Option<Platform> {
    let text = |key| short(object, key, PLATFORM);
    let (os, architecture) = (text("os"), text("architecture"));
    if os.is_none() && architecture.is_none() {
        return None;
    }
    Some(Platform {
        os: os.unwrap_or_default(),
        architecture: architecture.unwrap_or_default(),
        variant: text("variant").filter(|v| !v.is_empty()),
        os_version: text("os.version").filter(|v| !v.is_empty()),
    })
}

fn list<'a>(object: &'a Map<String, Value>, key: &str) -> std::slice::Iter<'a, Value> {
    object.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default().iter()
}

fn descriptors(object: &Map<String, Value>, key: &str) -> Vec<Descriptor> {
    list(object, key).take(MAX_ENTRIES).filter_map(descriptor).collect()
}

fn descriptor(value: &Value) -> Option<Descriptor> {
    let object = value.as_object()?;
    Some(Descriptor {
        media_type: short(object, "mediaType", MEDIA_TYPE),
        digest: digest(object, "digest"),
        size: object.get("size").and_then(Value::as_u64),
        platform: object.get("platform").and_then(Value::as_object).and_then(platform),
        artifact_type: short(object, "artifactType", MEDIA_TYPE),
        urls: list(object, "urls")
            .filter_map(Value::as_str)
            .take(FEW)
            .map(|url| json::cut(url, TEXT))
            .collect(),
        annotations: texts(object.get("annotations")),
    })
}

fn digest(object: &Map<String, Value>, key: &str) -> Option<Digest> {
    Digest::parse(object.get(key)?.as_str()?).ok()
}

/// Schema 1 lists the newest layer first; all that came later lists the base first.
fn fs_layers(object: &Map<String, Value>) -> Vec<Descriptor> {
    let layers = list(object, "fsLayers").rev().take(MAX_ENTRIES).filter_map(Value::as_object);
    layers.map(|layer| Descriptor { digest: digest(layer, "blobSum"), ..Descriptor::default() }).collect()
}

fn v1_history(object: &Map<String, Value>) -> Vec<String> {
    let entries = list(object, "history").filter_map(|entry| entry.get("v1Compatibility")?.as_str());
    entries.take(MAX_ENTRIES).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ill_typed_fields_are_absent() {
        let body = br#"{"schemaVersion":2,"mediaType":7,"config":{"digest":"sha256:no","size":"12"},
            "layers":[3,{"digest":null,"size":-1},{"size":1e3}],"subject":"x","annotations":{"a":"b","c":1}}"#;
        let document = parse_document(body, None).unwrap();
        assert_eq!(document.kind, BodyKind::OciManifest);
        assert_eq!(document.config, Some(Descriptor::default()));
        assert_eq!(document.layers, vec![Descriptor::default(), Descriptor::default()]);
        assert_eq!(document.annotations.len(), 1);
        assert_eq!((document.media_type, document.subject), (None, None));
    }

    #[test]
    fn an_index_keeps_os_version_and_knows_attestations() {
        let body = br#"{"schemaVersion":2,"manifests":[
            {"digest":"blake3:ab","platform":{"os":"windows","architecture":"amd64","os.version":"10.0.1"}},
            {"platform":{"os":"unknown","architecture":"unknown"}},
            {"platform":{"os":"linux","architecture":"amd64"},
             "annotations":{"vnd.docker.reference.type":"attestation-manifest"}}]}"#;
        let document = parse_document(body, None).unwrap();
        let entry = &document.manifests[0];
        assert_eq!(entry.platform.as_ref().unwrap().os_version.as_deref(), Some("10.0.1"));
        assert_eq!(entry.digest.as_ref().unwrap().algorithm(), "blake3");
        let attestations: Vec<bool> = document.manifests.iter().map(Descriptor::is_attestation).collect();
        assert_eq!(attestations, [false, true, true]);
    }

    #[test]
    fn schema1_layers_are_turned() {
        let (base, top) = ("a".repeat(64), "b".repeat(64));
        let body = format!(
            r#"{{"schemaVersion":1,"fsLayers":[{{"blobSum":"sha256:{top}"}},{{"blobSum":"sha256:{base}"}}],
               "history":[{{"v1Compatibility":"{{}}"}},{{"other":1}}]}}"#
        );
        let document = parse_document(body.as_bytes(), None).unwrap();
        assert_eq!(document.layers[0].digest.as_ref().unwrap().encoded(), base);
        assert_eq!(document.v1_history, ["{}"]);
    }

    #[test]
    fn what_is_no_document_is_none_and_duplicate_keys_are_fine() {
        assert_eq!(parse_document(br#"{"errors":[]}"#, None), None);
        assert_eq!(parse_document(b"[]", None), None);
        let twice = parse_document(br#"{"manifests":[],"mediaType":"a","mediaType":"b"}"#, None).unwrap();
        assert_eq!(twice.media_type.as_deref(), Some("b"));
    }
}
