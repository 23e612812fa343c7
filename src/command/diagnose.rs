//! `regprobe diagnose`: a recording judged again, by today's rules, with no network.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::path::Path;

use super::output::Outlet;
use super::{CommandError, Screen, load_probes};
use crate::cli::format::Format;
use crate::cli::offline::DiagnoseArgs;
use crate::judge;
use crate::render::json::{self, Concluded};
use crate::render::{escape, text};
use crate::report::Report;

/// Judges every report anew, writes every file, prints the reports, and says what is concluded otherwise.
pub fn run(
    args: DiagnoseArgs,
    screen: &Screen,
    input: &mut dyn Read,
    out: &mut dyn Write,
    messages: &mut dyn Write,
) -> Result<u8, CommandError> {
    let output = args.output.settings().map_err(CommandError::new)?;
    let format = output.format;
    let outlet = Outlet::open(&output)?;
    let probes = load_probes(args.probes.as_deref())?;
    let mut reports: Vec<Report> = Vec::new();
    let mut news = String::new();
    for path in &args.reports {
        let bytes = bytes(path, input)?;
        let said = |e: json::ReadError| CommandError::new(format!("{}: {e}", path.display()));
        for (mut recording, then) in json::read_concluded(&bytes).map_err(said)? {
            recording.spec = args.spec.unwrap_or(recording.spec);
            let report = judge::judge(recording, &probes);
            tell(&mut news, &report, then.as_ref());
            reports.push(report);
        }
    }
    let delivered = outlet.deliver(&reports, screen, &[], false, out);
    if format == Format::Table {
        super::emit(out, &format!("\n{news}"))?;
    } else if !screen.quiet {
        // What is not the report goes where it harms no reader of the report; where none reads it, that is no fault.
        let _ = messages.write_all(escape::guard(&news).as_bytes());
    }
    delivered?;
    Ok(super::probe::exit_code(&reports, args.fail_on))
}

fn bytes(path: &Path, input: &mut dyn Read) -> Result<Vec<u8>, CommandError> {
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == "-" {
        input.read_to_end(&mut bytes).map(|_| ())
    } else {
        std::fs::read(path).map(|read| bytes = read)
    };
    read.map_err(|e| CommandError::new(format!("{} cannot be read: {e}", path.display())))?;
    Ok(bytes)
}

fn tell(news: &mut String, report: &Report, then: Option<&Concluded>) {
    let Some(then) = then else {
        let image = escape::terminal(&report.recording.target.image);
        // Writing to a String cannot fail.
        let _ = writeln!(news, "{image}: of an earlier build, which did not write all that it concluded");
        return;
    };
    let now = Concluded::now(report);
    let image = escape::cell(&report.recording.target.image, 120);
    let by = escape::cell(&then.by, 40);
    let differs = then.differs(&now);
    // Writing to a String cannot fail.
    if differs.is_empty() {
        let _ = writeln!(news, "Judged again: {image} as regprobe {by} judged it.");
        return;
    }
    let _ = writeln!(
        news,
        "Judged again: {image} differs from what regprobe {by} concluded in {}",
        text::count(differs.len(), "point")
    );
    for line in differs {
        let _ = writeln!(news, "  {}", escape::cell(&line, 200));
    }
}
