# tsc_add_library(NAME GRAPH file.tsc... [CPU cpu...] [STATIC] [STRICT])
#
# Compiles graph files, a C function each, to a library that targets link, with its header NAME.h:
#
#   tsc_add_library(model GRAPH model.tsc CPU x86-64-v3)
#   target_link_libraries(program PRIVATE model)      # #include "model.h"
#
# CPU    what it runs on (tsc targets lists them); the machine that builds, if not given. With several there is a
#        target for each, NAME-CPU: libraries to choose from at run time.
# STATIC a static library instead of a shared one.
# STRICT as tsc compile --strict.
#
# The library is built again when a graph file or a data file that it names changes.
function(tsc_add_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "STATIC;STRICT" "" "GRAPH;CPU")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "tsc_add_library(${name}): what is '${arg_UNPARSED_ARGUMENTS}'?")
  endif()
  if(NOT arg_GRAPH)
    message(FATAL_ERROR "tsc_add_library(${name}): needs GRAPH file.tsc...")
  endif()
  list(LENGTH arg_CPU cpus)
  if(cpus LESS 2)
    _tsc_add_library(${name} ${name} "${arg_CPU}")
  else()
    foreach(cpu IN LISTS arg_CPU)
      _tsc_add_library(${name}-${cpu} ${name} ${cpu})
    endforeach()
  endif()
endfunction()

# One target, with the arguments of the function above (arg_...).
function(_tsc_add_library target name cpu)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target}.tsc)
  set(header ${folder}/${name}.h)
  if(arg_STATIC)
    set(kind STATIC)
    set(emit a)
  else()
    set(kind SHARED)
    set(emit lib)
  endif()
  set(library ${folder}/${CMAKE_${kind}_LIBRARY_PREFIX}${name}${CMAKE_${kind}_LIBRARY_SUFFIX})
  set(options --emit=${emit})
  if(NOT arg_STATIC)
    list(APPEND options --soname ${CMAKE_SHARED_LIBRARY_PREFIX}${name}${CMAKE_SHARED_LIBRARY_SUFFIX})
  endif()
  if(cpu)
    list(APPEND options --cpu ${cpu})
  endif()
  if(arg_STRICT)
    list(APPEND options --strict)
  endif()
  set(graphs)
  foreach(graph IN LISTS arg_GRAPH)
    cmake_path(ABSOLUTE_PATH graph BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    list(APPEND graphs ${graph})
  endforeach()
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(
    OUTPUT ${library} ${header}
    COMMAND tsc::tool compile ${graphs} -o ${library} --header ${header} --depfile ${folder}/depfile ${options}
    DEPENDS ${graphs} tsc::tool
    DEPFILE ${folder}/depfile
    COMMENT "Compiling graphs of ${target}"
    VERBATIM COMMAND_EXPAND_LISTS)
  add_custom_target(${target}-compiled ALL DEPENDS ${library} ${header})
  add_library(${target} ${kind} IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES IMPORTED_LOCATION ${library} INTERFACE_INCLUDE_DIRECTORIES ${folder})
  if(arg_STATIC)
    set_target_properties(${target} PROPERTIES INTERFACE_LINK_LIBRARIES m)
  endif()
  add_dependencies(${target} ${target}-compiled)
endfunction()
