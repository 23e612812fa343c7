use serde_json::Value;

use super::swapped::swapped;
use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;

/// BuildKit's attestations as OCI artifacts. A matter of content, which no registry changes: the index of the
/// lab is served in another form, under that form's own digest.
pub(super) struct AttestationAsOciArtifact;

impl Quirk for AttestationAsOciArtifact {
    fn id(&self) -> &'static str {
        "attestation-as-oci-artifact"
    }

    fn about(&self) -> &'static str {
        "the attestations of an index have an artifactType, as BuildKit's oci-artifact=true writes them"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["images built by BuildKit with oci-artifact=true", "regclient 48f4996"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        swapped(request, store, |entries| {
            let unknown = |entry: &&mut Value| entry["platform"]["os"] == "unknown";
            for entry in entries.iter_mut().filter(unknown) {
                entry["artifactType"] = Value::from("application/vnd.docker.attestation.manifest.v1+json");
            }
        })
    }
}
