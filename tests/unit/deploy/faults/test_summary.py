"""What a fault run reports, and when it fails."""

from dataclasses import replace

from deploy.devtools.accounting.ledger import Account
from deploy.faults.schedule import Fault
from deploy.faults.summary import failures, figures, markdown
from deploy.faults.trial import Happened, Trial

CLEAN = Account(sent=100, acknowledged=100, verdicts=95, dead_letters=5, lost=0, doubled=0, wrong=0, examples=())
HAPPENED = (
    Happened(Fault("kill at flush", "a", 1, 2.0), 1, 0, 0.5, 2.0),
    Happened(Fault("kill at flush", "b", 2, 2.0), 1, 50, 1.5, 4.0),
    Happened(Fault("network cut", "a", 1, 2.0), 0, 80, 0.25, 1.0),
)
TRIAL = Trial(
    brokers=1,
    happened=HAPPENED,
    account=CLEAN,
    accounts=[replace(CLEAN, sent=sent) for sent in (50, 30, 20)],
    foreign=(),
    exits={137: 2},
    aborted=1,
    lost_membership=0,
    tracebacks=0,
)


def test_the_table_has_a_row_for_each_kind_and_the_totals() -> None:
    table = markdown([TRIAL], 7)
    assert "| one broker: kill at flush | 2 | 2 | 1.0 s / 1.5 s | 3.0 s / 4.0 s | 80 | 0 | 0 |" in table
    assert "| one broker: network cut | 1 | 0 | 0.2 s / 0.2 s | 1.0 s / 1.0 s | 20 | 0 | 0 |" in table
    assert "seed 7: 100 images sent" in table
    assert list(failures([TRIAL])) == []


def test_the_figures_have_the_agreed_keys() -> None:
    found = figures([TRIAL], 7)
    keys = {"seed", "sent", "verdicts", "dead_letters", "lost", "doubled", "kills", "recover_s"}
    assert keys <= set(found)
    assert (found["kills"], found["recover_s"]) == (2, {"p50": 0.5, "max": 1.5})


def test_a_failure_of_kafka_itself_is_counted_apart() -> None:
    kafka_failed = replace(HAPPENED[2], failed="expected an outcome", kafka_failed=True)
    trial = replace(TRIAL, happened=(*HAPPENED[:2], kafka_failed))
    found = figures([trial], 7)
    assert (found["kafka_failures"], found["missed"]) == (1, [])
    assert "1 times Kafka itself failed and was restarted" in markdown([trial], 7)


def test_what_is_lost_foreign_or_does_not_recover_is_a_failure() -> None:
    account = replace(CLEAN, lost=1, examples=("lost: part 9",))
    trial = replace(TRIAL, account=account, foreign=("PASS of 0/3",), failures=("kill at flush: expected an outcome",))
    assert list(failures([trial])) == ["kill at flush: expected an outcome", "lost: part 9", "foreign: PASS of 0/3"]
