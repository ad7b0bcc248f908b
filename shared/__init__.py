"""What two or more services use: the bus, the messages, the models and the geometry of people in pictures."""
