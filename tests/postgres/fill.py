"""Tables for explain.py: made from what `seqscan schema` says, and filled with generated rows.

Values are spread by a hash, so they lie in no order in the table, as in one that is written by many. How many
different values a column has is a guess by its kind and name; it is the same for every schema:
  unique columns   as many as rows           enums, booleans, columns named as words (FEW)  8 at most
  times            as many as rows           all others: keys, names, numbers              one for 50 rows
One value in four is NULL where that is allowed; of times like deleted_at three in four.
"""
import re
import zlib

from server import quote

PER_VALUE = 50
# Last words of columns that hold one of a few words, whatever their type.
FEW = re.compile(r"(?:^|_|[a-z](?=[A-Z]))(?:status|state|type|kind|role|category|provider|language|locale|country"
                 r"|currency|environment|priority|format|mode|level|platform|visibility|permission)s?$", re.I)
WORD = "seqscan_word"  # stands for all enums: any word can be compared with it
TYPES = {"number": "bigint", "json": "jsonb", "bytes": "bytea", "boolean": "boolean", "enum": WORD, "uuid": "uuid",
         "time": "timestamptz", "array": "text[]", "vector": "tsvector"}
TIMES = ("date", "timestamp", "timestamptz")

COLUMNS = """
SELECT a.attname AS name, t.typcategory AS category, coalesce(b.typname, t.typname) AS type,
  format_type(t.oid, NULL) AS full, a.attnotnull AS required,
  CASE WHEN a.atttypmod > 4 AND t.typname IN ('varchar', 'bpchar') THEN a.atttypmod - 4 END AS length,
  EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisunique AND i.indnkeyatts = 1
          AND i.indkey[0] = a.attnum) AS unique
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_type b ON b.oid = t.typbasetype AND t.typtype = 'd'
WHERE a.attrelid = to_regclass('{table}') AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY a.attnum"""
COMPOSITES = """
SELECT array_agg(a.attname ORDER BY k) AS columns
FROM pg_index i, generate_series(1, i.indnkeyatts) k JOIN pg_attribute a ON true
WHERE i.indrelid = to_regclass('{table}') AND i.indisunique AND i.indnkeyatts > 1 AND a.attrelid = i.indrelid
  AND a.attnum = i.indkey[k - 1]
GROUP BY i.indexrelid"""
# Constraints that rows need not pass here, and the index that is made again for what is only checked at the end.
CHECKS = """
SELECT conname AS name, CASE WHEN condeferrable THEN pg_get_indexdef(conindid) END AS index
FROM pg_constraint
WHERE conrelid = to_regclass('{table}') AND (contype IN ('c', 'x') OR contype IN ('p', 'u') AND condeferrable)"""


def table_statement(table):
    """CREATE TABLE. Foreign keys are left out: they change no plan."""
    columns = [f"{quote(c['name'])} {TYPES.get(c['kind'], 'text')}{'' if c['nullable'] else ' NOT NULL'}"
               for c in table["columns"]]
    return f"CREATE TABLE {quote(table['name'])} ({', '.join(columns)})"


def index_statement(table, index):
    """Without operator classes: they may be those of another type than the one that the column got here."""
    parts = [(quote(p["column"]) if p["column"] else f"({p['expression']})") + (" DESC" if p["descending"] else "")
             for p in index["parts"]]
    unique = "UNIQUE " if index["unique"] or index["primary"] else ""
    where = f" WHERE {index['predicate']}" if index["predicate"] else ""
    return f"CREATE {unique}INDEX ON {quote(table['name'])} USING {index['method']} ({', '.join(parts)}){where}"


def make_tables(database, tables):
    """Make tables as seqscan knows them; returns the statements that were refused."""
    real = [t for t in tables if not t["view"]]
    # An index of text by trigrams, or of what needs an extension, serves other queries than those that are asked here.
    statements = [f"CREATE DOMAIN {WORD} AS text", *map(table_statement, real)]
    statements += [index_statement(t, i) for t in real for i in t["indexes"] if i["method"] in ("btree", "hash")]
    results = database.each(statements)
    return [s for s, result in zip(statements, results) if result is None]


