//! `n` and `last`, as registries take them. What keeps to the spec here, and what pulls, is not touched by any of
//! it: these are notes for who lists tags.

use super::{Listing, MANY, NEGATIVE, ONE, PAST, PLAIN, count};
use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::plan::CellId;
use crate::report::Answer;

/// The answer that turns a large page down, while the list without pages is given.
struct Refused<'a> {
    many: (&'a CellId, &'a Answer),
    plain: (&'a CellId, &'a Answer),
    one: Option<(&'a CellId, &'a Answer)>,
}

fn too_many<'a>(case: &Case<'a>) -> Option<Refused<'a>> {
    // Who is let in and how often is not about the number.
    let about_number =
        |a: &Answer| (400..500).contains(&a.status) && !matches!(a.status, 401 | 403 | 407 | 408 | 429);
    let many = case.answer(MANY).filter(|(_, a)| about_number(a))?;
    let plain = case.answer(PLAIN).filter(|(_, a)| a.status == 200)?;
    let one = case.answer(ONE);
    // Where one tag a page is turned down, too, it is not about how many.
    if one.is_some_and(|(_, a)| a.status == many.1.status) {
        return None;
    }
    Some(Refused { many, plain, one: one.filter(|(_, a)| a.status == 200) })
}

/// The code by which CNCF distribution says that a number of results is not in order.
fn is_pagination(answer: &Answer) -> bool {
    answer.error_code.as_deref().is_some_and(|c| c.eq_ignore_ascii_case("PAGINATION_NUMBER_INVALID"))
}

fn refusal(id: &'static str, refused: &Refused<'_>, title: &str) -> Finding {
    let (many_id, many) = refused.many;
    let said = many.error_message.as_ref().map_or(String::new(), |m| format!(" \"{m}\""));
    let one = refused.one.map_or(String::new(), |(id, a)| format!(" and {}", quote(id, a)));
    let confidence = if refused.one.is_some() { Confidence::Certain } else { Confidence::Likely };
    Finding::new(id, Severity::Note, confidence, Whose::Request)
        .title(title)
        .explain(format!(
            "{}{said}, while {}{one}. More tags at once than the registry gives are an error here, where others give fewer \
             and a Link.",
            quote(many_id, many),
            quote(refused.plain.0, refused.plain.1)
        ))
        .remedy("Request n=1000 at most, and follow Link.")
        .evidence([many_id, refused.plain.0].into_iter().chain(refused.one.map(|(id, _)| id)))
}

/// More than 1000.
pub(crate) const OVER_1000: Rule = Rule {
    id: "n-over-1000-rejected",
    layer: Layer::Optional,
    under: &[],
    examine: |case| {
        let refused = too_many(case).filter(|r| !is_pagination(r.many.1))?;
        Some(refusal("n-over-1000-rejected", &refused, "tags/list refuses n=1001"))
    },
};

/// The same, in the words of CNCF distribution.
pub(crate) const TOO_BIG: Rule = Rule {
    id: "n-too-big-400",
    layer: Layer::Optional,
    under: &[],
    examine: |case| {
        let refused = too_many(case).filter(|r| is_pagination(r.many.1))?;
        Some(refusal("n-too-big-400", &refused, "tags/list answers n=1001 with 400: over its limit"))
    },
};

