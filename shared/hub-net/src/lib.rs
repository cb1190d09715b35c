//! hub-net
