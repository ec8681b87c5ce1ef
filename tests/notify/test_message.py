"""No label, however it looks, breaks a message."""

from html import unescape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from deskwatch.core.alert import fingerprint
from deskwatch.core.wording import duration
from deskwatch.notify import plain as plain_text
from deskwatch.notify.desk import Sheet
from deskwatch.notify.digest import fold
from deskwatch.notify.grouping import notification
from deskwatch.notify.on_call import on_call
from deskwatch.notify.telegram.buttons import keyboard, pressed
from deskwatch.notify.telegram.commands import sheet
from deskwatch.notify.telegram.html import MAX_MESSAGE, block, clip, lines, link, plain, units
from deskwatch.notify.telegram.message import render
from tests.notify.bot_text import parsed
from tests.notify.desk import HOUR, SECOND, START, alert, ended

#: Everything that text can hold, lone surrogates and control characters too.
anything = st.text(st.characters(codec=None), max_size=400) | st.sampled_from(
    ["<b>", "&amp;", "&", "</pre>", "😀" * 3000, "<" * 5000, "\0", "\u202e 000,1-", "\ud800"]
)


def told(names, labels, texts, count):
    alerts = []
    for n in range(count):
        one = alert("X", "page" if n % 3 == 0 else "warning")
        every = {**one.labels, **labels, "alertname": names, "n": str(n)}
        made = replace(
            one, name=names, labels=every, annotations=texts, fingerprint=fingerprint({"n": str(n)})
        )
        alerts.append(made if n % 2 else ended(made, START + 5 * SECOND))
    return notification(
        alerts,
        key="g1",
        labels={},
        kind="new",
        receiver="telegram",
        sequence=1,
        now_ns=START,
        notes=[names],
    )


@given(
    anything,
    st.dictionaries(anything.filter(lambda name: name.isprintable()), anything, max_size=5),
    st.fixed_dictionaries({"summary": anything, "description": anything, "runbook_url": anything}),
    st.sampled_from([1, 2, 40]),
)
def test_telegram_takes_every_message(name, labels, texts, count):
    labels = {name: value for name, value in labels.items() if not _surrogate(name + value)}
    safe = {key: value if not _surrogate(value) else "\ud800" for key, value in texts.items()}
    one = told(name if not _surrogate(name) else "X", labels, safe, count)
    seen = parsed(render(one, "https://desk.example.org/?a=1&b=2"), MAX_MESSAGE)
    assert seen.splitlines()[-1].endswith("Page")
    digest = fold([one, one], now_ns=START)
    parsed(render(digest, ""), MAX_MESSAGE)


def _surrogate(text):
    return any("\ud800" <= character <= "\udfff" for character in text)


@given(anything, st.integers(0, 200))
@example("\x1b \x1b", 1)
def test_plain_text_is_clean_and_short(text, limit):
    piece = plain(text, limit)
    assert piece.units <= limit
    if piece.units:
        assert units(parsed(piece.html, MAX_MESSAGE)) == piece.units


@given(anything, st.integers(0, 100))
def test_clipping_keeps_the_beginning(text, limit):
    cut = clip(text, limit)
    assert units(cut) <= max(limit, 0)
    assert cut == text or text.startswith(cut.removesuffix("…"))


@given(st.lists(anything, max_size=30))
def test_lines_are_left_out_whole(texts):
    piece = lines(plain(text, 300) for text in texts)
    assert piece.units <= MAX_MESSAGE
    if piece.units:
        parsed(piece.html, MAX_MESSAGE)


@given(st.lists(st.integers(0, 60), max_size=30), st.sampled_from("e<😀"))
def test_lines_end_before_the_first_that_does_not_fit(lengths, character):
    texts = [character * length for length in lengths if length]
    piece = lines((plain(character * length) for length in lengths), limit=500)
    seen = unescape(piece.html).splitlines()
    assert seen == texts[: len(seen)]
    assert units("\n".join(seen)) == piece.units <= 500
    assert seen == texts or units("\n".join(texts[: len(seen) + 1])) > 500


@given(anything, st.integers(10, 4096))
def test_a_block_keeps_its_bound(text, limit):
    assert block(text, limit).units <= limit


