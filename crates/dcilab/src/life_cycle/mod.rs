//! A lab that stands: brought up, looked at, changed and taken down by commands that come and go.
//!
//! ```text
//! dcilab up                     dcilab show, migrate, exec, shell, down, ...
//!   |  starts                     |
//!   v                             v  JSON lines
//! outer process ............... NAME.sock in the user's runtime directory
//!   init                          |
//!     the lab  --- server --------+
//!       edged x N, namespaces
//! ```
//!
//! The socket is the one thing of a lab that is outside. Its name is the lab's; who can open it can do
//! everything to the lab, so the directory is its user's alone. When the lab ends, the outer process
//! removes it; after a `kill -9` of that process a dead socket stays, which the next command removes.

mod answer;
mod captures;
mod client;
mod connection;
mod faults;
mod held;
mod impair;
mod looks;
mod measure;
pub mod protocol;
mod runtime_directory;
mod server;
pub mod visible;

pub use client::{Client, ClientError};
pub use held::Hold;
pub(crate) use runtime_directory::remove_dead;
pub use runtime_directory::{Entry, RuntimeDirectory, RuntimeDirectoryError, valid_name};
pub use server::{Standing, serve};
