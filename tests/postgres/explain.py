#!/usr/bin/env python3
"""Ask a real PostgreSQL whether it would use the indexes that seqscan proposes.

  explain.py --seqscan PROGRAM TREE...         projects on disk; their tables are made as `seqscan schema` tells them
  explain.py --seqscan PROGRAM --cases FOLDER  each folder below it that has a package.json is such a project
  explain.py --seqscan PROGRAM [--only NAME]   the listed repositories (repositories.py) below $SEQSCAN_MIRROR: their
                                               tables are made by their own SQL migrations, where they have such

For each finding of the rules on missing indexes its table is filled with rows (fill.py), and each query that the
finding names is explained before and after the proposed index is there. A query is turned when it read the whole
table, or sorted, and then a scan of the proposed index stands in its place; a proposal is when all its queries are. Of
a query the site's own SQL is taken where PostgreSQL prepares it, else one is built from its conditions and order
(asked.py).
Ends with status 1 when less than --at-least per cent (90) of the proposals are turned.
"""
import argparse
import glob
import json
import os
import shutil
import sys
import tempfile
from typing import NamedTuple

import fill
from asked import RULES, Subject, built, looked_up, prepared, proposals_of
from repositories import REPOSITORIES, migration_files
from server import create_database, quote, seqscan, server

PROBE = "seqscan_proposal"
EXPLAIN = "EXPLAIN (FORMAT JSON) "
LEADING = """
SELECT a.attname AS name FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
WHERE i.indexrelid = '{index}'::regclass"""
SPACES = "SELECT nspname AS name FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"


def plan_of(database, statements):
    """What the last of them explains; None when it is refused."""
    output = database.each(statements)[-1]
    return json.loads(output)[0]["Plan"] if output else None


def nodes(plan):
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def sorts(plan):
    return any(node["Node Type"] == "Sort" for node in nodes(plan))


def indexes_in(plan):
    return [node["Index Name"] for node in nodes(plan) if "Index Name" in node]


def reads_all(database, plan, table):
    """Whether a plan reads the whole table, or the whole of an index of which it does not know the first column."""
    for node in nodes(plan):
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] == table:
            return True
        if "Index Name" in node:
            leading = database.rows(LEADING.format(index=quote(node["Index Name"])))
            if leading and leading[0]["name"] not in node.get("Index Cond", ""):
                return True
    return False


def reason_against(database, before, after, table):
    """Why a query is not turned, None when it is."""
    if not before or not after:
        return "it cannot be explained"
    served = ", ".join(indexes_in(before))
    if PROBE not in indexes_in(after):
        return f"the index is not used{' but ' + served if served else ''}"
    if reads_all(database, before, table) or (sorts(before) and not sorts(after)):
        return None
    return f"it was served by {served}"


class Probe(NamedTuple):
    """A query of a proposal."""
    place: str
    statements: tuple
    before: dict  # its plan


def probes_of(database, proposal, subject):
    for query in proposal.queries:
        place = f"{query['path']}:{query['line']}"
        own = prepared(query["sql"]) if query["sql"] else None
        plan = plan_of(database, own) if own else None
        if not plan:
            own = (EXPLAIN + built(query, proposal, subject),)
            plan = plan_of(database, own)
        yield Probe(place, own, plan)
    if proposal.deletes:
        own = (EXPLAIN + looked_up(proposal, subject),)
        yield Probe("DELETE of what it refers to", own, plan_of(database, own))


def judge(database, proposal, subject, verbose):
    """For each query of a proposal whether it is turned; prints those that are not."""
    probes = list(probes_of(database, proposal, subject))
    table = quote(proposal.table)
    made = database.run(f"CREATE INDEX {PROBE} ON {table} ({', '.join(proposal.parts())})", check=False)
    if made.returncode:
        print(f"    {proposal}: {made.stderr.strip()}")
        return [False]
    result = []
    for probe in probes:
        after = plan_of(database, probe.statements)
        against = reason_against(database, probe.before, after, proposal.table)
        if against or verbose:
            costs = f", cost {probe.before['Total Cost']:.0f} to {after['Total Cost']:.0f}" if after else ""
            print(f"    {proposal}: {probe.place}: {against or 'turned'}{costs}")
            print(f"      {' '.join('; '.join(probe.statements[-2:]).split())}")
        result.append(not against)
    database.run(f"DROP INDEX {PROBE}")
    return result


