"""Which runs a figure shows, and the words for them."""
