"""The engine: journal, books and history as one, from restore to stop."""
