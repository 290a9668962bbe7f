// test_base.c - failures, arenas, vectors, text, maps and names.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base.h"

static int fail_with(Error *err) { return fail(err, "%s: %d", "code", 7); }

#include <cmocka.h>  // last: its macro `fail` hides ours

static void failure_sets_the_message(void **state) {
  (void)state;
  Error err;
  assert_int_equal(fail_with(&err), -1);
  assert_string_equal(err.text, "code: 7");
  assert_int_equal(fail_with(NULL), -1);
}

static void arena_gives_zeroed_aligned_memory(void **state) {
  (void)state;
  Arena arena = {0};
  for (size_t size = 0; size < 200; size++) {
    char *memory = arena_alloc(&arena, size);
    assert_int_equal((uintptr_t)memory % 8, 0);
    for (size_t i = 0; i < size; i++)
      assert_int_equal(memory[i], 0);
    memset(memory, 0xff, size);
  }
  char *large = arena_alloc(&arena, 1 << 20);
  large[(1 << 20) - 1] = 1;
  assert_true(arena.bytes >= 1 << 20);
  arena_release(&arena);
  assert_null(arena.blocks);
}

static void arena_copies_text(void **state) {
  (void)state;
  Arena arena = {0};
  assert_string_equal(arena_copy(&arena, "orders.find", 6), "orders");
  assert_string_equal(arena_printf(&arena, "%s:%d", "a.ts", 12), "a.ts:12");
  arena_release(&arena);
}

static void vec_keeps_its_elements(void **state) {
  (void)state;
  VEC(uint32_t) numbers = {0};
  for (uint32_t i = 0; i < 1000; i++)
    vec_push(&numbers, i * 3);
  assert_int_equal(numbers.n, 1000);
  for (uint32_t i = 0; i < 1000; i++)
    assert_int_equal(numbers.at[i], i * 3);
  vec_release(&numbers);
  assert_int_equal(numbers.n, 0);
  assert_null(numbers.at);
}

static void text_grows_and_stays_terminated(void **state) {
  (void)state;
  Text text = {0};
  text_clear(&text);
  text_add(&text, "", 0);
  assert_string_equal(text.at, "");
  text_puts(&text, "a");
  text_printf(&text, "%0100d", 1);
  assert_int_equal(text.n, 101);
  assert_int_equal(strlen(text.at), 101);
  text_clear(&text);
  assert_string_equal(text.at, "");
  text_release(&text);
}

static void map_finds_what_was_put(void **state) {
  (void)state;
  Map map = {0};
  assert_int_equal(map_get(&map, 5), 0);
  for (uint64_t key = 0; key < 5000; key++)
    map_put(&map, key << 20, (uint32_t)key + 1);
  map_put(&map, 0, 77);
  assert_int_equal(map.n, 5000);
  assert_int_equal(map_get(&map, 0), 77);
  for (uint64_t key = 1; key < 5000; key++)
    assert_int_equal(map_get(&map, key << 20), key + 1);
  assert_int_equal(map_get(&map, 1), 0);
  map_release(&map);
}

static void names_are_interned(void **state) {
  (void)state;
  Names names;
  names_init(&names);
  assert_int_equal(names_add(&names, "", 0), 0);
  uint32_t find = names_add(&names, "findMany", 4);
  assert_int_equal(names_add(&names, "find", 4), find);
  assert_int_not_equal(names_add(&names, "findMany", 8), find);
  assert_int_equal(names_find(&names, "find"), find);
  assert_int_equal(names_find(&names, "fin"), 0);
  assert_int_equal(names_add(&names, "find\0x", 6), find);
  for (int i = 0; i < 5000; i++) {
    char text[16];
    int length = snprintf(text, sizeof text, "n%d", i);
    uint32_t name = names_add(&names, text, (size_t)length);
    assert_string_equal(names_text(&names, name), text);
  }
  assert_string_equal(names_text(&names, find), "find");
  assert_string_equal(names_text(&names, names_find(&names, "n4711")), "n4711");
  names_release(&names);
}

// Texts that are held while many more are added.
static void stable_names_stay(void **state) {
  (void)state;
  Names names;
  names_init(&names);
  names.stable = true;
  const char *first = names_text(&names, names_add(&names, "first", 5));
  for (int i = 0; i < 5000; i++) {
    char text[16];
    names_add(&names, text, (size_t)snprintf(text, sizeof text, "n%d", i));
  }
  assert_string_equal(first, "first");
  assert_int_equal(names_find(&names, "n4999"), names_add(&names, "n4999", 5));
  names_release(&names);
}

static void hash_depends_on_all_bytes(void **state) {
  (void)state;
  assert_true(hash_bytes("ab", 2) != hash_bytes("ba", 2));
  assert_true(hash_bytes("a", 1) != hash_bytes("a", 2));
  assert_true(hash_bytes("x", 0) == hash_bytes("y", 0));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(failure_sets_the_message),
      cmocka_unit_test(arena_gives_zeroed_aligned_memory),
      cmocka_unit_test(arena_copies_text),
      cmocka_unit_test(vec_keeps_its_elements),
      cmocka_unit_test(text_grows_and_stays_terminated),
      cmocka_unit_test(map_finds_what_was_put),
      cmocka_unit_test(names_are_interned),
      cmocka_unit_test(stable_names_stay),
      cmocka_unit_test(hash_depends_on_all_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
