// deliver.h - from a report to the files, the terminal and the services that are to have it.
#ifndef SEQSCAN_DELIVER_H
#define SEQSCAN_DELIVER_H

#include "options.h"

// Write each report that the options ask for. `style` is what the reports have in common; colours and width are found
// out for each.
int deliver(const Report *report, const Options *options, const ReportOptions *style, Error *err);

#endif
