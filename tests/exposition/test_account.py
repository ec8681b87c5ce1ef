"""Which accounts there are, as a scrape finds it."""

from deskwatch.core import event
from deskwatch.core.settings import AccountSettings
from deskwatch.exposition.account import AccountCollector
from tests.core.blotter import TEN, Desk
from tests.exposition.scrape import Scrape

ONE = [
    "desk_accounts 1.0",
    'desk_account_booked{account="A1"} 1.0',
    'desk_account_summed{account="A1"} 1.0',
]


def accounts_of(desk: Desk) -> Scrape:
    return Scrape(AccountCollector(desk.books, max_series=100))


def test_a_desk_on_which_nothing_was_booked_has_none():
    assert accounts_of(Desk().mark("100"))() == ["desk_accounts 0.0"]


def test_an_account_counts_once_whatever_is_booked_on_it():
    desk = Desk()
    desk.fill("+1@100")
    desk.fill("-1@100")
    desk.fill("+1@100", strategy="arb")
    assert accounts_of(desk)() == ONE


def test_capital_alone_makes_an_account():
    desk = Desk()
    cash = event.Cash(event_time=TEN, account="A1", currency="USD", amount="1000", reference="C1")
    desk.books.apply(cash)
    assert accounts_of(desk)() == ONE


def test_each_scrape_sees_who_came_since_the_last():
    desk = Desk()
    desk.fill("+1@100")
    scrape = accounts_of(desk)
    assert scrape() == ONE
    desk.fill("+1@100", account="A2")
    assert scrape() == [
        "desk_accounts 2.0",
        'desk_account_booked{account="A1"} 1.0',
        'desk_account_booked{account="A2"} 1.0',
        'desk_account_summed{account="A1"} 1.0',
        'desk_account_summed{account="A2"} 1.0',
    ]


def test_a_simulated_account_is_not_summed_once_there_is_another():
    drill = AccountSettings(method="average", reporting_currency="USD", simulated=True)
    desk = Desk(accounts={"drill": drill})
    desk.fill("+1@100", account="drill")
    scrape = accounts_of(desk)
    assert scrape()[-1:] == ['desk_account_summed{account="drill"} 1.0']
    desk.fill("+1@100")
    assert scrape()[-2:] == [
        'desk_account_summed{account="drill"} 0.0',
        'desk_account_summed{account="A1"} 1.0',
    ]
