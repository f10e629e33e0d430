"""What commands call: each computes an experiment and returns what JSON can hold."""
