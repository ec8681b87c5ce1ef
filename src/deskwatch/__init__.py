"""deskwatch: monitoring for trading desks. See docs/ for what it promises and how."""

__version__ = "0.1.0"
