"""P&L that is unlike its own history: losses, level shifts, and a P&L that stands still."""
