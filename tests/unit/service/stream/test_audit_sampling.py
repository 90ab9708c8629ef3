"""Drawing by lot."""

import pytest

from service.stream.audit_sampling import NO_AUDITS, AuditSampling

PARTS = [f"part-{number}" for number in range(20_000)]


def drawn(audit: AuditSampling) -> set[str]:
    return {part for part in PARTS if audit.includes(part)}


@pytest.mark.parametrize("rate", [0.01, 0.2, 0.75])
def test_about_the_share_asked_for_is_drawn(rate: float) -> None:
    assert len(drawn(AuditSampling(rate, b"key"))) == pytest.approx(
        rate * len(PARTS), abs=4 * (rate * len(PARTS)) ** 0.5
    )


def test_at_the_ends_none_or_all_are_drawn() -> None:
    assert drawn(AuditSampling(0.0, b"key")) == drawn(NO_AUDITS) == set()
    assert len(drawn(AuditSampling(1.0, b"key"))) == len(PARTS)


def test_whoever_has_the_key_draws_the_same_and_nobody_else_does() -> None:
    ours = drawn(AuditSampling(0.1, b"key"))
    assert drawn(AuditSampling(0.1, b"key")) == ours
    # Independent draws share a tenth of theirs.
    assert len(drawn(AuditSampling(0.1, b"other")) & ours) == pytest.approx(len(ours) / 10, rel=0.4)


def test_a_larger_share_draws_the_same_and_more() -> None:
    assert drawn(AuditSampling(0.05, b"key")) < drawn(AuditSampling(0.1, b"key"))


def test_the_key_is_not_shown() -> None:
    assert "secret" not in repr(AuditSampling(0.1, b"secret"))


def test_any_part_id_can_be_drawn() -> None:
    assert AuditSampling(1.0, b"key").includes("")
    assert AuditSampling(1.0, b"key").includes("ümläut \\xff")
