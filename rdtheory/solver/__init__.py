"""The rate-distortion problem: at a slope, at a rate or a distortion, and its whole curve."""
