"""The time, as the use cases need it."""

from collections.abc import Callable
from datetime import datetime

Clock = Callable[[], datetime]
"""The time now, aware and in UTC."""
