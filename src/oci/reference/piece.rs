//! A slice of a reference that knows where it stands.

use std::ops::Range;

/// A fault before it is put together with the whole reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) span: Range<usize>,
}

/// Part of a reference and its offset. Only made of ASCII text, so every index is a character boundary.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    pub(super) start: usize,
}

impl<'a> Piece<'a> {
    pub(super) fn new(text: &'a str) -> Piece<'a> {
        Piece { text, start: 0 }
    }

    /// A part of this piece; out of range it is empty, at the end.
    pub(super) fn part(self, range: Range<usize>) -> Piece<'a> {
        match self.text.get(range.clone()) {
            Some(text) => Piece { text, start: self.start + range.start },
            None => Piece { text: "", start: self.start + self.text.len() },
        }
    }

    pub(super) fn from(self, at: usize) -> Piece<'a> {
        self.part(at..self.text.len())
    }

    /// What stands before and after one byte.
    pub(super) fn around(self, at: usize) -> (Piece<'a>, Piece<'a>) {
        (self.part(0..at), self.from(at + 1))
    }

    /// A fault that covers this piece.
    pub(super) fn fault(self, message: impl Into<String>) -> Fault {
        Fault { message: message.into(), span: self.start..self.start + self.text.len() }
    }

    /// A fault that covers a part of this piece.
    pub(super) fn fault_at(self, range: Range<usize>, message: impl Into<String>) -> Fault {
        Fault { message: message.into(), span: self.start + range.start..self.start + range.end }
    }

    /// The components between slashes, each with its place.
    pub(super) fn components(self) -> Vec<Piece<'a>> {
        let mut at = 0;
        let mut all = Vec::new();
        for text in self.text.split('/') {
            all.push(Piece { text, start: self.start + at });
            at += text.len() + 1;
        }
        all
    }

    /// From the start of one piece to the end of a later one, both parts of this.
    pub(super) fn span_of(self, first: Piece<'a>, last: Piece<'a>) -> Piece<'a> {
        let from = first.start.saturating_sub(self.start);
        let to = (last.start + last.text.len()).saturating_sub(self.start);
        self.part(from..to)
    }
}
