"""Training to a slope, to a rate, or along a whole curve."""