@given(st.lists(st.text("ES 5,€😀", max_size=12)).map("\n".join), st.integers(10, 100))
def test_a_block_leaves_out_whole_lines_at_its_end(text, limit):
    piece = block(text, limit)
    seen = piece.html.removeprefix("<pre>").removesuffix("</pre>")
    assert units(seen) == piece.units <= limit
    if units(text) <= limit - 2:
        assert seen == text
    elif seen != text:
        assert seen.endswith("…")
        kept = seen.removesuffix("…").splitlines()
        assert kept == text.splitlines()[: len(kept)]


@given(
    anything, st.lists(st.tuples(anything, anything), max_size=60), st.lists(anything, max_size=4)
)
def test_every_table_fits_a_message(title, rows, notes):
    shown = sheet(
        Sheet(title=title, columns=["a", "b"], rows=[list(row) for row in rows], notes=notes)
    )
    if shown.units:
        parsed(shown.html, MAX_MESSAGE)


def test_a_figure_is_never_cut_and_a_name_that_is_says_so():
    figure, name = "1" * 40, "BINANCE " + "n" * 40
    rows = [[name, figure, name, "USD"]]
    shown = sheet(Sheet(title="Risk", columns=["", "now", "", ""], rows=rows))
    cut = name[:31] + "…"
    assert parsed(shown.html, MAX_MESSAGE).splitlines()[-2:] == [cut, f"  {figure}  {cut}  USD"]
    status = sheet(Sheet(title="deskwatch", rows=[["events", figure]]))
    assert parsed(status.html, MAX_MESSAGE).splitlines()[-1] == f"events  {figure}"


def test_what_is_wider_than_a_phone_has_its_names_above_its_figures():
    columns = ["", "", "held", "P&L", ""]
    narrow = ["XNAS AAPL", "A1/mm", "100", "+1.00", "USD"]
    wide = ["XNAS AAPL", "A1/market_making", "-20", "-1,234,567.00", "USD"]
    (head, row) = _rows(columns, [narrow])
    assert (head, row) == (
        "                  held    P&L",
        "XNAS AAPL  A1/mm   100  +1.00  USD",
    )
    assert _rows(columns, [wide, narrow]) == [
        "  held            P&L",
        "XNAS AAPL  A1/market_making",
        "   -20  -1,234,567.00  USD",
        "XNAS AAPL  A1/mm",
        "   100          +1.00  USD",
    ]


def _rows(columns, rows):
    shown = sheet(Sheet(title="Positions", columns=columns, rows=rows))
    return parsed(shown.html, MAX_MESSAGE).splitlines()[1:]


def test_a_name_from_right_to_left_turns_no_figures_round():
    """Unicode's rules: digits after an Arabic letter, and what is between them, run its way."""
    names = ["مرحبا", "A1/שלום", "A1/mm"]
    rows = [[name, "+1.00", "-2.00", "USD"] for name in names]
    shown = parsed(
        sheet(Sheet(title="P&L", columns=["", "today", "hour", ""], rows=rows)).html, 4096
    )
    arabic, hebrew, latin = shown.splitlines()[2:]
    mark = "\N{LEFT-TO-RIGHT MARK}"
    assert arabic.startswith(mark)
    for line in (arabic, hebrew):
        name, figures = line[: line.index("+1.00")], line[line.index("+1.00") :]
        assert name.rstrip(" ").endswith(mark)
        assert figures.split() == ["+1.00", "-2.00", "USD"]
    assert mark not in latin


def test_only_addresses_of_the_web_become_links():
    assert link("Page", "javascript:alert(1)").html == "Page"
    assert link("Page", "https://x/ y").html == "Page"
    assert (
        link("Page", 'https://x/"><b>').html == '<a href="https://x/&quot;&gt;&lt;b&gt;">Page</a>'
    )


@given(st.integers(1, 10**18 - 1), st.booleans(), st.booleans())
def test_buttons_come_back_as_they_were_meant(key, silences, acknowledged):
    for row in keyboard(key, silences=silences, acknowledged=acknowledged):
        for _, data in row:
            assert len(data.encode()) <= 64
            assert pressed(data) == (data.partition(":")[0], key)


@given(st.text())
def test_other_button_data_means_nothing(data):
    meant = pressed(data)
    assert meant is None or data == f"{meant[0]}:{data.partition(':')[2]}"


