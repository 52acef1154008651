"""One verb per use case, `(session, …, now) -> result`: may flush, never commits, no Flask."""
