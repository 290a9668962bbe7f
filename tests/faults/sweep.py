#!/usr/bin/env python3
"""Make each call that can fail do so, one in a run: the run must end well, and the next one must be right.

  sweep.py --seqscan PROGRAM --faults LIBRARY --project FOLDER [--runs N] [--kind KIND ...] [--case CASE ...]

The project becomes a repository, which is scanned as text and as SARIF, with a cold and a warm cache: what is on disk, a
revision, what is staged, and a change. Of each kind, all calls fail in turn, or N that are spread evenly:

  memory   for memory; `start` are those while libgit2 and the libraries below it are started, the same in each case
  system   of the system: files, processes, threads
  git      of libgit2
  lmdb     of the library that keeps the cache
  change   of the system as well: none fails, but a file of the project is changed before it, in several ways

Such a run ends well when it gives the report of a run without it, or one that names a file that could not be read, or a
message with status 3 and nothing else: the old report is where --output was to write.

Most calls for memory end the run at once. They fail in processes that are forked there (faults.c), hundreds of thousands
of them; only those that do not end by one line and status 3 are told by a run of their own.
"""
import argparse
import collections
import itertools
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

KINDS = ["start", "lmdb", "git", "system", "change", "memory"]
WHERE = {"worktree": [], "revision": ["--rev", "HEAD"], "staged": ["--staged"], "diff": ["--diff", "HEAD~1"]}
CASES = list(itertools.product(["text", "sarif"], WHERE, ["cold", "warm"]))

# How reports tell of what could not be read.
NAMED = ["not scanned: ", '"descriptor":{"id":"file-not-read"', "a folder that cannot be opened", "a link that leads out"]

# What happens to a file while it is scanned.
CHANGED = "src/services/cart.ts"
CHANGES = {
    "gone": 'rm "$FILE"',
    "empty": ': >"$FILE"',
    "shorter": 'truncate -s 400 "$FILE"',
    "longer": 'sed -i 1,9p "$FILE"',
    "folder": 'rm "$FILE"; mkdir "$FILE"',
    "link": 'ln -sf /etc/passwd "$FILE"',
}

SLOW = """import { Pool } from 'pg';
const pool = new Pool();
export async function load(ids: number[]) {
  for (const id of ids) await pool.query('SELECT * FROM stocks WHERE id = $1', [id]);
}
"""
# What is read besides sources, and sources that are not.
BESIDES = {
    ".gitattributes": "generated/** linguist-generated\n",
    ".gitignore": "ignored/\n",
    "seqscan.json": '{ "rules": { "deep-include": "off" } }\n',
    "generated/slow.ts": SLOW,
    "ignored/slow.ts": SLOW,
    "staged.ts": SLOW,
    "untracked.ts": SLOW,
    "untracked/slow.ts": SLOW,
    "src/stocks.ts": SLOW,
    "migrations/1.sql": "CREATE TABLE stocks (id int, note text, CHECK (id > 0));\nCREATE INDEX ON stocks ((lower(note)));\n",
}

# What libgit2 takes for missing when it cannot read it. Where that lasts, the program tells of it.
PRETENDED = ("/.gitignore", "/.gitattributes", "/.git/config")
HEAD = 256  # bytes of State in faults.c, before `ends`
MOST = 1 << 20
END_OTHER = 2
Run = collections.namedtuple("Run", "status said report calls failed ends")
Case = collections.namedtuple("Case", "format where cache")


