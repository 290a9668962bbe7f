# cmake -DOUT=extractor.h -DROOT=<repository> "-DSOURCES=<file>;..." -P extractor.cmake
# Write the version of what makes facts, a hash of its sources, for scanner/facts_store.c.

set(hashes "")
foreach(source ${SOURCES})
  file(SHA256 ${ROOT}/${source} hash)
  string(APPEND hashes "${source} ${hash}\n")
endforeach()
string(SHA256 version "${hashes}")
string(SUBSTRING ${version} 0 16 version)
file(WRITE ${OUT} "#define EXTRACTOR_VERSION 0x${version}u\n")
