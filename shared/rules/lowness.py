"""The limits of a body's lowness and of its trunk that rules and postures have in common."""

# `Moment.low`: below the first a body is upright, from the second on it is low, and from the third on it
# lies, clearly lower than who crawls (0.35 to 0.6).
UPRIGHT, LOW, LYING = 0.35, 0.55, 0.6
# Shoulders over hips in the metres of `Features`: a trunk of 0.47 m within 53 degrees of upright.
TRUNK_UP_M = 0.28