class Tables:
    """The database of one schema. Its tables are filled when they are first needed."""

    def __init__(self, options, host, name, schema, files):
        self.database, self.options = create_database(host, name), options
        self.tables = {table["name"]: table for table in schema["tables"]}
        self.filled, self.subjects = {}, {}
        refused = self.database.apply(files) if files else fill.make_tables(self.database, schema["tables"])
        for complaint in refused:
            print(f"    refused: {complaint[:160]}")
        spaces = ", ".join(quote(row["name"]) for row in self.database.rows(SPACES))
        self.database.run(f"ALTER DATABASE {quote(name)} SET search_path = {spaces}")

    def need(self, name):
        """Fill a table; returns a complaint, or None."""
        if name not in self.filled:
            self.filled[name] = fill.fill(self.database, name, self.options.rows)
            self.subjects[name] = Subject(self.database, self.tables[name])
        return self.filled[name]

    def judge(self, proposal):
        for query in proposal.queries:
            for table in query["tables"]:
                if query["sql"] and table["table"] in self.tables:
                    self.need(table["table"])
        complaint = self.need(proposal.table)
        if complaint:
            print(f"    {proposal}: the table is not filled: {complaint}")
            return [False]
        return judge(self.database, proposal, self.subjects[proposal.table], self.options.verbose)


def schema_of(schemas, proposal):
    """The index of the PostgreSQL schema that a proposal is about, None when there is none."""
    for i, schema in enumerate(schemas):
        for table in schema["tables"] if schema["dialect"] in ("postgres", "unknown") else []:
            places = [table, *table["columns"], *table["foreignKeys"]]
            if table["name"] == proposal.table and any(place.get("path") == proposal.path for place in places):
                return i
    return None


def told(count):
    proposals, turned, queries, turned_queries = count
    return (f"{turned} of {proposals} proposals turned ({100.0 * turned / proposals:.1f} %), "
            f"{turned_queries} of {queries} queries ({100.0 * turned_queries / queries:.1f} %)")


def explain_tree(options, host, name, tree, files=()):
    """Returns how many proposals there are, how many of them are turned, and the same of queries."""
    levels = ("error", "warning", "note") if options.notes else ("error", "warning")
    findings = [f for f in seqscan(options.seqscan, "scan", tree)["findings"]
                if f["rule"] in RULES and f["level"] in levels]
    if not findings:
        return 0, 0, 0, 0
    queries = seqscan(options.seqscan, "queries", tree)["queries"]
    schemas = seqscan(options.seqscan, "schema", tree)["schemas"]
    databases, results = {}, []
    print(name)
    for proposal in proposals_of(findings, queries):
        at = schema_of(schemas, proposal)
        if at is None:
            print(f"    {proposal}: not of PostgreSQL")
            continue
        if at not in databases:
            databases[at] = Tables(options, host, f"{name}-{at}", schemas[at], files)
        results.append(databases[at].judge(proposal))
    count = (len(results), sum(map(all, results)), sum(map(len, results)), sum(map(sum, results)))
    if results:
        print(f"  {told(count)}", flush=True)
    return count


def explain_cases(options, host):
    """Each case is copied out of this repository, where it would be taken for a test."""
    for manifest in sorted(glob.glob(os.path.join(options.cases, "**", "package.json"), recursive=True)):
        case = os.path.dirname(manifest)
        with tempfile.TemporaryDirectory() as folder:
            tree = shutil.copytree(case, os.path.join(folder, "project"))
            yield explain_tree(options, host, os.path.relpath(case, options.cases), tree)


def explain_listed(options, host):
    for repository in REPOSITORIES:
        git = repository.mirror()
        if (options.only or "") in repository.name and os.path.isdir(git):
            with tempfile.TemporaryDirectory() as folder:
                yield explain_tree(options, host, repository.name, git, migration_files(repository, git, folder))


def explain_all(options, host):
    if options.cases:
        return explain_cases(options, host)
    if options.tree:
        return (explain_tree(options, host, os.path.basename(os.path.abspath(tree)), tree) for tree in options.tree)
    return explain_listed(options, host)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", nargs="*")
    parser.add_argument("--seqscan", required=True)
    parser.add_argument("--cases")
    parser.add_argument("--only", help="part of the name of a listed repository")
    parser.add_argument("--notes", action="store_true", help="also proposals that are only notes")
    parser.add_argument("--rows", type=int, default=100000)
    parser.add_argument("--at-least", type=float, default=90.0)
    parser.add_argument("--verbose", action="store_true", help="print all queries and what became of them")
    options = parser.parse_args()
    with server() as host:
        counts = list(explain_all(options, host))
    total = [sum(column) for column in zip(*counts)] or [0]
    print(told(total) if total[0] else "no proposals")
    if total[0] == 0 or 100.0 * total[1] / total[0] < options.at_least:
        sys.exit(f"explain.py: less than {options.at_least:g} % of the proposals are turned")


if __name__ == "__main__":
    main()
