"""Debian's nginx with the project's own configuration, unprivileged, before a given server."""

import os
import secrets
import shutil
import socket
import ssl
import subprocess
import tempfile
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPMessage, HTTPSConnection
from pathlib import Path

from perf_pipeline_tests.integration.deployment.servers import PROJECT, free_port, wait_until

ENGINEERS = "performance.example.gov.uk"
VIEWERS = "performance-view.example.gov.uk"

_NGINX = PROJECT / "deploy" / "nginx"
_PROGRAM = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
_NOBODY = 65534
_MAIN = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/conf.d/*.conf;
    include {folder}/sites-enabled/*;
}}
"""
"""As Debian's own lays files out."""

_DEBIANS_DEFAULT = "server {\n    listen 80 default_server;\n    server_name _;\n}\n"
"""What counts of the site that Debian's package enables."""


@dataclass(frozen=True)
class Answer:
    """What the proxy answered."""

    status: int
    headers: HTTPMessage
    body: bytes


@dataclass
class Proxy:
    """A running nginx, and the passwords that it lets in."""

    engineers_upstream: int
    viewers_upstream: int
    password: str = field(default_factory=lambda: secrets.token_hex(8))
    https_port: int = field(default_factory=free_port)
    http_port: int = field(default_factory=free_port)

    def start(self) -> None:
        """Start nginx as nobody in particular, and wait until it answers."""
        assert _PROGRAM is not None, "nginx is not installed: apt-get install nginx-light"
        temporary = Path(os.sep, "var", "tmp")
        self.folder = Path(tempfile.mkdtemp(prefix="perf-pipeline-nginx-", dir=temporary))
        self._configure()
        user = _NOBODY if os.geteuid() == 0 else None
        if user is not None:
            for path in (self.folder, *self.folder.iterdir()):
                os.chown(path, user, user)
        command = [_PROGRAM, "-e", f"{self.folder}/error.log", "-c", f"{self.folder}/nginx.conf"]
        self.process = subprocess.Popen(
            command, user=user, group=user, extra_groups=[] if user else None
        )
        try:
            wait_until(self._listens, 30, (self.folder / "error.log").read_text)
        except AssertionError:
            self.stop()
            raise

    def refusal_beside_debians_site(self) -> str:
        """Return what nginx says of the configuration where Debian's default site was left."""
        assert _PROGRAM is not None, "nginx is not installed: apt-get install nginx-light"
        site = self.folder / "sites-enabled" / "default"
        site.write_text(self._placed(_DEBIANS_DEFAULT))
        command = [_PROGRAM, "-t", "-e", os.devnull, "-c", f"{self.folder}/nginx.conf"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        site.unlink()
        return done.stderr if done.returncode else ""

    def stop(self) -> None:
        """End nginx and remove its folder."""
        self.process.terminate()
        self.process.wait(30)
        shutil.rmtree(self.folder)

    def request(
        self,
        method: str = "GET",
        path: str = "/",
        *,
        host: str = ENGINEERS,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send one request through TLS."""
        connection = self.open_https()
        try:
            connection.request(method, path, body, {"Host": host, **(headers or {})})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def request_without_tls(self, host: str = ENGINEERS) -> Answer:
        """Send one request in the clear."""
        connection = HTTPConnection("127.0.0.1", self.http_port, timeout=30)
        try:
            connection.request("GET", "/runs", headers={"Host": host})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def open_https(self) -> HTTPSConnection:
        """Return a connection that trusts the proxy's own certificate, whatever host it names."""
        context = ssl.create_default_context(cafile=str(self.folder / "certificate.pem"))
        context.check_hostname = False
        return HTTPSConnection("127.0.0.1", self.https_port, timeout=60, context=context)

    def _listens(self) -> bool:
        assert self.process.poll() is None, (self.folder / "error.log").read_text()
        try:
            socket.create_connection(("127.0.0.1", self.https_port), timeout=5).close()
        except OSError:
            return False
        return True

    def _configure(self) -> None:
        _certify(self.folder)
        hashed = _openssl("passwd", "-apr1", self.password).strip()
        for name in ("engineers", "viewers"):
            (self.folder / f"{name}.htpasswd").write_text(f"{name}:{hashed}\n")
        (self.folder / "nginx.conf").write_text(_MAIN.format(folder=self.folder))
        for name in ("conf.d", "sites-enabled"):
            (self.folder / name).mkdir()
        for name in ("conf.d/perf-pipeline.conf", "site.conf"):
            sample = _NGINX / Path(name).name
            (self.folder / name).write_text(self._placed(sample.read_text()))

    def _placed(self, text: str) -> str:
        """Return a file of the sample with this machine's places in it; nothing else changes."""
        places = {
            "/etc/nginx/perf-pipeline/": f"{self.folder}/",
            "listen 443 ssl": f"listen 127.0.0.1:{self.https_port} ssl",
            "listen 80": f"listen 127.0.0.1:{self.http_port}",
            "127.0.0.1:3000;": f"127.0.0.1:{self.engineers_upstream};",
            "127.0.0.1:3001;": f"127.0.0.1:{self.viewers_upstream};",
        }
        for sample, place in places.items():
            text = text.replace(sample, place)
        return text


def _certify(folder: Path) -> None:
    subject = ["-subj", f"/CN={ENGINEERS}", "-addext", f"subjectAltName=DNS:{ENGINEERS}"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    _openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject, *files)


def _openssl(*arguments: str) -> str:
    done = subprocess.run(
        ["openssl", *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout
