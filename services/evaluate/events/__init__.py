"""Scores events against what people have labelled in clips: falls, and whatever else is labelled."""
