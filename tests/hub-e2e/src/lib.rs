//! hub-e2e
