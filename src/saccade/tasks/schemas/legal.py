"""Contracts. What is read here is no legal advice."""

from __future__ import annotations

import datetime
from typing import ClassVar

from saccade.tasks.extraction.rules import Rule, in_order
from saccade.tasks.schemas.base import Paper, Row


class ContractParty(Row):
    """One side of a contract."""

    name: str | None = None
    role: str | None = None
    address: str | None = None


class Contract(Paper):
    """The frame of a contract: who, what, from when to when, for how much."""

    title: str | None = None
    contract_number: str | None = None
    parties: list[ContractParty] = []
    subject: str | None = None
    date_signed: datetime.date | None = None
    start_date: datetime.date | None = None
    end_date: datetime.date | None = None
    notice_period: str | None = None
    amount: float | None = None
    currency: str | None = None
    payment_terms: str | None = None
    governing_law: str | None = None
    signed: bool | None = None

    rules: ClassVar[tuple[Rule, ...]] = (in_order("start_date", "end_date"),)
