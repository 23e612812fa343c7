//! One docker-registry with the generated shapes, and its content behind other front doors.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::process::{Service, run, tool};
use super::registry::{Variant, docker_registry};
use super::{nginx, push, shapes};

/// The user that closed registries know.
pub const USER: &str = "tester";
/// That user's password: odd characters on purpose.
pub const PASSWORD: &str = "s3c:ret pass/word+";

/// nginx compresses whatever it may.
pub const GZIP: &str =
    "gzip on; gzip_min_length 1; gzip_proxied any; gzip_types *; location / { proxy_pass http://REGISTRY; }";

/// nginx lets nobody through.
pub const TOO_MANY: &str = "location / { return 429; }";

/// The open registry and the directory it lives in.
pub struct Fixture {
    /// Everything that is written.
    pub dir: TempDir,
    open: Service,
}

impl Fixture {
    /// Starts an open registry with all shapes in it.
    pub fn start() -> Fixture {
        let dir = TempDir::new().expect("a directory");
        let open = docker_registry(dir.path(), "content", &Variant::default());
        for shape in shapes::recorded() {
            push::push(open.address, &shape.image);
        }
        Fixture { dir, open }
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Where the open registry listens.
    pub fn open(&self) -> SocketAddr {
        self.open.address
    }

    /// Another registry process on the same content.
    pub fn variant(&self, variant: &Variant) -> Service {
        docker_registry(self.path(), "content", variant)
    }

    /// The same content for [`USER`] only, by Basic authentication.
    pub fn htpasswd(&self) -> Service {
        let file = self.path().join("htpasswd");
        let line = run(Command::new(tool("htpasswd")).args(["-Bbn", USER, PASSWORD]));
        std::fs::write(&file, line).expect("the file");
        let auth = format!("htpasswd: {{realm: lab-realm, path: {}}}", file.display());
        self.variant(&Variant { auth: Some(auth), ..Variant::default() })
    }

    /// nginx in front; `REGISTRY` in the locations becomes the open registry's address.
    pub fn nginx(&self, locations: &str) -> Service {
        nginx::start(self.path(), &locations.replace("REGISTRY", &self.open().to_string()))
    }

    /// nginx in front of a closed registry sends blobs to a second host, which refuses requests that
    /// carry credentials, as object stores do. The front and the store.
    pub fn redirecting(&self, closed: &Service) -> (Service, Service) {
        let store =
            self.nginx("location / { if ($http_authorization) { return 400; } proxy_pass http://REGISTRY; }");
        let blobs =
            format!("return 307 http://localhost:{}$request_uri?X-Signature=abc;", store.address.port());
        let rest = format!("proxy_pass http://{};", closed.address);
        let locations = format!("location ~ ^/v2/.+/blobs/sha256: {{ {blobs} }} location / {{ {rest} }}");
        (nginx::start(self.path(), &locations), store)
    }
}

/// A private CA and a certificate of its for the loopback names, as PEM files: CA, certificate, key.
pub fn private_ca(dir: &Path) -> [String; 3] {
    let ca_key = rcgen::KeyPair::generate().expect("a key");
    let mut ca = rcgen::CertificateParams::default();
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    ca.distinguished_name.push(rcgen::DnType::CommonName, "a private CA");
    let root = ca.self_signed(&ca_key).expect("a CA");
    let issuer = rcgen::Issuer::from_params(&ca, &ca_key);
    let key = rcgen::KeyPair::generate().expect("a key");
    let leaf =
        rcgen::CertificateParams::new(vec!["localhost".into(), "127.0.0.1".into()]).expect("parameters");
    let leaf = leaf.signed_by(&key, &issuer).expect("a certificate");
    let write = |name: &str, text: String| {
        let path = dir.join(name);
        std::fs::write(&path, text).expect("a file");
        path.display().to_string()
    };
    [write("ca.pem", root.pem()), write("leaf.pem", leaf.pem()), write("leaf.key", key.serialize_pem())]
}
