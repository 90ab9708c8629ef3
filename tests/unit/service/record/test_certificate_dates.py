"""From when to when a certificate is valid."""

from datetime import UTC, datetime

import pytest
import trustme

from service.record.certificate_dates import validity


@pytest.mark.parametrize("year", [1999, 2049, 2050, 2999])
def test_the_dates_are_those_that_were_written(year: int) -> None:
    """Up to 2049 as UTCTime, with two digits of the year, and later as GeneralizedTime."""
    begins, ends = datetime(1990, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)
    made = trustme.CA().issue_cert("localhost", not_before=begins, not_after=ends)
    assert validity(f"# a comment\n{made.cert_chain_pems[0].bytes().decode()}") == (begins, ends)


def test_what_is_no_certificate_is_an_error() -> None:
    with pytest.raises(ValueError, match="substring"):
        validity("-----BEGIN PRIVATE KEY-----")
