//! Running hostile bytes through a child process.
