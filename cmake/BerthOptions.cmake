# Language level, warnings, sanitizers and hardening: one place, chosen by CMakePresets.json.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

option(BERTH_TESTS "Build the tests" ON)
option(BERTH_WARNINGS_AS_ERRORS "Treat warnings as errors (presets only)" OFF)
set(BERTH_SANITIZE "" CACHE STRING "Sanitizers, for example address,undefined or thread")
option(BERTH_FUZZ "Build the fuzz targets (clang only, see scripts/fuzz)" OFF)

add_library(berth_options INTERFACE)
target_compile_options(
  berth_options
  INTERFACE -Wall -Wextra -Wpedantic -Wshadow
            $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
            $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast>
            -Wconversion
            # Designated initialisers name what matters; the rest has its default.
            -Wno-missing-field-initializers
            # g++ 12 sees uninitialised members in moved std::variants that are none.
            $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
            $<$<BOOL:${BERTH_WARNINGS_AS_ERRORS}>:-Werror>)
target_include_directories(berth_options INTERFACE ${CMAKE_SOURCE_DIR})

if(BERTH_SANITIZE)
  # vptr is off because SOCI is built without RTTI for its private classes.
  add_compile_options(-fsanitize=${BERTH_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${BERTH_SANITIZE})
  if(BERTH_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize=vptr -fno-sanitize-recover=undefined)
    add_link_options(-fno-sanitize=vptr)
  endif()
else()
  add_compile_options(-fstack-protector-strong)
  add_link_options(-Wl,-z,relro,-z,now)
endif()
if(CMAKE_BUILD_TYPE MATCHES "Rel")
  add_compile_definitions(_FORTIFY_SOURCE=2)
endif()

if(BERTH_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(BERTH_CCACHE ccache)
if(BERTH_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${BERTH_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${BERTH_CCACHE})
endif()
find_program(BERTH_MOLD mold)
if(BERTH_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
