"""What a stream is, whether it works, and which settings fit."""
