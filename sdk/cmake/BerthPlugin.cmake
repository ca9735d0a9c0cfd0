# berth_add_plugin(NAME KIND hsm|storage|… SOURCES … [LINKS …] [MANIFEST manifest.json.in]
#                  [CONFIG_SCHEMA config.schema.json])
#
# One plugin as a loadable module, built the way a host accepts it:
#  - exports berth_plugin_entry_v1 and nothing else (hidden visibility, a version script, archives
#    excluded), so that two plugins never share a static by accident (-fno-gnu-unique);
#  - every symbol resolved at link time, relocations read-only after start, no run path.
# Result: ${CMAKE_BINARY_DIR}/plugins/<kind>/<name>.so, beside it <name>.manifest.json with the
# version and the library's SHA-256 filled in, and <name>.config.schema.json. With
# -DBERTH_PLUGIN_SIGNING_KEY=key.pem (Ed25519) also the signature, <name>.manifest.json.sig; a host in
# production loads no plugin without one.
#
# The target is NAME. Warnings of the surrounding project apply; its include folders do not: a
# plugin sees the SDK only.

function(berth_add_plugin name)
  cmake_parse_arguments(ARG "" "KIND;MANIFEST;CONFIG_SCHEMA;VERSION" "SOURCES;LINKS" ${ARGN})
  if(NOT ARG_KIND OR NOT ARG_SOURCES)
    message(FATAL_ERROR "berth_add_plugin(${name}): KIND and SOURCES are needed")
  endif()
  if(NOT ARG_VERSION)
    set(ARG_VERSION ${PROJECT_VERSION})
  endif()
  set(folder ${CMAKE_BINARY_DIR}/plugins/${ARG_KIND})
  set(script ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/berth_plugin.version)

  add_library(${name} MODULE ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE berth_sdk ${ARG_LINKS})
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_compile_definitions(${name} PRIVATE BERTH_PLUGIN_VERSION="${ARG_VERSION}")
  target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
  if(TARGET berth_options)
    target_compile_options(
      ${name} PRIVATE $<TARGET_PROPERTY:berth_options,INTERFACE_COMPILE_OPTIONS>)
  endif()
  set_target_properties(
    ${name}
    PROPERTIES PREFIX ""
               SUFFIX ".so"
               OUTPUT_NAME ${name}
               LIBRARY_OUTPUT_DIRECTORY ${folder}
               C_VISIBILITY_PRESET hidden
               CXX_VISIBILITY_PRESET hidden
               VISIBILITY_INLINES_HIDDEN ON
               SKIP_BUILD_RPATH ON
               INSTALL_RPATH ""
               LINK_DEPENDS ${script})
  target_link_options(
    ${name}
    PRIVATE
    LINKER:--version-script=${script}
    LINKER:-z,now
    LINKER:-z,relro
    LINKER:--exclude-libs,ALL)
  # A sanitizer's runtime is resolved from the host program, so its symbols are open here.
  if(NOT BERTH_SANITIZE)
    target_link_options(${name} PRIVATE LINKER:-z,defs)
  endif()

  if(ARG_CONFIG_SCHEMA)
    set(schema ${folder}/${name}.config.schema.json)
    configure_file(${ARG_CONFIG_SCHEMA} ${schema} COPYONLY)
  endif()
  if(ARG_MANIFEST)
    # A changed template or schema is a changed manifest, though the code is the same.
    set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS
                                                ${CMAKE_CURRENT_SOURCE_DIR}/${ARG_MANIFEST} ${schema})
    add_custom_command(
      TARGET ${name}
      POST_BUILD
      COMMAND
        ${CMAKE_COMMAND} -DTEMPLATE=${CMAKE_CURRENT_SOURCE_DIR}/${ARG_MANIFEST}
        -DLIBRARY=$<TARGET_FILE:${name}> -DVERSION=${ARG_VERSION}
        -DOUTPUT=$<TARGET_FILE_DIR:${name}>/${name}.manifest.json -DCONFIG_SCHEMA=${schema}
        -DSIGNING_KEY=${BERTH_PLUGIN_SIGNING_KEY} -P
        ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/BerthFillManifest.cmake
      VERBATIM)
  endif()
endfunction()

# berth_check_plugin(NAME [CONFIG config.json …] [PREPARE command])
#
# The test NAME.check: berth-plugin-check puts the plugin NAME to the proof with these
# configurations; PREPARE is run in each new folder that a configuration's @PLACE@ stands for.
function(berth_check_plugin name)
  cmake_parse_arguments(ARG "" "PREPARE" "CONFIG" ${ARGN})
  set(arguments)
  foreach(config IN LISTS ARG_CONFIG)
    list(APPEND arguments --config ${CMAKE_CURRENT_SOURCE_DIR}/${config})
  endforeach()
  if(ARG_PREPARE)
    list(APPEND arguments --prepare ${ARG_PREPARE})
  endif()
  add_test(NAME ${name}.check COMMAND berth-plugin-check $<TARGET_FILE:${name}> ${arguments})
endfunction()
