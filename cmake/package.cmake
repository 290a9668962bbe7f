# The manual page and the completions, which the program prints itself, where they are installed, and the Debian package.
set(pages ${CMAKE_CURRENT_BINARY_DIR}/pages)
file(MAKE_DIRECTORY ${pages})
add_custom_command(
  OUTPUT ${pages}/seqscan.1 ${pages}/seqscan.1.gz ${pages}/seqscan ${pages}/_seqscan ${pages}/seqscan.fish
  COMMAND seqscan manual --output seqscan.1
  COMMAND gzip -9nkf seqscan.1
  COMMAND seqscan completion bash --output seqscan
  COMMAND seqscan completion zsh --output _seqscan
  COMMAND seqscan completion fish --output seqscan.fish
  DEPENDS seqscan
  WORKING_DIRECTORY ${pages}
  VERBATIM)
add_custom_target(pages ALL DEPENDS ${pages}/seqscan.1)

install(FILES ${pages}/seqscan.1.gz DESTINATION share/man/man1)
install(FILES ${pages}/seqscan DESTINATION share/bash-completion/completions)
install(FILES ${pages}/_seqscan DESTINATION share/zsh/vendor-completions)
install(FILES ${pages}/seqscan.fish DESTINATION share/fish/vendor_completions.d)
install(FILES README.md docs/configuration.md docs/own-rules.md DESTINATION share/doc/seqscan)
install(DIRECTORY docs/rules DESTINATION share/doc/seqscan)

if(NOT PACKAGED)
  return()
endif()

set(SEQSCAN_MAINTAINER "seqscan maintainers <maintainers@seqscan.example>" CACHE STRING "Who answers for the package")
string(TIMESTAMP DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)  # SOURCE_DATE_EPOCH where it is set
configure_file(packaging/deb/changelog.in deb/changelog @ONLY)
execute_process(COMMAND gzip -9nkf deb/changelog WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${PROJECT_SOURCE_DIR}/packaging/copyright OUTPUT_FILE deb/copyright
                WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR} COMMAND_ERROR_IS_FATAL ANY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/deb/changelog.gz ${CMAKE_CURRENT_BINARY_DIR}/deb/copyright
        DESTINATION share/doc/seqscan)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "${SEQSCAN_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "find database performance mistakes in JavaScript and TypeScript")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "seqscan reads repositories of JavaScript and TypeScript and reports\n\
queries that run once per element of a loop, writes that could be one\n\
statement, missing indexes and mistakes with transactions. It follows\n\
calls through functions and files, and needs no configuration and no\n\
running database.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
include(CPack)
