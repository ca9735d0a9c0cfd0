# berth_library(NAME SOURCES … [PUBLIC …] [PRIVATE …])
# One static library for one room. PUBLIC names what its headers include, PRIVATE the rest.
function(berth_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(
    ${name}
    PUBLIC berth_options ${ARG_PUBLIC}
    PRIVATE ${ARG_PRIVATE})
endfunction()

# berth_executable(NAME SOURCES … LINKS …)
function(berth_executable name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE berth_options ${ARG_LINKS})
endfunction()

# berth_test(NAME SOURCES … LINKS … [LABELS …] [POSTGRES | SOFTHSM | RADOSGW])
# A Catch2 program whose cases become ctest entries. It links the room it tests and nothing
# that the room itself does not declare. POSTGRES: it is run beside a PostgreSQL server of its own,
# SOFTHSM: beside SoftHSM2 tokens of its own, RADOSGW: beside an S3 server of its own.
function(berth_test name)
  cmake_parse_arguments(ARG "POSTGRES;SOFTHSM;RADOSGW" "" "SOURCES;LINKS;LABELS;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE berth_options berth_catch_main ${ARG_LINKS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  if(ARG_POSTGRES)
    add_test(NAME ${name}
             COMMAND ${CMAKE_SOURCE_DIR}/tests/postgres/run.sh -- $<TARGET_FILE:${name}>)
  elseif(ARG_SOFTHSM)
    add_test(NAME ${name}
             COMMAND ${CMAKE_SOURCE_DIR}/tests/softhsm/run.sh -- $<TARGET_FILE:${name}>)
  elseif(ARG_RADOSGW)
    add_test(NAME ${name}
             COMMAND ${CMAKE_SOURCE_DIR}/tests/radosgw/run.sh -- $<TARGET_FILE:${name}>)
  else()
    add_test(NAME ${name} COMMAND ${name})
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}")
endfunction()

# berth_timeout(SECONDS TEST…): how long these may take. With a sanitizer the same work takes several
# times as long, and on a busy machine a limit made for other builds ends a test that is in order.
function(berth_timeout seconds)
  if(BERTH_SANITIZE)
    math(EXPR seconds "${seconds} * 4")
  endif()
  set_tests_properties(${ARGN} PROPERTIES TIMEOUT ${seconds})
endfunction()

# Adds every direct subfolder that has a CMakeLists.txt: a room is its folder, listed nowhere else.
function(berth_add_rooms)
  file(GLOB rooms CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} */CMakeLists.txt)
  list(SORT rooms)
  foreach(room IN LISTS rooms)
    get_filename_component(folder ${room} DIRECTORY)
    add_subdirectory(${folder})
  endforeach()
endfunction()
