//! Certificates as they are met in the wild: what a person is told, and what the run exits with.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use regprobe::lab::{Lab, LabOptions};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;

use crate::record::{ALL, ask};
use crate::support::{Raw, Running, findings, json, run};

/// A CA of its own.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Authority {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Authority { issuer: Issuer::new(params, key), pem }
    }

    fn config(&self, name: &str, expired: bool) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        if expired {
            params.not_before = rcgen::date_time_ymd(2001, 1, 1);
            params.not_after = rcgen::date_time_ymd(2002, 1, 1);
        }
        let leaf = params.signed_by(&key, &self.issuer).unwrap();
        server(None, leaf.der(), &key)
    }
}

/// A server with a certificate; with `clients`, those must show one issued by an authority in there.
fn server(
    clients: Option<rustls::RootCertStore>,
    certificate: &CertificateDer<'_>,
    key: &KeyPair,
) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match clients {
        Some(roots) => {
            let roots = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(roots.build().unwrap())
        }
        None => builder.with_no_client_auth(),
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    Arc::new(builder.with_single_cert(vec![certificate.clone().into_owned()], key).unwrap())
}

/// TLS in front of a lab: every connection is opened here and passed on in the clear.
fn front(config: Arc<ServerConfig>, lab: &Lab) -> Raw {
    let upstream = lab.address();
    Raw::serve(move |mut stream, _| {
        let Ok(mut session) = rustls::ServerConnection::new(Arc::clone(&config)) else { return };
        let mut tls = rustls::Stream::new(&mut session, &mut stream);
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") {
            match tls.read(&mut byte) {
                Ok(1) => request.push(byte[0]),
                _ => return,
            }
        }
        // One request, one connection upstream: its end is the end of the answer.
        let text = String::from_utf8_lossy(&request).replacen("\r\n", "\r\nconnection: close\r\n", 1);
        let Ok(mut inner) = std::net::TcpStream::connect(upstream) else { return };
        let mut answer = Vec::new();
        if inner.write_all(text.as_bytes()).is_ok() && inner.read_to_end(&mut answer).is_ok() {
            // The peer may be gone; then there is nobody to answer.
            let _ = tls.write_all(&answer);
            tls.conn.send_close_notify();
            let _ = tls.flush();
        }
    })
}

#[test]
fn each_fault_of_a_certificate_is_told_apart() {
    let ca = Authority::new();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("ca.pem");
    std::fs::write(&file, &ca.pem).unwrap();
    let cacert = ["--cacert", file.to_str().unwrap()];
    for (config, known, words) in [
        (ca.config("127.0.0.1", false), false, "signed by an unknown authority"),
        (ca.config("127.0.0.1", true), true, "has expired"),
        (ca.config("other.example", false), true, "is for another name"),
    ] {
        let lab = Running::start(LabOptions::default());
        let server = front(config, &lab.lab);
        let image = format!("{}/lab/oci", server.address);
        let trust = if known { &cacert[..] } else { &[] };
        let args = [&[image.as_str(), "--suite", "quick"][..], trust].concat();
        let (code, report) = json(&args);
        assert_eq!(code, 3, "{words}");
        assert_eq!(report["summary"]["outcome"], "inconclusive");
        assert_eq!(findings(&report)[0], ("tls-untrusted".to_owned(), "broken".to_owned()), "{words}");
        let (code, out, _) = run(&[&["probe"][..], &args].concat());
        assert_eq!(code, 3);
        let out = out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(out.contains(words), "{words} is not in: {out}");
        // Where TLS is spoken nobody is moved to plain text, on loopback either.
        assert!(report["target"]["base_url"].as_str().unwrap().starts_with("https://"));
        assert_eq!(lab.lab.requests().len(), 0);
        // Looked past, and said so.
        let (code, report) = json(&[image.as_str(), "--suite", "quick", "--insecure"]);
        assert_eq!(code, 0, "{words}");
        assert!(report["notes"].as_array().unwrap().iter().any(|n| n["id"] == "insecure-tls"));
        assert!(!lab.lab.requests().is_empty());
    }
}

#[test]
fn a_given_ca_is_trusted() {
    let lab = Running::start(LabOptions::default());
    let ca = Authority::new();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("ca.pem");
    std::fs::write(&file, &ca.pem).unwrap();
    let server = front(ca.config("127.0.0.1", false), &lab.lab);
    let image = format!("https://{}/lab/index", server.address);
    let (code, report) = json(&[&image, "--cacert", file.to_str().unwrap(), "--platform", "linux/amd64"]);
    assert_eq!((code, report["summary"]["outcome"].as_str().unwrap()), (0, "works"));
    let curl = report["summary"]["curl"].to_string();
    assert!(curl.contains("--cacert"), "{curl}");
}