def seed(column):
    return zlib.crc32(column["name"].encode())


def number_of(column, rows, distinct):
    """SQL of a number from 0 to `distinct`, for row g."""
    if distinct >= rows:
        return "g"
    return f"((hashint8extended(g, {seed(column)}) & 9223372036854775807) % {distinct})"


def value_of(column, rows, distinct):
    """SQL of a value; None where there is none for the type."""
    k, kind, full = number_of(column, rows, distinct), column["type"], column["full"]
    if column["category"] == "A":
        return f"'{{}}'::{full}"
    if column["category"] == "E":
        return f"(enum_range(NULL::{full}))[1 + {k} % array_length(enum_range(NULL::{full}), 1)]"
    if kind == "int2":
        return f"({k} % 30000)::int2"
    if column["category"] == "N":
        return f"{k}::{full}"
    if column["category"] == "S" or kind == "citext":
        return f"left({k}::text || ' value', {column['length'] or 100})::{full}"
    if kind in TIMES:
        return f"(now() - {k} * interval '1 minute')::{full}"
    forms = {"bool": f"({k} % 2 = 0)", "uuid": f"md5({k}::text)::uuid", "json": "'{}'::json", "jsonb": "'{}'::jsonb",
             "inet": f"('10.0.0.0'::inet + {k})", "bytea": "'\\x00'::bytea", "tsvector": "''::tsvector",
             "interval": f"{k} * interval '1 second'"}
    return forms.get(kind)


def distinct_of(column, rows):
    if column["unique"]:
        return rows
    if column["type"] in TIMES:
        return rows - 1
    few = column["category"] in "EB" or column["full"] == WORD or FEW.search(column["name"])
    return 8 if few else rows // PER_VALUE


def spread(columns, composites, rows):
    """How many values each column has; what is unique together must have enough of them."""
    distinct = {c["name"]: distinct_of(c, rows) for c in columns}
    for composite in composites:
        combinations = 1
        for name in composite["columns"]:
            combinations *= distinct.get(name, 1)
        able = [c for c in columns if c["name"] in composite["columns"] and c["category"] not in "EBA"]
        if combinations < 4 * rows and able:
            distinct[able[-1]["name"]] = rows
    return distinct


def insertion(columns, composites, name, rows):
    """The statement that fills a table."""
    distinct, values = spread(columns, composites, rows), []
    for column in columns:
        value = value_of(column, rows, distinct[column["name"]]) or "NULL"
        if not column["required"] and not column["unique"]:
            none = "<> 0" if column["type"] in TIMES else "= 0"
            value = f"CASE WHEN (hashint8extended(g, {seed(column) + 1}) & 3) {none} THEN NULL ELSE {value} END"
        values.append(value)
    return (f"INSERT INTO {quote(name)} ({', '.join(quote(c['name']) for c in columns)}) OVERRIDING SYSTEM VALUE "
            f"SELECT {', '.join(values)} FROM generate_series(1, {rows}) g ON CONFLICT DO NOTHING")


def fill(database, name, rows):
    """Fill a table and gather its statistics; returns a complaint, or None."""
    columns, composites, checks = (database.rows(query.format(table=quote(name).replace("'", "''")))
                                   for query in (COLUMNS, COMPOSITES, CHECKS))
    if not columns:
        return "no such table"
    statements = [f"ALTER TABLE {quote(name)} DROP CONSTRAINT {quote(c['name'])} CASCADE" for c in checks]
    statements += [c["index"] for c in checks if c["index"]]
    # Without triggers, those of foreign keys too.
    statements += ["SET session_replication_role = replica", insertion(columns, composites, name, rows),
                   f"VACUUM ANALYZE {quote(name)}"]
    result = database.run("".join(f"{s};\n" for s in statements), check=False)
    return result.stderr.strip().splitlines()[0] if result.returncode else None
