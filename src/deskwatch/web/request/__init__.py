"""What a request carries, read within bounds."""
