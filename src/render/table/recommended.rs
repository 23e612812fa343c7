//! What to send, ready to paste, and what it yields.

use crate::oci::document::ImageMetadata;
use crate::render::escape;
use crate::render::snippet::{curl, python};
use crate::render::style::{Tone, paint};
use crate::render::table::{TableOptions, paths};
use crate::render::text;
use crate::report::{Outcome, Recommendation, Report};

const INDENT: &str = "        ";

/// The section. Where no path works, what came nearest; the word Recommended is kept for what works.
pub(super) fn section(report: &Report, options: &TableOptions) -> Vec<String> {
    match &report.recommended {
        Some(recommendation) => works(report, recommendation, options),
        None => nearest(report, options),
    }
}

fn works(report: &Report, recommendation: &Recommendation, options: &TableOptions) -> Vec<String> {
    let head = paint("Recommended", Tone::Strong, options.color);
    let id = escape::cell(&recommendation.path, 40);
    let room = options.width.saturating_sub("Recommended: ".len() + text::width(&id) + " []".len());
    let title = escape::cell(&recommendation.title, room);
    let mut lines = vec![format!("{head}: {title} [{id}]")];
    lines.extend(curl::recommended(recommendation));
    let variables = curl::variables(recommendation);
    if !variables.is_empty() {
        lines.push(format!("Set {} before you paste these.", variables.join(", ")));
    }
    let path = report.paths.iter().find(|path| path.id == recommendation.path);
    if let Some(metadata) = path.and_then(|path| path.metadata.as_ref()) {
        lines.push(String::new());
        lines.extend(yields(metadata, options));
    }
    lines
}

/// The same in Python, for those who asked for more.
pub(super) fn in_python(report: &Report, options: &TableOptions) -> Vec<String> {
    let Some(recommendation) = report.recommended.as_ref().filter(|_| options.verbose > 0) else {
        return Vec::new();
    };
    let mut lines = vec![paint("In Python, with requests", Tone::Strong, options.color)];
    lines.extend(python::recommended(recommendation).trim_end().lines().map(str::to_owned));
    lines
}

fn nearest(report: &Report, options: &TableOptions) -> Vec<String> {
    let (Outcome::Broken, Some(path)) = (report.outcome, paths::furthest(report)) else {
        return Vec::new();
    };
    let done = path.steps.iter().filter(|step| step.ok).count();
    let head = match done {
        0 => format!("No metadata path works. Even {} breaks at its first step:", path.id),
        _ => format!("No metadata path works. {} gets furthest, and breaks at step {}:", path.id, done + 1),
    };
    let mut lines = text::wrap(&head, options.width, "");
    if let Some(step) = path.steps.iter().find(|step| !step.ok) {
        lines.extend(text::wrap(&format!("{}: {}", step.cell, path.why), options.width, "  "));
    }
    lines
}

/// What a person came for.
pub(super) fn yields(metadata: &ImageMetadata, options: &TableOptions) -> Vec<String> {
    let cell = |text: &str| escape::cell(text, 60);
    let named = |name: &str, value: &Option<String>| {
        value.as_ref().filter(|v| !v.is_empty()).map(|v| format!("{name} {}", cell(v)))
    };
    let list = |name: &str, words: &[String]| {
        let words = (!words.is_empty()).then(|| serde_json::to_string(words).unwrap_or_default());
        words.map(|words| format!("{name} {}", escape::cell(&words, options.width.saturating_sub(24))))
    };
    let mut items: Vec<String> = Vec::new();
    items.extend(named("artifact", &metadata.artifact_type));
    items.extend(metadata.platform.as_ref().map(|p| cell(&p.to_string())));
    items.extend(named("created", &metadata.created));
    items.extend(list("Entrypoint", &metadata.entrypoint));
    items.extend(list("Cmd", &metadata.cmd));
    items.extend(named("User", &metadata.user));
    items.extend(named("WorkingDir", &metadata.working_dir));
    items.push(format!("Env {}", metadata.env.len()));
    if !metadata.labels.is_empty() {
        items.push(format!("Labels {}", metadata.labels.len()));
    }
    items.push(layers(metadata));
    if !metadata.platforms.is_empty() {
        items.push(text::count(metadata.platforms.len(), "platform"));
    }
    if metadata.further > 0 {
        items.push(format!("{} further entries not looked at", metadata.further));
    }
    let mut lines = text::join(&items, " · ", options.width, "Yields  ");
    if options.verbose > 0 {
        let row = |words: String| text::wrap(&words, options.width, INDENT);
        lines.extend(metadata.env.iter().flat_map(|env| row(format!("Env {env}"))));
        lines.extend(metadata.labels.iter().flat_map(|(name, value)| row(format!("Label {name}={value}"))));
        lines.extend(metadata.platforms.iter().flat_map(|p| row(format!("Platform {p}"))));
    }
    lines
}

/// `13 layers, 812.3 MB`; sizes that a document leaves out (schema 1 has none) are not guessed.
fn layers(metadata: &ImageMetadata) -> String {
    let sizes: Vec<u64> = metadata.layers.iter().filter_map(|layer| layer.size).collect();
    let count = text::count(metadata.layers.len(), "layer");
    match sizes.len() {
        0 if metadata.layers.is_empty() => count,
        n if n < metadata.layers.len() => format!("{count}, sizes not given"),
        _ => format!("{count}, {}", text::bytes(sizes.iter().fold(0, |sum, size| sum.saturating_add(*size)))),
    }
}
