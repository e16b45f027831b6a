"""Every id on the wire, once. They stand in posted messages and in manifest.yml: never rename one, alias it.

The ids of a form's inputs are not here: a `block_id` is a contract field's name (and, after a colon, what the input
depends on), an `action_id` is the field's name.
"""

COMMAND = "/ticket"

POSTED = "deskhand_card"
"""The event_type in the metadata of what the outbox posts: by it we know our own messages."""
DELIVERY = "delivery"
"""What names the job there that posted it."""

MESSAGE_SHORTCUT = "create_ticket"
TRIAGE_SHORTCUT = "triage_ticket"
ASSIGN_SHORTCUT = "assign_ticket"
REPLY_SHORTCUT = "reply_to_requester"
GLOBAL_SHORTCUT = "new_ticket"

FORM = "ticket_form"
CORRECTION = "ticket_correction"
NOTICE = "ticket_notice"
TRIAGE_FORM = "triage_form"
ASSIGN_FORM = "assign_form"
WORK_FORM = "work_form"
HISTORY = "ticket_history"
REPLY_FORM = "reply_form"
QUEUE_FORM = "queue_form"
ONCALL_FORM = "oncall_form"

TICKET = "ticket_view"
OPEN_TICKET = "ticket_open"

FAULTS = "faults"
MORE_FIELDS = "more_fields"
OPEN_FORM = "open_form"
OPEN_MESSAGE_FORM = "open_message_form"
LIST_PAGE = "list_page"

HOME = "home"
HOME_TAB = "home_sight"
HOME_WORDS = "home_words"
HOME_PAGE = "home_page"
HOME_LEVEL = "home_level"
PICK = "pick_tickets"
BULK_FORM = "bulk_form"

SETTINGS_QUEUE = "settings_queue"
SETTINGS_CHOICE = "settings_choice"
SETTINGS_REMOVE = "settings_remove"
ONCALL_SWAP = "oncall_swap"
ONCALL_END = "oncall_end"
ONCALL_LINE = "oncall_line"
ONCALL_PICK = "oncall_pick"

CLAIM = "ticket_claim"
TRIAGE = "ticket_triage"
ASSIGN = "ticket_assign"
STEP = "ticket_step"
MORE = "ticket_more"
WITHDRAW = "ticket_withdraw"
"""Of triage forms that were opened before they had a choice."""
UNDO = "ticket_undo"
SOLVED = "ticket_solved"
NOT_YET = "ticket_not_yet"
TRIAGE_CHOICE = "triage_choice"
TIME_PRESET = "time_preset"
HISTORY_PAGE = "history_page"
COMMENTS_PAGE = "comments_page"
