#!/usr/bin/env python3
"""Compare what `seqscan schema` reads from migrations with what a real PostgreSQL makes of them.

  compare.py --seqscan PROGRAM --cases FOLDER
      Each folder below FOLDER is a project whose schema.order names its SQL files in the order of its tool.
  compare.py --seqscan PROGRAM --tree REPOSITORY [--folder PACKAGE] --sql-dir MIGRATIONS [--sql-dir ...]
      A repository: all *.sql files of each folder are applied in the order of their names, numbers by value.
  compare.py --seqscan PROGRAM
      The listed repositories (repositories.py) that SQL files make, below $SEQSCAN_MIRROR.

A server of its own is started (server.py). An existing database, migrated by the tool of a project, is compared by
--database NAME --host SOCKET-FOLDER instead.
Expressions and predicates are compared in the words of the server: it makes each index of seqscan once more.
Ends with status 1 when less than --at-least per cent (98) of the tables, columns, indexes or foreign keys agree.
"""
import argparse
import glob
import json
import os
import re
import shutil
import sys
import tempfile

from repositories import REPOSITORIES, migration_files
from server import Database, create_database, quote, seqscan, server, sql_files

INDEXES = """
SELECT i.indrelid::regclass::text AS shown, t.relname AS table, c.relname AS name, m.amname AS method,
  i.indisunique AS unique, i.indisprimary AS primary, pg_get_expr(i.indpred, i.indrelid, true) AS predicate,
  (SELECT json_agg(json_build_object('text', pg_get_indexdef(i.indexrelid, k, true), 'column', a.attname,
      'descending', (i.indoption[k - 1]::int & 1) = 1, 'operators', CASE WHEN NOT o.opcdefault THEN o.opcname END)
      ORDER BY k)
   FROM generate_series(1, i.indnkeyatts) k
   JOIN pg_opclass o ON o.oid = i.indclass[k - 1]
   LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k - 1] AND a.attnum > 0) AS parts,
  (SELECT coalesce(json_agg(a.attname ORDER BY k), '[]') FROM generate_series(i.indnkeyatts + 1, i.indnatts) k
   JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k - 1]) AS include
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_am m ON m.oid = c.relam JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"""

TABLES = """
SELECT t.relname AS name, t.relkind IN ('v', 'm') AS view,
  (SELECT coalesce(json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
      'nullable', NOT a.attnotnull)), '[]')
   FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE t.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')"""

KEYS = """
SELECT t.relname AS table, c.conname AS name, f.relname AS to_table,
  (SELECT json_agg(a.attname ORDER BY k.n) FROM unnest(c.conkey) WITH ORDINALITY k(at, n)
   JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.at) AS columns,
  (SELECT json_agg(a.attname ORDER BY k.n) FROM unnest(c.confkey) WITH ORDINALITY k(at, n)
   JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.at) AS to_columns
FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class f ON f.oid = c.confrelid
WHERE c.contype = 'f' AND c.conparentid = 0"""


def shape(index, table):
    """What of an index is compared, as the server tells it."""
    parts = tuple((part["column"] or part["text"], part["operators"], part["descending"]) for part in index["parts"])
    return (table, index["unique"], index["primary"], index["method"], parts, tuple(index["include"]),
            index["predicate"])


def probe(database, table, index):
    """The same of an index of seqscan: where it holds more than columns, the server makes it and tells."""
    if not index["predicate"] and not any(p["expression"] or p["operators"] for p in index["parts"]):
        index["parts"] = [{**p, "text": None} for p in index["parts"]]
        return shape(index, table)
    parts = [(quote(p["column"]) if p["column"] else f"({p['expression']})") +
             (f" {p['operators']}" if p["operators"] else "") + (" DESC" if p["descending"] else "")
             for p in index["parts"]]
    include = f" INCLUDE ({', '.join(map(quote, index['include']))})" if index["include"] else ""
    where = f" WHERE {index['predicate']}" if index["predicate"] else ""
    unique = "UNIQUE " if index["unique"] else ""
    rows = database.rows(
        INDEXES + " AND c.relname = 'seqscan_probe'",
        f"BEGIN; CREATE {unique}INDEX seqscan_probe ON {quote(table)} USING {index['method']} "
        f"({', '.join(parts)}){include}{where}", "ROLLBACK;")
    if not rows:
        return (table, "refused by the server", index["name"], json.dumps(index["parts"]), index["predicate"])
    rows[0]["primary"] = index["primary"]
    return shape(rows[0], table)


TYPES = {"varchar": "character varying", "char": "character", "timestamptz": "timestamp with time zone",
         "timestamp": "timestamp without time zone", "serial": "integer", "bigserial": "bigint", "varbit": "bit varying",
         "timetz": "time with time zone", "time": "time without time zone", "decimal": "numeric", "int": "integer",
         "smallserial": "smallint", "string": "character varying"}


def plain_type(text):
    """Types without modifiers and quotes."""
    text = re.sub(r"\(.*?\)", "", text.replace('"', "")).strip()
    base, array = (text[:-2], "[]") if text.endswith("[]") else (text, "")
    base = base.split(".")[-1]
    return re.sub(r"(\[\])+", "[]", TYPES.get(base, base) + array)


