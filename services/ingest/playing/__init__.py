"""A process for each camera: how it is made and watched, and how it publishes what it reads."""
