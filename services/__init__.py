"""One package per worker; none imports another. `python -m services` is the `kinestream` command."""
