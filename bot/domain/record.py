"""What every record of Deskhand is: frozen, complete, and camelCase where it is written down."""

from datetime import UTC
from operator import methodcaller
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Record(BaseModel):
    """A value that never changes. `to_wire()` is its JSON form, which `model_validate` reads back."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,  # what people typed is theirs, and no log's
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )

    def to_wire(self) -> dict[str, object]:
        return self.model_dump(mode="json")


Instant = Annotated[AwareDatetime, AfterValidator(methodcaller("astimezone", UTC))]
"""A moment in time, always kept in UTC."""
