//! The application over real HTTP on loopback.

mod access;
mod pages;
mod support;
mod work;
