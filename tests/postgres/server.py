"""A PostgreSQL of our own, for the tests: a cluster in a temporary folder that answers on a socket there only."""
import contextlib
import glob
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile


def program(name):
    """A program of PostgreSQL: on the path, or where Debian keeps the versions."""
    found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))
    path = shutil.which(name) or (found[-1] if found else None)
    if not path:
        sys.exit(f"PostgreSQL is missing ({name}): scripts/setup --test installs it")
    return path


@contextlib.contextmanager
def server():
    """Gives the folder of its socket. initdb refuses root, so it is run by another user there."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that it is stopped then, too
    folder = tempfile.mkdtemp(prefix="seqscan-postgres-")
    prefix = []
    if os.getuid() == 0:
        names = {user.pw_name for user in pwd.getpwall()}
        user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
        prefix = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        os.chown(folder, user.pw_uid, user.pw_gid)
    data, quiet = os.path.join(folder, "data"), {"stdout": subprocess.DEVNULL, "cwd": folder}
    control = prefix + [program("pg_ctl"), "-D", data, "-w"]
    options = f"-k {folder} -c listen_addresses= -c fsync=off -c full_page_writes=off -c autovacuum=off "
    options += "-c wal_level=minimal -c max_wal_senders=0"
    try:
        subprocess.run(prefix + [program("initdb"), "-D", data, "-U", "postgres", "-E", "UTF8", "-A", "trust", "-N"],
                       check=True, **quiet)
        subprocess.run(control + ["-l", os.path.join(folder, "log"), "-o", options, "start"], check=True, **quiet)
        try:
            yield folder
        finally:
            subprocess.run(control + ["-m", "immediate", "stop"], check=True, **quiet)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Database:
    def __init__(self, host, name):
        self.command = [program("psql"), "-X", "-q", "-A", "-t", "-h", host, "-U", "postgres", "-d", name]

    def run(self, sql, check=True):
        return subprocess.run(self.command + ["-v", "ON_ERROR_STOP=1"], input=sql, text=True, check=check,
                              capture_output=True)

    def rows(self, query, before="", after=""):
        result = self.run(f"{before};\nSELECT coalesce(json_agg(x), '[]') FROM ({query}) x;\n{after}", check=False)
        return None if result.returncode else json.loads(result.stdout)

    def each(self, statements):
        """Run statements of which some may fail: for each one what it prints, or None. None may print the mark."""
        mark = "--seqscan--"
        text = "".join(f"{statement};\n\\echo :ERROR {mark}\n" for statement in statements)
        result = subprocess.run(self.command, input=text, text=True, check=True, capture_output=True)
        outputs = result.stdout.split(mark + "\n")[:-1]
        return [out.rstrip()[:-len("false")].strip() if out.rstrip().endswith("false") else None for out in outputs]

    def apply(self, paths):
        """Files of migrations, statement by statement; returns what was refused."""
        files = [argument for path in paths for argument in ("-f", path)]
        result = subprocess.run(self.command + files, text=True, capture_output=True, check=False)
        return [line.removeprefix("psql:") for line in result.stderr.splitlines() if "ERROR:" in line]


def create_database(host, name):
    Database(host, "postgres").run(f"CREATE DATABASE {quote(name)}")
    return Database(host, name)


def natural(path):
    """A key that sorts numbers by value."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", path)]


def sql_files(folder):
    found = glob.glob(os.path.join(folder, "**", "*.sql"), recursive=True)
    return sorted(found, key=lambda path: natural(os.path.relpath(path, folder)))


def quote(name):
    return '"' + name.replace('"', '""') + '"'


def seqscan(path, command, tree):
    """What a command prints as JSON. A bare git directory is read at its HEAD."""
    rev = ["--rev", "HEAD"] if os.path.isfile(os.path.join(tree, "HEAD")) else []
    run = subprocess.run([path, command, *rev, "--format", "json", tree], capture_output=True, text=True, check=False)
    if run.returncode > 1:
        sys.exit(f"seqscan {command} {tree}: {run.stderr}")
    return json.loads(run.stdout)
