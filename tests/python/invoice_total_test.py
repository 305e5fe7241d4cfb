"""The sums of the quickstart's tool."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def module(quickstart: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("invoice_total", quickstart / "tools" / "invoice_total.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def line(quantity: object, unit_price: object) -> dict[str, object]:
    return {"quantity": quantity, "unit_price": unit_price}


@pytest.mark.parametrize(
    ("lines", "percent", "sums"),
    [
        ([line("3", "89.90"), line("1", "240.00")], "19", ("509.70", "96.84", "606.54")),
        ([line("1", "0.1"), line("1", "0.2")], "0", ("0.30", "0.00", "0.30")),
        ([line(0.1, 3)], "0", ("0.30", "0.00", "0.30")),
        ([line("0.5", "0.01"), line("0.5", "0.03")], "0", ("0.03", "0.00", "0.03")),
        ([line("2", "10"), line("-1", "10")], "8.875", ("10.00", "0.89", "10.89")),
        ([], "19", ("0.00", "0.00", "0.00")),
    ],
)
def every_sum_is_exact_to_the_cent(module: ModuleType, lines, percent: str, sums: tuple[str, str, str]):
    assert module.invoice_total(lines, percent) == dict(zip(("net", "tax", "gross"), sums, strict=True))


@pytest.mark.parametrize("value", ["1,5", "", "NaN", "Infinity", None, True])
def only_decimal_numbers_are_added(module: ModuleType, value: object):
    with pytest.raises(ValueError, match="^unit_price of line 2 must be a decimal number, not "):
        module.invoice_total([line("1", "1"), line("1", value)])
