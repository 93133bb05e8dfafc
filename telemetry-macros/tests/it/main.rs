//! The derives from the outside: what they accept and mean, and what they refuse in which words.

mod accepted;
mod refused;
