"""Why an event was told: what its track showed, held against the thresholds of its rule, and drawn."""
