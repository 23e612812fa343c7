//! The deployments do what their names say, seen with curl: otherwise the other tests would prove nothing.

use std::process::Command;

use serde_json::Value;

use crate::support::fixture::{Fixture, GZIP, PASSWORD, TOO_MANY, USER, private_ca};
use crate::support::process::tool;
use crate::support::push::digest;
use crate::support::registry::Variant;
use crate::support::token_server::TokenServer;

const ACCEPT: &str = "Accept: application/vnd.docker.distribution.manifest.v2+json";
const PATH: &str = "/v2/lab/py-s2/manifests/latest";

/// Status and body of one curl; 0 where no answer came.
fn curl(arguments: &[&str]) -> (u16, Vec<u8>) {
    let mut command = Command::new(tool("curl"));
    command.args(["-sS", "--noproxy", "*", "-H", ACCEPT, "-w", "\n%{http_code}"]).args(arguments);
    let output = command.output().expect("curl");
    let end = output.stdout.iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
    let status = String::from_utf8_lossy(&output.stdout[end..]).trim().parse().unwrap_or(0);
    (status, output.stdout[..end].to_vec())
}

fn is_manifest((status, body): (u16, Vec<u8>)) -> bool {
    status == 200
        && serde_json::from_slice::<Value>(&body).is_ok_and(|manifest| manifest["config"].is_object())
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn tls_is_trusted_with_the_ca_only() {
    let fixture = Fixture::start();
    let [ca, certificate, key] = private_ca(fixture.path());
    let service = fixture.variant(&Variant { tls: Some((certificate, key)), ..Variant::default() });
    let url = format!("https://{}{PATH}", service.address);
    assert!(is_manifest(curl(&["--cacert", &ca, &url])));
    assert_eq!(curl(&[&url]).0, 0);
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn htpasswd_wants_the_password() {
    let fixture = Fixture::start();
    let url = format!("http://{}{PATH}", fixture.htpasswd().address);
    assert_eq!(curl(&[&url]).0, 0, "the process ended with its guard");
    let service = fixture.htpasswd();
    let url = format!("http://{}{PATH}", service.address);
    assert_eq!(curl(&[&url]).0, 401);
    assert_eq!(curl(&["-u", &format!("{USER}:wrong"), &url]).0, 401);
    assert!(is_manifest(curl(&["-u", &format!("{USER}:{PASSWORD}"), &url])));
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn the_registry_accepts_our_tokens_and_no_others() {
    let fixture = Fixture::start();
    let tokens = TokenServer::start(fixture.path(), Some((USER, PASSWORD)));
    let service = fixture.variant(&Variant { auth: Some(tokens.registry_auth()), ..Variant::default() });
    let url = format!("http://{}{PATH}", service.address);
    let (status, body) = curl(&["-i", &url]);
    let head = String::from_utf8_lossy(&body).into_owned();
    assert_eq!(status, 401, "{head}");
    let challenge = head.lines().find(|line| line.to_ascii_lowercase().starts_with("www-authenticate:"));
    let parameter = |name: &str| {
        let rest =
            challenge.and_then(|line| line.split_once(&format!("{name}=\""))).map_or("", |(_, rest)| rest);
        rest.split('"').next().unwrap_or_default().to_owned()
    };
    let realm =
        format!("{}?service={}&scope={}", parameter("realm"), parameter("service"), parameter("scope"));
    let token = |arguments: &[&str]| {
        let (status, body) = curl(&[arguments, &[realm.as_str()]].concat());
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        (status, format!("Authorization: Bearer {}", body["token"].as_str().unwrap_or_default()))
    };
    let (status, good) = token(&["-u", &format!("{USER}:{PASSWORD}")]);
    assert_eq!(status, 200);
    assert!(is_manifest(curl(&["-H", &good, &url])), "{:?}", curl(&["-H", &good, &url]));
    let (status, anonymous) = token(&[]);
    assert_eq!(status, 200, "a token without access");
    assert_eq!(curl(&["-H", &anonymous, &url]).0, 401);
    assert_eq!(token(&["-u", &format!("{USER}:wrong")]).0, 401);
    assert_eq!(curl(&["-H", &format!("{good}x"), &url]).0, 401, "a broken signature");
    assert_eq!(curl(&["-H", &good, &url.replace("py-s2", "py-oci")]).0, 401, "another repository");
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn nginx_compresses_redirects_and_limits() {
    let fixture = Fixture::start();
    let plain = curl(&[&format!("http://{}{PATH}", fixture.open())]).1;
    let service = fixture.nginx(GZIP);
    let url = format!("http://{}{PATH}", service.address);
    let packed = curl(&["-H", "Accept-Encoding: gzip", &url]).1;
    assert_eq!(packed.get(..2), Some(&[0x1f, 0x8b][..]), "gzip's magic bytes");
    assert_eq!(curl(&["--compressed", &url]).1, plain);

    let closed = fixture.htpasswd();
    let (front, _store) = fixture.redirecting(&closed);
    let manifest: Value = serde_json::from_slice(&plain).expect("the manifest");
    let name = manifest["config"]["digest"].as_str().expect("a digest");
    let blob = format!("http://{}/v2/lab/py-s2/blobs/{name}", front.address);
    let login = format!("{USER}:{PASSWORD}");
    assert_eq!(curl(&["-u", &login, &blob]).0, 307);
    let (status, config) = curl(&["-L", "-u", &login, &blob]);
    assert_eq!((status, digest(&config).as_str()), (200, name), "curl leaves the password behind");
    assert_eq!(
        curl(&["-L", "--location-trusted", "-u", &login, &blob]).0,
        400,
        "the store refuses credentials"
    );

    let limited = fixture.nginx(TOO_MANY);
    assert_eq!(curl(&[&format!("http://{}/v2/", limited.address)]).0, 429);
}
