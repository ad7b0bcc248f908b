"""Class maps against labelled ones: IoU, Dice, class shares, the worst pictures."""
