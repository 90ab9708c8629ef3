"""Families of the fuzzer that go wrong, so that the fuzzer itself can be tried; worker processes import them."""

import os
import time

from deploy.fuzz.dice import Dice
from deploy.fuzz.families import Plan
from deploy.fuzz.hostile import Hostile, Outcome


class Killers:
    """Input 3 ends the process, 5 raises, 7 gets a wrong answer, 9 hangs."""

    def make(self, dice: Dice) -> Hostile:
        return Hostile("killer", str(dice.number_of_input).encode())

    def judge(self, hostile: Hostile) -> Outcome:
        match hostile.data:
            case b"3":
                os._exit(1)
            case b"5":
                raise KeyError("boom")
            case b"7":
                return Outcome("pixels", fault="others")
            case b"9":
                time.sleep(3600)
        return Outcome("fine")


KILLERS = Plan({"killers": Killers}, ("killers",))
