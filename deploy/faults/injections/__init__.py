"""How each kind of fault is made to happen; each function returns when the fault is over."""
