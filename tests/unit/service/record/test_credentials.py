import pytest

from service.record.credentials import without_credentials


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("archive", "archive"),
        ("s3://bucket/linewatch", "s3://bucket/linewatch"),
        ("s3://key:s3cret@bucket/linewatch", "s3://***@bucket/linewatch"),
        ("ftp://ann@host/x", "ftp://***@host/x"),
        ("simplecache::s3://key:p@ss@bucket/x", "simplecache::s3://***@bucket/x"),
        ("abfs://box/x?sig=abc&sv=1&account_key=k", "abfs://box/x?sig=***&sv=1&account_key=***"),
        ("/folder/with@sign", "/folder/with@sign"),
    ],
)
def test_a_url_is_shown_without_what_is_secret_in_it(url: str, shown: str) -> None:
    assert without_credentials(url) == shown


def test_a_message_that_quotes_the_password_is_shown_without_it() -> None:
    url = "ftp://ann:p%40ss@host/x"
    assert (
        without_credentials("login of ann with 'p@ss' (p%40ss) failed", url) == "login of ann with '***' (***) failed"
    )
