// test_extract.c - what facts say of the shapes that JavaScript and TypeScript have. Most cases lower a
// snippet and look for lines of its printed facts; parents, flags and limits are read from the records.
#include "facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>  // last: its macro `fail` hides ours

static Parser *parser;
static Facts facts;

static int open_parser(void **state) {
  (void)state;
  parser = parser_new(&default_limits);
  return 0;
}

static int close_parser(void **state) {
  (void)state;
  parser_free(parser);
  return 0;
}

static void lower(Lang lang, const char *code) {
  Error err;
  if (facts_of(&facts, parser, lang, code, strlen(code), &err))
    fail_msg("%s", err.text);
}

// Each of the lines (ended by NULL) is in the printed facts of the code.
static void says(Lang lang, const char *code, ...) {
  lower(lang, code);
  Text out = {0};
  facts_print(&facts, code, &out);
  va_list lines;
  va_start(lines, code);
  for (const char *line; (line = va_arg(lines, const char *));)
    if (!strstr(out.at, line))
      fail_msg("facts of\n%s\nlack\n%s\nin\n%s", code, line, out.at);
  va_end(lines);
  text_release(&out);
  facts_release(&facts);
}

#define JS(...) says(LANG_JAVASCRIPT, __VA_ARGS__, NULL)
#define TS(...) says(LANG_TYPESCRIPT, __VA_ARGS__, NULL)
#define TSX(...) says(LANG_TSX, __VA_ARGS__, NULL)

// The first expression of a kind with this name.
static Id find(ExprKind kind, const char *name) {
  for (Id id = 1; id < facts.exprs.n; id++)
    if (facts.exprs.at[id].kind == kind && !strcmp(facts_name(&facts, facts.exprs.at[id].name), name))
      return id;
  fail_msg("no expression of kind %d named %s", kind, name);
  return 0;
}

static const Expr *expr(Id id) { return &facts.exprs.at[id]; }

static void imports(void **state) {
  (void)state;
  TS("import a, { b as c, type D } from 'x'; import * as ns from './y';", "a = default from \"x\"",
     "c = b from \"x\"", "D = D from \"x\" (type)", "ns = * from \"./y\"");
  TS("import type Q from 'z'; import 'side'; import fs = require('fs'); import E = A.B;",
     "Q = default from \"z\" (type)", "  from \"side\"", "fs = = from \"fs\"", "const E = A.B");
  JS("import { default as a, 'x y' as b } from 'm'", "a = default from \"m\"", "b = x y from \"m\"");
}

static void exports(void **state) {
  (void)state;
  TS("export { a as b, type c } from 'm'; export * from 'n'; export * as ns from 'o'; export type * from 'p'",
     "b = a from \"m\"", "c = c from \"m\" (type)", "* = * from \"n\"", "ns = * from \"o\"",
     "* = * from \"p\" (type)");
  TS("export const { a, b: [c] } = d, e = 1; export function f() {} export type T = X", "  a = a\n",
     "  c = c\n", "  e = e\n", "  f = f\n", "  T = T (type)\n");
  TS("export { x as default, y }; export = z", "default = x", "y = y", "= = z");
  JS("export default class {}", "default = class#1 default");
  JS("export default () => db", "default = function#1 default", "arrow default()", "returns db");
  JS("export { default } from 'q'", "default = default from \"q\"");
  JS("exports.foo = function () {}; module.exports = { a }", "(exports.foo = function#1 foo)",
     "(module.exports = {a: a})");
  lower(LANG_TYPESCRIPT, "export type * from 'p'");
  assert_int_equal(facts.errors, 0);
  facts_release(&facts);
}

