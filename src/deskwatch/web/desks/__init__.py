"""What the service asks of the engine: who runs it hands these in."""
