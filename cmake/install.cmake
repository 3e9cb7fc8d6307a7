# What `cmake --install` puts where, and the packages made of it. The tree may be moved as a whole.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# Everything in one shared library that shows the names of the public headers alone: two versions of LLVM, fmt
# or tsc's own parts may be in a process.
set(parts tsc tsc_core tsc_runtime tsc_cache tsc_support)
list(TRANSFORM parts REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)
set(exports ${CMAKE_CURRENT_LIST_DIR}/exports.map)
add_library(tsc_shared SHARED ${objects})
set_target_properties(tsc_shared PROPERTIES
  OUTPUT_NAME tsc EXPORT_NAME tsc LINKER_LANGUAGE CXX LINK_DEPENDS ${exports}
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
target_compile_features(tsc_shared INTERFACE cxx_std_20)
target_include_directories(tsc_shared INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(tsc_shared PRIVATE tsc) # for what it needs; its own objects are there already
target_link_options(tsc_shared PRIVATE -Wl,--version-script=${exports} -Wl,-z,defs)
set_target_properties(tsc_tool PROPERTIES EXPORT_NAME tool)
set_target_properties(tsc-cache_tool PROPERTIES EXPORT_NAME cache_tool)

# The compiler is opened by its name: it lies beside the library, and where the program says.
file(RELATIVE_PATH lib_from_bin ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
set_target_properties(tsc_shared PROPERTIES INSTALL_RPATH "$ORIGIN")
set_target_properties(tsc_tool PROPERTIES INSTALL_RPATH "$ORIGIN/${lib_from_bin}")
install(TARGETS tsc_shared tsc_tool tsc-cache_tool EXPORT tscTargets)
if(TSC_CPU_JIT)
  install(TARGETS tsc_clang EXPORT tscTargets LIBRARY NAMELINK_SKIP)
endif()
# The headers are found and rewritten when they are installed.
install(CODE "set(TSC_SOURCE_DIR [[${PROJECT_SOURCE_DIR}]])
set(TSC_INCLUDE_DIR \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_INCLUDEDIR}\")")
install(SCRIPT ${CMAKE_CURRENT_LIST_DIR}/install_headers.cmake)
install(CODE "set(TSC_PROGRAMS [[$<TARGET_FILE:tsc_tool>]] [[$<TARGET_FILE:tsc-cache_tool>]])
set(TSC_SHARE \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}\")")
install(SCRIPT ${CMAKE_CURRENT_LIST_DIR}/install_manuals.cmake)

set(folder ${CMAKE_INSTALL_LIBDIR}/cmake/tsc)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/tscConfig.cmake.in ${PROJECT_BINARY_DIR}/tscConfig.cmake
                              INSTALL_DESTINATION ${folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tscConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(EXPORT tscTargets NAMESPACE tsc:: DESTINATION ${folder})
install(FILES ${PROJECT_BINARY_DIR}/tscConfig.cmake ${PROJECT_BINARY_DIR}/tscConfigVersion.cmake
              ${CMAKE_CURRENT_LIST_DIR}/tsc_add_library.cmake DESTINATION ${folder})

# pkg-config finds its prefix from where the file stands.
file(RELATIVE_PATH TSC_PREFIX_FROM_PC /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${CMAKE_CURRENT_LIST_DIR}/tsc.pc.in ${PROJECT_BINARY_DIR}/tsc.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/tsc.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES README.md LICENSE CHANGELOG.md SECURITY.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PACKAGE_NAME ${TSC_TOOL_NAME})
set(CPACK_PACKAGE_VENDOR "The tsc authors")
set(CPACK_PACKAGE_CONTACT "The tsc authors <tsc@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Tensor compiler for C++ programs, with a command-line tool")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
if(TSC_BLAS)
  set(CPACK_DEBIAN_PACKAGE_DEPENDS libopenblas0) # opened by name at run time: no tool can see it
endif()
include(CPack)
