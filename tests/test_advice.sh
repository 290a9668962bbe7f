#!/bin/sh
# test_advice.sh - the indexes that the rules propose, in the words of the schema at hand. Needs $SEQSCAN.
set -u

. "$(dirname "$0")/cli.sh"

# advice CASE TEXT...: what is said of a case of fixtures/rules.
advice() {
  folder=$1
  shift
  rm -rf "$work/case"
  cp -r "fixtures/rules/$folder" "$work/case"
  run 0 --fail-on never --quiet --format json "$work/case"
  for text; do
    says out "$text"
  done
}

advice unindexed-filter/prisma 'add @@index([region, device]) to model Session' 'add @@index([expiresAt]) to model Session'
advice unindexed-filter/knex 'in a new migration: CREATE INDEX sessions_token_idx ON sessions (token);' \
  'on a large table outside of a transaction, with CONCURRENTLY'
advice unindexed-filter/concurrently \
  'in a new migration that begins with `-- shop: no transaction`: CREATE INDEX CONCURRENTLY orders_code_idx ON orders (code);'
advice unindexed-filter/known 'or compare what stands before it in the index Member(teamId, email) as well, which the function knows'
silent out 'Member(id, nick) as well'
advice unindexed-filter/purges 'every write of a row updates the index' 'BRIN (USING brin (at))'
advice unindexed-foreign-key/unused 'no query that is seen needs it' '1 query reads the whole table'
advice unindexed-foreign-key/administrators "only administrators' pages, scripts and developers run what needs it" \
  "Org(ownerId) to Owner: 1 query reads the whole table; so does 1 of administrators' pages and scripts"
advice unindexed-foreign-key/partial-needed 'ask for rows with revoked_at IS NULL only, if no others are meant: the index sessions(user_id) serves the query then'
advice unindexed-filter/partial 'ask for rows with ended_at IS NULL only, if no others are meant: the index visits(visitor) serves the queries then' \
  'unique index visits(desk, key_hash) serves the query then'
silent out 'the index visits(label) serves' 'the index visits(origin) serves'
advice unindexed-foreign-key/weight 'only migrations fill kinds' 'it only speeds up deletions' 'no index of tokens starts with token'
advice unindexed-foreign-key/associations 'orders(userId) to users: 1 query reads the whole table' 'no migration makes it a constraint' \
  'reviews(personUid) to people: 1 query and each DELETE of rows of people read the whole table'
advice unindexed-foreign-key/searched 'pages(owner_id) to shops: 1 query reads' 'notes(shop_id) to shops: 1 query reads'
advice unindexed-foreign-key/compound 'to (shopId, name): no query that is seen needs it to begin with name; the code calls it name_shopId, which becomes shopId_name' \
  'to (shopId, code): no query that is seen needs it to begin with code'
silent out 'begin with code;'
advice unindexed-foreign-key/link-table 'ON user_groups (user_id, group_id);' 'unique, where a pair stands once'
advice unindexed-foreign-key/link-table-of-many 'add @@index([shelfId, rank]) to model Book' 'add @@index([shelfId, ownerId]) to model Tag'
silent out 'where a pair stands once'
advice unindexed-foreign-key/one-statement 'marks(paper_id) to papers: 1 query reads' 'starts with code: 1 query reads'
advice unindexed-foreign-key/turned 'or turn the unique index roles(name, assessment_id) round, to (assessment_id, name)'
advice not-in-subquery/schema 'NOT IN (SELECT ... FROM users) on orders' 'NOT EXISTS (SELECT 1 FROM refunds WHERE refunds.order_id = ...)'
advice non-sargable/help 'CREATE INDEX ON \"User\" (lower(email))' 'CREATE EXTENSION pg_trgm' \
  'ON \"User\" USING gin (email gin_trgm_ops)' 'the other arms of the OR need an index as well: name'
advice non-sargable/computed 'USING gin (lower(name) gin_trgm_ops)`; elsewhere'
advice non-sargable/advice 'compare the column itself (a month is `>= $1 AND < $1 + 1 month`)"' \
  "or index what is compared: \`CREATE INDEX ON crates (date_trunc('week', sealed_at))\`" "(lower(replace(label, '''', '')))" \
  'compare the column itself, and compute the value instead' 'CREATE INDEX ON crates ((weight::text))' \
  'ask each of them by a query of its own, joined with UNION' 'the other arms of the OR need an index as well: weight'
silent out '(to_char('
silent out '(packed_at::date)'
silent out '(left('
silent out '(state::text)'
silent out '(upper('
check 'a range only where it is one' test "$(grep -o 'a [a-z]* is .>= ' "$work/out" | wc -l)" -eq 3
advice unindexed-filter/mongodb 'add schema.index({ device: 1 }) to Session'
advice unindexed-filter/mysql 'in a new migration: CREATE INDEX orders_code_idx ON orders (code);'
advice unindexed-filter/requested 'a note only: one query needs it, and no request or job is seen that runs it'
advice unindexed-filter/ranges 'a note only: only ranges of time ask for it'
advice unindexed-sort/pages 'add @@index([createdAt(sort: Desc)]) to model Invoice'
advice unused-index/prisma 'no query that is seen can use the index Order(city): none filters or sorts by city' \
  'drop Order_city_idx if nothing else uses it (pg_stat_user_indexes.idx_scan tells)'
advice too-many-indexes/ten 'events has 10 indexes' 'no query that is seen uses events(a), events(b)' \
  'but some of its queries are put together at run time'
advice partial-index-candidate/postgres "2 queries look only for rows of Job with status = 'PENDING', which no index finds" \
  "ON \\\"Job\\\" (\\\"createdAt\\\") WHERE status = 'PENDING';" \
  "ON \\\"Mail\\\" (\\\"dueAt\\\") WHERE state IN ('new', 'failed');" "WHERE sent = true;"
advice partial-index-candidate/mongodb "add schema.index({ createdAt: 1 }, { partialFilterExpression: { status: 'new' } }) to Job" \
  "{ partialFilterExpression: { state: { \$in: ['a', 'b\\\\'s'] } } }"
advice redundant-index/pairs 'that stands in'
advice query-in-loop/recursion-by-itself 'a note only: nothing in the application calls the function that it stands in'
advice query-in-loop/table-of-a-parameter 'this.db.select(...).from runs a query for each'
advice query-in-loop/statement-for-the-last 'the first of each `item_id` counts'
silent out 'DISTINCT ON'
finish
