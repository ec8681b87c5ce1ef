"""What the containers need before they start."""
