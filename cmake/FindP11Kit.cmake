# Defines P11Kit::headers: the PKCS#11 interface as p11-kit writes it down, from Debian's
# libp11-kit-dev. Nothing is linked.
find_path(P11KIT_INCLUDE_DIR p11-kit/pkcs11.h PATH_SUFFIXES p11-kit-1)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(P11Kit DEFAULT_MSG P11KIT_INCLUDE_DIR)
if(P11Kit_FOUND AND NOT TARGET P11Kit::headers)
  add_library(P11Kit::headers INTERFACE IMPORTED)
  set_target_properties(P11Kit::headers PROPERTIES INTERFACE_INCLUDE_DIRECTORIES
                                                   "${P11KIT_INCLUDE_DIR}")
endif()
