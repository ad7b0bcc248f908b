"""The `kinestream` command: what people type and what they see.

`commands_*` declare the command line; the other modules do the work and know nothing of it.
"""
