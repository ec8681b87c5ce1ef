"""What is done to an engine's journal and its data folder, and told of it."""
