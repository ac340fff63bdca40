"""How dates are written where Django writes them: with the zone, and 24 hours."""
