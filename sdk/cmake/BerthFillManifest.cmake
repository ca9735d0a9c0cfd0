# Fills @VERSION@, @LIBRARY_FILE@, @LIBRARY_SHA256@ and @MACHINE@ of a plugin's manifest template.
# Run with -P after the library is linked; takes TEMPLATE, LIBRARY, VERSION, OUTPUT.
file(SHA256 ${LIBRARY} LIBRARY_SHA256)
get_filename_component(LIBRARY_FILE ${LIBRARY} NAME)
cmake_host_system_information(RESULT machine QUERY OS_PLATFORM)
set(MACHINE "${machine}-linux-gnu")
configure_file(${TEMPLATE} ${OUTPUT} @ONLY)
