//! hub-fetch