static void expressions(void **state) {
  (void)state;
  TS("x = a?.b!.c?.[d]?.(...e)", "a?.b.c?.[d]?.(...e)");
  TS("f((a as B).c, <T>d, e satisfies F, [1] as const)", "(a as B).c", "(d as T)", "(e as F)",
     "([1] as const)");
  TS("new Foo<Bar>(1); new Baz; f<A, B[]>()", "new Foo<Bar>(1)", "new Baz()", "f<A, B[]>()");
  JS("f('a\\n\\u0041\\x41\\u{1F600}', `b${c}d${e}`, /re/g)", "f(\"a\\nAA\xf0\x9f\x98\x80\", `b${}d${}`, /re/g)");
  JS("f(a ? b : c, d ?? e, g && h)", "f((a ? b : c), (d ?? e), (g && h))");
  JS("f(a + b, (c, d, e), !g, typeof h, a['k'], a[1])",
     "f((a + b), (c , (d , e)), !g, typeof h, a[\"k\"], a[1])");
  JS("f({ a, b: 1, 'c': 2, [d]: 3, e() {}, get g() { return 1 }, ...h })",
     "f({a: a, b: 1, c: 2, [d]: 3, e: function#1 e, get g: function#2 g, ...h})");
  JS("async () => { await import('x'); import.meta.url }", "import(\"x\") awaited statement");
  JS("function* g() { yield* a; yield b }", "generator g()");
  JS("a++; --b; c += 1; d ?\?= e", "(a ++)", "(b --)", "(c += 1)", "(d ?\?= e) statement in module");
  TSX("x = <A b={c} d='e' {...f} onClick={() => g()}>{h}<I/></A>", "arrow onClick()",
      "(x = <A c, ...f, function#1 onClick, h, <I>>)");
}

static void typed_templates(void **state) {
  (void)state;
  TS("f(sql<number | null>`count(*)`.as('n'), db.$queryRaw<User[]>`SELECT 1`)",
     "f(sql`count(*)`.as(\"n\"), db.$queryRaw`SELECT 1`)");
  TSX("const A = styled(B)<{ /** c */ d: () => void }>`e`", "styled(B)`e`");
  TSX("x = <p>use<code>`a`</code></p>", "(x = <p <code>>)");
}

static void flags(void **state) {
  (void)state;
  lower(
      LANG_JAVASCRIPT,
      "function f() { a(); return b.c() } const g = () => d(`\n select * from t`, 'selection', 'DELETE x')");
  assert_true(expr(find(EX_MEMBER, "c"))->parent && !expr(expr(find(EX_MEMBER, "c"))->parent)->parent);
  assert_int_equal(expr(expr(find(EX_IDENT, "a"))->parent)->flags, EXF_STATEMENT);
  assert_int_equal(expr(expr(find(EX_MEMBER, "c"))->parent)->flags, EXF_RETURNED);
  assert_int_equal(expr(expr(find(EX_IDENT, "d"))->parent)->flags, EXF_RETURNED);
  assert_int_equal(expr(find(EX_TEMPLATE, "\n select * from t"))->flags, EXF_SQL);
  assert_int_equal(expr(find(EX_STRING, "selection"))->flags, 0);
  assert_int_equal(expr(find(EX_STRING, "DELETE x"))->flags, EXF_SQL);
  facts_release(&facts);
}

static void patterns(void **state) {
  (void)state;
  JS("const { a: { b, c = 1 }, ['d']: e, ...f } = g, [h, , i, ...j] = k", "const b = g.a.b",
     "const c = (g.a.c ?? 1)", "const e = g[\"d\"]", "const f = rest(g)", "const h = k[0]", "const i = k[2]",
     "const j = rest(k)");
  TS("const { a }: T = b", "const a = (b as T).a");
  JS("f({ a: b.c, d = 1 } = e)", "f(other(e, (b.c = e.a), (d = (e.d ?? 1))))", "(b.c = e.a)");
  JS("function f({ a, b: { c } = {} }, d = 1, ...e) {}", "f({}, d = 1, ...e)", "param a = param(#1, 0).a",
     "param c = (param(#1, 0).b ?? {}).c", "param d = param(#1, 1)", "param e = param(#1, 2)");
}

static void synthetic_parents(void **state) {
  (void)state;
  lower(LANG_JAVASCRIPT, "const { a: { b, c } } = f()");
  Id call = expr(find(EX_IDENT, "f"))->parent;
  assert_int_equal(expr(call)->kind, EX_CALL);
  assert_int_equal(expr(call)->parent, 0);
  Id a = find(EX_MEMBER, "a");
  assert_true(expr(a)->flags & EXF_SYNTHETIC);
  assert_int_equal(expr(a)->a, call);
  assert_int_equal(expr(a)->parent, find(EX_MEMBER, "b"));
  assert_int_equal(expr(find(EX_MEMBER, "c"))->a, a);
  facts_release(&facts);
}

