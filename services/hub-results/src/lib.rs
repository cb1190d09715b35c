//! hub-results
