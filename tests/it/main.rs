//! regprobe from the outside: the binary as a person runs it, and the library as a program uses it.

mod architecture;
mod cli;
mod failures;
mod manners;
mod run;
mod schema;
mod secrets;
mod support;
