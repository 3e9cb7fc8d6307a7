# The C++ programs of README.md, compiled as they stand there for tests/e2e/test_readme.cpp: a block that
# begins with "```cpp NAME.cpp" becomes the program readme/NAME.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/README.md)
file(READ ${PROJECT_SOURCE_DIR}/README.md readme)
string(REPLACE ";" "<semicolon>" readme "${readme}") # CMake's lists end items at them
string(REGEX MATCHALL "```cpp [a-z]+\\.cpp\n[^`]*" blocks "${readme}")
foreach(block IN LISTS blocks)
  string(REGEX MATCH "^```cpp ([a-z]+)\\.cpp\n(.*)" whole "${block}")
  set(name ${CMAKE_MATCH_1})
  string(REPLACE "<semicolon>" ";" code "${CMAKE_MATCH_2}")
  set(file ${CMAKE_CURRENT_BINARY_DIR}/readme/${name}.cpp)
  file(CONFIGURE OUTPUT ${file} CONTENT "#line 1 \"${name}.cpp\"\n${code}" @ONLY)
  add_executable(readme_${name} ${file})
  set_target_properties(readme_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/readme OUTPUT_NAME ${name})
  target_link_libraries(readme_${name} PRIVATE tsc)
  add_dependencies(tests_e2e readme_${name})
endforeach()
