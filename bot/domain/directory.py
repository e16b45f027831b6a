"""What the IDs of the contract point at: customers, their sites, and the systems, assets and contacts there.

A directory may know nothing of a kind; then IDs of that kind are taken as they are typed.
"""

from typing import Literal

from pydantic import Field

from bot.domain.record import Record

Kind = Literal["customer", "site", "system", "asset", "contact"]


class Item(Record):
    """Anything with an ID and a name. IDs travel in Slack's option values and block ids, so they are short."""

    id: str = Field(min_length=1, max_length=100)
    name: str = Field(min_length=1)


class Customer(Item):
    pass


class Site(Item):
    customer_id: str
    address: str | None = None


class System(Item):
    site_id: str


class Asset(Item):
    site_id: str
    system_id: str | None = None


class Contact(Item):
    customer_id: str
    email: str | None = None
    phone: str | None = None


class Directory(Record):
    """All that one workspace knows. Customers have sites and contacts; sites have systems and assets."""

    customers: tuple[Customer, ...] = ()
    sites: tuple[Site, ...] = ()
    systems: tuple[System, ...] = ()
    assets: tuple[Asset, ...] = ()
    contacts: tuple[Contact, ...] = ()

    def items(self, kind: Kind) -> tuple[Item, ...]:
        """All items of a kind, in the order of their import."""
        return {
            "customer": self.customers,
            "site": self.sites,
            "system": self.systems,
            "asset": self.assets,
            "contact": self.contacts,
        }[kind]
