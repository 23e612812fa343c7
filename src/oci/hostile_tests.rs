//! No parser of this module panics, whatever a registry sends.

use std::time::SystemTime;

use proptest::prelude::*;

use super::challenge::Challenge;
use super::document::{
    Platform, choose, classify, first_image, parse_config, parse_document, platforms, schema1_metadata,
};
use super::error_body::ErrorBody;
use super::{link, retry, schema1};
use crate::exchange::Header;

/// JSON whose keys the parsers look for, with values of any type.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        "[a-z:/0-9é.]{0,12}".prop_map(Into::into),
        Just("eyJmb3JtYXRMZW5ndGgiOjUsImZvcm1hdFRhaWwiOiJmUSJ9".into()),
        Just("application/vnd.oci.image.index.v1+json".into()),
        Just("{\"config\":[]}".into()),
    ];
    let key = prop::sample::select(vec![
        "schemaVersion",
        "mediaType",
        "manifests",
        "layers",
        "config",
        "fsLayers",
        "history",
        "v1Compatibility",
        "blobSum",
        "digest",
        "size",
        "platform",
        "os",
        "architecture",
        "variant",
        "annotations",
        "subject",
        "urls",
        "errors",
        "error",
        "code",
        "message",
        "detail",
        "details",
        "status",
        "tags",
        "name",
        "token",
        "rootfs",
        "Env",
        "Entrypoint",
        "Labels",
        "signatures",
        "protected",
        "artifactType",
    ]);
    leaf.prop_recursive(4, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::vec((key.clone(), inner), 0..7).prop_map(|pairs| {
                pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<serde_json::Map<_, _>>().into()
            }),
        ]
    })
}

fn read_body(body: &[u8], content_type: Option<&str>) {
    classify(body, content_type);
    ErrorBody::parse(body);
    schema1::payload_digest(body);
    if let Some(document) = parse_document(body, content_type) {
        choose(&document, &Platform::host());
        first_image(&document);
        platforms(&document);
        parse_config(body, &document);
        schema1_metadata(&document);
    }
}

fn read_header(value: &str) {
    Challenge::parse_line(value);
    link::next([value].into_iter());
    retry::retry_after(value, SystemTime::now());
    for name in ["ratelimit", "ratelimit-limit", "ratelimit-remaining", "ratelimit-policy"] {
        retry::quota(&[Header { name: name.to_owned(), value: value.to_owned() }]);
    }
    let _ = Platform::parse(value);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bodies(body in any::<Vec<u8>>(), content_type in any::<Option<String>>()) {
        read_body(&body, content_type.as_deref());
    }

    #[test]
    fn json_bodies(body in json(), cut in any::<prop::sample::Index>()) {
        let text = body.to_string();
        read_body(text.as_bytes(), None);
        read_body(&text.as_bytes()[..cut.index(text.len())], Some("application/json"));
    }

    #[test]
    fn headers(value in any::<String>()) {
        read_header(&value);
    }

    #[test]
    fn headers_near_the_grammar(value in "[a-zB=,;\"\\\\<> 0-9é/:'-]{0,40}") {
        read_header(&value);
    }
}
