"""The engine and the script write a figure the same."""

import itertools
import json
from decimal import Decimal

from deskwatch.core.wording import whole_share
from deskwatch.web.page import figure_text
from tests.ui.test_page import run

#: Around all that a figure's shape depends on: the point, a hundred, a thousand, halves.
AMOUNTS = [
    f"{sign}{Decimal(digits).scaleb(exponent):f}"
    for sign, digits, exponent in itertools.product(
        ("", "-"),
        (1, 10, 15, 25, 45, 95, 99, 100, 105, 125, 994, 995, 996, 9_995, 99_995, 123_456_789),
        range(-12, 12),
    )
] + ["0", "0.00", "-0.0", "0.000"]
CURRENCIES = ("USD", "JPY", "KRW", "BTC")

SCRIPT = """
import { gain, size } from "./src/format.ts";
const { amounts, currencies } = JSON.parse(process.argv[1]);
console.log(JSON.stringify(amounts.map((amount) =>
  currencies.map((currency) => [gain(amount, currency), size(amount, currency)]))));
"""


SHARES = """
import { share } from "./src/format.ts";
console.log(JSON.stringify(JSON.parse(process.argv[1]).map(share)));
"""

CONFIDENCES = """
import { confidence } from "./src/format.ts";
console.log(JSON.stringify(JSON.parse(process.argv[1]).map(confidence)));
"""


def test_shares_of_limits_are_written_the_same():
    ratios = [each / 1000 for each in range(2500)] + [66_733_333.5]
    done = run("--input-type=module", "--eval", SHARES, json.dumps(ratios))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [whole_share(ratio) for ratio in ratios]


def test_confidences_are_written_the_same_to_the_last_digit():
    exact = {0.95: "95%", 0.975: "97.5%", 0.99: "99%", 0.999: "99.9%", 0.9999999: "99.99999%"}
    ratios = [*exact, *(each / 1000 for each in range(501, 1000))]
    done = run("--input-type=module", "--eval", CONFIDENCES, json.dumps(ratios))
    assert done.returncode == 0, done.stderr
    theirs = json.loads(done.stdout)
    assert theirs[: len(exact)] == [*exact.values()]
    assert theirs == [figure_text.confidence(ratio) for ratio in ratios]


def test_gains_and_sizes_are_written_the_same():
    asked = json.dumps({"amounts": AMOUNTS, "currencies": CURRENCIES})
    done = run("--input-type=module", "--eval", SCRIPT, asked)
    assert done.returncode == 0, done.stderr
    theirs = json.loads(done.stdout)
    for amount, figures in zip(AMOUNTS, theirs, strict=True):
        for currency, (gain, size) in zip(CURRENCIES, figures, strict=True):
            exact = Decimal(amount)
            assert (amount, figure_text.gain(exact, currency)) == (amount, gain)
            assert (amount, figure_text.size(exact, currency)) == (amount, size)
