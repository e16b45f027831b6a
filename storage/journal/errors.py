"""Why a store cannot be opened, in one line for whoever starts Deskhand."""

from bot.domain.errors import DeskError


class StoreOpenError(DeskError):
    """The store cannot be opened; nothing on disk was changed. The message names the fault and its remedy."""

    code = "store_not_opened"
