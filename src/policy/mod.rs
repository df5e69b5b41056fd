//! Which algorithms, purposes and freshness are accepted, at which date.