def test_durations_are_read_in_two_units():
    assert duration(0) == "0 s"
    assert duration(90 * SECOND) == "1 min 30 s"
    assert duration(26 * HOUR + 5 * SECOND) == "1 d 2 h"


def of(*alerts):
    return notification(
        list(alerts), key="g1", labels={}, kind="new", receiver="telegram", sequence=1, now_ns=START
    )


def test_what_has_ended_is_not_read_as_what_fires():
    breaker = replace(alert("X", "page"), annotations={"summary": "Breaker loss of A1/mm is open"})
    over = ended(breaker, START + 427 * SECOND)
    head, text, *_ = parsed(render(of(over), ""), MAX_MESSAGE).splitlines()
    assert (head, text) == ("RESOLVED: X", "ended after 7 min 7 s: Breaker loss of A1/mm is open")
    assert plain_text.title(of(over)) == "RESOLVED: X"
    assert plain_text.body(of(over), "").startswith(f"{text} (fired ")
    assert plain_text.body(of(breaker), "").startswith("Breaker loss of A1/mm is open (since ")
    both = of(over, alert("Y", "page"))
    assert plain_text.title(both) == "PAGE: alerts (1 firing, 1 ended)"
    several = parsed(render(both, ""), MAX_MESSAGE)
    assert f"• page X: {text}" not in several
    assert "• ended after 7 min 7 s: page X: Breaker loss of A1/mm is open" in several


def test_what_is_only_kept_firing_is_not_read_as_how_it_is_now():
    breach = replace(alert("X", "page"), annotations={"summary": "A1 has used 200%: 100 now."})
    held = replace(breach, gone_at=START + 427 * SECOND)
    text = "until 14:20:27 UTC: A1 has used 200%: 100 now."
    assert parsed(render(of(held), ""), MAX_MESSAGE).splitlines()[1] == text
    assert plain_text.body(of(held), "").startswith(f"{text} (since ")
    several = parsed(render(of(held, alert("Y", "page")), ""), MAX_MESSAGE)
    assert "• until 14:20:27 UTC: page X: A1 has used 200%: 100 now." in several
    assert "until" not in parsed(render(of(ended(held, START + HOUR)), ""), MAX_MESSAGE)


def test_each_of_several_says_since_when_where_that_is_another_time_than_on_top():
    """As after an outage of Telegram, where one message tells of it all."""
    first, later = alert("X", "page"), alert("Y", "page", at=START + 427 * SECOND)
    before = ended(alert("Z", "page", at=START - 24 * HOUR), START)
    top, one, two, over = parsed(render(of(first, later, before), ""), MAX_MESSAGE).splitlines()[1:]
    assert top == "since 2026-09-21 14:13:20 UTC"
    assert one.startswith("• page Y: ")
    assert one.endswith(" (since 14:20:27)")
    assert two == "• page X: A1 lost 12,345 USD today, limit 10,000 USD."
    assert over.startswith("• ended after 1 d: page Z: ")
    assert over.endswith(" (fired 2026-09-20 14:13:20 UTC)")


def test_of_several_that_are_over_the_time_on_top_is_when_they_fired():
    over = [ended(alert("X", "page", n=str(n)), START + HOUR) for n in range(2)]
    head, top, *_ = parsed(render(of(*over), ""), MAX_MESSAGE).splitlines()
    assert (head, top) == ("RESOLVED: X (2 ended)", "fired 2026-09-21 14:13:20 UTC")
    digest = fold([of(over[0]), replace(of(over[1]), group_key="g2")], now_ns=START)
    assert "\nfired 2026-09-21 14:13:20 UTC\n" in parsed(render(digest, ""), MAX_MESSAGE)


def test_of_several_rules_each_has_its_own_runbook():
    several = render(of(alert("X", "page"), alert("Y", "warning")), "")
    for name in "XY":
        assert f'<a href="https://example.org/runbooks/{name}.md">{name}</a>: A1 lost' in several


def test_the_time_of_a_long_line_is_not_what_is_cut_off():
    late = alert("Y", "page", at=START + SECOND)
    late = replace(late, annotations={"summary": "s" * 300})
    seen = parsed(render(of(alert("X", "page"), late), ""), MAX_MESSAGE)
    (line,) = (line for line in seen.splitlines() if "sss" in line)
    assert line.endswith("s… (since 14:13:21)")
    assert units(line) <= 200


