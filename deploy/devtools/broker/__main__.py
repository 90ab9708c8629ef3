"""`python -m deploy.devtools.broker`: a Kafka broker on this machine until Ctrl-C."""

import argparse
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from deploy.devtools.broker.install import fetch
from deploy.devtools.broker.local import LocalKafka
from deploy.devtools.errors import BrokerError


def main() -> int:
    options = _parser().parse_args()
    # SIGTERM unwinds the stack as Ctrl-C does, so the broker is stopped in order.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _serve(options.port, options.data)
    except BrokerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped")
    return 0


def _serve(port: int, data: Path | None) -> None:
    with ExitStack() as stack:
        folder = data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="linewatch-kafka-")))
        kafka = stack.enter_context(LocalKafka(fetch(), folder, port))
        print(f"Kafka listens on {kafka.bootstrap_servers}; log in {kafka.log_file}; Ctrl-C stops it", flush=True)
        kafka.wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.devtools.broker", description=__doc__)
    parser.add_argument("--port", type=int, default=9092, help="TCP port on localhost; 0 picks a free one")
    parser.add_argument("--data", type=Path, help="folder for data, settings and log (default: a temporary one)")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
