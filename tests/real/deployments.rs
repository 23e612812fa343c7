//! docker-registry as people deploy it: behind TLS, authentication, proxies. Each end to end, with the
//! outcome, the exit code and the recommended path that it must have, and the recommended commands run.

use std::net::SocketAddr;

use crate::support::commands::{Environment, run_recommended_python, run_recommended_shell, same_json};
use crate::support::fixture::{Fixture, GZIP, PASSWORD, TOO_MANY, USER, private_ca};
use crate::support::http::send;
use crate::support::probe::{Report, Run};
use crate::support::process::Service;
use crate::support::push::digest;
use crate::support::registry::{Variant, docker_registry};
use crate::support::token_server::TokenServer;
use crate::support::{push, shapes};

/// One image of each of the four kinds, and the path that is recommended for it.
const IMAGES: [(&str, &str); 4] = [
    ("lab/py-s2:latest", "docker-manifest"),
    ("lab/py-oci:latest", "oci-manifest"),
    ("lab/py-list:latest", "docker-list"),
    ("lab/py-idx:latest", "oci-index"),
];

/// The config of an image, as the open registry has it.
fn config(registry: SocketAddr, report: &Report, image: &str) -> Vec<u8> {
    let repository = image.rsplit_once(':').map_or(image, |(repository, _)| repository);
    let name = report.0["subjects"]["config"].as_str().unwrap_or("no config was learned").to_owned();
    let body = send(registry, "GET", &format!("/v2/{repository}/blobs/{name}"), &[], b"").body;
    assert_eq!(digest(&body), name, "{image}");
    body
}

/// A path to the image works, it is the right one, and its commands do what they say.
fn assert_usable(fixture: &Fixture, base: &str, options: impl Fn(Run) -> Run, environment: Environment<'_>) {
    for (image, path) in IMAGES {
        let run = || options(Run::probe(&format!("{base}/{image}")).option("--platform", "linux/amd64"));
        let (code, report) = run().json();
        let found = report.findings();
        assert_eq!(code, 0, "{image}: {} {found:?} {}", report.outcome(), report.worst());
        assert!(["works", "degraded"].contains(&report.outcome()), "{image}: {} {found:?}", report.outcome());
        assert_eq!(report.recommended(), Some(path), "{image}");
        assert_eq!(report.path(path), "works", "{image}");
        let config = config(fixture.open(), &report, image);
        let pasted = run_recommended_shell(run(), fixture.path(), environment);
        assert_eq!(String::from_utf8_lossy(&pasted), String::from_utf8_lossy(&config), "{image}");
        let python = run_recommended_python(run().arg("-v"), fixture.path(), environment);
        assert!(same_json(&python, &config), "{image}: {}", String::from_utf8_lossy(&python));
    }
}

/// With the one user that closed registries know.
fn login(run: Run) -> Run {
    run.option("--username", USER).arg("--password-stdin").stdin(&format!("{PASSWORD}\n"))
}

