//! The formats that the command line writes events in.

pub(crate) use infrastructure::event_files::begin as begin_event_file;
