"""Every id on the wire, once. They stand in posted messages and in manifest.yml: never rename one, alias it.

The ids of a form's inputs are not here: a `block_id` is a contract field's name (and, after a colon, what the input
depends on), an `action_id` is the field's name.
"""

COMMAND = "/ticket"

MESSAGE_SHORTCUT = "create_ticket"
GLOBAL_SHORTCUT = "new_ticket"

FORM = "ticket_form"
NOTICE = "ticket_notice"

FAULTS = "faults"
MORE_FIELDS = "more_fields"
OPEN_FORM = "open_form"
LIST_PAGE = "list_page"
