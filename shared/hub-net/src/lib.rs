#![doc = include_str!("../README.md")]

mod address;
mod client;
mod error;
mod guard;
mod limits;
mod redirect;
mod tls;

pub use address::{AddressClass, Cidr, EgressPolicy};
pub use client::{FetchOptions, HttpClient, Request, Response};
pub use error::{Cause, NetError};
pub use guard::guarded_builder;
pub use limits::NetLimits;
pub use tls::TlsFault;

// What callers need to build requests with, so that they agree on versions.
pub use bytes::Bytes;
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
pub use url::Url;
