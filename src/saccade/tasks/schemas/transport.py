"""Train tickets and bills of lading. For a Chinese ticket give the Chinese names of its fields instead."""

from __future__ import annotations

import datetime
from typing import ClassVar

from saccade.tasks.extraction.rules import Rule, adds_up
from saccade.tasks.schemas.base import Paper, Row

# The fields of the Chinese railway ticket by the names that are known from published examples.
CHINESE_TICKET: tuple[str, ...] = (
    "发票号码", "始发站", "到达站", "车次", "发车时间", "座位号", "席别", "票价", "身份证号", "姓名",
)  # fmt: skip


class TrainTicket(Paper):
    """A train ticket. Times are as printed."""

    ticket_number: str | None = None
    passenger: str | None = None
    train_number: str | None = None
    departure_station: str | None = None
    arrival_station: str | None = None
    date: datetime.date | None = None
    departure_time: str | None = None
    arrival_time: str | None = None
    carriage: str | None = None
    seat: str | None = None
    travel_class: str | None = None
    price: float | None = None
    currency: str | None = None


class Goods(Row):
    """One line of goods."""

    marks: str | None = None
    description: str | None = None
    packages: float | None = None
    weight: float | None = None
    volume: float | None = None


class BillOfLading(Paper):
    """A bill of lading; weights are in the unit that is printed."""

    bill_number: str | None = None
    booking_number: str | None = None
    shipper: str | None = None
    consignee: str | None = None
    notify_party: str | None = None
    carrier: str | None = None
    vessel: str | None = None
    voyage: str | None = None
    port_of_loading: str | None = None
    port_of_discharge: str | None = None
    place_of_delivery: str | None = None
    container_number: str | None = None
    seal_number: str | None = None
    date_of_issue: datetime.date | None = None
    goods: list[Goods] = []
    total_packages: float | None = None
    total_weight: float | None = None

    rules: ClassVar[tuple[Rule, ...]] = (
        adds_up("goods[].packages", "total_packages"),
        adds_up("goods[].weight", "total_weight", tolerance=0.5),
    )
