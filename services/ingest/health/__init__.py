"""Whether a camera still sees, told from its pictures."""
