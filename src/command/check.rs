//! `regprobe check IMAGE|REPORT --baseline REPORT`: whether a registry still does what it did.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use super::output::{Files, JobSummary, checked, render};
use super::probe::probe_all;
use super::session::Session;
use super::signals::Stop;
use super::{CommandError, Screen, compared, emit, load_probes, reports};
use crate::cli::AskedArgs;
use crate::cli::comparing::CheckArgs;
use crate::cli::format::{Format, OutputFile};
use crate::cli::settings::OutputSettings;
use crate::compare;
use crate::compare::check::{self, Flaky, Passed};
use crate::compare::expect::{self, Expectations};
use crate::compare::known::{self, Known};
use crate::judge;
use crate::probes::Probes;
use crate::recording::CLIENT;
use crate::render::table::TableOptions;
use crate::report::{Outcome, Report};

/// So many times are suspects asked again.
const ROUNDS: usize = 2;

/// Checks, writes every file, prints the result.
pub fn run(
    args: CheckArgs,
    screen: &Screen,
    input: &mut dyn Read,
    out: &mut dyn Write,
) -> Result<u8, CommandError> {
    let today = chrono::DateTime::<chrono::Local>::from(std::time::SystemTime::now()).date_naive();
    run_on(args, screen, input, out, today)
}

/// The same on a given day, which decides what is no longer excused.
fn run_on(
    args: CheckArgs,
    screen: &Screen,
    input: &mut dyn Read,
    out: &mut dyn Write,
    today: NaiveDate,
) -> Result<u8, CommandError> {
    let probes = load_probes(args.probes.as_deref())?;
    let baseline = baseline(&args, &probes)?;
    let known = known_bad(&args)?;
    let expectations = args.expect.as_deref().map(|path| expectations(path, &probes)).transpose()?;
    let output = args.output.clone().settings().map_err(CommandError::new)?;
    let files = Files::create(&output.files)?;
    let summary = JobSummary::open(output.format)?;
    let update = match (&args.baseline, args.update) {
        (Some(path), true) => {
            Some(Files::create(&[OutputFile { format: Format::Json, path: path.clone() }])?)
        }
        _ => None,
    };
    let mut seen = see(&args, baseline.as_ref(), &probes, screen, input)?;
    let diff = baseline.as_ref().map(|b| compare::diff(b, &seen.report));
    let unmet = expectations.iter().flat_map(|e| expect::unmet(e, &seen.report)).collect();
    let mut result = check::judge(&seen.report, diff, &known, today, std::mem::take(&mut seen.flaky), unmet);
    let cut_short = seen.interrupted || judge::cut_short(&seen.report.recording).is_some();
    if seen.interrupted || result.passed == Passed::Yes && interrupted(&seen.report) {
        // A regression counts only when it was asked for again.
        result.remarks.push("the check was interrupted: nothing is certain".to_owned());
        result.passed = Passed::Untold;
    }
    let mut updated = Ok(());
    if let (Some(update), Some(path)) = (update, &args.baseline) {
        let subjects = &seen.report.recording.subjects;
        let untold = |d: &compare::Diff| d.going(compare::Direction::Untold).next().is_some();
        if cut_short {
            result.remarks.push(format!("{} was left as it is: the run was cut short", path.display()));
            if result.passed == Passed::Yes {
                result.passed = Passed::Untold;
            }
        } else if seen.report.outcome == Outcome::Inconclusive || result.diff.as_ref().is_some_and(untold) {
            result.remarks.push(format!("{} was left as it is: too little could be told", path.display()));
        } else if subjects.index.is_none() && subjects.manifest.is_none() {
            // A wrong name, most likely: of such a baseline everything would be an improvement.
            result.remarks.push(format!(
                "{} was left as it is: nothing was found behind {}",
                path.display(),
                seen.report.recording.target.image
            ));
            result.passed = Passed::No;
        } else {
            let reports = std::slice::from_ref(&seen.report);
            updated =
                update.stage(|format| render(reports, format, &screen.table()), &seen.secrets)?.commit();
            if updated.is_ok() {
                result.remarks.push(format!("{} is the new baseline", path.display()));
                // What differs from the old one is told above, and is what is expected from now on.
                if result.unmet.is_empty() {
                    result.passed = Passed::Yes;
                }
            }
        }
    }
    let shown = |format: Format, options: &TableOptions| {
        compared::check(&result, baseline.as_ref(), &seen.report, format, options)
    };
    let plain = screen.plain();
    let files = files.stage(|format| shown(format, &plain), &seen.secrets)?.commit();
    let summary = summary.write(|| shown(Format::Markdown, &plain), &seen.secrets);
    let mut text = shown(output.format, &screen.table());
    if screen.quiet && output.format == Format::Table {
        text = text.lines().take(1).map(|line| format!("{line}\n")).collect();
    }
    emit(out, &checked(text, output.format, &seen.secrets)?).and(updated).and(files).and(summary)?;
    Ok(result.passed.exit_code())
}

