"""The page: its shell before the script runs, and its files."""
