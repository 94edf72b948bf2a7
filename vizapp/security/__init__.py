"""Passwords, tokens, encryption, headers and safe URLs. No database, no Flask request."""
