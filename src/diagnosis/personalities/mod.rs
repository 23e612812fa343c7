//! What holds the lab's personalities to the registries that they are named after, and the rules to both.

mod healthy;
mod matrix;
mod replay;
mod table;
