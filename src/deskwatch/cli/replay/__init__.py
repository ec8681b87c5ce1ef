"""Events from files and journals through fresh books."""
