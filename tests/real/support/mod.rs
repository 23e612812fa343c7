//! What the tests stand on: programs, images, recorded tables, and the two ways to look at a registry.

pub mod commands;
pub mod direct;
pub mod fixture;
pub mod http;
pub mod nginx;
pub mod probe;
pub mod process;
pub mod push;
pub mod registry;
pub mod shapes;
pub mod table;
pub mod token_server;
pub mod tool_images;
