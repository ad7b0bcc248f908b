"""How well events are told: labelled clips and synthetic scenes."""
