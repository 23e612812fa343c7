//! `Accept`, read as RFC 9110 section 12.5.1 has it, and read as registries really read it.

use crate::oci::media_type;

/// The `Accept` lines of a request.
#[derive(Debug, Clone)]
pub struct Accept<'a> {
    lines: Vec<&'a str>,
}

impl<'a> Accept<'a> {
    /// From header lines, in order.
    pub fn of(lines: Vec<&'a str>) -> Accept<'a> {
        Accept { lines }
    }

    /// Whether there is no `Accept` at all, which RFC 9110 has mean that anything will do.
    pub fn is_absent(&self) -> bool {
        self.lines.is_empty()
    }

    /// The lines as they were written, joined by `, `.
    pub fn literal(&self) -> String {
        self.lines.join(", ")
    }

    /// The entries between the commas, trimmed, parameters and all.
    pub fn entries(&self) -> impl Iterator<Item = &'a str> {
        self.lines.iter().flat_map(|line| line.split(',')).map(str::trim).filter(|entry| !entry.is_empty())
    }

    /// Whether an entry is this text exactly: how the registries compare that know no media ranges.
    pub fn names_exactly(&self, media_type: &str) -> bool {
        self.entries().any(|entry| entry == media_type)
    }

    /// Whether the type is acceptable by RFC 9110: the most specific range that matches it decides,
    /// and `q=0` forbids. Parameters other than `q` are left aside.
    pub fn allows(&self, media_type: &str) -> bool {
        if self.is_absent() {
            return true;
        }
        let wanted = media_type::base(media_type);
        let kind = wanted.split('/').next().unwrap_or_default();
        let specificity = |range: &str| match range {
            _ if range == wanted => Some(2),
            "*/*" => Some(0),
            _ => (range.strip_suffix("/*") == Some(kind)).then_some(1),
        };
        self.entries()
            .filter_map(|entry| Some((specificity(&media_type::base(entry))?, quality(entry) > 0.0)))
            .max()
            .is_some_and(|(_, allowed)| allowed)
    }
}

/// The `q` parameter; 1 where it is missing or no number.
fn quality(entry: &str) -> f32 {
    entry
        .split(';')
        .skip(1)
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "application/vnd.oci.image.index.v1+json";

    #[test]
    fn ranges_qualities_lines_and_case() {
        let allows = |lines: &[&str]| Accept::of(lines.to_vec()).allows(TYPE);
        assert!(allows(&[]));
        for one in [
            "*/*",
            "application/*",
            TYPE,
            "text/html, */*;q=0.1",
            "APPLICATION/vnd.OCI.image.index.v1+json;q=0.5",
        ] {
            assert!(allows(&[one]), "{one}");
        }
        for one in ["text/*", "application/json", "", "*/*;q=0", "*/*, application/*; q=0.0"] {
            assert!(!allows(&[one]), "{one}");
        }
        assert!(allows(&["text/html", TYPE]));
        assert!(!allows(&["*/*", &format!("{TYPE};q=0")]));
    }

    #[test]
    fn exact_comparison_knows_none_of_that() {
        let exactly = |line: &str| Accept::of(vec![line]).names_exactly(TYPE);
        assert!(exactly(&format!("text/html ,{TYPE} ")));
        assert!(!exactly("*/*"));
        assert!(!exactly(&format!("{TYPE};q=0.5")));
        assert!(!exactly(&TYPE.to_uppercase()));
    }
}
