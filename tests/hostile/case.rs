//! A hostile server and what a run against it may end with.

use std::sync::Arc;

use crate::server::{Act, Answer, Asked};

/// Any end but "usage or configuration": no server is the user's mistake.
pub(crate) const ANY: &[i32] = &[0, 1, 3];
/// A metadata path works.
pub(crate) const WORKS: &[i32] = &[0];
/// No metadata path works, or something is broken.
pub(crate) const BROKEN: &[i32] = &[1];
/// Could not be determined.
pub(crate) const UNKNOWN: &[i32] = &[3];
/// No metadata path works; whether the server or the network is at fault is left open.
pub(crate) const FAILS: &[i32] = &[1, 3];

pub(crate) struct Case {
    /// Its family and what it does.
    pub(crate) name: &'static str,
    /// The exit codes that are right.
    pub(crate) exit: &'static [i32],
    /// How much is asked.
    pub(crate) suite: &'static str,
    /// Whether a user and a password are given.
    pub(crate) login: bool,
    pub(crate) answer: Arc<Answer>,
}

impl Case {
    /// Asked little: what the server does is the same for every request.
    fn quick(mut self) -> Case {
        self.suite = "quick";
        self
    }

    pub(crate) fn with_login(mut self) -> Case {
        self.login = true;
        self
    }
}

pub(crate) fn case(
    name: &'static str,
    exit: &'static [i32],
    answer: impl Fn(&Asked) -> Act + Send + Sync + 'static,
) -> Case {
    Case { name, exit, suite: "standard", login: false, answer: Arc::new(answer) }
}

/// Every case, family by family.
pub(crate) fn all() -> Vec<Case> {
    let whole =
        [crate::size::cases(), crate::challenges::cases(), crate::injection::cases(), crate::quiet::cases()];
    let quick = [
        crate::framing::cases(),
        crate::redirects::cases(),
        crate::tokens::cases(),
        crate::content::cases(),
        crate::documents::cases(),
        crate::limits::cases(),
    ];
    whole.into_iter().flatten().chain(quick.into_iter().flatten().map(Case::quick)).collect()
}
