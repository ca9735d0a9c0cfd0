# Defines Qrencode::qrencode from Debian's libqrencode-dev.
find_path(QRENCODE_INCLUDE_DIR qrencode.h)
find_library(QRENCODE_LIBRARY qrencode)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Qrencode DEFAULT_MSG QRENCODE_INCLUDE_DIR QRENCODE_LIBRARY)
if(Qrencode_FOUND AND NOT TARGET Qrencode::qrencode)
  add_library(Qrencode::qrencode UNKNOWN IMPORTED)
  set_target_properties(
    Qrencode::qrencode PROPERTIES IMPORTED_LOCATION ${QRENCODE_LIBRARY}
                                  INTERFACE_INCLUDE_DIRECTORIES "${QRENCODE_INCLUDE_DIR}")
endif()
