//! hub-connect
