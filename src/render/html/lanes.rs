//! Which bar goes where: a lane for each connection, more where its exchanges overlap.

/// Something that takes time on a connection.
pub(super) struct Span {
    pub(super) start: f64,
    pub(super) end: f64,
    pub(super) connection: Option<u64>,
}

/// A connection's lanes.
#[derive(Debug, PartialEq)]
pub(super) struct Group {
    /// `None`: no connection came about, or none is known.
    pub(super) connection: Option<u64>,
    /// Its first lane, and how many it has.
    pub(super) first: usize,
    pub(super) lanes: usize,
}

/// The lane of each span, and the lanes of each connection in the order of their first use. Spans come in order of
/// their start.
pub(super) fn place(spans: &[Span]) -> (Vec<usize>, Vec<Group>) {
    struct Open {
        connection: Option<u64>,
        /// When each lane is free again.
        free: Vec<f64>,
    }
    let mut open: Vec<Open> = Vec::new();
    let mut at: Vec<(usize, usize)> = Vec::with_capacity(spans.len());
    for span in spans {
        let group = open.iter().position(|g| g.connection == span.connection).unwrap_or_else(|| {
            open.push(Open { connection: span.connection, free: Vec::new() });
            open.len() - 1
        });
        let free = &mut open[group].free;
        let lane = free.iter().position(|end| *end <= span.start).unwrap_or_else(|| {
            free.push(0.0);
            free.len() - 1
        });
        free[lane] = span.end;
        at.push((group, lane));
    }
    let mut first = 0;
    let groups: Vec<Group> = open
        .iter()
        .map(|g| {
            let group = Group { connection: g.connection, first, lanes: g.free.len() };
            first += g.free.len();
            group
        })
        .collect();
    (at.into_iter().map(|(group, lane)| groups[group].first + lane).collect(), groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_lane_a_connection_and_more_where_exchanges_overlap() {
        let span = |start: f64, end: f64, connection| Span { start, end, connection };
        let spans = [
            span(0.0, 5.0, Some(7)),
            span(1.0, 2.0, None),
            span(4.0, 9.0, Some(7)),
            span(5.0, 6.0, Some(7)),
            span(6.0, 7.0, Some(3)),
        ];
        let (lanes, groups) = place(&spans);
        assert_eq!(lanes, [0, 2, 1, 0, 3]);
        let group = |connection, first, lanes| Group { connection, first, lanes };
        assert_eq!(groups, [group(Some(7), 0, 2), group(None, 2, 1), group(Some(3), 3, 1)]);
    }
}
