"""Where pictures come from: every kind of source as a reader, and what is done to a picture first."""
