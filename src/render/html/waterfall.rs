//! Every exchange by time and connection, drawn as SVG without a script.

use std::collections::HashMap;

use super::context::Context;
use super::lanes::{self, Span};
use super::text;
use crate::exchange::{Exchange, Hop, Outcome, Purpose};
use crate::plan::Subject;
use crate::render::text as words;
use crate::report::{CellView, Did};

/// Where time begins, and how much room it has, in units of the picture.
const LEFT: f64 = 64.0;
const ROOM: f64 = 1080.0;
const LANE: usize = 14;
const WAVE: usize = 15;
const TOP: usize = 22;

pub(super) struct Waterfall {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) summary: String,
    pub(super) ticks: Vec<(String, String)>,
    pub(super) waves: Vec<Bar>,
    pub(super) groups: Vec<GroupView>,
    pub(super) bars: Vec<Bar>,
    pub(super) links: Vec<[String; 4]>,
    pub(super) rows: Vec<HopRow>,
}

pub(super) struct GroupView {
    pub(super) y: usize,
    pub(super) height: usize,
    pub(super) label: String,
    pub(super) odd: bool,
}

pub(super) struct Bar {
    pub(super) x: String,
    pub(super) y: usize,
    pub(super) width: String,
    /// Of it, the part that went into the connection.
    pub(super) connect: Option<String>,
    pub(super) class: String,
    /// The page's number of the exchange.
    pub(super) n: usize,
    pub(super) title: String,
    /// A letter for those who see no colour, with its place, where there is room.
    pub(super) letter: Option<(&'static str, String)>,
}

/// The same as a row of a table.
pub(super) struct HopRow {
    pub(super) n: usize,
    pub(super) id: String,
    pub(super) start: String,
    pub(super) took: String,
    pub(super) connection: String,
    pub(super) what: String,
    pub(super) request: String,
    pub(super) answer: String,
}

struct Item<'a> {
    n: usize,
    exchange: &'a Exchange,
    hop: &'a Hop,
    /// From zero.
    at: usize,
}

