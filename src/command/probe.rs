//! `regprobe probe`: the main job.

use std::cell::RefCell;
use std::io::{IsTerminal, Read, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::output::Outlet;
use super::session::Session;
use super::signals::Stop;
use super::stream::Stream;
use super::{CommandError, Screen, warn};
use crate::cli::ProbeArgs;
use crate::cli::format::Format;
use crate::cli::settings::FailOn;
use crate::judge;
use crate::recording::NotTried;
use crate::report::{Did, Report};

/// Probes every image, writes every file, prints the report, and says how it went.
pub fn run(
    args: ProbeArgs,
    screen: &Screen,
    input: &mut dyn Read,
    out: &mut dyn Write,
) -> Result<u8, CommandError> {
    let pseudonyms = args.pseudonyms;
    let settings = args.settings().map_err(CommandError::new)?;
    let outlet = Outlet::open(&settings.output)?;
    let mut session = Session::open(&settings, input)?;
    // Names are known for good only at the end: with other names in their place nothing can go out before.
    let streamed = settings.output.format == Format::Ndjson && !pseudonyms;
    let stream = streamed.then(|| RefCell::new(Stream::new(out)));
    let stop = Stop::listen()?;
    let probed =
        super::runtime()?.block_on(probe_all(&mut session, screen, pseudonyms, stream.as_ref(), &stop))?;
    // That stdout is full keeps no file from being written; that a secret stood there does.
    let written = match stream.map_or(Ok(()), |stream| stream.into_inner().finish()) {
        Err(error @ CommandError::Output(_)) => Err(error),
        done => Ok(done?),
    };
    outlet.deliver(&probed.reports, screen, &session.secrets, streamed, out).and(written)?;
    Ok(judge::worst([exit_code(&probed.reports, settings.fail_on), probed.exit_code()]))
}

/// Of all targets, the worst.
pub(crate) fn exit_code(reports: &[Report], fail_on: FailOn) -> u8 {
    let threshold = match fail_on {
        FailOn::At(severity) => Some(severity),
        FailOn::Never => None,
    };
    judge::worst(reports.iter().map(|report| judge::exit_code(report, threshold)))
}

/// What became of the targets of a call.
pub(crate) struct Probed {
    pub(crate) reports: Vec<Report>,
    /// Those that an interrupt left out.
    pub(crate) unasked: Vec<String>,
}

impl Probed {
    /// A run that left targets out is no good one, whatever the others were.
    fn exit_code(&self) -> u8 {
        if self.unasked.is_empty() { 0 } else { judge::CUT_SHORT }
    }
}

/// One target after the other; an interrupt ends the current one early and leaves out the rest.
pub(crate) async fn probe_all(
    session: &mut Session,
    screen: &Screen,
    pseudonyms: bool,
    stream: Option<&RefCell<Stream<'_>>>,
    stop: &Stop,
) -> Result<Probed, CommandError> {
    let mut reports = Vec::new();
    let mut unasked = Vec::new();
    for (nth, target) in session.targets.clone().into_iter().enumerate() {
        if nth > 0 && stop.asked() {
            unasked.push(target.image);
            continue;
        }
        let bar = bar(screen, &target.image);
        let suite = session.suite().to_owned();
        if let Some(stream) = stream {
            stream.borrow_mut().begin(&session.secrets);
        }
        let asked = session.probe(&target, stop.wait(), |progress, secrets| {
            bar.set_length(progress.total as u64);
            bar.set_position(progress.done as u64);
            if let Some(stream) = stream {
                stream.borrow_mut().progress(&target, &suite, &progress, secrets);
            }
        });
        let mut recording = asked.await?;
        bar.finish_and_clear();
        if pseudonyms {
            crate::recording::pseudonyms::apply(&mut recording);
        }
        let report = judge::judge(recording, &session.probes);
        if let Some(stream) = stream {
            stream.borrow_mut().end(&report, &session.secrets);
        }
        reports.push(report);
    }
    if let (true, Some(last)) = (stop.asked(), reports.last()) {
        interrupted(last, &unasked);
        if let (Some(stream), false) = (stream, pseudonyms) {
            stream.borrow_mut().not_asked(&unasked, &session.secrets);
        }
    }
    Ok(Probed { reports, unasked })
}

/// Names on stderr what an interrupt left out.
fn interrupted(last: &Report, unasked: &[String]) {
    const NAMED: usize = 20;
    let left =
        last.cells.iter().filter(|cell| matches!(&cell.did, Did::NotTried(NotTried::Cancelled(_)))).count();
    if left > 0 {
        let (image, all) = (&last.recording.target.image, last.cells.len());
        warn(&format!("interrupted: {left} of {all} requests for {image} were not sent"));
    }
    for image in unasked.iter().take(NAMED) {
        warn(&format!("interrupted: {image} was not asked for at all"));
    }
    if unasked.len() > NAMED {
        warn(&format!("interrupted: nor were {} further images", unasked.len() - NAMED));
    }
}

fn bar(screen: &Screen, image: &str) -> ProgressBar {
    if screen.quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len}") {
        bar.set_style(style);
    }
    bar.set_message(crate::render::escape::terminal(image));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
