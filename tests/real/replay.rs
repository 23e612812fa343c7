//! A maintainer's own client at a report: what it is shown is what the registry showed.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::process::{run, tool};

/// A replayed report; ended when it goes out of scope.
struct Replayed {
    child: Child,
    image: String,
}

impl Replayed {
    fn start(report: &str) -> Replayed {
        let report = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports").join(report);
        let mut child = Command::new(env!("CARGO_BIN_EXE_regprobe"))
            .arg("replay")
            .arg(report)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("regprobe");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let image = lines.nth(1).expect("the reference").expect("a line");
        Replayed { child, image: image.replace("http://", "docker://") }
    }
}

impl Drop for Replayed {
    fn drop(&mut self) {
        // Best effort: one that has ended is what we want.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "wants skopeo: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn skopeo_inspects_a_report() {
    for registry in [
        "distribution-2.8.2",
        "distribution-3.1.1",
        "crane-registry-serve-0.20.7",
        "ociregistry-20251212",
        "olareg-0.1.2",
    ] {
        for (shape, media_type) in [
            ("docker-manifest", "application/vnd.docker.distribution.manifest.v2+json"),
            ("oci-manifest", "application/vnd.oci.image.manifest.v1+json"),
        ] {
            let replayed = Replayed::start(&format!("{registry}/{shape}.json"));
            let skopeo = |more: &[&str]| -> Value {
                let arguments = [&["inspect", "--tls-verify=false"][..], more, &[&replayed.image]].concat();
                let told = run(Command::new(tool("skopeo")).args(arguments));
                serde_json::from_str(&told).unwrap_or_else(|e| panic!("{registry}/{shape}: {e}: {told}"))
            };
            let manifest = skopeo(&["--raw"]);
            assert!(
                manifest["layers"].as_array().is_some_and(|l| !l.is_empty()),
                "{registry}/{shape}: {manifest}"
            );
            // skopeo holds the manifest to its digest and the config to the manifest's.
            let config = skopeo(&["--config"]);
            assert_eq!(config["architecture"], "amd64", "{registry}/{shape}: {config}");
            let told = manifest["mediaType"].as_str().unwrap_or(media_type);
            assert_eq!(told, media_type, "{registry}/{shape}");
        }
    }
}
