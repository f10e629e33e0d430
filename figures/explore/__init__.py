"""A page to play with: the slope of a curve, and models of one ELBO."""
