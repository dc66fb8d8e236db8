"""A Postgres server of the tests' own, as deploy/postgres.sh makes it, and fresh databases in it."""

import datetime
import itertools
import os
import pathlib
import pwd
import signal
import urllib.parse

import psycopg2

from harness import envfile, paths, ports, processes, waits

_SCRIPT = paths.DEPLOY / "postgres.sh"
_numbers = itertools.count(1)


class Server:
    """Stopping, killing and freezing concern the whole server: every database in it."""

    def __init__(self, folder, *options):
        """`options` of deploy/postgres.sh."""
        self.folder = pathlib.Path(folder)
        self.options = options
        self.under = []  # the command that starts it, such as one that makes a mount namespace
        self.port = ports.free()
        self.start()
        # What is killed here is Postgres, not the machine: its recovery need not wait for the disk with every file by itself.
        self.configure(recovery_init_sync_method="syncfs")

    def start(self):
        """Its data, port and passwords are those of the last time."""
        def started():
            # After kill -9 the children of the old server take a moment to notice; until then a new one refuses to start.
            done = processes.run([*self.under, _SCRIPT, "start", self.folder, *self.options], seconds=90, env={"POSTGRES_PORT": str(self.port)})
            assert done.returncode == 0, done.stdout + done.stderr
            return True
        waits.until("Postgres starts", started, 60, every=0.2)
        values = envfile.read(self.folder / "env")
        self.superuser_url = values["POSTGRES_URL"]
        self.warehouse_url = values["WAREHOUSE_URL"]
        self.warehouse_password = values["WAREHOUSE_PASSWORD"]
        with_data = Database(self, "postgres")
        self.data = pathlib.Path(with_data.sql("SHOW data_directory")[0][0])
        with_data.close()

    def stop(self):
        processes.run([_SCRIPT, "stop", self.folder], seconds=90, check=True)

    def configure(self, **settings):
        """Sets what a reload puts in force, as text or number; None takes a setting back to what it was made with."""
        asked = Database(self, "postgres")
        for name, value in settings.items():
            asked.sql(f"ALTER SYSTEM RESET {name}" if value is None else f"ALTER SYSTEM SET {name} = '{value}'")
        asked.sql("SELECT pg_reload_conf()")
        asked.close()

    def accepting_since(self):
        """When it last began to take connections that may write, by its own log; seconds since 1970, 0 if it never did."""
        lines = (self.folder / "log" / "postgres.log").read_text(errors="replace").splitlines()
        line = next((line for line in reversed(lines) if "database system is ready to accept connections" in line), None)
        if line is None:
            return 0
        moment = datetime.datetime.strptime(" ".join(line.split()[:2]), "%Y-%m-%d %H:%M:%S.%f")
        return moment.replace(tzinfo=datetime.timezone.utc).timestamp()

    def pid(self):
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def runs(self):
        try:
            return _runs(self.pid())
        except FileNotFoundError:
            return False

    def kill9(self):
        """Ends the postmaster as the kernel's killer would; its children end by themselves when they see it."""
        self._end(signal.SIGKILL)

    def stop_immediately(self):
        """As pg_ctl's mode `immediate`: no session is waited for, nothing is flushed, and the next start recovers from the WAL."""
        self._end(signal.SIGQUIT)

    def _end(self, number):
        everyone = processes.descendants(self.pid())
        os.kill(everyone[0], number)

        def gone():
            return not any(_runs(pid) for pid in everyone)
        waits.until("the server's processes have ended", gone, 30)

    def tool(self, program, *arguments, seconds=120):
        """Runs one of Postgres's own programs, as the user that owns the data: Postgres refuses root."""
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            as_server = ["setpriv", "--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--init-groups", "--"]
        else:
            as_server = []
        return processes.run([*as_server, _programs() / program, *arguments], seconds=seconds, cwd="/", check=True)

    def freeze(self):
        for pid in processes.descendants(self.pid()):
            os.kill(pid, signal.SIGSTOP)

    def thaw(self):
        for pid in processes.descendants(self.pid()):
            os.kill(pid, signal.SIGCONT)

    def create_database(self):
        """A copy of the warehouse as it was set up, with nothing in it."""
        name = f"test_{os.getpid()}_{next(_numbers)}"
        admin = Database(self, "postgres")
        admin.sql(f'CREATE DATABASE "{name}" TEMPLATE "{self._warehouse()}" OWNER warehouse')
        admin.close()
        return Database(self, name)

    def _warehouse(self):
        return urllib.parse.urlsplit(self.warehouse_url).path.lstrip("/")


class Database:
    """One database, asked as superuser. A lost connection is made anew at the next call."""

    def __init__(self, server, name):
        self.server = server
        self.name = name
        self._connection = None

    @property
    def url(self):
        """For a connector: the role `warehouse`, without a password."""
        return _with_path(self.server.warehouse_url, self.name)

    @property
    def superuser_url(self):
        return _with_path(self.server.superuser_url, self.name)

    def url_at(self, *addresses):
        """The same with other servers, each HOST:PORT, in the order in which they are tried."""
        return urllib.parse.urlsplit(self.url)._replace(netloc=f"warehouse@{','.join(addresses)}").geturl()

    @property
    def address(self):
        return f"127.0.0.1:{self.server.port}"

    @property
    def password(self):
        return self.server.warehouse_password

    def sql(self, text, *args):
        """The rows, or [] for a statement that has none."""
        with self._cursor() as cursor:
            cursor.execute(text, args or None)
            return cursor.fetchall() if cursor.description else []

    def copy(self, statement, file):
        with self._cursor() as cursor:
            cursor.copy_expert(statement, file)

    def value(self, text, *args):
        return self.sql(text, *args)[0][0]

    def another(self):
        """The same database by a connection of its own, for another thread."""
        return Database(self.server, self.name)

    def close(self):
        if self._connection:
            self._connection.close()
        self._connection = None

    def drop(self):
        self.close()
        admin = Database(self.server, "postgres")
        admin.sql(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
        admin.close()

    def _cursor(self):
        if self._connection is None or self._connection.closed:
            self._connection = psycopg2.connect(self.superuser_url, connect_timeout=5)
            self._connection.autocommit = True
        return self._connection.cursor()


def _programs():
    """The folder of the newest server's programs, as deploy/lib.sh finds it."""
    found = processes.run(["bash", "-c", f"source '{paths.DEPLOY / 'lib.sh'}' && postgres_bin"], check=True).stdout.strip()
    return paths.needed(pathlib.Path(found), "install the Postgres server: deploy/setup.sh")


def _with_path(url, database):
    return urllib.parse.urlsplit(url)._replace(path=f"/{database}").geturl()


def _runs(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_until_it_answers(database, seconds=30):
    def answers():
        try:
            return database.sql("SELECT 1")
        except psycopg2.Error as error:
            raise AssertionError(error) from None
    waits.until("Postgres answers", answers, seconds)


