"""How long a test waits for what surely comes."""

PATIENCE = 60.0
"""Seconds, on a machine that is busy with much else. Whoever waits longer waits for what never comes."""
