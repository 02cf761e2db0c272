"""Ready pydantic classes for `extract`: common papers with their fields, types and rules.

    from saccade.tasks.schemas import Invoice
    invoice = model.extract("invoice.pdf", Invoice).value

Every field may be missing, and is then None. Dates are ISO dates, amounts numbers, everything else is as printed.
`READY` has them by name, as the command `saccade extract --schema invoice` takes them.
"""

from __future__ import annotations

from collections.abc import Mapping

from saccade.errors import BadSchema
from saccade.tasks.schemas.base import Paper
from saccade.tasks.schemas.education import ExamQuestion, ExamSheet
from saccade.tasks.schemas.identity import BusinessCard, Form, FormEntry, IdCard
from saccade.tasks.schemas.legal import Contract, ContractParty
from saccade.tasks.schemas.medical import LabReport, LabValue, MedicalReport, Medicine
from saccade.tasks.schemas.money import Invoice, InvoiceItem, Receipt, ReceiptItem, Statement, Transaction
from saccade.tasks.schemas.transport import BillOfLading, Goods, TrainTicket

READY: Mapping[str, type[Paper]] = {
    "invoice": Invoice,
    "receipt": Receipt,
    "form": Form,
    "id": IdCard,
    "business-card": BusinessCard,
    "contract": Contract,
    "statement": Statement,
    "lab-report": LabReport,
    "medical-report": MedicalReport,
    "exam-sheet": ExamSheet,
    "train-ticket": TrainTicket,
    "bill-of-lading": BillOfLading,
}


def ready_schema(name: str) -> type[Paper]:
    """The class called `name`, such as "invoice" or "train ticket". Raises BadSchema."""
    key = "-".join(name.strip().lower().replace("_", " ").replace("-", " ").split())
    if key not in READY:
        raise BadSchema(f"there is no ready schema {name!r}", hint=f"there are {', '.join(READY)}")
    return READY[key]


__all__ = [
    "READY",
    "BillOfLading",
    "BusinessCard",
    "Contract",
    "ContractParty",
    "ExamQuestion",
    "ExamSheet",
    "Form",
    "FormEntry",
    "Goods",
    "IdCard",
    "Invoice",
    "InvoiceItem",
    "LabReport",
    "LabValue",
    "MedicalReport",
    "Medicine",
    "Paper",
    "Receipt",
    "ReceiptItem",
    "Statement",
    "TrainTicket",
    "Transaction",
    "ready_schema",
]