fn baseline(args: &CheckArgs, probes: &Probes) -> Result<Option<Report>, CommandError> {
    match &args.baseline {
        // The first one has nothing to be compared with.
        Some(path) if args.update && !path.exists() => Ok(None),
        Some(path) => match reports::read(path, probes) {
            Ok(report) => Ok(Some(report)),
            Err(e) if path.exists() => Err(CommandError::new(format!(
                "{e}\n`regprobe probe IMAGE -o {}` writes a new baseline in its place",
                path.display()
            ))),
            Err(e) => Err(CommandError::new(format!("{e}; --update writes the first one"))),
        },
        None => Ok(None),
    }
}

fn text(path: &Path) -> Result<String, CommandError> {
    std::fs::read_to_string(path)
        .map_err(|e| CommandError::new(format!("{} cannot be read: {e}", path.display())))
}

/// `base.known.toml` beside `base.json`, unless another file is named.
fn known_bad(args: &CheckArgs) -> Result<Vec<Known>, CommandError> {
    let beside: Option<PathBuf> = args.baseline.as_ref().map(|b| b.with_extension("known.toml"));
    let path = match &args.known {
        Some(path) => path.clone(),
        None => match beside.filter(|path| path.exists()) {
            Some(path) => path,
            None => return Ok(Vec::new()),
        },
    };
    Ok(known::read(&path.display().to_string(), &text(&path)?)?)
}

fn expectations(path: &Path, probes: &Probes) -> Result<Expectations, CommandError> {
    let paths: Vec<&str> = probes.paths.iter().map(|p| p.id.as_str()).collect();
    Ok(expect::read(&path.display().to_string(), &text(path)?, &paths)?)
}

fn interrupted(report: &Report) -> bool {
    judge::cut_short(&report.recording) == Some("interrupted")
}

/// What was seen, and what flapped while it was.
struct Seen {
    report: Report,
    flaky: Vec<Flaky>,
    secrets: Vec<secrecy::SecretString>,
    /// By a signal, before all that was wanted was seen.
    interrupted: bool,
}

fn see(
    args: &CheckArgs,
    baseline: Option<&Report>,
    probes: &Probes,
    screen: &Screen,
    input: &mut dyn Read,
) -> Result<Seen, CommandError> {
    if reports::is_report(&args.subject) {
        let report = reports::read(Path::new(&args.subject), probes)?;
        let flaky = check::faults_that_passed(&report);
        return Ok(Seen { report, flaky, secrets: Vec::new(), interrupted: false });
    }
    // What a client asked is no suite; of what is asked instead, what both tell of is compared.
    let own = baseline.map(|b| b.recording.suite.clone()).filter(|suite| suite != CLIENT);
    let suite = args.suite.clone().or(own);
    let platform = args.platform.clone().or_else(|| baseline.map(|b| b.recording.target.platform.clone()));
    let asked = AskedArgs {
        suite: suite.unwrap_or_else(|| "standard".to_owned()),
        probes: args.probes.clone(),
        platform,
        allow_upstream: args.allow_upstream,
    };
    let settings = args.access.clone().settings(vec![args.subject.clone()], asked, OutputSettings::default());
    let mut session = Session::open(&settings.map_err(CommandError::new)?, input)?;
    if let (None, Some(baseline)) = (&args.platform, baseline) {
        // The baseline's platform is a wish where it was one then.
        for target in &mut session.targets {
            target.platform_given = baseline.recording.target.platform_given;
        }
    }
    let runtime = super::runtime()?;
    let stop = Stop::listen()?;
    let mut reports = runtime.block_on(probe_all(&mut session, screen, false, None, &stop))?.reports;
    let Some(mut report) = reports.pop() else {
        return Err(CommandError::new("there is no image to check"));
    };
    let mut flaky = check::faults_that_passed(&report);
    if let Some(baseline) = baseline {
        for round in 1..=ROUNDS {
            let suspects = check::suspects(&compare::diff(baseline, &report));
            if suspects.is_empty() {
                break;
            }
            let target = report.recording.target.clone();
            let again = runtime.block_on(session.ask_again(&target, &suspects, stop.wait()))?;
            if stop.asked() {
                break;
            }
            let again = judge::judge(again, &session.probes);
            let found = check::flapping(&suspects, baseline, &report, &again);
            if !found.is_empty() {
                let settled = check::settled(report.recording, &again.recording, &found, round);
                report = judge::judge(settled, &session.probes);
                flaky.extend(found);
            }
        }
    }
    Ok(Seen { report, flaky, secrets: session.secrets, interrupted: stop.asked() })
}
