// manual.h - texts for the system that seqscan is installed on, made of the tables of options, commands, formats and rules.
#ifndef SEQSCAN_MANUAL_H
#define SEQSCAN_MANUAL_H

#include "base.h"

// The manual page seqscan(1), in the macros of man(7).
void manual_page(Text *out);

// The completion of `shell`: bash, zsh or fish. Fails for other shells.
int completion_script(const char *shell, Text *out, Error *err);

#endif
