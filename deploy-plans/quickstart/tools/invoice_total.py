"""Adds up invoices: what a language model must not do in its head."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Annotated, TypedDict

_CENT = Decimal("0.01")


class Line(TypedDict):
    """One line of an invoice."""

    quantity: Annotated[str, "a decimal number, such as 2 or 0.5; negative for a credit"]
    unit_price: Annotated[str, "the net price of one unit, such as 19.99"]


def invoice_total(
    lines: Annotated[list[Line], "the lines of the invoice, in any order"],
    tax_percent: Annotated[str, "the tax rate in percent, such as 19 or 8.875"] = "0",
) -> dict[str, str]:
    """Adds up the lines of one invoice and returns its net amount, tax and gross amount.

    Every line is rounded to the cent, and so is the tax on their sum; halves are rounded up.
    """
    amounts = (
        _decimal(line["quantity"], f"quantity of line {number}")
        * _decimal(line["unit_price"], f"unit_price of line {number}")
        for number, line in enumerate(lines, start=1)
    )
    net = sum((_to_cents(amount) for amount in amounts), Decimal("0.00"))
    tax = _to_cents(net * _decimal(tax_percent, "tax_percent") / 100)
    return {"net": str(net), "tax": str(tax), "gross": str(net + tax)}


def _to_cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)


def _decimal(value: object, name: str) -> Decimal:
    # Through text: the model may send a number all the same, and Decimal(0.1) is not a tenth.
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError(f"{name} must be a decimal number, not {value!r}")
    return number
