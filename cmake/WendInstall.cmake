# `cmake --install`: the library with its package file, the public headers, the command, the licence.
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/wend)

install(TARGETS wend EXPORT wendTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS wend-cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY include/wend DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/wend)
install(EXPORT wendTargets NAMESPACE wend:: DESTINATION ${package_folder})

configure_package_config_file(cmake/wendConfig.cmake.in wendConfig.cmake
                              INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(wendConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/wendConfig.cmake ${CMAKE_BINARY_DIR}/wendConfigVersion.cmake
              cmake/FindFa.cmake DESTINATION ${package_folder})
