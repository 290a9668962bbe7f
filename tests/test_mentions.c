// test_mentions.c - what is found in code without a parse, and which files of a tree have to be parsed for it.
#include "mentions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "needed.h"
#include "program.h"

static int load(Libraries *libs) { return libraries_load(libs, NULL); }

#include <cmocka.h>  // last: its macro `fail` hides ours

// The specifiers of some code, with a blank after each.
static char *specifiers_of(const char *code) {
  static char text[1024];
  Mentions mentions;
  mentions_read(&mentions, code, strlen(code));
  assert_true(mentions.length < sizeof text);
  if (mentions.length)
    memcpy(text, mentions.specifiers, mentions.length);
  text[mentions.length] = '\0';
  for (uint32_t i = 0; i < mentions.length; i++)
    if (!text[i])
      text[i] = ' ';
  mentions_release(&mentions);
  return text;
}

static uint32_t flags_of(const char *code) {
  Mentions mentions;
  mentions_read(&mentions, code, strlen(code));
  uint32_t flags = mentions.flags;
  mentions_release(&mentions);
  return flags;
}

static void imports_are_found(void **state) {
  (void)state;
  assert_string_equal(specifiers_of("import a from 'a'; import 'b'; import * as d from\n  'd'"), "a b d ");
  assert_string_equal(specifiers_of("require('h'); import i = require ( 'i' ); await import('j')"), "h i j ");
  assert_string_equal(specifiers_of("const K = import(/* webpackChunkName: \"k\" */ './k'); type L = import('l').L"), "./k l ");
  assert_string_equal(specifiers_of("import(/* @vite-ignore */ /* webpackIgnore: true */ './m')"), "./m ");
  assert_string_equal(specifiers_of("import(\n  // prettier-ignore\n  // as it is\n  './n'\n)"), "./n ");
  assert_string_equal(specifiers_of("f(\n  // import\n  './o')"), "");
}

static void other_texts_are_not(void **state) {
  (void)state;
  assert_string_equal(specifiers_of("Array.from('a'); x.imports('b'); const c = 'c'; requires('d'); from = 'e'"), "");
  assert_string_equal(specifiers_of("/**\n * import { a } from 'a'\n */\n  // import b from 'b'\n"), "");
  assert_string_equal(specifiers_of("import a from 'not\nclosed'; import"), "");
}

static void parts_of_paths_are_found(void **state) {
  (void)state;
  assert_string_equal(specifiers_of("require(path.join(__dirname, name))"), "*. ");
  assert_string_equal(specifiers_of("const d = join(__dirname, '..', /* all */ 'tables'); import(join(d, name))"), "*. *.. *, /* all */  *, /* all */ *tables ");  // more, not less
  assert_string_equal(specifiers_of("require(/* all */ `${__dirname}/tables/${name}`)"), "${__dirname}/tables/${name} */tables/ *. ");
  assert_string_equal(specifiers_of("require(__dirname + '/tables/a')"), "*. */tables/a */tables/ ");
  assert_string_equal(specifiers_of("require('./b' + c + `d`)"), "./b *./b *./ *d ");
  assert_string_equal(specifiers_of("require('./tab' + ('les/') + name)"), "./tab *./tables/ * + ( *les/ ");
  assert_string_equal(specifiers_of("require(`./tables/v-${name}`)"), "./tables/v-${name} *./tables/v- *./tables/ ");
  assert_string_equal(specifiers_of("require(a); import b from './b'; dirname(a)"), "./b ");
  assert_string_equal(specifiers_of("readFileSync(join(__dirname, 'a.txt')); require(); require('b' /* c */)"), "b ");
}

static void additions_to_modules_are_found(void **state) {
  (void)state;
  assert_string_equal(specifiers_of("declare module 'fastify' { }\ndeclare module B { }"), "+fastify ");
  assert_int_equal(flags_of("declare module 'fastify' { }"), 0);
}

