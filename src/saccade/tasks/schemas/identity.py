"""Forms, identity papers, business cards. Reading a paper is not verifying who holds it."""

from __future__ import annotations

import datetime
from typing import ClassVar

from saccade.tasks.extraction.rules import Rule, fits, in_order, is_date
from saccade.tasks.schemas.base import Paper, Row


class FormEntry(Row):
    """A label of a form with what is filled in, None where it was left blank; a ticked box says "yes"."""

    label: str | None = None
    value: str | None = None


class Form(Paper):
    """Any filled-in form, as its labels and values."""

    title: str | None = None
    form_number: str | None = None
    date: datetime.date | None = None
    entries: list[FormEntry] = []
    signed: bool | None = None


class IdCard(Paper):
    """An identity card, passport or driving licence."""

    document_type: str | None = None
    document_number: str | None = None
    surname: str | None = None
    given_names: str | None = None
    nationality: str | None = None
    sex: str | None = None
    date_of_birth: datetime.date | None = None
    place_of_birth: str | None = None
    date_of_issue: datetime.date | None = None
    date_of_expiry: datetime.date | None = None
    issuing_authority: str | None = None
    address: str | None = None

    rules: ClassVar[tuple[Rule, ...]] = (
        is_date("date_of_birth"),
        in_order("date_of_birth", "date_of_issue"),
        in_order("date_of_issue", "date_of_expiry"),
    )


class BusinessCard(Paper):
    """A business card."""

    name: str | None = None
    title: str | None = None
    company: str | None = None
    department: str | None = None
    phone: str | None = None
    mobile: str | None = None
    fax: str | None = None
    email: str | None = None
    website: str | None = None
    address: str | None = None

    rules: ClassVar[tuple[Rule, ...]] = (fits("email", r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}", "an e-mail address"),)
