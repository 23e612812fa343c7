//! Config blob -> [`ImageMetadata`].

use serde_json::{Map, Value};

use crate::oci::classify::of_value;
use crate::oci::document::{BodyKind, Descriptor, Document, ImageMetadata};
use crate::oci::document_parse::{platform, text, texts};
use crate::oci::json;
use crate::oci::media_type as mt;

/// Bytes that are kept of all entries of a config together. Every verdict and every output holds them.
const TEXT: usize = 64 << 10;

/// Reads a config blob, given the manifest that names it. An artifact's config is no image config (OCI image
/// spec, "Guidelines for Artifact Usage") and need not be JSON: only its type is told then.
pub fn parse_config(config: &[u8], manifest: &Document) -> Option<ImageMetadata> {
    let media_type = manifest.config.as_ref().and_then(|c| c.media_type.as_deref());
    let base = media_type.map(mt::base);
    let value = match base.as_deref() {
        Some(mt::DOCKER_CONFIG | mt::OCI_CONFIG) => json::parse(config)?,
        // Early and careless pushers name no type, or a general one.
        None | Some("" | "application/json" | "application/octet-stream") => {
            match json::parse(config).filter(|value| of_value(value, None) == BodyKind::Config) {
                Some(value) => value,
                None => return Some(artifact(manifest, media_type)),
            }
        }
        Some(_) => return Some(artifact(manifest, media_type)),
    };
    let mut metadata = of_object(value.as_object()?);
    add_layers(&mut metadata, manifest);
    Some(metadata)
}

/// The same from schema 1, where the newest `v1Compatibility` holds the config.
pub fn schema1_metadata(document: &Document) -> Option<ImageMetadata> {
    let value = json::parse(document.v1_history.first()?.as_bytes())?;
    let mut metadata = of_object(value.as_object()?);
    add_layers(&mut metadata, document);
    Some(metadata)
}

/// The layers without their annotations, of which nothing is shown.
fn add_layers(metadata: &mut ImageMetadata, manifest: &Document) {
    let layers = manifest.layers.iter().map(|layer| Descriptor {
        media_type: layer.media_type.clone(),
        digest: layer.digest.clone(),
        size: layer.size,
        ..Descriptor::default()
    });
    metadata.layers = layers.collect();
    metadata.further += manifest.further;
}

fn artifact(manifest: &Document, config_type: Option<&str>) -> ImageMetadata {
    let artifact_type = manifest.artifact_type.as_deref().filter(|t| !t.is_empty()).or(config_type);
    let mut metadata = ImageMetadata {
        artifact_type: Some(artifact_type.unwrap_or("unknown").to_owned()),
        ..ImageMetadata::default()
    };
    add_layers(&mut metadata, manifest);
    metadata
}

fn of_object(image: &Map<String, Value>) -> ImageMetadata {
    let nothing = Map::new();
    let config = image.get("config").and_then(Value::as_object).unwrap_or(&nothing);
    let filled = |key: &str| text(config, key).filter(|text| !text.is_empty());
    let labels = config.get("Labels");
    let mut metadata = ImageMetadata {
        platform: platform(image),
        created: text(image, "created"),
        working_dir: filled("WorkingDir"),
        user: filled("User"),
        labels: texts(labels),
        ..ImageMetadata::default()
    };
    let mut room = TEXT;
    let mut within = |length: usize| {
        room = room.saturating_sub(length + 1);
        room > 0
    };
    let (entrypoint, cmd) = (words(config.get("Entrypoint")), words(config.get("Cmd")));
    for (all, taken) in [
        (entrypoint, &mut metadata.entrypoint),
        (cmd, &mut metadata.cmd),
        (words(config.get("Env")), &mut metadata.env),
    ] {
        let count = all.len();
        taken.extend(all.into_iter().take_while(|word| within(word.len())).map(str::to_owned));
        metadata.further += count - taken.len();
    }
    metadata.labels.retain(|name, value| within(name.len() + value.len()));
    let all_labels = labels.and_then(Value::as_object).into_iter().flatten().filter(|(_, v)| v.is_string());
    metadata.further += all_labels.count().saturating_sub(metadata.labels.len());
    metadata
}

/// A list of texts; old builders wrote a single text for a list of one.
fn words(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(one)) => vec![one],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::document::parse_document;

    fn manifest(config_type: &str, more: &str) -> Document {
        let body = format!(
            r#"{{"schemaVersion":2,"config":{{"mediaType":"{config_type}"}},"layers":[{{"size":5}}]{more}}}"#
        );
        parse_document(body.as_bytes(), None).unwrap()
    }

    #[test]
    fn an_image_config() {
        let config = br#"{"architecture":"arm64","os":"linux","variant":"v8","created":"then","rootfs":{},
            "config":{"Env":["A=b",1],"Entrypoint":"/bin/sh","Cmd":null,"WorkingDir":"","User":"1000","Labels":{"k":"v"}}}"#;
        for media_type in [mt::DOCKER_CONFIG, mt::OCI_CONFIG, "application/octet-stream"] {
            let metadata = parse_config(config, &manifest(media_type, "")).unwrap();
            assert_eq!(metadata.env, ["A=b"]);
            assert_eq!(metadata.entrypoint, ["/bin/sh"]);
            assert!(metadata.cmd.is_empty());
            assert_eq!(metadata.working_dir, None);
            assert_eq!(metadata.user.as_deref(), Some("1000"));
            assert_eq!(metadata.labels["k"], "v");
            assert_eq!(metadata.platform.unwrap().to_string(), "linux/arm64/v8");
            assert_eq!(metadata.layers[0].size, Some(5));
            assert_eq!(metadata.artifact_type, None);
        }
        assert_eq!(parse_config(b"<html>", &manifest(mt::OCI_CONFIG, "")), None);
        assert_eq!(parse_config(b"[]", &manifest(mt::OCI_CONFIG, "")), None);
    }

    #[test]
    fn an_artifact_has_a_type_and_no_image_fields() {
        let helm = manifest("application/vnd.cncf.helm.config.v1+json", "");
        let metadata = parse_config(br#"{"name":"chart","os":"linux","architecture":"x"}"#, &helm).unwrap();
        assert_eq!(metadata.artifact_type.as_deref(), Some("application/vnd.cncf.helm.config.v1+json"));
        assert_eq!(metadata.platform, None);
        let sbom = manifest(mt::OCI_EMPTY, r#","artifactType":"application/spdx+json""#);
        for empty in [&b"{}"[..], b""] {
            let metadata = parse_config(empty, &sbom).unwrap();
            assert_eq!(metadata.artifact_type.as_deref(), Some("application/spdx+json"));
        }
        for odd in [&b""[..], b"no JSON at all"] {
            assert!(parse_config(odd, &helm).unwrap().artifact_type.is_some());
        }
    }

    #[test]
    fn schema1_carries_the_config_in_its_history() {
        let body = br#"{"schemaVersion":1,"architecture":"amd64","fsLayers":[{}],"history":[
            {"v1Compatibility":"{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"Cmd\":[\"sh\"]}}"},
            {"v1Compatibility":"{}"}]}"#;
        let metadata = schema1_metadata(&parse_document(body, None).unwrap()).unwrap();
        assert_eq!(metadata.cmd, ["sh"]);
        assert_eq!(metadata.platform.unwrap().to_string(), "linux/amd64");
        assert_eq!(schema1_metadata(&parse_document(br#"{"schemaVersion":1}"#, None).unwrap()), None);
    }
}
