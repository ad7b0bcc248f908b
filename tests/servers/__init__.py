"""Real servers of cameras' streams, and what befalls them. This file is imported by Debian's Python too."""
