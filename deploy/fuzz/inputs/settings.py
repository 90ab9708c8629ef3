"""Hostile settings: environment variables as people, Kubernetes and copy-and-paste write them."""

import json
import os

from pydantic import ValidationError
from pydantic_settings import SettingsError

from deploy.fuzz.dice import Dice
from deploy.fuzz.hostile import Hostile, Outcome
from service.settings.base import is_loopback
from service.settings.every import Settings, odd_variables

VALUES = (
    "", " ", "0", "-1", "1e999", "nan", "inf", "-inf", "1_000", "0x10", "true", "null", "tcp://10.96.12.7:8001",
    "localhost:9092", "localhost:abc", "localhost:99999999", ":9092", "a,b,,c", "[::1]:9092", "[::1", "é", "x" * 5000,
    "10" * 200, "../..", "/dev/zero", "/", "SSL", "ssl", "SASL_PLAINTEXT", "PLAIN", "a b", "a\nb", "a\tb", "'x'", '"x"',
    "\udcff\udcfe", "{}", "[]", "1.5", "65536", "8000", "127.0.0.1", "::", "*", "a.b.c", ".", "..", "${HOME}",
)  # fmt: skip


class EnvironmentVariables:
    """One to six variables `LINEWATCH_…`, some of them misspelt."""

    def make(self, dice: Dice) -> Hostile:
        """Variables and values, as JSON."""
        names = list(Settings.model_fields)
        chosen = {}
        for _ in range(dice.between(1, 6)):
            name = dice.pick(names)
            if dice.chance(0.1):
                name = name[:-1] + dice.pick(("", "x", "__y", "_service_host"))
            chosen[f"LINEWATCH_{name.upper()}"] = dice.pick(VALUES)
        return Hostile("settings", json.dumps(chosen).encode())

    def judge(self, hostile: Hostile) -> Outcome:
        """They are settings, or one of two documented errors."""
        wanted = json.loads(hostile.data)
        before = dict(os.environ)
        os.environ.update(wanted)
        try:
            found = Settings()
            is_loopback(found.review_host)
            odd_variables()
        except (ValidationError, SettingsError) as error:
            return Outcome("refused", fault="" if str(error) else "no message")
        finally:
            os.environ.clear()
            os.environ.update(before)
        return Outcome("valid")
