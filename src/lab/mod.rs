//! The lab: a registry inside the program, faithful to the distribution spec.

pub mod accept;
pub mod auth;
pub mod blob;
pub mod content;
pub mod context;
pub mod images;
pub mod registry;
pub mod request;
pub mod respond;
pub mod route;
pub mod schema1;
pub mod storage;

pub use content::Store;
pub use images::{ImageKind, LabImage, images};
