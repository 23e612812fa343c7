//! Real registries, real image tools and real clients, on loopback. `install.sh` installs them.

#![allow(missing_docs, unreachable_pub)]

mod check;
mod credentials;
mod deployments;
mod fingerprint;
mod lab_images;
mod record;
mod replay;
mod setups;
mod support;
mod tables;
