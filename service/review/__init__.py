"""The review page of `linewatch review`, a process of its own: its API, and the threads behind it."""
