"""Tokens for OAUTHBEARER."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs

import pytest
from pydantic import ValidationError

from service.record.errors import WrongSecurity
from service.record.tokens import AskedTokens, FileTokens, make_tokens
from service.settings.broker import BrokerSettings

SECRET = "s3cret/:ö"


class Server(BaseHTTPRequestHandler):
    answers: ClassVar[list[tuple[int, bytes]]] = []
    asked: ClassVar[list[tuple[str, dict[str, list[str]]]]] = []

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.asked.append((self.headers["Authorization"], form))
        status, body = self.answers.pop(0)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def settings() -> Iterator[BrokerSettings]:
    Server.answers, Server.asked = [], []
    with HTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield asking(f"http://127.0.0.1:{server.server_port}/token")
        server.shutdown()
        thread.join()


def asking(url: str) -> BrokerSettings:
    return BrokerSettings(
        security_protocol="SASL_SSL",
        sasl_mechanism="OAUTHBEARER",
        sasl_oauth_token_url=url,
        sasl_oauth_client_id="linewatch",
        sasl_oauth_client_secret=SECRET,
        sasl_oauth_scope="kafka",
    )


def test_a_token_is_asked_for_once_and_again_before_it_expires(settings: BrokerSettings) -> None:
    now = [100.0]
    tokens = AskedTokens(settings, lambda: now[0])
    Server.answers += [(200, json.dumps({"access_token": f"t{n}", "expires_in": 100}).encode()) for n in (1, 2)]
    assert (tokens.token(), tokens.token()) == ("t1", "t1")
    now[0] += 81.0
    assert tokens.token() == "t2"
    credentials = base64.b64encode(b"linewatch:s3cret%2F%3A%C3%B6").decode()  # RFC 6749, section 2.3.1
    assert Server.asked == [(f"Basic {credentials}", {"grant_type": ["client_credentials"], "scope": ["kafka"]})] * 2


@pytest.mark.parametrize(
    "answer",
    [
        (401, b'{"error": "invalid_client"}'),
        (302, b""),
        (200, b"<html>"),
        (200, b"[]"),
        (200, b'{"access_token": ""}'),
        (200, b'{"access_token": "two words"}'),
        (200, b'{"access_token": 1}'),
        (200, b'{"access_token": "t", "expires_in": "soon"}'),
        (200, b"\xff"),
    ],
)
def test_another_answer_is_one_sentence_without_the_secret(settings: BrokerSettings, answer: tuple[int, bytes]) -> None:
    Server.answers.append(answer)
    with pytest.raises(WrongSecurity, match="expected a token from sasl_oauth_token_url") as refused:
        AskedTokens(settings).token()
    assert "s3cret" not in str(refused.value)


def test_a_server_that_is_away_is_one_sentence() -> None:
    with pytest.raises(WrongSecurity, match=r"found: .*refused"):
        AskedTokens(asking("http://127.0.0.1:1/")).token()


def test_a_file_is_read_anew_each_time(tmp_path: Path) -> None:
    tokens = FileTokens(tmp_path / "token")
    for text in ("one\n", "two"):
        (tmp_path / "token").write_text(text)
        assert tokens.token() == text.strip()


@pytest.mark.parametrize("content", [None, b"", b" \n", b"two words", b"two\nlines", b"\xff", "ä".encode()])
def test_a_file_without_a_token_is_one_sentence(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "token").write_bytes(content)
    with pytest.raises(WrongSecurity, match="expected a token in sasl_oauth_token_file"):
        FileTokens(tmp_path / "token").token()


def test_the_settings_name_the_source(tmp_path: Path) -> None:
    assert make_tokens(BrokerSettings()) is None
    assert isinstance(make_tokens(asking("https://login.plant.example/token")), AskedTokens)
    named: dict[str, Any] = {"security_protocol": "SASL_SSL", "sasl_mechanism": "OAUTHBEARER"}
    assert isinstance(make_tokens(BrokerSettings(**named, sasl_oauth_token_file=tmp_path)), FileTokens)
    with pytest.raises(ValidationError, match="OAUTHBEARER needs sasl_oauth_token_file, or"):
        BrokerSettings(**named)


@pytest.mark.parametrize("url", ["http://login.plant.example/", "ftp://localhost/", "https://", "login", "file:///etc"])
def test_a_secret_goes_over_https_alone(url: str) -> None:
    with pytest.raises(ValidationError, match="expected a URL of https"):
        asking(url)
