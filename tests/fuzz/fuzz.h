// fuzz.h - a fuzz target: one file here, one folder of inputs in corpus/.
//
// libFuzzer calls it with inputs that it makes up (cmake -DFUZZ=ON, clang); replay.c calls it with the corpus.
#ifndef SEQSCAN_FUZZ_H
#define SEQSCAN_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#endif
