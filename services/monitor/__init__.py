"""Whether anybody watches: so that nobody watching never looks like nothing happening.

Reads: leases, progress, counts, drops and camera reports of the whole chain, about once a second. Writes: the
events `monitoring_lost` and `monitoring_restored` of each configured camera, and a heartbeat to the outside
while all of them are watched. State: a standing for each camera, stored by the same script that tells its
events, and only where the stored one is still that which the look began from. Loss: none on the bus; two
monitors, a killed one and a lost reply neither lose nor double an event. Where the bus or every monitor is
away nothing can be told: then the heartbeat is missing, and whoever waits for it outside raises the alarm;
the gap becomes an incident once a monitor is back.
"""
