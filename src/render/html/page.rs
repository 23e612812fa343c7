//! The page: the template filled, under a policy that lets nothing run but the script that is in it.

use askama::Template;
use base64::Engine as _;
use sha2::{Digest as _, Sha256};

use super::context::{Context, Numbers};
use super::data::Data;
use super::data_exchange::Store;
use super::inert;
use super::mark::{SIGNS, TONES};
use super::view::{self, ReportView};
use crate::report::Report;

const STYLE: &str = concat!(
    include_str!("assets/page.css"),
    include_str!("assets/matrix.css"),
    include_str!("assets/panel.css")
);

const SCRIPT: &str = concat!(
    "\"use strict\";\n",
    include_str!("assets/body.js"),
    include_str!("assets/panel.js"),
    include_str!("assets/filter.js"),
    include_str!("assets/main.js")
);

#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    title: String,
    policy: String,
    style: &'static str,
    script: &'static str,
    /// The level of headings below the report's own.
    h: u8,
    reports: Vec<ReportView>,
    tones: [(&'static str, &'static str, &'static str); 5],
    signs: [(&'static str, &'static str); 2],
    /// Inert JSON, safe to stand in the page as it is.
    data: String,
    bodies: String,
}

/// Reports as one self-contained page. The same reports give the same bytes.
pub fn render(reports: &[Report]) -> String {
    let mut numbers = Numbers::default();
    let mut data = Data::default();
    let mut store = Store::default();
    let mut views = Vec::new();
    for (at, report) in reports.iter().enumerate() {
        let context = Context::new(report, at + 1, numbers);
        data.add(&context, &mut store);
        views.push(view::build(&context));
        numbers = context.next();
    }
    data.lines = std::mem::take(&mut store.lines);
    let title = match views.as_slice() {
        [one] => format!("{}: {}", one.image, one.outcome_word),
        several => format!("{} images", several.len()),
    };
    let page = Page {
        title,
        policy: policy(STYLE, Some(SCRIPT)),
        style: STYLE,
        script: SCRIPT,
        h: if views.len() == 1 { 2 } else { 3 },
        reports: views,
        tones: TONES,
        signs: SIGNS,
        data: inert::json(&data),
        bodies: inert::json(&store.texts),
    };
    // Rendering fails only where a value cannot be written, and a String takes everything.
    page.render().unwrap_or_default()
}

/// Nothing is loaded from anywhere, and of what is in the page only these texts take effect.
pub(super) fn policy(style: &str, script: Option<&str>) -> String {
    let hash = |text: &str| base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text.as_bytes()));
    let script = script.map(|s| format!(" script-src 'sha256-{}';", hash(s))).unwrap_or_default();
    format!(
        "default-src 'none';{script} style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(style)
    )
}
