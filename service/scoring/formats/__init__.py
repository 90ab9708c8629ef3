"""The image formats that are read: what each header promises, and its pixels."""
