//! hub-connector
