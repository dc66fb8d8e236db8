"""A primary and its asynchronous standby, as two servers of the tests' own, and what happens to such pairs.

    pair = Pair(folder)
    db = ledger.database(pair)          # its `url`, for a connector, names both servers, the standby first
    pair.cut_replication()              # from here on the standby lacks what is committed
    pair.kill_primary()
    pair.promote()                      # pair.primary and pair.standby have changed places; pair.standby is down
    pair.rebuild()                      # and is the new primary's standby from here on

Whatever Server does to a whole server is done to pair.primary or pair.standby. A Database of the pair asks the one that is primary.
"""

import os
import pathlib
import shutil
import urllib.parse

from harness import postgres, waits

# A standby takes its roles and databases from its primary.
_REPLICATED = ("--no-warehouse",)


class Pair:
    def __init__(self, folder, **settings):
        """`settings` of both servers, beside what a pair needs."""
        self.folder = folder = pathlib.Path(folder)
        self.primary = postgres.Server(folder / "one")
        self._databases = []
        # pg_rewind needs hints in the WAL, and the WAL since the two histories parted.
        self.primary.configure(wal_log_hints="on", wal_keep_size="512MB", **settings)
        self.primary.stop()
        self.primary.options = _REPLICATED
        self.primary.start()
        self.standby = self._make_standby(folder / "two")

    def stop(self):
        for server in (self.standby, self.primary):
            server.stop()

    # -- as a server: what Database asks for is the primary's

    @property
    def superuser_url(self):
        return self.primary.superuser_url

    @property
    def warehouse_password(self):
        return self.primary.warehouse_password

    @property
    def port(self):
        return self.primary.port

    @property
    def warehouse_url(self):
        """Of both, the standby first: clients have to look for the one that takes writes."""
        url = urllib.parse.urlsplit(self.primary.warehouse_url)
        both = f"warehouse@127.0.0.1:{self.standby.port},127.0.0.1:{self.primary.port}"
        return url._replace(netloc=both, query="target_session_attrs=read-write").geturl()

    def create_database(self):
        name = self.primary.create_database().name
        self._databases.append(postgres.Database(self, name))
        return self._databases[-1]

    # -- replication

    def cut_replication(self):
        """The standby keeps what it has, and gets nothing more; it goes on answering."""
        self._set_source("")
        waits.until("the standby receives nothing", lambda: not self._is_sending(), 20)

    def resume_replication(self):
        self._set_source(None)
        self.wait_caught_up()

    def wait_caught_up(self, seconds=60):
        """Until the standby has replayed what the primary had written by now."""
        written = self._ask(self.primary, "SELECT pg_current_wal_insert_lsn()")

        def replayed():
            return self._ask(self.standby, f"SELECT coalesce(pg_last_wal_replay_lsn() >= '{written}', false)")
        waits.until("the standby has caught up", replayed, seconds)

    # -- failover

    def kill_primary(self):
        self.primary.kill9()

    def promote(self):
        """The standby is the primary from here on; it takes writes when this returns. The old one's data stays as it is."""
        self.standby.tool("pg_ctl", "promote", "-D", self.standby.data, "-w", "-t", "60")
        self.primary, self.standby = self.standby, self.primary
        for database in self._databases:
            database.close()

    def start_old_primary(self):
        """As it was when it ended, believing that it still is the primary."""
        self.standby.start()

    def rebuild(self):
        """Makes of the old primary, which must have ended, the standby of the new one: what only it has is given up."""
        # Of a server that was killed: the next start would see that nobody is there any more, pg_rewind does not look.
        (self.standby.data / "postmaster.pid").unlink(missing_ok=True)
        # Until the first checkpoint after a promotion the control file tells the old history, and pg_rewind sees nothing to do.
        self._ask(self.primary, "CHECKPOINT")
        self.standby.tool("pg_rewind", "-D", self.standby.data, "--source-server", self._source(), "--write-recovery-conf", "--no-sync")
        self.standby.start()
        self.wait_caught_up()

    def mend(self):
        """A primary with its standby again, whatever a test has left."""
        if not self.standby.runs():
            self.rebuild()

    def _make_standby(self, folder):
        data = folder / "data"
        data.mkdir(parents=True)
        owner = self.primary.data.stat()
        os.chown(data, owner.st_uid, owner.st_gid)
        data.chmod(0o700)
        self.primary.tool("pg_basebackup", "-d", self._source(), "-D", data, "--write-recovery-conf", "--checkpoint=fast", "--no-sync")
        shutil.copy(self.primary.folder / "env", folder / "env")  # the same passwords; its port is its own
        return postgres.Server(folder, *_REPLICATED)

    def _source(self):
        """Where a standby gets its WAL, as conninfo with the password."""
        url = urllib.parse.urlsplit(self.primary.superuser_url)
        return f"host=127.0.0.1 port={self.primary.port} user={url.username} password={url.password} dbname=postgres"

    def _set_source(self, source):
        """None: the primary that is."""
        source = self._source() if source is None else source
        self.standby.configure(primary_conninfo=source)

    def _is_sending(self):
        return self._ask(self.primary, "SELECT count(*) > 0 FROM pg_stat_replication")

    @staticmethod
    def _ask(server, text):
        database = postgres.Database(server, "postgres")
        try:
            rows = database.sql(text)
            return rows[0][0] if rows else None
        finally:
            database.close()