/// Everything at once, whatever was asked.
pub(crate) const IGNORED: Rule = Rule {
    id: "n-ignored",
    layer: Layer::Optional,
    under: &[],
    examine: |case| {
        let one = Listing::of(case, ONE)?;
        let tags = one.tags()?;
        let plain = Listing::plain(case)?;
        let all = plain.tags()?;
        let past = Listing::of(case, PAST).filter(|p| p.tags().is_some_and(|t| !t.is_empty() && t == all));
        let negative = Listing::of(case, NEGATIVE).filter(|p| p.tags().is_some_and(|t| t == all));
        let several = tags.len() > 1;
        // A single tag is a page in any case. Then only what should not be answered alike tells.
        let alike = tags.len() == 1 && tags == all && past.is_some() && negative.is_some();
        if !several && !alike {
            return None;
        }
        let linked = if one.next().is_some() { "" } else { " and no Link" };
        let and_last = past.as_ref().map_or(String::new(), |p| {
            format!(" last is not looked at, either: {} gives the same tags.", p.id)
        });
        let (title, seen) = if several {
            (
                format!("tags/list ignores n: {} for n=1", tags.len()),
                format!(
                    "{}, {}{linked}; {}, {}.",
                    quote(one.id, one.answer),
                    count(tags.len()),
                    quote(plain.id, plain.answer),
                    count(all.len())
                ),
            )
        } else {
            (
                "tags/list seems to ignore n and last".to_owned(),
                format!(
                    "There is one tag only, so that n=1 shows nothing; but {NEGATIVE} gives it, too, where a page cannot have that size."
                ),
            )
        };
        let confidence = if several { Confidence::Certain } else { Confidence::Likely };
        Some(
            Finding::new("n-ignored", Severity::Note, confidence, Whose::Registry)
                .title(title)
                .explain(format!("{seen}{and_last}"))
                .remedy("Request another page only when the answer has a Link.")
                .evidence(
                    [Some(one.id), Some(plain.id), past.map(|p| p.id), negative.map(|n| n.id)]
                        .into_iter()
                        .flatten(),
                ),
        )
    },
};

/// A tag that is not there is nothing to go on from.
pub(crate) const LAST_UNKNOWN: Rule = Rule {
    id: "last-unknown-404",
    layer: Layer::Optional,
    under: &[],
    examine: |case| {
        let (id, answer) = case.answer(PAST).filter(|(_, a)| a.status == 404)?;
        let (plain_id, plain) = case.answer(PLAIN).filter(|(_, a)| a.status == 200)?;
        Some(
            Finding::new("last-unknown-404", Severity::Note, Confidence::Certain, Whose::Registry)
                .explain(format!("{}, while {}.", quote(id, answer), quote(plain_id, plain)))
                .remedy("Client: follow Link, and after a 404 in the middle start again at the first page.")
                .evidence([id, plain_id]),
        )
    },
};

/// `null` for no tags.
pub(crate) const NULL_PAST: Rule = Rule {
    id: "tags-null-or-empty-past-end",
    layer: Layer::Optional,
    under: &[],
    examine: |case| {
        let past = Listing::of(case, PAST)?;
        let plain = Listing::plain(case)?;
        plain.entries()?;
        let object = past.value.as_object()?;
        let how = match object.get("tags") {
            Some(value) if value.is_null() => "tags is null",
            None => "tags is missing",
            Some(_) => return None,
        };
        Some(
            Finding::new("tags-null-or-empty-past-end", Severity::Note, Confidence::Certain, Whose::Registry)
                .title(format!("After the last page, {how}"))
                .explain(format!(
                    "{}: {how}; {}: it is a list.",
                    quote(past.id, past.answer),
                    quote(plain.id, plain.answer)
                ))
                .remedy(
                    "Client: read null and a missing `tags` as an empty list. Registry operator: send \"tags\":[].",
                )
                .evidence([past.id, plain.id]),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::Confidence;
    use crate::diagnosis::testing::{assert_fires, assert_none_of, find, probe};

    const IDS: [&str; 5] = [
        "n-over-1000-rejected",
        "n-too-big-400",
        "n-ignored",
        "last-unknown-404",
        "tags-null-or-empty-past-end",
    ];

    #[test]
    fn each_fires_on_its_quirk_and_no_other_does() {
        for id in IDS {
            assert_fires(id, &[id], "lab/artifact:base");
            let report = probe(&[id], "lab/artifact:base");
            for other in IDS.into_iter().filter(|other| *other != id) {
                assert!(find(&report, other).is_none(), "{other} beside {id}");
            }
        }
    }

    #[test]
    fn a_single_tag_tells_by_what_should_not_be_answered_alike() {
        let report = probe(&["n-ignored"], "lab/oci");
        assert_eq!(find(&report, "n-ignored").unwrap().confidence, Confidence::Likely);
    }

    #[test]
    fn silent_on_a_faithful_registry() {
        assert_none_of(&IDS);
        let report = probe(&[], "lab/artifact:base");
        assert!(IDS.into_iter().all(|id| find(&report, id).is_none()));
    }
}