static void interfaces_of_classes_are_found(void **state) {
  (void)state;
  assert_string_equal(specifiers_of("import { A, B } from './a'; import { C } from './c'; class D extends C implements B { e() { this.f } }"),
                      "./a =A =B ./c =C ^./a =B ");
  assert_string_equal(specifiers_of("import { A as B } from 'a'; import * as c from 'c'; class D implements B, c.E { async f() { await g } }"),
                      "a =A =as =B c ^a =A ^c =c =E ");
  // A record does nothing.
  assert_string_equal(specifiers_of("import { A, B } from 'a'; class C implements A { c = 1 } class D implements B { e() { return 1 } }"), "a =A =B ^a =B ");
  assert_string_equal(specifiers_of("import { A } from './a'; class D<A> {}; const implements = A"), "./a =A ");
}

static void flags_are_set(void **state) {
  (void)state;
  assert_int_equal(flags_of("global.DB = e"), MENTIONS_AMBIENT);
  assert_int_equal(flags_of("globalThis.db ?\?= e"), MENTIONS_AMBIENT);
  assert_int_equal(flags_of("(globalThis as unknown as { db: Db }).db = e"), MENTIONS_AMBIENT);
  assert_int_equal(flags_of("declare global { var db: Db }"), MENTIONS_AMBIENT);
  assert_int_equal(flags_of("global.DB == e; globalThis.fetch(x); globals.x = 1; a.global"), 0);
  assert_int_equal(flags_of("exports.up = f; exports.down = g"), MENTIONS_WAYS | MENTIONS_OPAQUE);
  assert_int_equal(flags_of("class M { async up(q) {} async down (q) {} }"), MENTIONS_WAYS);
  assert_int_equal(flags_of("theme.up('md'); theme.down('md'); upper = 1"), 0);
  assert_int_equal(flags_of("// seqscan-ignore query-in-loop: few"), MENTIONS_US);
  assert_int_equal(flags_of("const a = gql`{ b }`"), MENTIONS_GRAPHQL);
  assert_int_equal(flags_of("const a = graphql(`query { b }`)"), MENTIONS_GRAPHQL);
  assert_int_equal(flags_of("import { gql, graphql } from './a'"), 0);
}

static void names_are_found(void **state) {
  (void)state;
  assert_string_equal(specifiers_of("import{a}from\"a\"; import type { B, type C as D } from 'b'"), "a =a b =B =type =C =as =D ");
  assert_string_equal(specifiers_of("export * from './e'; export type * as f from 'f'; export {\n g,\n} from `./g`"), ">./e <f >f =* =f <g >./g =g ");
  // Others tell too little: all of the module is meant.
  assert_string_equal(specifiers_of("import a, { b } from 'a'; import { c /* ! */ } from 'c'; f({ d }) from 'd'"), "a c d ");
  assert_string_equal(specifiers_of("import { a } from 'not\nclosed'"), "");
}

static void exports_are_found(void **state) {
  (void)state;
  assert_string_equal(specifiers_of("export default class A {}; export async function b() {} export function *c() {}"), "<default <b <c ");
  assert_string_equal(specifiers_of("export abstract class A {}\nexport declare const enum B {}\nexport interface C {} export type D<E> = F"), "<A <B <C <D ");
  assert_string_equal(specifiers_of("export const a = 1; export let { b, c: d } = e, [f] = g; export /* h */ var i"), "<a <b <c <d <i ");
  assert_string_equal(specifiers_of("const a = 1; export { a, b as\n c }; export type { D }"), "<a <b <as <c <D ");
  // All that may be a variable which is declared together with others.
  assert_string_equal(specifiers_of("export const a = f(1, 2),\n  b = 3, c: number = 4, d: string;\ng(h, i = j)"), "<a <b <c <d <i ");
  assert_string_equal(specifiers_of("\xEF\xBB\xBF" "export let a, b, c /* d */ = 1"), "<a <b <c ");
  assert_string_equal(specifiers_of("f(a, b = c); export let d\ng(h, i => j, k == l)"), "<d ");
  // Neither is an export.
  assert_string_equal(specifiers_of("a.export(b); exported = c;\n// export const d = 1"), "");
  assert_int_equal(flags_of("export const a = 1; export { b } from './b'; export * from './c'"), 0);
  assert_int_equal(flags_of("module.exports = a"), MENTIONS_OPAQUE);
  assert_int_equal(flags_of("export = a"), MENTIONS_OPAQUE);
  assert_int_equal(flags_of("export @Entity() class A {}"), MENTIONS_OPAQUE);
  assert_int_equal(flags_of("export const { a = '}', b } = c"), MENTIONS_OPAQUE);
  assert_int_equal(flags_of("export as namespace a"), MENTIONS_OPAQUE);
}

