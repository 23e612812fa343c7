//! The bytes that the digest of a signed schema 1 manifest names: its payload, without the signatures
//! (Docker's "Image Manifest V 2, Schema 1", and the JSON Web Signature form it uses).

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;

use crate::oci::digest::Digest;
use crate::oci::json;

/// The protected headers are written without padding, and by some with it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What was signed: the document up to `formatLength`, then `formatTail`. An unsigned manifest is its own
/// payload; `None` where the signatures cannot be read.
pub fn payload(body: &[u8]) -> Option<Vec<u8>> {
    let value = json::parse(body)?;
    let Some(signatures) = value.as_object()?.get("signatures") else {
        return Some(body.to_vec());
    };
    let protected = decode(signatures.get(0)?.get("protected")?)?;
    let header: Value = json::parse(&protected)?;
    let length = usize::try_from(header.get("formatLength")?.as_u64()?).ok()?;
    let mut payload = body.get(..length)?.to_vec();
    payload.extend(decode(header.get("formatTail")?)?);
    Some(payload)
}

/// The digest that `Docker-Content-Digest` names for such a manifest.
pub fn payload_digest(body: &[u8]) -> Option<Digest> {
    payload(body).map(|payload| Digest::sha256(&payload))
}

fn decode(value: &Value) -> Option<Vec<u8>> {
    BASE64.decode(value.as_str()?).ok()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    const PAYLOAD: &str = "{\n   \"schemaVersion\": 1,\n   \"name\": \"a/b\"\n}";

    fn signed(protected: &str) -> String {
        let head = PAYLOAD.strip_suffix("\n}").unwrap();
        let protected = URL_SAFE_NO_PAD.encode(protected);
        format!("{head},\n   \"signatures\": [{{\"protected\": \"{protected}\"}}]\n}}")
    }

    #[test]
    fn the_payload_is_the_document_without_its_signatures() {
        let length = PAYLOAD.len() - 2;
        let tail = URL_SAFE_NO_PAD.encode("\n}");
        let body = signed(&format!(r#"{{"formatLength":{length},"formatTail":"{tail}","time":"t"}}"#));
        assert_eq!(payload(body.as_bytes()).as_deref(), Some(PAYLOAD.as_bytes()));
        assert_eq!(payload_digest(body.as_bytes()), Some(Digest::sha256(PAYLOAD.as_bytes())));
        assert_ne!(payload_digest(body.as_bytes()), Some(Digest::sha256(body.as_bytes())));
    }

    #[test]
    fn an_unsigned_manifest_is_its_own_payload() {
        assert_eq!(payload_digest(PAYLOAD.as_bytes()), Some(Digest::sha256(PAYLOAD.as_bytes())));
    }

    #[test]
    fn signatures_that_cannot_be_read_yield_nothing() {
        for protected in [
            "",
            "{}",
            r#"{"formatLength":99999,"formatTail":"fQ"}"#,
            r#"{"formatLength":-1,"formatTail":"fQ"}"#,
        ] {
            assert_eq!(payload(signed(protected).as_bytes()), None, "{protected}");
        }
        assert_eq!(payload(br#"{"signatures":[]}"#), None);
        assert_eq!(payload(br#"{"signatures":[{"protected":"%"}]}"#), None);
        assert_eq!(payload(b"no json"), None);
    }
}
