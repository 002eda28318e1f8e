//! The client of Meta's Cloud API: requests, and what an answer proves.
