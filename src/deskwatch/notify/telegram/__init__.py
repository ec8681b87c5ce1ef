"""Telegram: messages out by the Bot API, buttons and commands in."""
