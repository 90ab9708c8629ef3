"""Access control."""

from pathlib import Path

import pytest

from service.review.guesses import MOST_OF_ONE
from tests.support.reviewing import Page, verdict

TOKEN = "correct-horse-battery-staple"
NORMAL = {"label": "normal", "reviewer": "ann"}
REVIEW = "/api/parts/images/0/1/review"


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return Page(tmp_path, [verdict(1)])


@pytest.fixture
def locked(tmp_path: Path) -> Page:
    return Page(tmp_path, [verdict(1)], token=TOKEN)


def test_a_post_without_the_pages_token_is_refused_and_changes_nothing(page: Page) -> None:
    page.token()  # the cookie alone is what a forged request would have
    refused = page.browser.post(REVIEW, json=NORMAL)
    assert (refused.status_code, '"stale":true' in refused.text) == (400, True)
    assert page.producer.written == []


def test_a_post_with_another_pages_token_is_refused(page: Page, tmp_path: Path) -> None:
    other = Page(tmp_path / "other", [])
    page.token()
    assert page.browser.post(REVIEW, json=NORMAL, headers={"X-CSRFToken": other.token()}).status_code == 400
    assert page.producer.written == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_a_post_from_another_site_is_refused_even_with_the_token(page: Page, headers: dict[str, str]) -> None:
    refused = page.post(REVIEW, NORMAL, **headers)
    assert (refused.status_code, "from another site" in refused.json["error"]) == (403, True)
    assert page.producer.written == []


def test_a_post_from_the_page_itself_is_taken(page: Page) -> None:
    headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert page.post(REVIEW, NORMAL, **headers).status_code == 200


def test_a_form_of_another_site_cannot_post_json(page: Page) -> None:
    sent = page.browser.post(REVIEW, data={"label": "normal", "csrf_token": page.token()})
    assert (sent.status_code, page.producer.written) == (415, [])


def test_another_name_for_this_machine_is_refused_where_no_token_is_asked_for(page: Page) -> None:
    for host, status in (("evil.example:8001", 403), ("127.0.0.1:8001", 200), ("[::1]:8001", 200), ("localhost", 200)):
        assert page.fetch("/api/queue", Host=host).status_code == status


def test_the_cookie_is_never_sent_along_from_other_sites(page: Page) -> None:
    cookie = page.fetch("/").headers["Set-Cookie"]
    assert "SameSite=Strict" in cookie
    assert "HttpOnly" in cookie


def test_pages_run_no_code_but_their_own(page: Page) -> None:
    for path in ("/", "/api/queue", "/api/parts/images/0/1/image", "/static/review.js"):
        with page.fetch(path) as answer:
            headers = answer.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_nothing_of_a_part_is_shown_without_the_token(locked: Page) -> None:
    for path in ("/api/queue", "/api/parts/images/0/1", "/api/parts/images/0/1/image", "/api/nowhere"):
        assert locked.fetch(path).status_code == 401
    assert locked.browser.post(REVIEW, json=NORMAL).status_code == 401
    assert locked.fetch("/").headers["Location"] == "/enter"
    assert locked.fetch("/?token=wrong").headers["Location"] == "/enter"


def test_monitors_need_no_token(locked: Page) -> None:
    assert [locked.fetch(path).status_code for path in ("/live", "/ready", "/metrics")] == [200, 200, 200]


def test_a_link_with_the_token_lets_in_for_good(locked: Page) -> None:
    entered = locked.fetch(f"/?token={TOKEN}")
    assert (entered.status_code, TOKEN in entered.text) == (200, False)
    assert locked.answer(1).status_code == 200


def test_the_token_can_be_typed_in(locked: Page) -> None:
    def enter(token: str) -> int:
        asked = locked.fetch("/enter").text
        csrf = asked.split('name="csrf_token" value="')[1].split('"')[0]
        return locked.browser.post("/enter", data={"token": token, "csrf_token": csrf}).status_code

    assert (enter("wrong-token-of-some-length"), locked.fetch("/api/queue").status_code) == (401, 401)
    assert (enter(TOKEN), locked.fetch("/api/queue").status_code) == (302, 200)


def test_programs_show_the_token_as_bearer(locked: Page) -> None:
    shown = {"Authorization": f"Bearer {TOKEN}"}
    assert locked.fetch("/api/queue", **shown).status_code == 200
    assert locked.fetch("/api/queue", Authorization="Bearer wrong").status_code == 401
    csrf = locked.fetch("/", **shown).text.split('name="csrf-token" content="')[1].split('"')[0]
    sent = locked.browser.post(REVIEW, json=NORMAL, headers={**shown, "X-CSRFToken": csrf})
    assert sent.status_code == 200


def test_with_a_token_any_name_will_do(locked: Page) -> None:
    shown = {"Authorization": f"Bearer {TOKEN}", "Host": "inspection.example:8001"}
    assert locked.fetch("/api/queue", **shown).status_code == 200


def test_guesses_are_limited_and_hold_nobody_back_who_is_let_in(locked: Page) -> None:
    assert locked.fetch(f"/?token={TOKEN}").status_code == 200
    inside, locked.browser = locked.browser, locked.app.test_client()
    guessed = [locked.fetch("/api/queue", Authorization=f"Bearer guess-{number}") for number in range(MOST_OF_ONE + 1)]
    assert [answer.status_code for answer in guessed] == [401] * MOST_OF_ONE + [429]
    assert 0 < int(guessed[-1].headers["Retry-After"]) <= 60
    assert "found too many wrong ones; try again in" in guessed[-1].json["error"]
    for path, headers in (("/api/queue", {"Authorization": f"Bearer {TOKEN}"}), (f"/?token={TOKEN}", {})):
        assert locked.fetch(path, **headers).status_code == 429  # or guessing would go on
    assert locked.fetch("/live").status_code == 200
    assert inside.get("/api/queue").status_code == 200


def test_the_cookie_is_secure_where_the_page_comes_by_tls(locked: Page) -> None:
    assert "Secure" not in locked.fetch(f"/?token={TOKEN}").headers["Set-Cookie"]
    by_tls = locked.browser.get(f"/?token={TOKEN}", base_url="https://localhost")
    assert "; Secure; HttpOnly" in by_tls.headers["Set-Cookie"]


def test_what_needs_no_token_answers_to_its_own_names_only(locked: Page) -> None:
    for path in ("/metrics", "/live", "/ready"):
        assert locked.fetch(path, Host="evil.example").status_code == 403
        assert locked.fetch(path, Host="localhost:8001").status_code == 200
