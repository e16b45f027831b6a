"""`python -m bot` is `deskhand`."""

from bot.cli import main

main()