fn plain(service: &Service) -> String {
    format!("http://{}", service.address)
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn open_registry() {
    let fixture = Fixture::start();
    assert_usable(&fixture, &format!("http://{}", fixture.open()), |run| run, &[]);
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn odd_images_are_judged_and_never_a_crash() {
    let fixture = Fixture::start();
    let mut judged = 0;
    for image in shapes::odd() {
        if push::try_push(fixture.open(), &image).is_err() {
            continue;
        }
        let reference = format!("http://{}/{}:{}", fixture.open(), image.repository, image.tag);
        let (code, report) = Run::probe(&reference).option("--platform", "linux/amd64").json();
        assert!([0, 1].contains(&code), "{}: exit {code}, {}", image.tag, report.outcome());
        judged += 1;
    }
    assert!(judged >= 3, "only {judged} odd images were taken by the registry");
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn tls_with_a_private_ca() {
    let fixture = Fixture::start();
    let [ca, certificate, key] = private_ca(fixture.path());
    let service = fixture.variant(&Variant { tls: Some((certificate, key)), ..Variant::default() });
    let base = format!("https://{}", service.address);
    assert_usable(&fixture, &base, |run| run.option("--cacert", &ca), &[("CA_FILE", &ca)]);

    let (code, report) = Run::probe(&format!("{base}/lab/py-s2:latest")).json();
    assert_eq!((code, report.outcome()), (3, "inconclusive"), "{:?}", report.findings());
    assert!(report.findings().contains(&"tls-untrusted".into()), "{:?}", report.findings());
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn htpasswd() {
    let fixture = Fixture::start();
    let service = fixture.htpasswd();
    let environment: Environment<'_> = &[("REGISTRY_USER", USER), ("REGISTRY_PASSWORD", PASSWORD)];
    assert_usable(&fixture, &plain(&service), login, environment);

    let image = format!("{}/lab/py-s2:latest", plain(&service));
    let (code, report) = Run::probe(&image).json();
    assert_ne!(code, 0, "{}", report.outcome());
    assert!(report.findings().contains(&"not-authorized".into()), "{:?}", report.findings());

    let (code, report) = login(Run::probe(&image)).stdin("wrong\n").json();
    assert_ne!(code, 0, "{}", report.outcome());
    assert!(report.findings().contains(&"credentials-refused".into()), "{:?}", report.findings());
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn tokens_for_anyone() {
    let fixture = Fixture::start();
    let tokens = TokenServer::start(fixture.path(), None);
    let service = fixture.variant(&Variant { auth: Some(tokens.registry_auth()), ..Variant::default() });
    assert_usable(&fixture, &plain(&service), |run| run, &[]);
    let asked = tokens.asked();
    assert!(asked.iter().any(|target| target.contains("scope=repository")), "{asked:?}");
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn tokens_for_one_user() {
    let fixture = Fixture::start();
    let tokens = TokenServer::start(fixture.path(), Some((USER, PASSWORD)));
    let service = fixture.variant(&Variant { auth: Some(tokens.registry_auth()), ..Variant::default() });
    let environment: Environment<'_> = &[("REGISTRY_USER", USER), ("REGISTRY_PASSWORD", PASSWORD)];
    assert_usable(&fixture, &plain(&service), login, environment);

    let image = format!("{}/lab/py-s2:latest", plain(&service));
    let (code, report) = Run::probe(&image).json();
    assert_ne!(code, 0, "{}", report.outcome());
    assert!(report.findings().contains(&"not-authorized".into()), "{:?}", report.findings());
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn nginx_with_gzip() {
    let fixture = Fixture::start();
    let service = fixture.nginx(GZIP);
    assert_usable(&fixture, &plain(&service), |run| run, &[]);

    let (_, report) =
        Run::probe(&format!("{}/lab/py-s2:latest", plain(&service))).option("--suite", "standard").json();
    let cell =
        report.cell("GET manifests/tag accept=all encoding=gzip").expect("the cell that asks for gzip");
    assert_ne!(cell["body"]["digest"], cell["docker_content_digest"], "gzip changes the bytes as sent");
    assert!(!report.findings().contains(&"digest-mismatch".into()), "{:?}", report.findings());
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn nginx_redirects_blobs_to_a_second_host() {
    let fixture = Fixture::start();
    let closed = fixture.htpasswd();
    let (front, _store) = fixture.redirecting(&closed);
    let environment: Environment<'_> = &[("REGISTRY_USER", USER), ("REGISTRY_PASSWORD", PASSWORD)];
    assert_usable(&fixture, &plain(&front), login, environment);

    let image = format!("{}/lab/py-s2:latest", plain(&front));
    let (_, report) = login(Run::probe(&image)).json();
    let text = report.0.to_string();
    assert!(!text.contains("X-Signature=abc"), "the signed query is in the report");
    assert!(!text.contains(PASSWORD), "the password is in the report");
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn nginx_that_answers_429_to_everything() {
    let fixture = Fixture::start();
    let service = fixture.nginx(TOO_MANY);
    let (code, report) = Run::probe(&format!("{}/lab/py-s2:latest", plain(&service))).json();
    assert_eq!((code, report.outcome()), (3, "inconclusive"), "{:?}", report.findings());
    assert!(report.findings().contains(&"rate-limited".into()), "{:?}", report.findings());
    assert_eq!(report.recommended(), None);
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn nothing_listens() {
    let address = SocketAddr::from(([127, 0, 0, 1], crate::support::process::free_port()));
    let (code, report) = Run::probe(&format!("http://{address}/lab/py-s2:latest")).json();
    assert_eq!((code, report.outcome()), (3, "inconclusive"), "{:?}", report.findings());
    assert!(report.findings().contains(&"connection-refused".into()), "{:?}", report.findings());
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn pull_through_cache() {
    let fixture = Fixture::start();
    let upstream = Variant { upstream: Some(format!("http://{}", fixture.open())), ..Variant::default() };
    let cache = docker_registry(fixture.path(), "cache", &upstream);
    assert_usable(&fixture, &plain(&cache), |run| run, &[]);
}
