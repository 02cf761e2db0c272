"""The fields of papers: what they are called in questions, as JSON keys, and on paper (training and held out)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from saccade.synth.papers.values import Split
from saccade.synth.words import pick


class FieldWords(NamedTuple):
    """`spoken` stands in a question, `keys` are the JSON names (snake case), the rest are labels on paper."""

    spoken: str
    keys: tuple[str, ...]
    train: tuple[str, ...]
    heldout: tuple[str, ...]


def _words(spoken: str, keys: str, train: str, heldout: str) -> FieldWords:
    return FieldWords(spoken, tuple(keys.split()), tuple(train.split("|")), tuple(heldout.split("|")))


# Names ending in several words stand for themselves; a field without a label on paper has none here.
FIELDS: Mapping[str, FieldWords] = {
    # bills
    "company": _words("company", "company seller vendor", "From|Seller|Vendor", "Supplier"),
    "store": _words("store name", "store company merchant", "Store|Merchant", "Shop"),
    "company_address": _words("company address", "company_address seller_address", "Address", "Our address"),
    "customer_address": _words("customer address", "customer_address billing_address", "Address", "Their address"),
    "customer": _words("customer", "customer bill_to", "Bill to|Customer|To|Client", "Billed to|Sold to"),
    "invoice_number": _words("invoice number", "invoice_number number",
                             "Invoice No|Invoice #|Invoice number|No.|Invoice",
                             "Invoice no.|Inv. number"),
    "date": _words("date", "date", "Date|Date|Issued|Issue date", "Dated|Date of issue"),
    "due_date": _words("due date", "due_date", "Due date|Due|Pay by|Payment due", "Due on|Payable by"),
    "po_number": _words("order number", "order_number po_number",
                        "PO number|Order No|PO #|Your order", "Purchase order|Order ref."),
    "customer_number": _words("customer number", "customer_number",
                              "Customer No|Customer ID|Account", "Client no.|Customer #"),
    "tax_id": _words("tax number", "tax_id vat_number", "VAT No|Tax ID|VAT ID", "VAT reg. no.|Tax no."),
    "iban": _words("IBAN", "iban", "IBAN", "IBAN no."),
    "terms": _words("payment terms", "payment_terms terms", "Terms|Payment terms", "Terms of payment"),
    "subtotal": _words("subtotal", "subtotal", "Subtotal|Sub-total|Net", "Net total|Sum"),
    "discount": _words("discount", "discount", "Discount", "Rebate|Less discount"),
    "shipping": _words("shipping cost", "shipping", "Shipping|Delivery|Freight", "Postage|Shipping cost"),
    "tax": _words("tax", "tax tax_amount", "Tax|VAT|Sales tax|VAT 20%|Tax 8%|VAT 19%", "VAT 21%|GST|Tax amount"),
    "tip": _words("tip", "tip", "Tip|Gratuity", "Service|Tip amount"),
    "total": _words("total", "total total_amount", "Total|TOTAL|Total due|Amount due|Grand total|Balance due",
                    "Total amount|To pay|Total payable"),
    "status": _words("status", "status", "Status", "State"),
    "receipt_number": _words("receipt number", "receipt_number number",
                             "Receipt No|Receipt #|Receipt|Trans", "Receipt no.|Slip no."),
    "time": _words("time", "time", "Time", "At"),
    "cashier": _words("cashier", "cashier server", "Cashier|Server|Served by", "Your server|Clerk"),
    "table_number": _words("table", "table table_number", "Table", "Table no."),
    "till": _words("till", "till register", "Till|Register", "Till no.|POS"),
    "payment_method": _words("payment method", "payment_method", "Payment|Paid by|Method", "Payment type|Paid with"),
    "card_number": _words("card number", "card_number", "Card|Card No", "Card no.|Card number"),
    "cash": _words("cash received", "cash", "Cash|Cash tendered", "Cash given"),
    "change": _words("change", "change", "Change|Change due", "Your change"),
    # people and places
    "name": _words("name", "name full_name", "Name|Full name", "Your name|Name in full"),
    "first_name": _words("first name", "first_name", "First name|Given name", "Forename|Given names"),
    "last_name": _words("last name", "last_name surname", "Last name|Surname", "Family name"),
    "birth_date": _words("date of birth", "date_of_birth birth_date", "Date of birth|Born|DOB", "Birth date|Born on"),
    "nationality": _words("nationality", "nationality", "Nationality|Citizenship", "Citizen of"),
    "address": _words("address", "address", "Address|Home address", "Postal address"),
    "street": _words("street", "street", "Street", "Street and no."),
    "city": _words("city", "city", "City|Town", "City / Town"),
    "postcode": _words("postcode", "postcode zip", "Postcode|ZIP|Postal code", "Post code|ZIP code"),
    "phone": _words("phone number", "phone", "Phone|Tel|Tel.", "Telephone|Ph."),
    "mobile": _words("mobile number", "mobile", "Mobile|Cell", "Mob.|Mobile no."),
    "email": _words("email", "email", "Email|E-mail", "Mail|E-mail address"),
    "website": _words("website", "website", "Web|Website", "Web site|Internet"),
    "job_title": _words("job title", "job_title title", "Position|Job title", "Post held|Role"),
    "employer": _words("employer", "employer", "Employer|Company", "Employed by"),
    "signature": _words("signature", "signature", "Signature|Signed", "Signed by"),
    # forms
    "passport": _words("passport number", "passport_number", "Passport No|Passport", "Passport no."),
    "member_id": _words("member number", "member_number member_id", "Member No|Member ID", "Membership no."),
    "patient_id": _words("patient number", "patient_id", "Patient ID|Patient No", "Patient no."),
    "blood_type": _words("blood type", "blood_type", "Blood type|Blood group", "Blood"),
    "allergies": _words("allergies", "allergies", "Allergies|Known allergies", "Allergic to"),
    "doctor": _words("doctor", "doctor", "Doctor|Physician", "Treated by|GP"),
    "policy_number": _words("policy number", "policy_number", "Policy No|Policy number", "Policy no."),
    "claim_amount": _words("claim amount", "claim_amount amount", "Amount claimed|Claim amount", "Sum claimed"),
    "incident_date": _words("date of the incident", "incident_date", "Date of incident|Date of loss", "Incident on"),
    "plate": _words("license plate", "license_plate plate",
                    "License plate|Plate|Vehicle reg", "Plate no.|Registration"),
    "vehicle": _words("vehicle", "vehicle", "Vehicle|Make", "Car"),
    "visitor_of": _words("host", "host visiting", "Visiting|Host", "To see|Contact"),
    "badge": _words("badge number", "badge_number badge", "Badge No|Badge", "Badge no.|Pass no."),
    "arrival_date": _words("arrival date", "arrival_date check_in", "Arrival|Check-in", "Arriving on"),
    "leaving_date": _words("leaving date", "leaving_date check_out", "Departure|Check-out", "Leaving on"),
    "room": _words("room", "room", "Room|Room No", "Room no."),
    "guests": _words("number of guests", "guests", "Guests|No. of guests", "Persons"),
    "department": _words("department", "department", "Department|Dept.", "Division|Unit"),
    "course": _words("course", "course", "Course|Programme", "Class chosen"),
    "student_id": _words("student number", "student_id", "Student ID|Student No", "Student no."),
    "start_date": _words("start date", "start_date", "Start date|Start", "Starting on|Begins"),
    "salary": _words("salary", "salary", "Salary|Pay", "Wage"),
    "gender": _words("sex", "sex gender", "Sex|Gender", "M / F"),
    "marital_status": _words("marital status", "marital_status", "Marital status|Civil status", "Family status"),
    "delivery": _words("delivery method", "delivery_method", "Delivery|Send by", "Delivered by"),
    "notes": _words("notes", "notes remarks", "Notes|Remarks", "Comments"),
    # tickets
    "carrier": _words("railway company", "carrier company", "Operator|Carrier", "Line run by"),
    "ticket_number": _words("ticket number", "ticket_number number", "Ticket No|Ticket|Ticket #", "Ticket no."),
    "booking": _words("booking code", "booking_code booking", "Booking|Ref|PNR", "Booking code|Booking ref."),
    "passenger": _words("passenger", "passenger name", "Passenger|Name|Traveller", "Passenger name"),
    "from": _words("departure station", "from departure_station", "From|Origin", "Leaving from"),
    "to": _words("arrival station", "to arrival_station", "To|Destination", "Going to"),
    "departure": _words("departure time", "departure departure_time", "Departs|Dep.|Departure", "Departing|Leaves"),
    "arrival": _words("arrival time", "arrival arrival_time", "Arrives|Arr.|Arrival", "Arriving|Gets in"),
    "train": _words("train", "train train_number", "Train|Train No", "Train no.|Service"),
    "coach": _words("coach", "coach car", "Coach|Car|Carriage", "Wagon|Coach no."),
    "seat": _words("seat", "seat", "Seat|Place", "Seat no."),
    "class": _words("class", "class", "Class", "Cl."),
    "platform": _words("platform", "platform", "Platform|Track", "Plat.|Gate"),
    "price": _words("price", "price", "Price|Fare", "Price paid|Ticket price"),
    # products
    "product": _words("product name", "name product_name", "Product|Item", "Article"),
    "brand": _words("brand", "brand", "Brand|By|Maker", "Made by"),
    "old_price": _words("old price", "old_price", "Was|Before", "Old price|Instead of"),
    "colour": _words("colour", "colour color", "Colour|Color", "Shade"),
    "size": _words("size", "size dimensions", "Size|Dimensions", "Measures"),
    "material": _words("material", "material", "Material|Made of", "Fabric / Material"),
    "weight": _words("weight", "weight", "Weight", "Net weight"),
    "rating": _words("rating", "rating", "Rating|Stars", "Rated"),
    "reviews": _words("number of reviews", "reviews", "Reviews|Ratings", "No. of reviews"),
    "sku": _words("item number", "item_number sku", "Item No|SKU|Art. No", "Article no."),
    "availability": _words("availability", "availability", "Stock|Availability", "Available"),
    "warranty": _words("warranty", "warranty", "Warranty|Guarantee", "Guaranteed for"),
    "origin": _words("country of origin", "origin made_in", "Made in|Origin", "Country"),
    "category": _words("category", "category", "", ""),
}  # fmt: skip

COLUMNS: Mapping[str, FieldWords] = {
    "name": _words("name", "name description", "Description|Item|Article|Product", "Details|Goods"),
    "quantity": _words("quantity", "quantity qty", "Qty|Quantity|Pcs", "No.|Units"),
    "price": _words("unit price", "unit_price price", "Price|Unit price|Each|Rate", "Per unit|Price each"),
    "amount": _words("amount", "amount total", "Amount|Total|Sum", "Line total|Value"),
}  # fmt: skip

AMOUNTS = frozenset({
    "subtotal", "discount", "shipping", "tax", "tip", "total", "cash", "change", "claim_amount", "salary", "price",
    "old_price", "amount", "quantity",
})  # fmt: skip
DATES = frozenset({
    "date", "due_date", "birth_date", "incident_date", "arrival_date", "leaving_date", "start_date",
})  # fmt: skip

_NEXT_WORD = re.compile("_(.)")


def label_of(rng: np.random.Generator, name: str, split: Split) -> str:
    """How the paper calls a field."""
    return _label(rng, FIELDS[name], split)


def header_of(rng: np.random.Generator, column: str, split: Split) -> str:
    """How the paper calls a column of its list of items."""
    return _label(rng, COLUMNS[column], split)


def _label(rng: np.random.Generator, words: FieldWords, split: Split) -> str:
    return pick(rng, words.train if split == "train" else words.heldout)


KEY_STYLES = ("snake", "snake", "snake", "camel", "spaced", "title", "label")  # "label": as on the paper


def write_key(key: str, style: str) -> str:
    """A snake-case name as "invoiceNumber", "invoice number" or "Invoice Number"."""
    if style == "camel":
        return _NEXT_WORD.sub(lambda match: match[1].upper(), key)
    spaced = key.replace("_", " ")
    return spaced if style == "spaced" else spaced.title() if style in ("title", "label") else key
