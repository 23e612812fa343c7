//! NDJSON on stdout while a run goes on.

use std::io::Write;

use secrecy::SecretString;

use super::CommandError;
use super::leak::Look;
use super::output::looked;
use crate::cli::format::Format;
use crate::render::ndjson::Writer;
use crate::report::Report;
use crate::runner::Progress;
use crate::target::Target;

/// Stdout, a line at a time. The first fault stops it, and is told at the end: the run itself goes on.
pub(crate) struct Stream<'a> {
    out: &'a mut dyn Write,
    writer: Writer,
    begun: bool,
    secrets: Vec<SecretString>,
    /// What looks for them, made anew when there are more.
    look: (usize, Look),
    fault: Option<CommandError>,
}

impl<'a> Stream<'a> {
    pub(crate) fn new(out: &'a mut dyn Write) -> Stream<'a> {
        let (secrets, look) = (Vec::new(), (0, Look::default()));
        Stream { out, writer: Writer::default(), begun: false, secrets, look, fault: None }
    }

    /// The next target, and the secrets that are known before its first request.
    pub(crate) fn begin(&mut self, secrets: &[SecretString]) {
        self.writer = Writer::default();
        self.begun = false;
        self.secrets = secrets.to_vec();
        self.look = (secrets.len(), Look::new(secrets));
    }

    /// What was settled since the last time.
    pub(crate) fn progress(
        &mut self,
        target: &Target,
        suite: &str,
        progress: &Progress<'_>,
        learnt: &dyn Fn() -> Vec<SecretString>,
    ) {
        let mut text = String::new();
        if !self.begun {
            self.begun = true;
            text = Writer::run(target, suite, env!("CARGO_PKG_VERSION"), progress.total);
        }
        for settled in progress.settled {
            let attempts = settled.attempts.iter().map(|(purpose, hops)| (*purpose, hops.as_slice()));
            text.push_str(&self.writer.cell(&settled.cell.id(), settled.not_tried, attempts));
        }
        if !text.is_empty() {
            let secrets: Vec<SecretString> = self.secrets.iter().cloned().chain(learnt()).collect();
            self.emit(text, &secrets);
        }
    }

    /// The end of a target.
    pub(crate) fn end(&mut self, report: &Report, secrets: &[SecretString]) {
        let text = self.writer.end(report);
        self.emit(text, secrets);
    }

    /// The targets that an interrupt left out.
    pub(crate) fn not_asked(&mut self, images: &[String], secrets: &[SecretString]) {
        let lines: String = images.iter().map(|image| Writer::not_asked(image)).collect();
        if !lines.is_empty() {
            self.emit(lines, secrets);
        }
    }

    fn emit(&mut self, text: String, secrets: &[SecretString]) {
        if self.fault.is_some() {
            return;
        }
        if self.look.0 != secrets.len() {
            self.look = (secrets.len(), Look::new(secrets));
        }
        let looked = looked(text, Format::Ndjson, &self.look.1);
        self.fault = looked.and_then(|text| super::emit(self.out, &text)).err();
    }

    /// The fault, if there was one.
    pub(crate) fn finish(self) -> Result<(), CommandError> {
        self.fault.map_or(Ok(()), Err)
    }
}