static void loops(void **state) {
  (void)state;
  JS("for (const [k, v] of e()) { f(v) }", "for-of@1 e()", "const k = element(e())[0] in for-of@1",
     "e() in module", "f(v) statement in for-of@1");
  JS("for (let i = a(); b(); c()) d()", "for@1 b(); c()", "let i = a() in for@1", "a() in module",
     "b() in for@1", "c() in for@1", "d() statement in for@1");
  JS("for (x of xs) {} for (const k in o) {}", "(x = element(xs)) statement in for-of@1",
     "const k = key(o) in for-in@1");
  JS("async () => { for await (const x of y()) z }", "for-await@1 y()", "const x = element(y())");
  JS("out: while (a()) { continue out } do { break } while (b())", "out: while@1 a()",
     "continue out in while@1", "do@1 b()", "break in do@1", "b() in do@1");
  JS("for (var i = 0, n = f(); ;) {}", "let i = 0 in module");
}

static void branches(void **state) {
  (void)state;
  JS("if (a()) b(); else if (c()) d(); else e()", "a() in module", "b() statement in if@1", "c() in else@1",
     "d() statement in if@1 < else@1", "e() statement in else@1 < else@1");
  JS("a() && b(); c() ? d() : e()", "b() in branch@1", "d() in branch@1", "c() in module");
  JS("try { a() } catch ({ code }) { throw b } finally { c() }", "a() statement in try@1", "catch code",
     "throw b in catch@1", "c() statement in finally@1");
  JS("switch (a()) { case 'x': b(); break; default: c() }", "switch@1 a()", "case@1 \"x\"",
     "b() statement in case@1 < switch@1", "break in case@1");
}

static void functions(void **state) {
  (void)state;
  TS("function f<T>(this: X, a: A, b?: B): Promise<T> { return g(() => 1) }", "f(a: A, b?: B) on X: Promise<T>",
     "returns g(function#2)", "returns 1", "type-param T in function f@1");
  JS("const a = async () => {}, b = { c: () => {} }; x.y = function () {}; const z = function own() {}",
     "async arrow a()", "arrow c()", "function#3 y()", "function#4 own()",
     "function own = function#4 own in function own@1");
  TS("function f(a: string): void; declare function g(): T;", "no-body f(a: string): void", "no-body g(): T");
  JS("if (a) { var v = 1; function h() {} }", "let v = 1 in module", "function h = function#1 h in if@1");
}

static void classes(void **state) {
  (void)state;
  TS("@E('u') export class A<T> extends B.C<T> implements I, J<T> {\n"
     "  @D() f?: F = g; static #p = 1; [k: string]: V;\n"
     "  constructor(private readonly r: R, @Inject(X) public s?: S) { super() }\n"
     "  @Get() async m() { } get n() { return 1 } abstract o(): O; static { init() }\n}",
     "class#1 A extends B.C[T] implements I, J<T> @ E(\"u\") @1", "field f?: F = g @ D()",
     "static field #p = 1", "index ", "constructor function#1", "field r: R = param(#1, 0)",
     "field s: S = param(#1, 1) @ Inject(X)", "method m function#2 @ Get()", "get n function#3",
     "abstract method o function#4", "no-body o(): O", "init() statement in block@4 < class@1");
  JS("class A extends mixin(B) { @x a = () => 1; static async b() {} }", "class#1 A extends mixin(B)",
     "field a = function#1 a @ x", "static method b function#2", "async method static b()");
  lower(LANG_TYPESCRIPT, "class A { m() {} }");
  assert_int_equal(facts.functions.at[1].class, 1);
  facts_release(&facts);
}

