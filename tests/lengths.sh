#!/bin/bash
# Lengths of our functions in lines: median, 90th percentile, the longest ones. For information; needs universal-ctags.
set -euo pipefail
cd "$(dirname "$0")/.."

lengths=$(git ls-files -co --exclude-standard 'scanner/*.c' |
  ctags -f - -L - --languages=C --kinds-C=f --fields=+ne --excmd=number |
  awk -F'\t' '{
    for (i = 4; i <= NF; i++) {
      if ($i ~ /^line:/) first = substr($i, 6)
      if ($i ~ /^end:/) last = substr($i, 5)
    }
    print last - first + 1, $2 ":" first, $1
  }' | sort -n)

echo "$lengths" | awk '{ n[NR] = $1 } END {
  printf "%d functions, median %d, p90 %d, max %d\n", NR, n[int((NR + 1) / 2)], n[int(NR * 0.9 + 0.5)], n[NR] }'
echo "$lengths" | tail -n 5
wc -l $(git ls-files -co --exclude-standard 'scanner/*.c') | sort -n | tail -n 6
