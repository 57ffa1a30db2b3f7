//! Years on a small server: what goes wrong there, and what must not.
