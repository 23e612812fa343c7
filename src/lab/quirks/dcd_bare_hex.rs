use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;

/// The digits without their algorithm.
pub(super) struct DcdBareHex;

impl Quirk for DcdBareHex {
    fn id(&self) -> &'static str {
        "dcd-bare-hex"
    }

    fn about(&self) -> &'static str {
        "Docker-Content-Digest is bare hexadecimal, without sha256:"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["Huawei SWR, 2018", "GoogleContainerTools/kaniko#298"]
    }

    fn after(&self, _request: &LabRequest, reply: &mut Reply, _store: &Store) {
        let bare =
            reply.header("docker-content-digest").and_then(|d| d.strip_prefix("sha256:")).map(str::to_owned);
        if let Some(bare) = bare {
            reply.set("Docker-Content-Digest", bare);
        }
    }
}
