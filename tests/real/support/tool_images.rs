//! Images that real tools made and pushed: umoci, skopeo and buildah, without network, root or kernel features.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use super::process::{run, tool};

/// Pushes `lab/s2`, `lab/oci` and `lab/s1` (skopeo), `lab/idx` and `lab/list` (buildah).
pub fn push(registry: SocketAddr, dir: &Path) {
    let work = dir.join("images");
    std::fs::create_dir_all(&work).expect("a directory");
    skopeo(registry, &work);
    buildah(registry, &work);
}

fn skopeo(registry: SocketAddr, work: &Path) {
    let umoci = |arguments: &[&str]| run(Command::new(tool("umoci")).current_dir(work).args(arguments));
    std::fs::write(work.join("hello"), "hello\n").expect("a file");
    umoci(&["init", "--layout", "base"]);
    umoci(&["new", "--image", "base:latest"]);
    umoci(&["insert", "--rootless", "--image", "base:latest", "hello", "/hello"]);
    umoci(&[
        "config",
        "--image",
        "base:latest",
        "--config.cmd",
        "/hello",
        "--config.env",
        "PATH=/",
        "--architecture",
        "amd64",
        "--os",
        "linux",
        "--created",
        "1970-01-01T00:00:00Z",
    ]);
    for (format, name) in [("v2s2", "s2"), ("oci", "oci"), ("v2s1", "s1")] {
        run(Command::new(tool("skopeo"))
            .current_dir(work)
            .args([
                "--insecure-policy",
                "copy",
                "--dest-tls-verify=false",
                "--format",
                format,
                "oci:base:latest",
            ])
            .arg(format!("docker://{registry}/lab/{name}:latest")));
    }
}

fn buildah(registry: SocketAddr, work: &Path) {
    let buildah = |arguments: &[&str]| {
        let mut command = Command::new(tool("buildah"));
        command.current_dir(work).env("BUILDAH_ISOLATION", "chroot").env("STORAGE_DRIVER", "vfs");
        command.args(["--root", "storage", "--runroot", "run", "--storage-driver", "vfs"]).args(arguments);
        run(&mut command).trim().to_owned()
    };
    for arch in ["amd64", "arm64"] {
        let file = format!("hello-{arch}");
        std::fs::write(work.join(&file), format!("hello {arch}\n")).expect("a file");
        let container = buildah(&["from", "--arch", arch, "scratch"]);
        buildah(&["copy", "-q", &container, &file, "/hello"]);
        buildah(&[
            "config",
            "--arch",
            arch,
            "--os",
            "linux",
            "--cmd",
            "/hello",
            "--label",
            "org.example.lab=1",
            &container,
        ]);
        for (format, kind) in [("oci", "oci"), ("docker", "s2")] {
            let image = format!("lab-{kind}-{arch}");
            buildah(&["commit", "-q", "--timestamp", "0", "--format", format, &container, &image]);
        }
        buildah(&["rm", &container]);
    }
    for (name, kind, format) in [("idx", "oci", "oci"), ("list", "s2", "v2s2")] {
        let (local, amd64, arm64) =
            (format!("lab-{name}"), format!("lab-{kind}-amd64"), format!("lab-{kind}-arm64"));
        buildah(&["manifest", "create", &local, &amd64, &arm64]);
        let remote = format!("docker://{registry}/lab/{name}:latest");
        buildah(&["manifest", "push", "--all", "--tls-verify=false", "--format", format, &local, &remote]);
    }
}
