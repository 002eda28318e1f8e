//! From a delivery of Meta to events: receiving, resolving, handling.
