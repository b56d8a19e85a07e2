"""`bioweft explore`: a run in the browser, served on the own machine."""

import secrets
import socket
import threading
import webbrowser
from importlib.util import find_spec

import click

from bioweft.analyse.reading import find
from bioweft.errors import InputError, SettingsError, install

_PORT = 8722
_SECONDS = 10.0


@click.command(epilog="Example: bioweft explore outputs/autophagy. Ctrl-C ends it; it writes nothing into the run")
@click.argument("run", required=False)
@click.option("--port", type=click.IntRange(0, 65535), default=_PORT, show_default=True, metavar="N",
              help="The port to listen at; 0 for any free one.")  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS",
              help="The address to listen at; any other than this machine's own needs a token.")  # fmt: skip
@click.option("--token", metavar="T", help="The token that opens the explorer from elsewhere; by default a new one.")
@click.option("--no-browser", is_flag=True, help="Open no browser.")
@click.option("--seconds", type=click.FloatRange(min=0.1), default=_SECONDS, show_default=True, metavar="S",
              help="The most seconds that an answer may take.")  # fmt: skip
def command(run: str | None, port: int, host: str, token: str | None, no_browser: bool, seconds: float) -> None:
    """Show RUN, by default the newest run, in the browser: search, concepts, relations, sentences, graph.

    It listens on this machine alone and needs no network. After another run of the workflow the next
    click shows the new results.
    """
    for library in ("fastapi", "uvicorn", "jinja2"):
        if find_spec(library) is None:
            raise InputError(f"{library} is missing; the explorer needs an extra: {install('explore')}")
    import uvicorn

    from bioweft.explore.guard import hosts_of, is_loopback
    from bioweft.explore.reader import Reader
    from bioweft.explore.server import create_app

    if token is not None and not token.strip():
        raise SettingsError("--token must not be empty")
    if token is None and not is_loopback(host):
        token = secrets.token_urlsafe(18)
    listening = _listen(host, port)
    folder = find(run)
    reader = Reader(folder.path, seconds=seconds)
    # Closed by the application, as uvicorn ends the process by the signal that it got.
    app = create_app(reader, hosts=hosts_of(host), token=token, at_end=reader.close)
    shown_host = f"[{host}]" if ":" in host else host
    address = f"http://{shown_host}:{listening.getsockname()[1]}/" + (f"?token={token}" if token else "")
    click.echo(f"Showing {folder.path} at {address}\nCtrl-C ends it.")
    if not no_browser:
        threading.Timer(0.5, webbrowser.open, [address]).start()
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, timeout_keep_alive=10,
                            timeout_graceful_shutdown=3)  # fmt: skip
    uvicorn.Server(config).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        SettingsError: the port is taken, or there is no such address here.
    """
    try:
        family, *_, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
        listening.listen(1024)  # who opens the address at once waits until the server is up
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SettingsError(f"cannot listen at {host}, port {port}: {reason}; choose another with --port") from error
    return listening
