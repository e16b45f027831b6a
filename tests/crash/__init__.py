"""Processes that are killed with SIGKILL at random moments, and what is found after each: `python -m tests.crash`."""