// Bytes that end in the middle of everything.
static void ends_are_ends(void **state) {
  (void)state;
  static const char code[] = "import{A}from'a';class B implements A{}declare module'c'{}global.d=(globalThis as e).f=import(/* g */'h');"
                             "export{i}from'j';export*as k from'l';export type*from'm';export const{n}=o,p:q=r;module.exports=s";
  for (size_t length = 0; length <= strlen(code); length++) {
    char *bytes = malloc(length + 1);  // without a byte to spare, for the sanitizers
    memcpy(bytes, code, length);
    Mentions mentions;
    mentions_read(&mentions, bytes, length);
    mentions_release(&mentions);
    free(bytes);
  }
}

//
// Needed files
//

typedef struct Sample {
  const char *path, *code;
} Sample;

// The paths of those that are needed, with a blank after each.
static const char *needed_with(const Sample *samples, size_t count, bool tests) {
  static char text[1024];
  Source sources[16] = {{0}};
  Mentions mentions[16] = {{0}};
  uint8_t contexts[16] = {0};
  Libraries libs = {0};
  Modules *modules = modules_new();
  assert_true(count <= COUNT(sources));
  assert_int_equal(load(&libs), 0);
  for (size_t i = 0; i < count; i++) {
    sources[i] = (Source){.path = samples[i].path, .lang = lang_of_path(samples[i].path)};
    contexts[i] = context_of_path(samples[i].path);
    modules_add_file(modules, samples[i].path);
    if (lang_is_code(sources[i].lang))
      mentions_read(&mentions[i], samples[i].code, strlen(samples[i].code));
    else
      assert_int_equal(modules_add_json(modules, samples[i].path, samples[i].code, strlen(samples[i].code), NULL), 0);
  }
  modules_link(modules);
  Files files = {sources, contexts, mentions, count, modules};
  uint8_t *needs = needed_files(&files, &libs, tests);
  text[0] = '\0';
  for (size_t i = 0; i < count; i++) {
    if (needs[i] == NEEDED)
      strcat(strcat(text, samples[i].path), " ");
    mentions_release(&mentions[i]);
  }
  free(needs);
  modules_free(modules);
  libraries_release(&libs);
  return text;
}

static const char *needed_of(const Sample *samples, size_t count) { return needed_with(samples, count, false); }

static void importers_of_a_database_are_needed_and_what_they_import(void **state) {
  (void)state;
  static const Sample samples[] = {
      {"db.ts", "import { PrismaClient } from '@prisma/client'"},
      {"service.ts", "import { db } from './db'; import { LIMIT } from './limits'"},
      {"limits.ts", "import './more'"},
      {"more.ts", ""},
      {"page.tsx", "import { LIMIT } from './limits'"},
      {"routes.ts", "import './service'"},
  };
  assert_string_equal(needed_of(samples, COUNT(samples)), "db.ts service.ts limits.ts more.ts routes.ts ");
}

static void what_is_given_without_imports_is_found(void **state) {
  (void)state;
  static const Sample samples[] = {
      {"api/package.json", "{}"},
      {"api/global.js", "const pg = require('pg'); global.db = new pg.Pool()"},
      {"api/user.js", "db.query('SELECT 1')"},
      {"types.d.ts", "import { Pool } from 'pg'; declare module 'koa' { interface Request { db: Pool } }"},
      {"web/package.json", "{}"},
      {"web/page.js", "import React from 'react'"},
      {"web/server.js", "import Koa from 'koa'"},
  };
  assert_string_equal(needed_of(samples, COUNT(samples)), "api/package.json api/global.js api/user.js types.d.ts web/server.js ");
}

