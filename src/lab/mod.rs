//! The lab: a registry inside the program, faithful to the distribution spec.

pub mod content;
pub mod images;
pub mod route;
pub mod schema1;

pub use content::Store;
pub use images::{ImageKind, LabImage, images};