def compare(label, ours, theirs, report, shown=12):
    """Share of those that both have, among those that either has."""
    both, either = ours & theirs, ours | theirs
    percent = 100.0 * len(both) / len(either) if either else 100.0
    print(f"  {label:13} {percent:6.2f} %  {len(both)} of {len(either)}")
    for sign, items in (("only seqscan", ours - theirs), ("only server", theirs - ours)):
        for item in sorted(items, key=str)[:shown if report else 0]:
            print(f"    {sign}: {item}")
    return percent


def compare_schema(database, tables, ignored, report):
    real = [t for t in database.rows(TABLES) if t["name"] not in ignored]
    ours = [t for t in tables if t["name"] not in ignored]
    known = {t["name"] for t in real} & {t["name"] for t in ours}
    types = {(t["name"], c["name"]): plain_type(c["type"]) for t in real for c in t["columns"]}
    judged = [(t["name"], c["name"], c["type"]) for t in ours for c in t["columns"]
              if t["origin"] == "sql" and c["type"] and (t["name"], c["name"]) in types]
    result = [
        compare("tables", {t["name"] for t in ours}, {t["name"] for t in real}, report),
        compare("columns", {(t["name"], c["name"], c["nullable"]) for t in ours for c in t["columns"]},
                {(t["name"], c["name"], c["nullable"]) for t in real for c in t["columns"]}, report),
        compare("types", {(t, c, plain_type(text)) for t, c, text in judged},
                {(t, c, types[t, c]) for t, c, _ in judged}, report),
    ]
    indexes = [i for i in database.rows(INDEXES) if i["table"] not in ignored]
    mine = [(t["name"], i, probe(database, t["name"], i)) for t in ours if t["name"] in known for i in t["indexes"]]
    mine += [(t["name"], i, (t["name"], i["name"])) for t in ours if t["name"] not in known for i in t["indexes"]]
    result.append(compare("indexes", {s for _, _, s in mine}, {shape(i, i["table"]) for i in indexes}, report))
    result.append(compare("index names", {(t, i["name"]) for t, i, _ in mine if i["name"]},
                          {(i["table"], i["name"]) for i in indexes}, report))
    keys = [k for k in database.rows(KEYS) if k["table"] not in ignored]
    result.append(compare("foreign keys",
                          {(t["name"], tuple(k["columns"]), k["table"]) for t in ours for k in t["foreignKeys"]},
                          {(k["table"], tuple(k["columns"]), k["to_table"]) for k in keys}, report))
    return min(result)


def seqscan_tables(options, path, folder):
    read = seqscan(options.seqscan, "schema", path)
    for trouble in read["unread"]:
        print(f"  not read: {trouble['path']}: {trouble['reason']}")
    return [t for schema in read["schemas"] if folder is None or schema["folder"] == folder for t in schema["tables"]]


def one_project(options, host, name, path, files, folder):
    print(name)
    database = create_database(host, name)
    for complaint in database.apply(files):
        print(f"  server refuses: {complaint.replace(path, '')}")
    return compare_schema(database, seqscan_tables(options, path, folder), set(options.ignore), True)


def cases(options, host):
    """Each case is copied out of this repository, where it would be taken for a test."""
    for folder in sorted(glob.glob(os.path.join(options.cases, "*", "schema.order"))):
        name = os.path.basename(os.path.dirname(folder))
        with tempfile.TemporaryDirectory() as temporary:
            path = shutil.copytree(os.path.dirname(folder), os.path.join(temporary, name))
            with open(folder, encoding="utf-8") as order:
                files = [os.path.join(path, line.strip()) for line in order if line.strip()]
            yield one_project(options, host, name, path, files, None)


def listed(options, host):
    """The listed repositories of which SQL files make the schema."""
    for repository in REPOSITORIES:
        git = repository.mirror()
        if repository.migrations and os.path.isdir(git):
            with tempfile.TemporaryDirectory() as temporary:
                files = migration_files(repository, git, temporary)
                yield one_project(options, host, repository.name, git, files, repository.folder)


def compare_all(options, host):
    """The lowest percentage of all that is asked for."""
    if options.cases:
        return min(cases(options, host))
    if options.tree:
        files = [file for folder in options.sql_dir for file in sql_files(folder)]
        name = os.path.basename(os.path.abspath(options.tree))
        return one_project(options, host, name, options.tree, files, options.folder)
    return min(listed(options, host))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seqscan", required=True)
    parser.add_argument("--cases")
    parser.add_argument("--tree")
    parser.add_argument("--folder", help="of the package whose schema is compared; all of them if not given")
    parser.add_argument("--sql-dir", action="append", default=[])
    parser.add_argument("--database")
    parser.add_argument("--host")
    parser.add_argument("--ignore", action="append", default=["_prisma_migrations"], help="a table of the tool itself")
    parser.add_argument("--at-least", type=float, default=98.0)
    options = parser.parse_args()
    if options.database:
        lowest = compare_schema(Database(options.host, options.database),
                                seqscan_tables(options, options.tree, options.folder), set(options.ignore), True)
    else:
        with server() as host:
            lowest = compare_all(options, host)
    if lowest < options.at_least:
        print(f"compare.py: {lowest:.2f} % is less than {options.at_least:g} %")
        sys.exit(1)


if __name__ == "__main__":
    main()
