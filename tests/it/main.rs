//! regprobe from the outside: the binary as a person runs it, and the library as a program uses it.

mod failures;
mod run;
mod support;
