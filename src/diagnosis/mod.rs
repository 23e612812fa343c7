//! Findings: what is wrong or worth knowing, with the evidence for it.

pub mod catalogue;
pub mod pages;
pub mod rule;
pub mod rules;
pub mod standing;

pub(crate) mod account;
mod coverage;
mod diagnose;
#[cfg(test)]
pub(crate) mod gallery;
#[cfg(test)]
mod personalities;
#[cfg(test)]
pub(crate) mod testing;

pub use account::{Anomaly, Unexplained};
pub use coverage::Coverage;
pub use diagnose::{Diagnosis, diagnose};

use crate::plan::CellId;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Legal, but one would want to know.
    Note,
    /// A main path or a client still in use fails, or a MUST of the spec is not met.
    Warning,
    /// No metadata path works, or bytes do not match their digest.
    Broken,
}

impl Severity {
    /// As in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Broken => "broken",
        }
    }
}

/// How sure we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Confidence {
    /// It fits, and so do other causes.
    Possible,
    /// It fits best.
    Likely,
    /// The discriminating cells were all seen.
    Certain,
}

impl Confidence {
    /// As in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Confidence::Possible => "possible",
            Confidence::Likely => "likely",
            Confidence::Certain => "certain",
        }
    }
}

/// Who has to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Whose {
    /// The registry.
    Registry,
    /// Something between.
    Proxy,
    /// The client's request.
    Request,
    /// The image.
    Image,
    /// The credentials.
    Credentials,
}

impl Whose {
    /// As in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Whose::Registry => "registry",
            Whose::Proxy => "proxy",
            Whose::Request => "request",
            Whose::Image => "image",
            Whose::Credentials => "credentials",
        }
    }
}

/// One diagnosis.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The catalogue's id.
    pub id: &'static str,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// Who has to change.
    pub whose: Whose,
    /// One line.
    pub title: String,
    /// What was seen, quoting cells, and why.
    pub explanation: String,
    /// What to send or do instead.
    pub remedy: String,
    /// The cells that show it.
    pub evidence: Vec<CellId>,
    /// Curl lines: the failing request, then the working one.
    pub reproduce: Vec<String>,
    /// Spec sections and public threads.
    pub references: Vec<String>,
    /// What follows from it.
    pub children: Vec<Finding>,
}

impl Finding {
    /// A finding with everything a person needs but the words, which the methods below add.
    pub fn new(id: &'static str, severity: Severity, confidence: Confidence, whose: Whose) -> Finding {
        Finding {
            id,
            severity,
            confidence,
            whose,
            title: String::new(),
            explanation: String::new(),
            remedy: String::new(),
            evidence: Vec::new(),
            reproduce: Vec::new(),
            references: Vec::new(),
            children: Vec::new(),
        }
    }

    /// One line.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Finding {
        self.title = title.into();
        self
    }

    /// What was seen, and why.
    #[must_use]
    pub fn explain(mut self, explanation: impl Into<String>) -> Finding {
        self.explanation = explanation.into();
        self
    }

    /// What to send or do instead.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Finding {
        self.remedy = remedy.into();
        self
    }

    /// The cells that show it, the failing request first, then its control.
    #[must_use]
    pub fn evidence<'a>(mut self, cells: impl IntoIterator<Item = &'a CellId>) -> Finding {
        for cell in cells {
            if !self.evidence.contains(cell) {
                self.evidence.push(cell.clone());
            }
        }
        self
    }
}
