//! Real registries on loopback.

use std::path::Path;
use std::process::Command;

use super::process::{Service, free_port, run, tool};

/// What is different from a plain, open registry: lines of its YAML configuration.
#[derive(Default)]
pub struct Variant {
    /// `htpasswd: {...}` or `token: {...}`
    pub auth: Option<String>,
    /// Certificate and key, as paths.
    pub tls: Option<(String, String)>,
    /// The registry that it is a pull-through cache of.
    pub upstream: Option<String>,
}

/// Debian's docker-registry, CNCF distribution 2.8.2. Its content lies in `<dir>/<content>`, so that
/// variants may share it. Schema 1 is enabled so that it can be pushed; reads are the same without.
pub fn docker_registry(dir: &Path, content: &str, variant: &Variant) -> Service {
    distribution(
        "docker-registry",
        dir,
        content,
        free_port(),
        variant,
        "\ncompatibility: {schema1: {enabled: true}}",
    )
}

/// CNCF distribution 3, built from its Go module.
pub fn distribution_3(dir: &Path) -> Service {
    distribution_3_with(dir, "distribution-3", free_port())
}

/// The same with content that may be there already, on a port that another registry may have had before it.
pub fn distribution_3_with(dir: &Path, content: &str, port: u16) -> Service {
    let program = "registry";
    let version = run(Command::new(tool(program)).arg("--version"));
    assert!(version.contains("v3.1.1"), "the recorded table is of v3.1.1, not of {version}");
    distribution(program, dir, content, port, &Variant::default(), "")
}

fn distribution(
    program: &str,
    dir: &Path,
    content: &str,
    port: u16,
    variant: &Variant,
    more: &str,
) -> Service {
    let root = dir.join(content);
    let mut config = format!(
        "version: 0.1\nlog: {{level: warn}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\n",
        root.display()
    );
    let tls = variant.tls.as_ref().map_or_else(String::new, |(certificate, key)| {
        format!(", tls: {{certificate: {certificate}, key: {key}}}")
    });
    config.push_str(&format!("http: {{addr: \"127.0.0.1:{port}\"{tls}}}\n"));
    if let Some(auth) = &variant.auth {
        config.push_str(&format!("auth: {{{auth}}}\n"));
    }
    if let Some(upstream) = &variant.upstream {
        config.push_str(&format!("proxy: {{remoteurl: \"{upstream}\"}}\n"));
    }
    config.push_str(more.trim_start());
    let path = dir.join(format!("{port}.yml"));
    std::fs::write(&path, config).expect("a configuration");
    let mut command = Command::new(tool(program));
    // The OpenTelemetry exporter of version 3 would look for a collector.
    command.arg("serve").arg(&path).env("OTEL_TRACES_EXPORTER", "none");
    Service::start(command, port, dir)
}

/// `crane registry serve`: go-containerregistry's registry, in memory.
pub fn crane(dir: &Path) -> Service {
    let port = free_port();
    let mut command = Command::new(tool("crane"));
    command.args(["registry", "serve", "--address"]).arg(format!("127.0.0.1:{port}"));
    Service::start(command, port, dir)
}

/// CUE Labs' ociregistry, in memory: the program is `tests/real/ociregistry`.
pub fn ociregistry(dir: &Path) -> Service {
    let port = free_port();
    let mut command = Command::new(tool("ociregistry"));
    command.arg(format!("127.0.0.1:{port}"));
    Service::start(command, port, dir)
}

/// olareg, in memory.
pub fn olareg(dir: &Path) -> Service {
    let port = free_port();
    let mut command = Command::new(tool("olareg"));
    command.args(["serve", "--addr", "127.0.0.1", "--store-type", "mem", "--port", &port.to_string()]);
    Service::start(command, port, dir)
}

/// The crate `container-registry`; any user, this password.
pub fn container_registry(dir: &Path, password: &str) -> Service {
    let port = free_port();
    let storage = dir.join("container-registry");
    std::fs::create_dir_all(&storage).expect("a directory");
    let mut command = Command::new(tool("container-registry"));
    command.args(["-b", &format!("127.0.0.1:{port}"), "-p", password, "-s"]).arg(storage);
    Service::start(command, port, dir)
}
