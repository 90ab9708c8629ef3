"""The account of numbered images: what was lost, doubled, wrong or made up."""

from deploy.devtools.accounting.ledger import Kind, Ledger


def ledger_of(images: int) -> Ledger:
    """Images sent and acknowledged, all passes, at the offsets of their numbers on partition 0."""
    ledger = Ledger()
    for _ in range(images):
        number = ledger.send(Kind.PASS)
        ledger.acknowledge(number, 0, number)
    return ledger


def test_an_account_is_clean_if_each_image_has_its_one_outcome() -> None:
    ledger = ledger_of(3000)
    for number in range(3000):
        ledger.find(number, Kind.PASS, 0, number)
    account = ledger.account()
    assert (account.sent, account.acknowledged, account.verdicts, account.dead_letters) == (3000, 3000, 3000, 0)
    assert (account.lost, account.doubled, account.wrong, account.examples, ledger.foreign) == (0, 0, 0, (), [])
    assert ledger.waiting() == 0


def test_what_is_wrong_is_counted_and_named_by_its_coordinates() -> None:
    ledger = ledger_of(5)
    for number, kind, offset in [(0, Kind.PASS, 0), (1, Kind.PASS, 1), (1, Kind.PASS, 1), (2, Kind.DEAD_LETTER, 2)]:
        ledger.find(number, kind, 0, offset)
    ledger.find(3, Kind.PASS, 0, 17)
    account = ledger.account()
    assert (account.lost, account.doubled, account.wrong) == (1, 1, 2)
    assert [each.split(",")[0] for each in account.examples] == [
        "lost: part 4",
        "doubled: part 1",
        "wrong: part 2",
        "wrong: part 3",
    ]
    assert ledger.account(0, 1).wrong == 0


def test_an_image_that_was_not_acknowledged_may_have_an_outcome_or_none() -> None:
    ledger = Ledger()
    ledger.send(Kind.PASS)
    assert ledger.account().lost == 0
    ledger.find(0, Kind.PASS, 2, 9)
    assert (ledger.account().wrong, ledger.account().verdicts) == (0, 1)


def test_outcomes_of_what_was_never_sent_are_foreign() -> None:
    ledger = ledger_of(1)
    ledger.find(1, Kind.PASS, 0, 1)
    ledger.find(None, Kind.DEAD_LETTER, 0, 2)
    assert len(ledger.foreign) == 2


def test_outcomes_can_be_forgotten_and_read_again() -> None:
    ledger = ledger_of(1)
    ledger.find(0, Kind.PASS, 0, 0)
    ledger.forget_outcomes()
    assert (ledger.waiting(), ledger.outcomes) == (1, 0)
    ledger.find(0, Kind.PASS, 0, 0)
    assert (ledger.account().lost, ledger.account().doubled) == (0, 0)
