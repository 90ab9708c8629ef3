from service.web.text import plain


def test_what_is_not_seen_is_shown_as_its_code() -> None:
    assert plain("part\u202e7\x00\n\u2066x\u200b") == "part\\u202e7\\u0000\\u000a\\u2066x\\u200b"
    assert plain("Teil 7, ünïcode 部品 \U0001f600 <b>") == "Teil 7, ünïcode 部品 \U0001f600 <b>"


def test_what_is_too_long_is_cut() -> None:
    assert plain("x" * 1_000_000, 10) == "x" * 10 + "…"
