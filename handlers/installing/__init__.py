"""What begins once the app is installed: the first steps, and what Slack tells of the installation itself."""

from handlers.installing import first_steps
from handlers.installing.lifecycle import EVENTS, Lifecycle
from handlers.slack import ids
from handlers.slack.journey import Journey

__all__ = ["EVENTS", "JOURNEY", "Lifecycle"]
"""What others may use."""

JOURNEY = Journey(actions={ids.LOAD_CUSTOMERS: first_steps.on_load_customers})
