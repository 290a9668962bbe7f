// sha1.h - the checksum of git's files; it proves nothing of who wrote them.
#ifndef SEQSCAN_SHA1_H
#define SEQSCAN_SHA1_H

#include <stddef.h>
#include <stdint.h>

enum { SHA1_SIZE = 20 };

void sha1(uint8_t digest[SHA1_SIZE], const void *bytes, size_t length);

#endif
