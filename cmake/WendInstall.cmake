# `cmake --install`: the library with its package file, the public headers, the command, the licence.
# With an emulated device nothing, but for the component `package_test`: what that test of a
# sanitized build installs to a scratch prefix.
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/wend)

set(libraries wend)
set(part "")
if(WEND_CUDA_EMULATED)
  list(APPEND libraries cuda_emulation)
  set(part COMPONENT package_test EXCLUDE_FROM_ALL)
endif()

install(TARGETS ${libraries} EXPORT wendTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
                                                        ${part})
install(TARGETS wend-cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} ${part})
install(DIRECTORY include/wend DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} ${part})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/wend ${part})
install(EXPORT wendTargets NAMESPACE wend:: DESTINATION ${package_folder} ${part})

configure_package_config_file(cmake/wendConfig.cmake.in wendConfig.cmake
                              INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(wendConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/wendConfig.cmake ${CMAKE_BINARY_DIR}/wendConfigVersion.cmake
              cmake/FindFa.cmake DESTINATION ${package_folder} ${part})
