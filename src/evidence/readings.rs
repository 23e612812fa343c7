//! What each body of a recording is, read once however many cells got it.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use crate::exchange::Response;
use crate::oci::document::{BodyKind, Document, classify, parse_document, telling};

/// Entries of all documents of a run that are kept. Real runs have some hundreds; each of these costs 300 bytes, and its
/// text may be two.
const MAX_ENTRIES: usize = 64 << 10;

/// The same bytes, under types that say the same of them.
type Key = (*const u8, usize, Option<&'static str>);

/// What was read so far. Equal bodies of a recording share their memory, which is what they are known by.
#[derive(Debug, Default)]
pub(super) struct Readings {
    kinds: RefCell<HashMap<Key, BodyKind>>,
    documents: RefCell<HashMap<Key, Option<Rc<Document>>>>,
    entries: Cell<usize>,
}

impl Readings {
    /// What kind of thing a body is.
    pub(super) fn kind(&self, response: &Response) -> BodyKind {
        let key = key(response);
        *self.kinds.borrow_mut().entry(key).or_insert_with(|| classify(&response.body.kept, key.2))
    }

    /// The manifest, index or schema 1 document that a body is.
    pub(super) fn document(&self, response: &Response) -> Option<Rc<Document>> {
        let key = key(response);
        let mut documents = self.documents.borrow_mut();
        let read = || self.within(parse_document(&response.body.kept, key.2)?);
        documents.entry(key).or_insert_with(read).clone()
    }

    /// Beyond the limit a document is known without its entries.
    fn within(&self, mut document: Document) -> Option<Rc<Document>> {
        let entries = document.manifests.len() + document.layers.len() + document.v1_history.len();
        if self.entries.get() + entries > MAX_ENTRIES {
            document.further += entries;
            document.manifests = Vec::new();
            document.layers = Vec::new();
            document.v1_history = Vec::new();
        } else {
            self.entries.set(self.entries.get() + entries);
        }
        Some(Rc::new(document))
    }
}

fn key(response: &Response) -> Key {
    let kept = &response.body.kept;
    (kept.as_ptr(), kept.len(), telling(response.header("content-type")))
}
