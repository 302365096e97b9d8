"""The peers: as their Debian packages have them, on loopback, each write on disk as far as they
offer that, everything else that would cost them something switched off."""

import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import time

import servers

POSTGRES_BIN = pathlib.Path("/usr/lib/postgresql/15/bin")
RABBITMQ = pathlib.Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
# What has to be there, from the `bench` part of deploy/packages.txt.
PROGRAMS = {"jetstream": "nats-server", "nats": "nats-server", "redis": "redis-server",
            "postgres": str(POSTGRES_BIN / "postgres"), "etcd": "etcd", "rabbitmq": str(RABBITMQ),
            "db_bench": "db_bench"}


def missing(kinds):
    """Those of the kinds whose programs are not installed."""
    return [kind for kind in kinds
            if kind in PROGRAMS and not shutil.which(PROGRAMS[kind], path=_path())]


def _path():
    return os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Peer(servers.Server):
    """A server that is ready when it takes connections."""

    def _wait_for(self, port):
        deadline = time.monotonic() + servers.START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self.processes[0].poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return f"127.0.0.1:{port}"
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"{self.name} did not start:\n{self.log_tail()}")


class JetStream(Peer):
    """One replica, file storage. Acknowledges from the page cache: 2.9.10 has no sync_interval."""

    kind = "jetstream"
    more = "jetstream { store_dir: %s, max_file: 64G, max_mem: 1G }\n"

    def _start(self):
        port = free_port()
        config = self.folder / "nats.conf"
        text = f"listen: 127.0.0.1:{port}\nmax_pending: 256MB\n"
        config.write_text(text + (self.more % (self.folder / "data") if self.more else ""))
        self._run([shutil.which("nats-server", path=_path()), "-c", config])
        return self._wait_for(port)


class Nats(JetStream):
    """The same program without JetStream: nothing is kept."""

    kind = "nats"
    more = ""


class Redis(Peer):
    """An append-only file, fsynced before the reply."""

    kind = "redis"

    def _start(self):
        port = free_port()
        self._run(["redis-server", "--bind", "127.0.0.1", "--port", port, "--dir", self.folder,
                   "--save", "", "--appendonly", "yes", "--appendfsync", "always",
                   "--auto-aof-rewrite-percentage", "0", "--daemonize", "no"])
        return self._wait_for(port)


class Etcd(Peer):
    kind = "etcd"

    def _start(self):
        client, peer = free_port(), free_port()
        self._run(["etcd", "--data-dir", self.folder / "data",
                   "--listen-client-urls", f"http://127.0.0.1:{client}",
                   "--advertise-client-urls", f"http://127.0.0.1:{client}",
                   "--listen-peer-urls", f"http://127.0.0.1:{peer}",
                   "--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}",
                   "--initial-cluster", f"default=http://127.0.0.1:{peer}",
                   "--quota-backend-bytes", 8 << 30, "--logger", "zap", "--log-level", "error"])
        address = self._wait_for(client)
        time.sleep(1)  # it elects itself
        return address


class Other(Peer):
    """A server that does not want to be root."""

    user = None

    def _own(self, *paths):
        if os.geteuid() == 0:
            for path in paths:
                shutil.chown(path, self.user, self.user)

    def _as_user(self, command):
        if os.geteuid() != 0:
            return command
        home = pwd.getpwnam(self.user).pw_dir
        return ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--init-groups",
                "--pdeathsig", "KILL", "env", f"HOME={home}", *command]


class Postgres(Other):
    kind = "postgres"
    user = "postgres"

    def _start(self):
        data, port = self.folder / "data", free_port()
        data.mkdir()
        self._own(self.folder, data)
        subprocess.run(self._as_user([str(POSTGRES_BIN / "initdb"), "-D", str(data), "-U",
                                      "postgres", "-A", "trust", "--no-sync", "-E", "UTF8"]),
                       check=True, stdout=subprocess.DEVNULL, cwd="/")
        settings = {"listen_addresses": "127.0.0.1", "port": port, "max_connections": 200,
                    "unix_socket_directories": self.folder, "shared_buffers": "512MB",
                    "max_wal_size": "8GB", "fsync": "on", "synchronous_commit": "on"}
        flags = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        self._run(self._as_user([str(POSTGRES_BIN / "postgres"), "-D", str(data),
                                 *map(str, flags)]), cwd="/")
        deadline = time.monotonic() + servers.START_TIMEOUT_S
        while subprocess.run([str(POSTGRES_BIN / "pg_isready"), "-q", "-h", "127.0.0.1", "-p",
                              str(port)], check=False).returncode != 0:
            if time.monotonic() > deadline or self.processes[0].poll() is not None:
                raise RuntimeError(f"postgres did not start:\n{self.log_tail()}")
            time.sleep(0.1)
        return f"127.0.0.1:{port}"

    def stop(self, kill=False):
        # SIGINT is its fast shutdown: open connections are cut off.
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(2)
        super().stop(kill)


class RabbitMq(Other):
    """A quorum queue, which is on disk before it confirms."""

    kind = "rabbitmq"
    user = "rabbitmq"

    def _start(self):
        port, mapper, distribution = free_port(), free_port(), free_port()
        home = self.folder / "home"
        home.mkdir()
        self._own(self.folder, home)
        (self.folder / "rabbitmq.conf").write_text("disk_free_limit.absolute = 1GB\n")
        settings = {"RABBITMQ_NODENAME": f"bench{port}@localhost",
                    "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1", "RABBITMQ_NODE_PORT": port,
                    "RABBITMQ_DIST_PORT": distribution, "ERL_EPMD_PORT": mapper,
                    "ERL_EPMD_ADDRESS": "127.0.0.1", "RABBITMQ_MNESIA_BASE": self.folder / "home",
                    "RABBITMQ_LOG_BASE": home, "RABBITMQ_CONFIG_FILE": self.folder / "rabbitmq",
                    "RABBITMQ_PID_FILE": home / "pid", "RABBITMQ_ALLOW_INPUT": 1,
                    "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-noinput",
                    "RABBITMQ_CONF_ENV_FILE": "/dev/null",
                    "RABBITMQ_ENABLED_PLUGINS_FILE": self.folder / "plugins", "LANG": "C.UTF-8",
                    "HOME": home}
        (self.folder / "plugins").write_text("[].\n")
        environment = ["env", *(f"{key}={value}" for key, value in settings.items())]
        self._run(self._as_user([*environment, str(RABBITMQ)]), cwd=home)
        # Its name service, in the foreground, so that it does not outlive the measurement.
        self._run(self._as_user([*environment, "epmd"]), cwd=home)
        return self._wait_for(port)


servers.KINDS.update({"jetstream": JetStream, "nats": Nats, "redis": Redis, "etcd": Etcd,
                      "postgres": Postgres, "rabbitmq": RabbitMq})
