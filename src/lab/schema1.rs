//! Docker's image manifest, version 2, schema 1: made from an image, and signed as libtrust did.
//!
//! The signed form is the payload with a `signatures` member spliced in before its last brace, so
//! that the payload can be cut out again byte for byte: `formatLength` bytes and `formatTail`. The
//! digest of such a manifest is the digest of its payload, never of the body that is served.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use bytes::Bytes;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::lab::images::model::{ContainerConfig, History, ImageConfig};
use crate::oci::digest::Digest;

/// The end of every pretty-printed JSON object, which the signatures are put before.
const TAIL: &str = "\n}";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    schema_version: u8,
    name: &'a str,
    tag: &'a str,
    architecture: &'a str,
    fs_layers: Vec<FsLayer>,
    history: Vec<Compatibility>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FsLayer {
    blob_sum: String,
}

#[derive(Serialize)]
struct Compatibility {
    #[serde(rename = "v1Compatibility")]
    v1: String,
}

/// The v1 image that an entry of the history holds: the newest whole, the others by id, parent and command.
#[derive(Serialize)]
struct V1Image<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    architecture: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<&'a ContainerConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    container_config: Option<ContainerConfig>,
    created: &'a str,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    os: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    parent: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    throwaway: bool,
}

/// The layer that schema 1 names where a build step changed no file: an empty tar in gzip, with
/// the bytes, and so the digest, that Docker always used (`sha256:a3ed95ca…`).
pub fn empty_layer() -> Bytes {
    Bytes::from_static(&[
        31, 139, 8, 0, 0, 9, 110, 136, 0, 255, 98, 24, 5, 163, 96, 20, 140, 88, 0, 8, 0, 0, 255, 255, 46,
        175, 181, 239, 0, 4, 0, 0,
    ])
}

/// The unsigned schema 1 manifest of an image: what a registry answers a client that knows nothing
/// newer. `layers` are the blobs of the schema 2 manifest, base first. `None` where the config is
/// not one that can be converted.
pub fn convert(name: &str, tag: &str, config: &[u8], layers: &[Digest]) -> Option<Bytes> {
    let image: ImageConfig = serde_json::from_slice(config).ok()?;
    let mut layers = layers.iter();
    let mut fs_layers = Vec::new();
    let mut history = Vec::new();
    let mut parent = String::new();
    for (at, step) in image.history.iter().enumerate() {
        let blob = if step.empty_layer { Digest::sha256(&empty_layer()) } else { layers.next()?.clone() };
        let newest = at + 1 == image.history.len();
        let id = Digest::sha256(format!("{blob} {parent} {}", step.created_by).as_bytes());
        let v1 = V1Image {
            architecture: newest.then_some(image.architecture.as_str()),
            config: newest.then_some(&image.config),
            container_config: (!newest).then(|| command(step)),
            created: &step.created,
            id: id.encoded(),
            os: newest.then_some(image.os.as_str()),
            parent: &parent,
            throwaway: step.empty_layer,
        };
        history.push(Compatibility { v1: serde_json::to_string(&v1).ok()? });
        fs_layers.push(FsLayer { blob_sum: blob.to_string() });
        parent = id.encoded().to_owned();
    }
    fs_layers.reverse();
    history.reverse();
    let manifest =
        Manifest { schema_version: 1, name, tag, architecture: &image.architecture, fs_layers, history };
    let mut out = Vec::new();
    let indent = serde_json::ser::PrettyFormatter::with_indent(b"   ");
    manifest.serialize(&mut serde_json::Serializer::with_formatter(&mut out, indent)).ok()?;
    Some(out.into())
}

fn command(step: &History) -> ContainerConfig {
    ContainerConfig { cmd: vec![step.created_by.clone()], ..ContainerConfig::default() }
}

/// Signs a payload with a fresh P-256 key, in libtrust's "pretty" JWS. `None` if the payload is no
/// pretty-printed object, or if the system has no randomness.
pub fn sign(payload: &[u8]) -> Option<Bytes> {
    let text = std::str::from_utf8(payload).ok()?;
    let head = text.strip_suffix(TAIL)?;
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).ok()?;
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).ok()?;
    let point = key.public_key().as_ref();
    let (x, y) = point.get(1..)?.split_at_checked(32)?;
    // libtrust put the time of signing here too; nothing reads it, and it would only vary.
    let protected = BASE64.encode(format!(
        "{{\"formatLength\":{},\"formatTail\":\"{}\",\"time\":\"2018-03-06T21:08:42Z\"}}",
        head.len(),
        BASE64.encode(TAIL)
    ));
    let input = format!("{protected}.{}", BASE64.encode(payload));
    let signature = key.sign(&random, input.as_bytes()).ok()?;
    let signatures = format!(
        ",\n   \"signatures\": [\n      {{\n         \"header\": {{\n            \"jwk\": {{\n               \
         \"crv\": \"P-256\",\n               \"kid\": \"{}\",\n               \"kty\": \"EC\",\n               \
         \"x\": \"{}\",\n               \"y\": \"{}\"\n            }},\n            \"alg\": \"ES256\"\n         \
         }},\n         \"signature\": \"{}\",\n         \"protected\": \"{protected}\"\n      }}\n   ]",
        key_id(point),
        BASE64.encode(x),
        BASE64.encode(y),
        BASE64.encode(signature.as_ref()),
    );
    Some(format!("{head}{signatures}{TAIL}").into())
}

/// Cuts the payload out of a signed manifest.
pub fn payload(signed: &[u8]) -> Option<Bytes> {
    #[derive(Deserialize)]
    struct Signed {
        signatures: Vec<Signature>,
    }
    #[derive(Deserialize)]
    struct Signature {
        protected: String,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Protected {
        format_length: usize,
        format_tail: String,
    }
    let document: Signed = serde_json::from_slice(signed).ok()?;
    let protected = BASE64.decode(&document.signatures.first()?.protected).ok()?;
    let protected: Protected = serde_json::from_slice(&protected).ok()?;
    let mut payload = signed.get(..protected.format_length)?.to_vec();
    payload.extend(BASE64.decode(protected.format_tail).ok()?);
    Some(payload.into())
}

/// libtrust's key id: the first 240 bits of the SHA-256 of the key in DER, as base32 in twelve groups.
fn key_id(point: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    // SubjectPublicKeyInfo of a P-256 key (RFC 5480), up to the point itself.
    const PREFIX: [u8; 26] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
        0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ];
    let hash = Sha256::new().chain_update(PREFIX).chain_update(point).finalize();
    let mut text = String::new();
    for five in hash[..30].chunks(5) {
        let bits = five.iter().fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
        for at in (0..8).rev() {
            if at % 4 == 3 && !text.is_empty() {
                text.push(':');
            }
            text.push(char::from(ALPHABET[(bits >> (at * 5) & 31) as usize]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    use serde_json::Value;

    use super::*;
    use crate::lab::images::recipe::{Family, hello};

    fn converted() -> Bytes {
        let image = hello(Family::Docker, "amd64", None);
        let layers: Vec<Digest> = image.layers.iter().map(|l| Digest::sha256(l)).collect();
        convert("lab/x", "latest", &image.config, &layers).unwrap()
    }

    #[test]
    fn the_empty_layer_has_its_well_known_digest() {
        assert_eq!(
            Digest::sha256(&empty_layer()).as_str(),
            "sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4"
        );
    }

    #[test]
    fn newest_first_and_the_newest_holds_the_config() {
        let manifest: Value = serde_json::from_slice(&converted()).unwrap();
        let entries: Vec<Value> = manifest["history"]
            .as_array()
            .unwrap()
            .iter()
            .map(|h| serde_json::from_str(h["v1Compatibility"].as_str().unwrap()).unwrap())
            .collect();
        assert_eq!(entries.len(), manifest["fsLayers"].as_array().unwrap().len());
        assert_eq!(entries[0]["config"]["Entrypoint"][0], "/usr/local/bin/hello");
        for pair in entries.windows(2) {
            assert_eq!(pair[0]["parent"], pair[1]["id"]);
        }
        assert!(entries.last().unwrap().get("parent").is_none());
        assert_eq!(entries.iter().filter(|e| e["throwaway"] == true).count(), 2);
    }

    #[test]
    fn the_payload_survives_and_the_signature_verifies() {
        let wanted = converted();
        let signed = sign(&wanted).unwrap();
        assert_eq!(payload(&signed).unwrap(), wanted);
        let document: Value = serde_json::from_slice(&signed).unwrap();
        let one = &document["signatures"][0];
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        let bytes = |v: &Value| BASE64.decode(text(v)).unwrap();
        let jwk = &one["header"]["jwk"];
        let point = [vec![4], bytes(&jwk["x"]), bytes(&jwk["y"])].concat();
        let input = format!("{}.{}", text(&one["protected"]), BASE64.encode(&wanted));
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point);
        key.verify(input.as_bytes(), &bytes(&one["signature"])).unwrap();
        assert!(key.verify(b"other", &bytes(&one["signature"])).is_err());
        let kid = text(&jwk["kid"]);
        assert_eq!(kid, key_id(&point));
        assert_eq!(kid.split(':').map(str::len).collect::<Vec<_>>(), [4; 12]);
    }

    #[test]
    fn what_cannot_be_converted_or_cut_is_none() {
        assert!(convert("a", "b", b"{}", &[]).is_none());
        assert!(sign(b"{}").is_none());
        assert!(payload(b"{\"signatures\":[]}").is_none());
    }
}
