"""What explain.py asks: the indexes that findings propose, and SQL of the queries that need them."""
import re
from typing import NamedTuple

from server import quote

RULES = ("unindexed-filter", "unindexed-foreign-key", "unindexed-sort")


class Proposal(NamedTuple):
    rule: str
    table: str
    columns: list  # "created_at desc"
    path: str      # of the finding, where the table, a column or a key of it stands
    queries: list  # of `seqscan queries`
    deletes: bool  # rows of the table that the key refers to are deleted, or nothing else is known

    def __str__(self):
        return f"{self.rule} {self.table}({', '.join(self.columns)})"

    def names(self):
        return [column.removesuffix(" desc") for column in self.columns]

    def parts(self):
        return [quote(name) + (" DESC" if name != column else "") for name, column in zip(self.names(), self.columns)]


def proposals_of(findings, queries):
    by_place = {}
    for query in queries:
        by_place.setdefault((query["path"], query["line"], query["column"]), []).append(query)
    for finding in findings:
        table, columns = re.fullmatch(r"(.*?)\((.*)\)", finding["subject"]).groups()
        places = [(step["path"], step["line"], step["column"]) for step in finding["steps"]]
        needing = [query for place in places for query in by_place.get(place, [])]
        key = finding["rule"] == "unindexed-foreign-key"
        yield Proposal(finding["rule"], table, columns.split(", "), finding["path"], needing,
                       key and ("DELETE" in finding["message"] or not needing))


class Subject:
    """A filled table that queries are built for: its columns by the names of the code, and values that it holds."""

    def __init__(self, database, table):
        self.database, self.name, self.values = database, table["name"], {}
        self.columns = {c["name"]: c["name"] for c in table["columns"]}
        self.columns |= {c["property"]: c["name"] for c in table["columns"]}

    def value(self, column, low=False):
        """A literal: that of some row, or a `low` one, so that one row in a hundred is below."""
        if (column, low) not in self.values:
            c, table = quote(column), quote(self.name)
            rows = self.database.rows(
                f"SELECT (percentile_disc(0.01) WITHIN GROUP (ORDER BY {c}))::text AS v FROM {table}" if low else
                f"SELECT {c}::text AS v FROM {table} WHERE {c} IS NOT NULL OFFSET 500 LIMIT 1")
            text = rows[0]["v"] if rows else None
            self.values[column, low] = "NULL" if text is None else "'" + text.replace("'", "''") + "'"
        return self.values[column, low]

    def condition(self, condition, asked):
        """SQL of a condition, None when it cannot be told. One that is only there at times counts when `asked` for."""
        column = self.columns.get(condition["column"])
        if not column or condition["function"] or condition["insensitive"] or condition["join"]:
            return None
        if condition["maybe"] and column not in asked:
            return None
        c, operator = quote(column), condition["operator"]
        if operator == "=":
            known = condition["constant"] in ("true", "false")
            return f"{c} = {condition['constant'] if known else self.value(column)}"
        if operator == "range":
            return f"{c} < {self.value(column, low=True)}"
        return {"is null": f"{c} IS NULL", "not": f"{c} <> {self.value(column)}"}.get(operator)

    def where(self, conditions, asked):
        """All conditions; those of an OR by its branches, when each of them is known."""
        every, either = [], {}
        for condition in conditions:
            text = self.condition(condition, asked)
            if condition["or"]:
                either.setdefault(condition["or"], {}).setdefault(condition["branch"], []).append(text)
            elif text:
                every.append(text)
        for branches in either.values():
            if all(None not in texts for texts in branches.values()):
                every.append("(" + " OR ".join(f"({' AND '.join(texts)})" for texts in branches.values()) + ")")
        return f" WHERE {' AND '.join(every)}" if every else ""

    def order(self, query, at):
        """ORDER BY and LIMIT; a write has neither."""
        names = []
        for sort in query["sorts"]:
            column = self.columns.get(sort["column"])
            if sort["table"] != at or sort["expression"] or sort["maybe"] or not column:
                break
            names.append(quote(column) + (" DESC" if sort["descending"] else ""))
        if query["verb"] != "select" or query["aggregate"]:
            return ""
        limit = " LIMIT 1" if query["rows"] == "one" else " LIMIT 20" if query["limit"] else ""
        return (f" ORDER BY {', '.join(names)}" if names else "") + limit


def prepared(sql):
    """Statements of which the last explains SQL whose parameters are $1 or $name."""
    names = {}

    def number(match):
        name = match.group(1)
        return match.group(0) if name.isdigit() else f"${names.setdefault(name, len(names) + 1)}"

    text = re.sub(r"(?<!\$)\$(\w+)", number, sql).strip().rstrip(";")
    count = max((int(n) for n in re.findall(r"\$(\d+)", text)), default=0)
    values = f"({', '.join(['NULL'] * count)})" if count else ""
    # The plan for any values: it is not known which ones are given.
    return ("SET plan_cache_mode = force_generic_plan; DEALLOCATE ALL", f"PREPARE q AS {text}",
            f"EXPLAIN (FORMAT JSON) EXECUTE q{values}")


def built(query, proposal, subject):
    """SQL of a query as its conditions and order tell it. What is joined or loaded along is found by its key."""
    at = next((i for i, t in enumerate(query["tables"]) if t["table"] == proposal.table), None)
    conditions = [c for c in query["conditions"] if c["table"] == at]
    where = subject.where(conditions, proposal.names())
    table, key = quote(proposal.table), proposal.names()[0]
    if proposal.rule == "unindexed-foreign-key" and quote(key) not in where:
        return f"SELECT * FROM {table} WHERE {quote(key)} = {subject.value(key)}"
    columns = "count(*)" if query["aggregate"] else "*"
    return f"SELECT {columns} FROM {table}{where}{subject.order(query, at)}"


def looked_up(proposal, subject):
    """What the server does for each DELETE of a row that a foreign key may refer to."""
    key = proposal.names()[0]
    return f"SELECT 1 FROM ONLY {quote(proposal.table)} x WHERE {quote(key)} = {subject.value(key)} FOR KEY SHARE OF x"
