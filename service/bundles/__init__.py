"""The loaded champion and challenger of every stream, followed as the store changes."""
