"""Who may ask for what, and who is signed in."""
