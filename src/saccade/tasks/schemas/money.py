"""Invoices, receipts, account statements."""

from __future__ import annotations

import datetime
from typing import ClassVar

from saccade.tasks.extraction.rules import Rule, adds_up, in_order, is_iban, multiplies, percent
from saccade.tasks.schemas.base import Paper, Row


class InvoiceItem(Row):
    """One line of an invoice."""

    name: str | None = None
    quantity: float | None = None
    price: float | None = None
    amount: float | None = None


class Invoice(Paper):
    """An invoice: who to whom, when, for what, how much. `tax_rate` is in percent."""

    invoice_number: str | None = None
    date: datetime.date | None = None
    due_date: datetime.date | None = None
    seller: str | None = None
    seller_address: str | None = None
    seller_tax_id: str | None = None
    customer: str | None = None
    customer_address: str | None = None
    order_number: str | None = None
    currency: str | None = None
    items: list[InvoiceItem] = []
    subtotal: float | None = None
    tax_rate: float | None = None
    tax: float | None = None
    total: float | None = None
    iban: str | None = None

    rules: ClassVar[tuple[Rule, ...]] = (
        multiplies(["items[].quantity", "items[].price"], "items[].amount"),
        adds_up("items[].amount", "subtotal"),
        adds_up(["subtotal", "tax"], "total"),
        percent("subtotal", "tax_rate", "tax", tolerance=0.02),
        in_order("date", "due_date"),
        is_iban("iban"),
    )


class ReceiptItem(Row):
    """One line of a receipt."""

    name: str | None = None
    quantity: float | None = None
    amount: float | None = None


class Receipt(Paper):
    """A till receipt. Prices on receipts mostly hold the tax, so it is not added."""

    company: str | None = None
    address: str | None = None
    phone: str | None = None
    date: datetime.date | None = None
    time: str | None = None
    receipt_number: str | None = None
    items: list[ReceiptItem] = []
    subtotal: float | None = None
    tax: float | None = None
    total: float | None = None
    cash: float | None = None
    change: float | None = None
    payment_method: str | None = None

    rules: ClassVar[tuple[Rule, ...]] = (
        adds_up("items[].amount", "subtotal"),
        adds_up(["total", "change"], "cash"),
    )


class Transaction(Row):
    """One booking; `amount` is negative for money that went out."""

    date: datetime.date | None = None
    description: str | None = None
    amount: float | None = None
    balance: float | None = None


class Statement(Paper):
    """An account statement."""

    bank: str | None = None
    account_holder: str | None = None
    account_number: str | None = None
    iban: str | None = None
    period_start: datetime.date | None = None
    period_end: datetime.date | None = None
    currency: str | None = None
    opening_balance: float | None = None
    transactions: list[Transaction] = []
    closing_balance: float | None = None

    rules: ClassVar[tuple[Rule, ...]] = (
        adds_up(["opening_balance", "transactions[].amount"], "closing_balance"),
        in_order("period_start", "period_end"),
        is_iban("iban"),
    )
