//! hub-fetcher
