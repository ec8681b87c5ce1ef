"""What the stack of containers needs before its services start."""
