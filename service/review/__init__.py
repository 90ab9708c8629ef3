"""Where people look at parts and say what they are: `linewatch review`, a process of its own."""
