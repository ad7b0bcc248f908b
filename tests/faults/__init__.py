"""What happens when cameras, networks and processes fail: a table of real faults, and a soak."""
