//! The lab: a registry inside the program, faithful to the distribution spec, with the quirks of
//! real registries to be switched on by name.
//!
//! A request becomes a [`LabRequest`](request::LabRequest) with a typed [`Route`](route::Route). The
//! [quirks](Quirk) that are on are asked first; if none answers, [`registry`] does, from a
//! [`Store`] of real [images](mod@images). The quirks then see the answer and may change it, and [`server`] sends
//! what it has become, however little it still looks like HTTP.
//!
//! A [`Personality`] is a list of quirks that together make the lab answer as a certain registry does.
//!
//! To add a quirk: a file in `quirks/` with a unit struct, and its two lines in `quirks/mod.rs`.

pub mod accept;
pub mod auth;
pub mod blob;
pub mod content;
pub mod context;
pub mod images;
mod personality;
pub mod proxy;
pub mod quirk;
mod quirks;
pub mod registry;
pub mod replay;
pub mod request;
pub mod respond;
pub mod route;
mod running;
pub mod schema1;
pub mod server;
pub mod storage;
mod wire;

#[cfg(test)]
mod tests;

pub use content::Store;
pub use images::{ImageKind, LabImage, images};
pub use personality::{Personality, personalities, personality};
pub use quirk::Quirk;
pub use quirks::quirks;
pub use replay::Replay;
pub use running::{Lab, LabError, LabOptions, Seen};