pub(super) fn build(context: &Context<'_>) -> Option<Waterfall> {
    let exchanges = &context.report.recording.exchanges;
    let mut items: Vec<Item<'_>> = Vec::new();
    for (n, exchange) in exchanges.iter().enumerate() {
        let item = |(at, hop)| Item { n: context.first.exchanges + n, exchange, hop, at };
        items.extend(exchange.hops.iter().enumerate().map(item));
    }
    // Stable: what started at once stays in the plan's order.
    items.sort_by(|a, b| start(a.hop).total_cmp(&start(b.hop)));
    let end = items.iter().map(|i| self::end(i.hop)).fold(0.0, f64::max);
    if items.is_empty() {
        return None;
    }
    let spans: Vec<Span> = items
        .iter()
        .map(|i| Span { start: start(i.hop), end: self::end(i.hop), connection: i.hop.timing.connection })
        .collect();
    let (lanes, groups) = lanes::place(&spans);
    let scale = Scale { end: end.max(1.0) };
    let slow = slow_from(&items);
    let waves = waves(context, &scale);
    let lanes_top = TOP + waves.len() * WAVE + 4;
    let y = |lane: usize| lanes_top + lane * LANE;
    let mut links = Vec::new();
    let mut ends: HashMap<(usize, usize), (f64, usize)> = HashMap::new();
    let mut bars = Vec::new();
    for (item, lane) in items.iter().zip(&lanes) {
        let before = item.at.checked_sub(1).and_then(|at| ends.get(&(item.n, at)));
        if let Some((x, from)) = before {
            let middle = |y: usize| (y + LANE / 2 - 1).to_string();
            links.push([place(*x), middle(*from), place(scale.x(start(item.hop))), middle(y(*lane))]);
        }
        ends.insert((item.n, item.at), (scale.x(self::end(item.hop)), y(*lane)));
        bars.push(bar(item, y(*lane), &scale, slow));
    }
    let slow_ones = items.iter().filter(|i| total(i.hop) >= slow).count();
    let groups: Vec<GroupView> = groups
        .iter()
        .enumerate()
        .map(|(at, group)| GroupView {
            y: y(group.first),
            height: group.lanes * LANE,
            label: group.connection.map_or("none".to_owned(), |n| format!("conn {n}")),
            odd: at % 2 == 1,
        })
        .collect();
    let count = |f: fn(&Item<'_>) -> bool| items.iter().filter(|i| f(i)).count();
    let summary = format!(
        "{} over {} in {}: {}, {}, {}, {}.",
        words::count(items.len(), "request"),
        words::count(groups.iter().filter(|g| g.label != "none").count(), "connection"),
        words::duration(end),
        words::count(count(|i| i.exchange.purpose == Purpose::Token), "token request"),
        words::count(count(|i| i.at > 0), "redirected request"),
        words::count(count(|i| matches!(i.hop.outcome, Outcome::Failed(_))), "failure"),
        format_args!("{slow_ones} slow"),
    );
    let last = lanes.iter().max().copied().unwrap_or_default();
    Some(Waterfall {
        width: (LEFT + ROOM + 60.0) as usize,
        height: y(last + 1) + 4,
        summary,
        ticks: scale.ticks(),
        waves,
        groups,
        bars,
        links,
        rows: items.iter().map(row).collect(),
    })
}

/// A stranger's file may hold any number.
fn sane(ms: f64) -> f64 {
    if ms.is_finite() { ms.clamp(0.0, 1e9) } else { 0.0 }
}

fn start(hop: &Hop) -> f64 {
    sane(hop.timing.start)
}

fn total(hop: &Hop) -> f64 {
    sane(hop.timing.total)
}

fn end(hop: &Hop) -> f64 {
    start(hop) + total(hop)
}

struct Scale {
    end: f64,
}

impl Scale {
    fn x(&self, ms: f64) -> f64 {
        LEFT + ms / self.end * ROOM
    }

    /// Where a tick stands and what it says: round numbers, at most ten of them.
    fn ticks(&self) -> Vec<(String, String)> {
        let mut step = 1.0;
        for factor in [2.0, 2.5, 2.0].iter().cycle() {
            if self.end / step <= 10.0 {
                break;
            }
            step *= factor;
        }
        let at = |n: u32| f64::from(n) * step;
        (0..=10)
            .map(at)
            .take_while(|ms| *ms <= self.end)
            .map(|ms| (place(self.x(ms)), words::duration(ms)))
            .collect()
    }
}

fn place(x: f64) -> String {
    format!("{x:.1}")
}

/// From how many milliseconds on a hop counts as slow: four times the median, and at least what a person notices.
fn slow_from(items: &[Item<'_>]) -> f64 {
    let mut totals: Vec<f64> = items.iter().map(|i| total(i.hop)).collect();
    totals.sort_by(f64::total_cmp);
    (totals.get(totals.len() / 2).copied().unwrap_or_default() * 4.0).max(20.0)
}

fn kind(item: &Item<'_>) -> (&'static str, &'static str) {
    if matches!(item.hop.outcome, Outcome::Failed(_)) {
        return ("failed", "×");
    }
    if item.at > 0 {
        return ("hop", "→");
    }
    match item.exchange.purpose {
        Purpose::Scheme => ("scheme", "S"),
        Purpose::Token => ("token", "T"),
        Purpose::Challenged => ("challenged", "C"),
        Purpose::Limited => ("limited", "L"),
        Purpose::Faulted => ("faulted", "F"),
        Purpose::Cell | Purpose::Passed => ("plain", ""),
    }
}

fn bar(item: &Item<'_>, y: usize, scale: &Scale, slow: f64) -> Bar {
    let timing = &item.hop.timing;
    let (class, letter) = kind(item);
    let width = (total(item.hop) / scale.end * ROOM).max(2.0);
    let connect = timing.connect.map(|ms| (sane(ms) / scale.end * ROOM).min(width));
    let is_slow = total(item.hop) >= slow;
    let x = scale.x(start(item.hop));
    Bar {
        x: place(x),
        y,
        width: place(width),
        connect: connect.filter(|w| *w >= 1.0).map(place),
        class: if is_slow { format!("{class} slow") } else { class.to_owned() },
        n: item.n,
        title: format!("{}: {} {}, {}", words_of(item), item.hop.request.method, url(item), answer(item)),
        letter: (!letter.is_empty() && width >= 9.0).then(|| (letter, place(x + width / 2.0))),
    }
}

fn words_of(item: &Item<'_>) -> String {
    let hop = if item.at > 0 { format!(", redirect {}", item.at) } else { String::new() };
    format!("{} {}{hop}", text::line(&item.exchange.id.0), item.exchange.purpose.as_str())
}

fn url(item: &Item<'_>) -> String {
    crate::render::escape::shorten(&text::line(&item.hop.request.url), 300)
}

fn answer(item: &Item<'_>) -> String {
    let after = words::duration(total(item.hop));
    match &item.hop.outcome {
        Outcome::Answered(response) => format!("{} after {after}", response.status),
        Outcome::Failed(error) => format!("{} after {after}", error.kind.as_str()),
    }
}

fn row(item: &Item<'_>) -> HopRow {
    let hop = if item.at > 0 { format!(", redirect {}", item.at) } else { String::new() };
    HopRow {
        n: item.n,
        id: text::line(&item.exchange.id.0),
        start: words::duration(start(item.hop)),
        took: words::duration(total(item.hop)),
        connection: item.hop.timing.connection.map(|n| n.to_string()).unwrap_or_default(),
        what: format!("{}{hop}", item.exchange.purpose.as_str()),
        request: format!("{} {}", item.hop.request.method, url(item)),
        answer: match &item.hop.outcome {
            Outcome::Answered(response) => response.status.to_string(),
            Outcome::Failed(error) => error.kind.as_str().to_owned(),
        },
    }
}

/// When what was asked for: a bracket for each thing, from its first request to the end of its last.
fn waves(context: &Context<'_>, scale: &Scale) -> Vec<Bar> {
    let subjects =
        [Subject::Tag, Subject::Digest, Subject::Index, Subject::Manifest, Subject::Config, Subject::Layer];
    let exchanges = &context.report.recording.exchanges;
    let mut waves = Vec::new();
    for subject in subjects {
        let of = |cell: &&CellView| cell.subject == Some(subject) && !matches!(cell.did, Did::NotTried(_));
        let numbers = context.report.cells.iter().filter(of).filter_map(|cell| context.exchange(cell));
        let (mut from, mut to, mut count) = (f64::MAX, 0.0_f64, 0);
        for exchange in numbers.filter_map(|n| exchanges.get(n - context.first.exchanges)) {
            for hop in &exchange.hops {
                from = from.min(start(hop));
                to = to.max(end(hop));
            }
            count += 1;
        }
        if count == 0 {
            continue;
        }
        waves.push(Bar {
            x: place(scale.x(from)),
            y: TOP + waves.len() * WAVE,
            width: place(((to - from) / scale.end * ROOM).max(2.0)),
            connect: None,
            class: "wave".to_owned(),
            n: 0,
            title: format!(
                "{}: {}, from {}",
                subject.as_str(),
                words::count(count, "request"),
                words::duration(from)
            ),
            letter: Some((subject.as_str(), String::new())),
        });
    }
    waves
}
