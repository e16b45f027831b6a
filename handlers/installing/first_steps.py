"""The first steps, as far as no other journey takes them.

dana: (Load your customers)   -> how their files become the workspace's directory
"""

from handlers.installing import first_steps_view
from handlers.slack.actors import open_view
from handlers.slack.context import Visit
from handlers.slack.payloads import BlockActions
from handlers.slack.response import Response


async def on_load_customers(visit: Visit, press: BlockActions) -> Response:
    return open_view(press, first_steps_view.load_customers(visit.workspace.id))
