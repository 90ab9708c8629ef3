"""Hash-based sampling of audits."""

import pytest

from service.stream.audit_sampling import NO_AUDITS, AuditSampling

PARTS = [f"part-{number}" for number in range(20_000)]


def sampled(audits: AuditSampling) -> set[str]:
    return {part for part in PARTS if audits.includes(part)}


@pytest.mark.parametrize("rate", [0.01, 0.2, 0.75])
def test_about_the_share_asked_for_is_sampled(rate: float) -> None:
    assert len(sampled(AuditSampling(rate, b"key"))) == pytest.approx(
        rate * len(PARTS), abs=4 * (rate * len(PARTS)) ** 0.5
    )


def test_at_the_ends_none_or_all_are_sampled() -> None:
    assert sampled(AuditSampling(0.0, b"key")) == sampled(NO_AUDITS) == set()
    assert len(sampled(AuditSampling(1.0, b"key"))) == len(PARTS)


def test_the_same_key_samples_the_same_parts_and_another_key_others() -> None:
    ours = sampled(AuditSampling(0.1, b"key"))
    assert sampled(AuditSampling(0.1, b"key")) == ours
    # Independent samples share a tenth of theirs.
    assert len(sampled(AuditSampling(0.1, b"other")) & ours) == pytest.approx(len(ours) / 10, rel=0.4)


def test_a_larger_share_samples_the_same_and_more() -> None:
    assert sampled(AuditSampling(0.05, b"key")) < sampled(AuditSampling(0.1, b"key"))


def test_the_key_is_not_shown() -> None:
    assert "secret" not in repr(AuditSampling(0.1, b"secret"))


def test_any_part_id_can_be_sampled() -> None:
    assert AuditSampling(1.0, b"key").includes("")
    assert AuditSampling(1.0, b"key").includes("ümläut \\xff")
