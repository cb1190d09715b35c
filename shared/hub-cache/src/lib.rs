//! hub-cache
