//! How much is told: what is least telling goes first, and the page says what went.

/// How much of a report is told, from everything (0) down to the verdict alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Detail(u8);

/// What is left out at each level, in this order.
const LEFT_OUT: [&str; 9] = [
    "what was not sent",
    "probes outside the matrix",
    "the cells behind each finding",
    "the bodies of answers",
    "the words of notes",
    "the matrix",
    "metadata paths that do not work",
    "the requests of findings, and the ends of long texts",
    "all findings but the worst, and the environment",
];

impl Detail {
    /// Everything.
    pub(super) const ALL: Detail = Detail(0);

    /// One thing less; `None` where there is nothing left to leave out.
    pub(super) fn less(self) -> Option<Detail> {
        (usize::from(self.0) < LEFT_OUT.len()).then_some(Detail(self.0 + 1))
    }

    /// What is left out here.
    pub(super) fn left_out(self) -> &'static [&'static str] {
        &LEFT_OUT[..usize::from(self.0)]
    }

    pub(super) fn not_sent(self) -> bool {
        self.0 < 1
    }

    pub(super) fn others(self) -> bool {
        self.0 < 2
    }

    pub(super) fn cells(self) -> bool {
        self.0 < 3
    }

    pub(super) fn bodies(self) -> bool {
        self.0 < 4
    }

    pub(super) fn notes(self) -> bool {
        self.0 < 5
    }

    pub(super) fn matrix(self) -> bool {
        self.0 < 6
    }

    pub(super) fn failing_paths(self) -> bool {
        self.0 < 7
    }

    pub(super) fn requests(self) -> bool {
        self.0 < 8
    }

    /// Findings in full.
    pub(super) fn findings(self) -> bool {
        self.0 < 9
    }

    /// Characters of a text before it is cut: what a stranger makes endless must not push out the rest.
    pub(super) fn longest(self) -> usize {
        if self.requests() { 2000 } else { 240 }
    }

    /// Characters of a line to paste before it is left out: cut, it would be another command.
    pub(super) fn longest_line(self) -> usize {
        if self.requests() { 4000 } else { 1000 }
    }
}
