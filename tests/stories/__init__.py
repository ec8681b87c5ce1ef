"""What goes wrong on a desk, and what its people are told of it."""
