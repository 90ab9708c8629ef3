import pytest
from flask import Flask

from service.web.origins import refuse_other_sites

OWN = "http://localhost"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": OWN}, 200),
        ({"Origin": OWN, "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": f"{OWN}:81"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_only_this_page_changes_something(headers: dict[str, str], status: int) -> None:
    app = Flask("pages")
    app.before_request(refuse_other_sites)
    app.add_url_rule("/", view_func=lambda: "done", methods=["GET", "POST"])
    client = app.test_client()
    assert client.post("/", headers=headers).status_code == status
    assert client.get("/", headers=headers).status_code == 200, "looking is for all"