static void users_of_an_interface_reach_who_implements_it(void **state) {
  (void)state;
  static const Sample samples[] = {
      {"package.json", "{}"},
      {"fake.ts", "import { Store } from './store'; export class Fake implements Store {}"},
      {"pg.ts", "import pg from 'pg'; import { Store } from './store'; export class Pg implements Store {}"},
      {"store.ts", "export interface Store {}"},
      {"use.ts", "import type { Store } from './store'"},
  };
  assert_string_equal(needed_of(samples, COUNT(samples)), "fake.ts pg.ts store.ts use.ts ");
}

// In another package, those that import it by its name, or all of where the class has it from.
static void users_in_other_packages_reach_who_implements_it(void **state) {
  (void)state;
  static const Sample samples[] = {
      {"core/all.ts", "import * as types from '@shop/types'"},
      {"core/other.ts", "import type { Prices } from '@shop/types'"},
      {"core/package.json", "{}"},
      {"core/same-name.ts", "import type { Store } from './stores'"},
      {"core/stores.ts", "export interface Store {}"},
      {"core/use.ts", "import type { Store as S, Prices } from '@shop/all'"},
      {"pg/package.json", "{}"},
      {"pg/pg.ts", "import pg from 'pg'; import { Store } from '@shop/types'; export class Pg implements Store { a() { this.b } }"},
      {"pg/row.ts", "import pg from 'pg'; import { Prices } from '@shop/types'; export class Row implements Prices { of = 1 }"},
      {"shop/index.ts", "export * from '@shop/types'"},
      {"shop/package.json", "{ \"name\": \"@shop/all\", \"main\": \"index.ts\" }"},
      {"types/index.ts", "export * from './store'"},
      {"types/package.json", "{ \"name\": \"@shop/types\", \"main\": \"index.ts\" }"},
      {"types/store.ts", "import { Prices } from './prices'; export interface Store {}"},
  };
  assert_string_equal(needed_of(samples, COUNT(samples)), "core/all.ts core/use.ts pg/pg.ts pg/row.ts shop/index.ts types/index.ts types/store.ts ");
}

// Of a package whose model tells some names, the others ask no database.
static void what_no_model_names_asks_nothing(void **state) {
  (void)state;
  static const Sample samples[] = {
      {"all.ts", "import * as supabase from '@supabase/supabase-js'"},
      {"named.ts", "import { AuthError, createClient as connect } from '@supabase/supabase-js'"},
      {"other.ts", "import { AuthError } from '@supabase/supabase-js'"},
      {"pass.ts", "export * from '@supabase/supabase-js'"},
  };
  assert_string_equal(needed_of(samples, COUNT(samples)), "all.ts named.ts pass.ts ");
}

static void migrations_and_suppressions_are_needed(void **state) {
  (void)state;
  static const Sample samples[] = {
      {"a/add.js", "exports.up = db => db.runSql('...'); exports.down = db => 0"},
      {"b/migrations/1.js", ""},
      {"b/migrations/1.test.js", ""},
      {"c.js", "// seqscan-ignore query-in-loop: few"},
      {"d.js", "up()"},
  };
  assert_string_equal(needed_of(samples, COUNT(samples)), "a/add.js b/migrations/1.js c.js ");
}

// What clients ask is read where the tree serves GraphQL, without what they import.
static void clients_of_a_server_are_needed(void **state) {
  (void)state;
  static const Sample samples[] = {
      {"client/page.ts", "import './button'; const orders = gql`{ orders { id } }`"},
      {"client/button.ts", ""},
      {"server.ts", "import { ResolveField } from '@nestjs/graphql'"},
  };
  assert_string_equal(needed_of(samples, COUNT(samples)), "client/page.ts ");
  assert_string_equal(needed_of(samples, 2), "");
}