class Sweep:
    def __init__(self, options, work):
        self.options = options
        self.work = work
        self.repository = os.path.join(work, "repository")
        self.report = os.path.join(work, "out", "report")
        self.environment = {
            "PATH": os.environ["PATH"],
            "XDG_CACHE_HOME": os.path.join(work, "caches"),
            "FAULT_STATE": os.path.join(work, "state"),
            "FAULT_SAID": os.path.join(work, "said"),
            "FILE": self.below(CHANGED),
        }
        os.mkdir(os.path.dirname(self.report))
        open(self.environment["FAULT_SAID"], "w").close()
        self.make_repository()

    #
    # The repository
    #

    def below(self, *path):
        return os.path.join(self.repository, *path)

    def git(self, *arguments):
        command = ["git", "-C", self.repository, "-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(command + list(arguments), check=True)

    def commit(self, *without):
        self.git("add", ".", *(f":!{path}" for path in without))
        self.git("commit", "-qm", "some")

    def make_repository(self):
        """The project in two commits, what is read besides, a staged and an untracked file."""
        shutil.copytree(self.options.project, self.repository)
        self.git("init", "-q", "-b", "main")
        self.git("remote", "add", "origin", "https://example.org/shop.git")
        self.commit("src/services")
        for path, text in BESIDES.items():
            os.makedirs(os.path.dirname(self.below(path)), exist_ok=True)
            with open(self.below(path), "w") as file:
                file.write(text)
        os.symlink("src/server.ts", self.below("link.ts"))
        self.commit("staged.ts", "untracked*")
        self.git("add", "staged.ts")

    def change(self, command):
        subprocess.run(["sh", "-c", command], env=self.environment, check=True)

    def restore(self):
        self.change('rm -rf "$FILE"')
        self.git("checkout", "-q", CHANGED)

    def forget(self):
        for folder in self.below(".git", "seqscan"), self.environment["XDG_CACHE_HOME"]:
            shutil.rmtree(folder, ignore_errors=True)

    #
    # Runs
    #

    def run(self, case, kind=None, at=None, command=None, room=0):
        """Scan, with a failure of call `at`, or the command before it; None: with neither."""
        with open(self.report, "w") as file:
            file.write("before")
        with open(self.environment["FAULT_STATE"], "wb") as file:
            file.truncate(HEAD + room)
        environment = dict(self.environment)
        if kind:
            environment.update(FAULT_KIND=kind, FAULT_AT=str(at), LD_PRELOAD=self.options.faults)
        if command:
            environment.update(FAULT_COMMAND=command)
        arguments = ["--jobs", "1", "--format", case.format, "--output", self.report, *WHERE[case.where], self.repository]
        try:
            ended = subprocess.run([self.options.seqscan, *arguments], env=environment, timeout=3600 if room else 30,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            status, said = ended.returncode, ended.stdout.decode(errors="replace").strip()
        except subprocess.TimeoutExpired:
            status, said = "timeout", ""
        with open(self.environment["FAULT_STATE"], "rb") as file:
            calls, failed = struct.unpack("Q248s", file.read(HEAD))
            ends = file.read(min(calls, room))
        return Run(status, said, self.read_report(), calls, failed.rstrip(b"\0").decode(), ends)

    def read_report(self):
        """What --output has written, without what differs from run to run; None: nothing. Other files are told."""
        if os.listdir(os.path.dirname(self.report)) != ["report"]:
            return "files are left in the folder of the report"
        with open(self.report) as file:
            text = file.read()
        text = re.sub(r"^\d+ ms$", "", text, flags=re.M)
        text = re.sub(r"\d+ parsed(, \d+ from the cache)?", "", text)
        text = re.sub(r',?{"descriptor":{"id":"about-the-run"[^}]*},[^{]*{"text":"no cache: [^"]*"}}', "", text)
        return None if text == "before" else text

    def judge(self, run, *right):
        """How the run ended, and what is wrong with it; `right` are runs as it may be."""
        if any((run.status, run.report) == (good.status, good.report) for good in right):
            return "same report", None
        if run.status in (0, 1) and run.report:
            if any(run.report.count(words) > right[0].report.count(words) for words in NAMED):
                return "file named", None
            if run.failed.endswith(PRETENDED):
                return "taken for missing by git", None
            return "wrong", "another report"
        if run.status != 3:
            return "wrong", f"status {run.status} without a report"
        if run.report is not None:
            return "wrong", "a part of a report"
        if not re.search("^seqscan: ", run.said, re.M):
            return "wrong", "no message"
        return "message", None

    #
    # Sweeps: each gives the number of calls, counts of how runs ended, and what is wrong
    #

    def calls(self, case, kind):
        """The calls of a run, and those that are to fail in one each."""
        if kind == "memory" and not self.options.runs:
            ends = self.run(case, kind, "each", room=MOST).ends
            return len(ends), [call for call, end in enumerate(ends) if end == END_OTHER]
        total = self.count(case, kind)
        return total, self.spread(total)

    def count(self, case, kind):
        """The calls of a run without a failure."""
        calls = self.run(case, kind, -1).calls
        if not calls:
            sys.exit(f"sweep.py: no call of the kind {kind} is seen: is {self.options.faults} preloaded?")
        return calls

    def spread(self, total):
        """All calls, or as many as were asked for."""
        return range(0, total, max(1, total // self.options.runs) if self.options.runs else 1)

    def sweep(self, case, kind):
        """Let each call fail."""
        self.forget()
        good = self.run(case)
        self.forget_if_cold(case)
        total, calls = self.calls(case, kind)
        ends, wrong = collections.Counter(), []
        if kind == "memory" and not self.options.runs:
            ends["message"] = total - len(calls)
        for call in calls:
            self.forget_if_cold(case)
            run = self.run(case, kind, call)
            end, trouble = self.judge(run, good)
            trouble = trouble or self.next_trouble(case, good)
            ends[end] += 1
            wrong += [(run.failed, trouble, call, run.said)] if trouble else []
        return total, ends, wrong

    def sweep_change(self, case):
        """Change a file before each call of the system, in each way."""
        self.forget()
        good = self.run(case)
        self.forget_if_cold(case)
        total = self.count(case, "system")
        calls = self.spread(total)
        ends, wrong = collections.Counter(), []
        for way, (name, command) in enumerate(CHANGES.items()):
            self.change(command)
            after = self.run(case)
            self.restore()
            for call in calls[way::len(CHANGES)] if self.options.runs else calls:
                self.forget_if_cold(case)
                run = self.run(case, "system", call, command)
                if run.calls <= call:  # how often it waits for its child varies: this call was not made
                    ends["too early an end"] += 1
                    self.restore()
                    continue
                end, trouble = self.judge(run, good, after)
                trouble = trouble or self.next_trouble(case, after)
                self.restore()
                trouble = trouble or self.next_trouble(case, good)
                ends[end] += 1
                wrong += [(f"{name} before {run.failed}", trouble, call, run.said)] if trouble else []
        return total, ends, wrong

    def forget_if_cold(self, case):
        if case.cache == "cold":
            self.forget()

    def next_trouble(self, case, good):
        """What is wrong with the run that follows."""
        run = self.run(case)
        if (run.status, run.report) == (good.status, good.report):
            return None
        return f"the next run ends by {run.status} with another report: {run.said}"


def tell(wrong):
    """Print what is wrong, once for each function and what comes of it."""
    same = collections.defaultdict(list)
    for name, trouble, call, said in wrong:
        same[name, trouble].append((call, said))
    for (name, trouble), calls in same.items():
        print(f"  {name}: {trouble} ({len(calls)}: call {', '.join(str(call) for call, _ in calls[:20])})")
        print(f"    {calls[0][1][:300]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seqscan", required=True)
    parser.add_argument("--faults", required=True)
    parser.add_argument("--project", required=True)
    parser.add_argument("--runs", type=int, metavar="N")
    parser.add_argument("--kind", action="append", choices=KINDS)
    parser.add_argument("--case", action="append", metavar="'FORMAT WHERE CACHE'")
    options = parser.parse_args()
    cases = [Case(*case.split()) for case in options.case] if options.case else [Case(*case) for case in CASES]
    failed = 0
    with tempfile.TemporaryDirectory() as work:
        sweep = Sweep(options, work)
        for case, kind in itertools.product(cases, options.kind or KINDS):
            if kind == "start" and case != cases[0]:
                continue
            total, ends, wrong = sweep.sweep_change(case) if kind == "change" else sweep.sweep(case, kind)
            counts = ", ".join(f"{n} {end}" for end, n in sorted(ends.items()))
            print(f"{' '.join(case)}, {kind}: {total} calls, {sum(ends.values())} runs: {counts}", flush=True)
            tell(wrong)
            failed += len(wrong)
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
