//! Every form of reference that is understood, and every error text.

use super::*;

/// Stands as `DIGEST` in the gallery.
const SHA: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

pub(super) fn gallery(inputs: &[&str]) -> String {
    let mut shown = String::new();
    for input in inputs {
        let input = input.replace("DIGEST", SHA);
        match parse(&input) {
            Ok(r) => {
                let scheme = r.scheme.map(|s| format!("{}://", s.as_str())).unwrap_or_default();
                let tag = r.tag.map(|t| format!(":{t}")).unwrap_or_default();
                let digest = r.digest.map(|d| format!("@{d}")).unwrap_or_default();
                shown += &format!("{input} -> {scheme}{} {}{tag}{digest}\n", r.registry, r.repository);
                r.notes.iter().for_each(|note| shown += &format!("  # {note}\n"));
            }
            Err(error) => shown += &format!("{error}\n"),
        }
    }
    shown.replace(SHA, "DIGEST")
}

#[test]
fn good_references() {
    insta::assert_snapshot!(gallery(&[
        "gcr.io/a/b:tag",
        "host.example:5000/x@DIGEST",
        "host.example/name:tag@DIGEST",
        "host.example/x@blake3:abc",
        "localhost/x",
        "localhost:5000/a__b/c--d/e.f_g:V1.0",
        "127.0.0.1:5000/x:y",
        "[::1]:5000/x:y",
        "[2001:DB8::1]/x",
        "http://127.0.0.1:5000/x:y",
        "HTTPS://registry/x",
        "oci://charts.example/a/chart:1.0.0",
        "docker://gcr.io/a/b",
    ]), @r"
    gcr.io/a/b:tag -> gcr.io a/b:tag
    host.example:5000/x@DIGEST -> host.example:5000 x@DIGEST
    host.example/name:tag@DIGEST -> host.example name:tag@DIGEST
    host.example/x@blake3:abc -> host.example x@blake3:abc
    localhost/x -> localhost x:latest
    localhost:5000/a__b/c--d/e.f_g:V1.0 -> localhost:5000 a__b/c--d/e.f_g:V1.0
    127.0.0.1:5000/x:y -> 127.0.0.1:5000 x:y
    [::1]:5000/x:y -> [::1]:5000 x:y
    [2001:DB8::1]/x -> [2001:db8::1] x:latest
      # host names ignore case: asking [2001:db8::1]
    http://127.0.0.1:5000/x:y -> http://127.0.0.1:5000 x:y
    HTTPS://registry/x -> https://registry x:latest
    oci://charts.example/a/chart:1.0.0 -> charts.example a/chart:1.0.0
    docker://gcr.io/a/b -> gcr.io a/b:latest
    ");
}

#[test]
fn docker_hub_by_all_its_names() {
    insta::assert_snapshot!(gallery(&[
        "ubuntu",
        "ubuntu:22.04",
        "user/image",
        "docker://alpine",
        "docker.io/ubuntu@DIGEST",
        "index.docker.io/a/b",
        "registry-1.docker.io/library/x",
        "https://registry.hub.docker.com/library/x",
        "hub.docker.com/a/b",
        "https://hub.docker.com/r/a/b",
        "https://hub.docker.com/r/a/b/tags",
        "https://hub.docker.com/_/x",
        "https://hub.docker.com/_/x/",
    ]), @r"
    ubuntu -> docker.io library/ubuntu:latest
      # Docker Hub keeps ubuntu as library/ubuntu
    ubuntu:22.04 -> docker.io library/ubuntu:22.04
      # Docker Hub keeps ubuntu as library/ubuntu
    user/image -> docker.io user/image:latest
    docker://alpine -> docker.io library/alpine:latest
      # Docker Hub keeps alpine as library/alpine
    docker.io/ubuntu@DIGEST -> docker.io library/ubuntu@DIGEST
      # Docker Hub keeps ubuntu as library/ubuntu
    index.docker.io/a/b -> docker.io a/b:latest
      # index.docker.io is Docker Hub: it is called docker.io here
    registry-1.docker.io/library/x -> docker.io library/x:latest
      # registry-1.docker.io is Docker Hub: it is called docker.io here
    https://registry.hub.docker.com/library/x -> https://docker.io library/x:latest
      # registry.hub.docker.com is Docker Hub: it is called docker.io here
    hub.docker.com/a/b -> docker.io a/b:latest
      # hub.docker.com is Docker Hub: it is called docker.io here
    https://hub.docker.com/r/a/b -> https://docker.io a/b:latest
      # hub.docker.com is Docker Hub: it is called docker.io here
    https://hub.docker.com/r/a/b/tags -> https://docker.io a/b:latest
      # hub.docker.com is Docker Hub: it is called docker.io here
    https://hub.docker.com/_/x -> https://docker.io library/x:latest
      # hub.docker.com is Docker Hub: it is called docker.io here
      # Docker Hub keeps x as library/x
    https://hub.docker.com/_/x/ -> https://docker.io library/x:latest
      # hub.docker.com is Docker Hub: it is called docker.io here
      # Docker Hub keeps x as library/x
    ");
}

#[test]
fn good_but_worth_a_note() {
    insta::assert_snapshot!(gallery(&[
        "UPPER/x",
        "Host.Example:5000/x",
        "host:5000",
        "gcr.io",
        "localhost",
        "https://host.example/v2/a/b/manifests/tag",
        "https://host.example/v2/a/b/manifests/DIGEST",
        "host.example:5000/v2/a/blobs/DIGEST",
        "https://host.example/v2/a/tags/list",
        "https://host.example/v2/a/referrers/DIGEST",
    ]), @r"
    UPPER/x -> upper x:latest
      # `UPPER` has upper-case letters, so it is taken as a host, as Docker does: repositories have none
      # host names ignore case: asking upper
    Host.Example:5000/x -> host.example:5000 x:latest
      # host names ignore case: asking host.example:5000
    host:5000 -> docker.io library/host:5000
      # `host:5000` is read, as Docker reads it, as tag 5000 of docker.io/library/host; for a registry on port 5000 add the repository: host:5000/repository
    gcr.io -> docker.io library/gcr.io:latest
      # `gcr.io` is read, as Docker reads it, as docker.io/library/gcr.io; for a registry of that name add the repository: gcr.io/repository
    localhost -> docker.io library/localhost:latest
      # `localhost` is read, as Docker reads it, as docker.io/library/localhost; for a registry of that name add the repository: localhost/repository
    https://host.example/v2/a/b/manifests/tag -> https://host.example a/b:tag
      # a URL of the API was given: it is read as the repository a/b and the reference tag
    https://host.example/v2/a/b/manifests/DIGEST -> https://host.example a/b@DIGEST
      # a URL of the API was given: it is read as the repository a/b and the reference DIGEST
    host.example:5000/v2/a/blobs/DIGEST -> host.example:5000 a:latest
      # a URL of the API was given: it is read as the repository a; the blob it names is no image, so the tag is latest
    https://host.example/v2/a/tags/list -> https://host.example a:latest
      # a URL of the API was given: it is read as the repository a with the tag latest
    https://host.example/v2/a/referrers/DIGEST -> https://host.example a@DIGEST
      # a URL of the API was given: it is read as the repository a and the reference DIGEST
    ");
}
