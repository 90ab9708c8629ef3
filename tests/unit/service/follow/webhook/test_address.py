"""The webhook's address."""

import pytest

from service.follow.webhook.address import Address, read_address


def test_an_address_is_taken_apart() -> None:
    url = "https://mes.example.org:8443/in?line=7&token=abc"
    assert read_address(url, plain_http=False) == Address(
        True,
        "mes.example.org",
        8443,
        "/in?line=7&token=abc",
        "https://mes.example.org:8443/in?line=7&token=***",
    )


@pytest.mark.parametrize("url", ["http://localhost:8080", "http://127.0.0.1", "http://[::1]:1/x", "HTTPS://a.example"])
def test_https_and_this_machine(url: str) -> None:
    assert read_address(url, plain_http=False).target in ("/", "/x")


def test_http_elsewhere_must_be_wanted() -> None:
    with pytest.raises(ValueError, match="expected https, because anyone on the way can read"):
        read_address("http://mes.example.org/", plain_http=False)
    assert read_address("http://mes.example.org/", plain_http=True).port == 80


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", "expected a URL in ASCII"),
        ("https://a b/", "expected a URL in ASCII"),
        ("https://ä.example/", "expected a URL in ASCII"),
        ("https://a.example/\r\nX: y", "expected a URL in ASCII"),
        ("mes.example.org", "expected a URL such as"),
        ("ftp://a.example/", "expected a URL such as"),
        ("file:///etc/passwd", "expected a URL such as"),
        ("https:///x", "expected a URL such as"),
        ("https://a.example:99999/", "expected a URL such as"),
        ("https://a.example:0/", "expected a URL such as"),
        ("https://[::1/", "expected a URL such as"),
        ("https://a.example/#x", "expected a URL such as"),
        ("https://user@a.example/", "expected no user or password in the URL"),
        ("https://:secret@a.example/", "expected no user or password in the URL"),
        ("https://169.254.169.254/latest", "that clouds keep their credentials under"),
        ("https://[fe80::1]/", "that clouds keep their credentials under"),
        ("https://0.0.0.0/", "that clouds keep their credentials under"),
    ],
)
def test_anything_else_is_refused_in_a_sentence_without_secrets(url: str, expected: str) -> None:
    with pytest.raises(ValueError, match=expected) as refused:
        read_address(url, plain_http=True)
    assert ":secret" not in str(refused.value)
