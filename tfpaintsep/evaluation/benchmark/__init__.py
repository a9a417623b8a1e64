"""Every method on every case, each in a process of its own: scores, tables, pictures."""
