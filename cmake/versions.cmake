# cmake -DOUT=versions.h -DROOT=<repository> "-DEXTRACTOR=<file>;..." "-DPROGRAM=<file>;..." -P versions.cmake
# Write the versions of what makes facts and of what makes findings, hashes of their sources, for scanner/records.c.

function(hash_of sources out)
  set(hashes "")
  foreach(source ${sources})
    file(SHA256 ${ROOT}/${source} hash)
    string(APPEND hashes "${source} ${hash}\n")
  endforeach()
  string(SHA256 version "${hashes}")
  string(SUBSTRING ${version} 0 16 version)
  set(${out} ${version} PARENT_SCOPE)
endfunction()

hash_of("${EXTRACTOR}" extractor)
hash_of("${PROGRAM}" program)
file(WRITE ${OUT} "#define EXTRACTOR_VERSION 0x${extractor}u\n#define PROGRAM_VERSION 0x${program}u\n")
