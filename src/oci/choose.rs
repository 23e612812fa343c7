//! Which entry of an index is meant.

use crate::oci::document::{Descriptor, Document, Platform};

/// The entry for a platform; attestations and entries without a usable digest never.
pub fn choose<'a>(document: &'a Document, platform: &Platform) -> Option<&'a Descriptor> {
    images(document)
        .filter_map(|d| Some((platform.suits(d.platform.as_ref()?)?, d)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, d)| d)
}

/// The first entry that is an image, whatever its platform.
pub fn first_image(document: &Document) -> Option<&Descriptor> {
    images(document).next()
}

/// The platforms that an index offers, in its order, each once.
pub fn platforms(document: &Document) -> Vec<Platform> {
    let mut all = Vec::new();
    for platform in images(document).filter_map(|d| d.platform.as_ref()) {
        if !all.contains(platform) {
            all.push(platform.clone());
        }
    }
    all
}

fn images(document: &Document) -> impl Iterator<Item = &Descriptor> {
    document.manifests.iter().filter(|d| !d.is_attestation() && d.digest.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::document::parse_document;

    fn index(platforms: &[&str]) -> Document {
        let entries: Vec<_> = platforms
            .iter()
            .enumerate()
            .map(|(at, text)| {
                let parts: Vec<&str> = text.split('/').collect();
                serde_json::json!({
                    "digest": format!("sha256:{at:064}"),
                    "platform": {"os": parts[0], "architecture": parts[1], "variant": parts.get(2)},
                })
            })
            .collect();
        let body = serde_json::json!({"schemaVersion": 2, "manifests": entries}).to_string();
        parse_document(body.as_bytes(), None).unwrap()
    }

    fn chosen(platforms: &[&str], wanted: &str) -> Option<String> {
        let index = index(platforms);
        let found = choose(&index, &Platform::parse(wanted).unwrap())?;
        found.platform.as_ref().map(ToString::to_string)
    }

    #[test]
    fn the_entry_of_the_platform() {
        let all = ["unknown/unknown", "linux/arm/v6", "linux/arm/v7", "linux/arm64/v8", "linux/amd64"];
        assert_eq!(chosen(&all, "linux/amd64").as_deref(), Some("linux/amd64"));
        assert_eq!(chosen(&all, "linux/arm64").as_deref(), Some("linux/arm64/v8"));
        assert_eq!(chosen(&all, "linux/arm").as_deref(), Some("linux/arm/v7"));
        assert_eq!(chosen(&all, "linux/arm/v6").as_deref(), Some("linux/arm/v6"));
        assert_eq!(chosen(&all, "linux/s390x"), None);
        assert_eq!(chosen(&["linux/arm/v5"], "linux/arm").as_deref(), Some("linux/arm/v5"));
        assert_eq!(chosen(&["linux/amd64/v3", "linux/amd64"], "linux/amd64").as_deref(), Some("linux/amd64"));
    }

    #[test]
    fn never_an_attestation_and_never_without_a_digest() {
        let index = index(&["unknown/unknown", "linux/arm64"]);
        assert_eq!(
            first_image(&index).and_then(|d| d.platform.as_ref()).map(|p| p.architecture.as_str()),
            Some("arm64")
        );
        assert_eq!(platforms(&index).len(), 1);
        let body =
            br#"{"manifests":[{"digest":"sha256:xyz","platform":{"os":"linux","architecture":"amd64"}}]}"#;
        let index = parse_document(body, None).unwrap();
        assert_eq!(choose(&index, &Platform::parse("linux/amd64").unwrap()), None);
        assert_eq!(first_image(&index), None);
    }
}