// Of what an index file exports of others, those are needed that have a name which is wanted, or do not tell theirs.
static void files_behind_an_index_are_needed_for_their_names(void **state) {
  (void)state;
  static const Sample samples[] = {
      {"app.ts", "import pg from 'pg'; import { limit, icon as i, all } from './lib'"},
      {"lib/all.ts", "import './more'"},
      {"lib/button.ts", "export const button = 1"},
      {"lib/icons/index.ts", "export * from './one'; export * from './two'"},
      {"lib/icons/one.ts", "export const one = 1, icon = 2"},
      {"lib/icons/two.ts", "export const two = 1"},
      {"lib/index.ts", "export * from './limits'; export * from './icons'; export * as all from './all'; export { b } from './button'; export * from './old'"},
      {"lib/limits.ts", "export const limit = 1"},
      {"lib/more.ts", ""},
      {"lib/old.js", "exports.old = 1"},
  };
  assert_string_equal(needed_of(samples, COUNT(samples)),
                      "app.ts lib/all.ts lib/icons/index.ts lib/icons/one.ts lib/index.ts lib/limits.ts lib/more.ts lib/old.js ");
}

// A name that is not seen anywhere may be in all of them.
static void all_behind_an_index_is_needed_for_a_name_that_is_not_seen(void **state) {
  (void)state;
  static const Sample samples[] = {
      {"app.ts", "import pg from 'pg'; import { limit } from './lib'"},
      {"lib/index.ts", "export * from './one'; export * from './two'"},
      {"lib/one.ts", "export const one = 1"},
      {"lib/two.ts", "const two = `\n// `; export const limit = 1"},
  };
  assert_string_equal(needed_of(samples, COUNT(samples)), "app.ts lib/index.ts lib/one.ts lib/two.ts ");
}

// Nothing but tests need what only they import, and what they say of the application's types is no part of it.
static void tests_are_left_out(void **state) {
  (void)state;
  static const Sample samples[] = {
      {"examples/all.ts", "import '../service'"},
      {"package.json", "{}"},
      {"service.ts", "import pg from 'pg'; import { LIMIT } from './test/limits'"},
      {"store.ts", "export interface Store {}"},
      {"test/fake.ts", "import pg from 'pg'; import { Store } from '../store'; export class Fake implements Store { a() { this.b } }"},
      {"test/limits.ts", "export const LIMIT = 1"},
      {"test/marked.ts", "import '../service'  // seqscan-ignore query-in-loop: few"},
      {"test/service.ts", "import '../service'; import { mocks } from './fake'"},
      {"use.ts", "import { Store } from './store'"},
  };
  assert_string_equal(needed_of(samples, COUNT(samples)), "service.ts test/limits.ts test/marked.ts ");
  assert_string_equal(needed_with(samples, COUNT(samples), true),
                      "examples/all.ts service.ts store.ts test/fake.ts test/limits.ts test/marked.ts test/service.ts use.ts ");
}

#define TEST(name) cmocka_unit_test(name)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(imports_are_found),
      TEST(other_texts_are_not),
      TEST(parts_of_paths_are_found),
      TEST(additions_to_modules_are_found),
      TEST(names_are_found),
      TEST(exports_are_found),
      TEST(interfaces_of_classes_are_found),
      TEST(flags_are_set),
      TEST(ends_are_ends),
      TEST(importers_of_a_database_are_needed_and_what_they_import),
      TEST(what_is_given_without_imports_is_found),
      TEST(users_of_an_interface_reach_who_implements_it),
      TEST(users_in_other_packages_reach_who_implements_it),
      TEST(what_no_model_names_asks_nothing),
      TEST(migrations_and_suppressions_are_needed),
      TEST(files_behind_an_index_are_needed_for_their_names),
      TEST(all_behind_an_index_is_needed_for_a_name_that_is_not_seen),
      TEST(tests_are_left_out),
      TEST(clients_of_a_server_are_needed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
