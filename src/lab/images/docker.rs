//! Images in Docker's media types: schema 2, manifest lists, schema 1.

use super::layer::file;
use super::model::ContainerConfig;
use super::recipe::{Built, Family, Recipe, Step, hello, index, labels, strings};
use super::{ImageKind, LabImage};
use crate::lab::schema1;
use crate::oci::digest::Digest;
use crate::oci::media_type;

/// One platform behind the tag.
pub(super) fn single() -> LabImage {
    let image = hello(Family::Docker, "amd64", None);
    LabImage {
        repository: "lab/docker",
        tag: "latest",
        about: "a Docker schema 2 manifest, linux/amd64",
        kind: ImageKind::DockerManifest,
        manifests: ["1.0", "latest"]
            .map(|tag| (Some(tag.to_owned()), image.media_type, image.manifest.clone()))
            .into(),
        blobs: image.blobs(),
        fallback: None,
    }
}

/// A manifest list with the platform that everyone wants.
pub(super) fn list() -> LabImage {
    let children = [hello(Family::Docker, "amd64", None), hello(Family::Docker, "arm64", Some("v8"))];
    over(
        "lab/docker-list",
        "a Docker manifest list: linux/amd64, linux/arm64/v8",
        ImageKind::DockerList,
        &children,
    )
}

/// A manifest list without linux/amd64, on which registries that collapse lists have nothing to give.
pub(super) fn list_without_amd64() -> LabImage {
    let children = [hello(Family::Docker, "arm64", Some("v8")), hello(Family::Docker, "arm", Some("v7"))];
    over(
        "lab/list-no-amd64",
        "a Docker manifest list without linux/amd64: linux/arm64/v8, linux/arm/v7",
        ImageKind::DockerListWithoutAmd64,
        &children,
    )
}

fn over(repository: &'static str, about: &'static str, kind: ImageKind, children: &[Built]) -> LabImage {
    let list = index(Family::Docker, children.iter().map(Built::entry).collect());
    let mut manifests: Vec<_> = children.iter().map(|c| (None, c.media_type, c.manifest.clone())).collect();
    manifests.push((Some("latest".to_owned()), media_type::DOCKER_LIST, list));
    let blobs = children.iter().flat_map(Built::blobs).collect();
    LabImage { repository, tag: "latest", about, kind, manifests, blobs, fallback: None }
}

/// A signed schema 1 manifest. `None` if the system gives no randomness to sign with.
pub(super) fn schema1() -> Option<LabImage> {
    let image = hello(Family::Docker, "amd64", None);
    let layers: Vec<Digest> = image.layers.iter().map(|bytes| Digest::sha256(bytes)).collect();
    let payload = schema1::convert("lab/schema1", "latest", &image.config, &layers)?;
    let signed = schema1::sign(&payload)?;
    let mut blobs = image.layers;
    blobs.push(schema1::empty_layer());
    Some(LabImage {
        repository: "lab/schema1",
        tag: "latest",
        about: "a signed Docker schema 1 manifest: the config is in its history, there is no config blob",
        kind: ImageKind::Schema1,
        manifests: vec![(Some("latest".to_owned()), media_type::SCHEMA1_SIGNED, signed)],
        blobs,
        fallback: None,
    })
}

/// The founding case: a large scientific image of 2018, its contents reduced to a page.
pub(super) fn deepvariant() -> LabImage {
    const TOOLS: [&str; 3] = ["make_examples", "call_variants", "postprocess_variants"];
    let nop = |what: &str| Step { created_by: format!("/bin/sh -c #(nop)  {what}"), files: Vec::new() };
    let mut steps = vec![
        Step {
            created_by: "/bin/sh -c #(nop) ADD file:ubuntu-xenial-core in / ".to_owned(),
            files: vec![
                file("etc/", 0o755, ""),
                file("etc/lsb-release", 0o644, "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=16.04\n"),
                file("etc/passwd", 0o644, "root:x:0:0:root:/root:/bin/bash\n"),
            ],
        },
        nop("CMD [\"/bin/bash\"]"),
        Step {
            created_by: "/bin/sh -c apt-get -y update && apt-get install -y python-dev python-pip parallel"
                .to_owned(),
            files: vec![
                file("usr/bin/python", 0o755, "#!/bin/sh\necho Python 2.7.12\n"),
                file("usr/bin/parallel", 0o755, "#!/bin/sh\nexec sh -c \"$*\"\n"),
            ],
        },
        nop("WORKDIR /opt/deepvariant"),
        Step {
            created_by: "/bin/sh -c #(nop) ADD file:licenses in . ".to_owned(),
            files: vec![file("opt/deepvariant/LICENSES", 0o644, "BSD-3-Clause\n")],
        },
    ];
    for tool in TOOLS {
        let path = match tool {
            "make_examples" => "opt/deepvariant/bin/make_examples",
            "call_variants" => "opt/deepvariant/bin/call_variants",
            _ => "opt/deepvariant/bin/postprocess_variants",
        };
        steps.push(Step {
            created_by: format!("/bin/sh -c #(nop) ADD file:{tool} in bin/ "),
            files: vec![file(path, 0o755, format!("#!/bin/sh\necho {tool} 0.5.0\n"))],
        });
    }
    steps.push(nop("ENV DV_VERSION=0.5.0"));
    steps.push(nop("ENTRYPOINT [\"/bin/bash\" \"-c\"]"));
    let image = Recipe {
        family: Family::Docker,
        architecture: "amd64",
        variant: None,
        created: "2018-03-06T21:08:42.350962124Z",
        author: None,
        config: ContainerConfig {
            user: String::new(),
            env: strings(&[
                "PATH=/opt/deepvariant/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "DV_VERSION=0.5.0",
            ]),
            entrypoint: strings(&["/bin/bash", "-c"]),
            cmd: strings(&["make_examples --help"]),
            working_dir: "/opt/deepvariant".to_owned(),
            labels: labels(&[("version", "0.5.0"), ("maintainer", "lab@example.org")]),
        },
        steps,
    }
    .build();
    LabImage {
        repository: "deepvariant-docker/deepvariant",
        tag: "0.5.0",
        about: "the image of the founding case, in the shape it had in 2018: a Docker schema 2 manifest",
        kind: ImageKind::DockerManifest,
        manifests: vec![(Some("0.5.0".to_owned()), image.media_type, image.manifest.clone())],
        blobs: image.blobs(),
        fallback: None,
    }
}