static void types(void **state) {
  (void)state;
  TS("let a: A.B<C>[] | 'x' | null, b: typeof db, c: import('m').Y, d: T['k']['l'], e: (x: X) => Y, f: "
     "readonly Z[]",
     "a: (A.B<C>[] | \"x\" | null)", "b: typeof db", "c: import(\"m\").Y", "d: T[\"k\"][\"l\"]",
     "e: (X) => Y", "f: readonly Z[]");
  TS("type A<T extends B = C> = { [K in keyof T]?: T[K] } & D", "alias A: (other(keyof T, T[K]) & D)",
     "type-param T: B in type@1", "type-param K: keyof T in type@1 < type@1");
  TS("interface I<T> extends J<T>, K { a?: string; b(x: X): Y; (z: Z): void; new (): I }",
     "interface I: <J<T>, K>{ a?: string; b: (X) => Y; : (Z) => void; new: () => I }");
  TS("function f(x): x is A {} function g(x): asserts x is B {}", "f(x): is A", "g(x): asserts is B");
  TS("enum E { A = f(), B, 'c' = 2 } namespace N.M { export const a = 1; var b } declare global { interface "
     "W {} }",
     "enum E = {A: f(), B, c: 2}", "namespace N = {M: {a: a}}", "let b in block@1",
     "interface W: {  } in block@1");
}

static void broken(void **state) {
  (void)state;
  lower(LANG_TYPESCRIPT, "const a = f(1;\nfunction g() { h() }\n} else {");
  assert_true(facts.errors > 0);
  find(EX_IDENT, "h");
  facts_release(&facts);
  Error err;
  assert_int_equal(facts_of(&facts, parser, LANG_JSON, "{}", 2, &err), -1);
  facts_release(&facts);
  assert_int_equal(facts_of(&facts, parser, LANG_TYPESCRIPT, "\xff\xfe\0`${\\", 7, &err), 0);
  facts_release(&facts);
  JS("", "scopes\n  module\n");
  JS("\xef\xbb\xbf'use client'\nf()", "directive \"use client\"", "f() statement");
}

static char *repeat(const char *head, const char *part, int times, const char *tail) {
  Text text = {0};
  text_puts(&text, head);
  for (int i = 0; i < times; i++)
    text_puts(&text, part);
  text_puts(&text, tail);
  return text.at;
}

static bool lowers_cut(char *code) {
  lower(LANG_TYPESCRIPT, code);
  bool cut = facts.cut;
  facts_release(&facts);
  xfree(code);
  return cut;
}

static bool is_cut(const char *head, const char *part, int times, const char *closing) {
  char *tail = repeat("", closing, times, "");
  char *code = repeat(head, part, times, tail);
  xfree(tail);
  return lowers_cut(code);
}

static void limits(void **state) {
  (void)state;
  assert_true(is_cut("x = ", "[", 5000, "]"));
  assert_true(is_cut("x = a", "+a", 5000, ""));
  assert_true(lowers_cut(repeat("x = [", "1,", 70000, "1]")));
  assert_true(is_cut("", "{", 5000, "}"));
  assert_true(is_cut("type T = A", "<A", 5000, ">"));
  assert_false(is_cut("x = ", "(", 50000, ")"));
  assert_false(is_cut("x = a", "+a", 400, ""));
}

static void comments(void **state) {
  (void)state;
  lower(LANG_JAVASCRIPT, "f(/* sql */ `a`) // seqscan-ignore n-plus-one: fine");
  assert_int_equal(facts.comments.n, 1);
  assert_string_equal(facts_name(&facts, facts.comments.at[0].text), "// seqscan-ignore n-plus-one: fine");
  facts_release(&facts);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(imports), cmocka_unit_test(exports),  cmocka_unit_test(expressions),
      cmocka_unit_test(flags),   cmocka_unit_test(patterns), cmocka_unit_test(synthetic_parents),
      cmocka_unit_test(loops),   cmocka_unit_test(branches), cmocka_unit_test(functions),
      cmocka_unit_test(classes), cmocka_unit_test(types),    cmocka_unit_test(typed_templates),
      cmocka_unit_test(broken),  cmocka_unit_test(limits),   cmocka_unit_test(comments),
  };
  return cmocka_run_group_tests(tests, open_parser, close_parser);
}