/// A client that speaks plain HTTP to the proxy on loopback, and the proxy TLS to the registry.
#[test]
fn a_recording_proxy_speaks_tls_to_its_upstream() {
    let lab = Running::start(LabOptions::default());
    let ca = Authority::new();
    let directory = tempfile::tempdir().unwrap();
    let (file, report) = (directory.path().join("ca.pem"), directory.path().join("r.json"));
    std::fs::write(&file, &ca.pem).unwrap();
    let server = front(ca.config("127.0.0.1", false), &lab.lab);
    let upstream = format!("https://{}", server.address);
    for (cacert, status) in [(Some(&file), 200), (None, 502)] {
        let mut proxy = Command::new(env!("CARGO_BIN_EXE_regprobe"));
        proxy.args(["record", "--upstream", &upstream, "-o"]).arg(&report);
        if let Some(file) = cacert {
            proxy.arg("--cacert").arg(file);
        }
        let mut proxy = proxy.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(proxy.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let to = line.trim().parse().unwrap();
        let reply = ask(to, "GET", "/v2/lab/oci/manifests/latest", &[("Accept", ALL)], b"");
        let stopped = Command::new("kill").arg(proxy.id().to_string()).status().unwrap();
        assert!(stopped.success() && proxy.wait().unwrap().code().is_some());
        assert_eq!(reply.status, status, "{}", String::from_utf8_lossy(&reply.body));
        let told = std::fs::read_to_string(&report).unwrap();
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        assert!(told["target"]["base_url"].as_str().unwrap().starts_with(&upstream), "{told}");
        if status == 200 {
            let stored = lab.lab.requests();
            assert!(stored.iter().any(|r| format!("{r:?}").contains("/v2/lab/oci/manifests/latest")));
            assert!(told["bodies"].to_string().contains("application/vnd.oci.image.config"), "{told}");
        } else {
            assert_eq!(told["findings"][0]["id"], "tls-untrusted", "{told}");
        }
    }
}

/// As Docker's documentation makes one: `openssl req -x509`, which marks it as an authority's.
#[test]
fn a_self_signed_certificate_is_trusted_as_it_is() {
    let lab = Running::start(LabOptions::default());
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("domain.crt");
    std::fs::write(&file, certificate.pem()).unwrap();
    let server = front(server(None, certificate.der(), &key), &lab.lab);
    let image = format!("https://{}/lab/oci", server.address);
    let (code, report) = json(&[&image, "--suite", "quick", "--cacert", file.to_str().unwrap()]);
    assert_eq!((code, report["summary"]["outcome"].as_str().unwrap()), (0, "works"));
    let (code, report) = json(&[&image, "--suite", "quick"]);
    assert_eq!((code, findings(&report)[0].0.as_str()), (3, "tls-untrusted"));
}

#[test]
fn a_client_certificate_that_is_required() {
    let lab = Running::start(LabOptions::default());
    let ca = Authority::new();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca.pem.as_bytes()).unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let leaf = params.signed_by(&key, &ca.issuer).unwrap();
    let tls = front(server(Some(roots), leaf.der(), &key), &lab.lab);
    let nginx = Raw::fixed(
        b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n\
          <html><center><h1>400 Bad Request</h1></center><center>No required SSL certificate was sent</center></html>",
    );
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("ca.pem");
    std::fs::write(&file, &ca.pem).unwrap();
    for image in [format!("https://{}/lab/oci", tls.address), format!("http://{}/lab/oci", nginx.address)] {
        let (code, report) = json(&[&image, "--suite", "quick", "--cacert", file.to_str().unwrap()]);
        let found = findings(&report);
        assert_eq!(found[0], ("client-certificate-required".to_owned(), "broken".to_owned()), "{found:?}");
        assert!(found.iter().all(|(id, _)| id != "not-a-registry" && id != "tls-untrusted"), "{found:?}");
        assert_ne!(code, 0);
    }
    assert!(lab.lab.requests().is_empty());
}

#[test]
fn a_fault_behind_a_redirect_names_its_host() {
    let lab = Running::start(LabOptions::default());
    let storage = front(Authority::new().config("127.0.0.1", false), &lab.lab);
    let location = format!("https://{}/elsewhere", storage.address);
    let moved = format!("HTTP/1.1 307 Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
    let registry = Raw::serve(move |mut stream, _| {
        while !crate::support::head(&mut stream).is_empty() {
            let _ = stream.write_all(moved.as_bytes());
        }
    });
    let (code, report) = json(&[&format!("http://{}/lab/oci", registry.address), "--suite", "quick"]);
    let first = &report["findings"][0];
    assert_eq!((code, &first["id"]), (3, &"tls-untrusted".into()));
    let title = first["title"].as_str().unwrap();
    assert!(title.starts_with(&format!("TLS with https://{}, to which", storage.address)), "{title}");
    let explanation = first["explanation"].as_str().unwrap();
    assert!(explanation.contains(&format!("with {}, behind a redirect", storage.address)), "{explanation}");
}

#[test]
fn plain_http_asked_of_a_tls_port() {
    let lab = Running::start(LabOptions::default());
    let ca = Authority::new();
    let server = front(ca.config("127.0.0.1", false), &lab.lab);
    let (code, report) = json(&[&format!("http://{}/lab/oci", server.address), "--suite", "quick"]);
    assert_eq!((code, findings(&report)[0].0.as_str()), (3, "plain-http-registry"));
}
