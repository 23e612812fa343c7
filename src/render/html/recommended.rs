//! What to send, and what it yields.

use super::text;
use crate::oci::document::ImageMetadata;
use crate::render::snippet::{curl, python};
use crate::render::text as words;
use crate::report::Report;

pub(super) struct Way {
    pub(super) id: String,
    pub(super) curl: String,
    pub(super) python: String,
    /// Environment variables to set first.
    pub(super) variables: String,
    pub(super) yields: Vec<Yield>,
}

pub(super) struct Yield {
    pub(super) name: &'static str,
    pub(super) values: Vec<String>,
}

pub(super) fn build(report: &Report) -> Option<Way> {
    let way = report.recommended.as_ref()?;
    let path = report.paths.iter().find(|path| path.id == way.path);
    Some(Way {
        id: text::line(&way.path),
        curl: curl::recommended(way).join("\n"),
        python: python::recommended(way).trim_end().to_owned(),
        variables: curl::variables(way).join(", "),
        yields: path.and_then(|p| p.metadata.as_ref()).map(yields).unwrap_or_default(),
    })
}

fn yields(metadata: &ImageMetadata) -> Vec<Yield> {
    let mut all = Vec::new();
    let mut add = |name, values: Vec<String>| {
        if !values.is_empty() {
            all.push(Yield { name, values });
        }
    };
    let one = |value: &Option<String>| -> Vec<String> {
        value.iter().filter(|v| !v.is_empty()).map(|v| text::line(v)).collect()
    };
    let command = |list: &[String]| -> Vec<String> {
        let list = (!list.is_empty()).then(|| serde_json::to_string(list).unwrap_or_default());
        list.iter().map(|l| text::line(l)).collect()
    };
    add("Artifact type", one(&metadata.artifact_type));
    add("Platform", metadata.platform.iter().map(|p| text::line(&p.to_string())).collect());
    add("Created", one(&metadata.created));
    add("Entrypoint", command(&metadata.entrypoint));
    add("Cmd", command(&metadata.cmd));
    add("User", one(&metadata.user));
    add("WorkingDir", one(&metadata.working_dir));
    add("Layers", vec![layers(metadata)]);
    add("Env", metadata.env.iter().map(|e| text::line(e)).collect());
    let label = |(name, value): (&String, &String)| text::line(&format!("{name}={value}"));
    add("Labels", metadata.labels.iter().map(label).collect());
    add("Platforms", metadata.platforms.iter().map(|p| text::line(&p.to_string())).collect());
    all
}

fn layers(metadata: &ImageMetadata) -> String {
    let count = words::count(metadata.layers.len(), "layer");
    let sizes: Option<Vec<u64>> = metadata.layers.iter().map(|layer| layer.size).collect();
    match sizes {
        Some(sizes) if !sizes.is_empty() => {
            format!("{count}, {}", words::bytes(sizes.iter().fold(0, |sum, size| sum.saturating_add(*size))))
        }
        Some(_) => count,
        None => format!("{count}, sizes not given"),
    }
}