def test_what_no_rule_has_words_for_is_told_by_its_labels_and_its_value():
    bare = replace(alert("X", "page", account="A1"), annotations={})
    for value, text in ((0.1234567, "account=A1 = 0.123457"), (None, "account=A1")):
        one = of(replace(bare, value=value))
        assert parsed(render(one, ""), MAX_MESSAGE).splitlines()[1] == text
        assert plain_text.body(one, "").startswith(f"X {text} (since ")


def test_how_long_it_fires_is_counted_from_when_it_fired():
    one = replace(alert("X", "page"), active_at=START - 600 * SECOND)
    assert "\nsince 2026-09-21 14:13:20 UTC\n" in parsed(render(of(one), ""), MAX_MESSAGE)
    over = parsed(render(of(ended(one, START + 60 * SECOND)), ""), MAX_MESSAGE)
    assert "\nended after 1 min: " in over
    assert "\n2026-09-21 14:13:20 UTC for 1 min\n" in over


PAGING = of(alert("X", "page"))


@given(st.lists(anything, max_size=4))
def test_a_page_says_who_is_on_call_whatever_they_are_called(contacts):
    seen = parsed(render(PAGING, "", contacts=["Ada", *contacts]), MAX_MESSAGE)
    assert "\nOn call: Ada" in seen


@pytest.mark.parametrize(
    "quiet", [of(alert("X", "warning")), of(ended(alert("X", "page"), START + SECOND))]
)
def test_nobody_is_to_be_called_for_a_warning_or_an_end(quiet):
    assert on_call(PAGING, ["Ada"]) == "On call: Ada"
    assert on_call(quiet, ["Ada"]) == ""
    assert render(quiet, "", contacts=["Ada"]) == render(quiet, "")
    assert plain_text.body(quiet, "", ["Ada"]) == plain_text.body(quiet, "")


def test_nobody_is_to_be_called_for_a_drill():
    drill, simulated = of(alert("X", "page", account="drill")), frozenset({"drill"})
    assert "Ada" in render(drill, "", contacts=["Ada"])
    assert "Ada" not in render(drill, "", simulated=simulated, contacts=["Ada"])
    assert "Ada" not in plain_text.body(drill, "", ["Ada"], simulated=simulated)


def test_a_drill_among_real_pages_says_so_in_its_line():
    both = of(*(alert("X", "page", account=account) for account in ("A1", "drill")))
    simulated = frozenset({"drill"})
    seen = parsed(render(both, "", simulated=simulated, contacts=["Ada"]), MAX_MESSAGE)
    assert seen.startswith("PAGE: X (2 firing)")
    assert "On call: Ada" in seen
    for text in (seen.replace("• ", ""), plain_text.body(both, "", simulated=simulated)):
        marks = [line.startswith("DRILL ") for line in text.splitlines() if "lost 12,345" in line]
        assert sorted(marks) == [False, True]


def test_the_longest_contacts_leave_a_link_and_the_alert():
    contacts = ["😀" * 80] * 4
    one = of(
        replace(alert("X", "page"), annotations={"summary": "s" * 600, "description": "d" * 600})
    )
    seen = parsed(render(one, "https://desk.example.org/", contacts=contacts), MAX_MESSAGE)
    assert seen.count("😀") == 320
    assert seen.endswith("\nPage")
    assert "d" * 600 in seen


@pytest.mark.parametrize(
    ("pages", "warnings", "head"),
    [
        (1, 2, "DIGEST: 1 page, 2 warnings firing: DailyLoss"),
        (2, 1, "DIGEST: 2 pages, 1 warning firing: DailyLoss"),
    ],
)
def test_a_digest_of_one_page_says_page(pages, warnings, head):
    severities = ["page"] * pages + ["warning"] * warnings
    alerts = [alert(severity=severity, account=f"A{n}") for n, severity in enumerate(severities)]
    each = [
        notification(
            [one], key=f"g{n}", labels={}, kind="new", receiver="telegram", sequence=n, now_ns=START
        )
        for n, one in enumerate(alerts)
    ]
    assert parsed(render(fold(each, now_ns=START), ""), MAX_MESSAGE).splitlines()[0] == head
