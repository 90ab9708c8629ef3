"""What the service says: one event a line, of our code, of libraries, and of what they write past Python."""
