"""Whether a receiver that refuses one verdict takes others."""

from service.follow.webhook.trust import Trust


def test_one_may_be_passed_over_for_each_time_that_others_were_taken() -> None:
    trust = Trust()
    assert not trust.spend()
    trust.taken()
    trust.taken()
    assert [trust.spend(), trust.spend()] == [True, False]
    trust.taken()
    assert trust.spend()
