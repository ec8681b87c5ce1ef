"""The commands: thin functions. What they do is imported once one is called, for --help's sake."""
