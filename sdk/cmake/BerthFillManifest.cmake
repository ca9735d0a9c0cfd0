# Fills @VERSION@, @LIBRARY_FILE@, @LIBRARY_SHA256@, @MACHINE@, @CONFIG_SCHEMA_FILE@ and
# @CONFIG_SCHEMA_SHA256@ of a plugin's manifest template, and signs the manifest when there is a key.
# Run with -P after the library is linked; takes TEMPLATE, LIBRARY, VERSION, OUTPUT, and if wanted
# CONFIG_SCHEMA and SIGNING_KEY (an Ed25519 private key in PEM).
file(SHA256 ${LIBRARY} LIBRARY_SHA256)
get_filename_component(LIBRARY_FILE ${LIBRARY} NAME)
cmake_host_system_information(RESULT machine QUERY OS_PLATFORM)
set(MACHINE "${machine}-linux-gnu")
if(CONFIG_SCHEMA)
  file(SHA256 ${CONFIG_SCHEMA} CONFIG_SCHEMA_SHA256)
  get_filename_component(CONFIG_SCHEMA_FILE ${CONFIG_SCHEMA} NAME)
endif()
configure_file(${TEMPLATE} ${OUTPUT} @ONLY)

# A signature of the build before is none of this one.
file(REMOVE ${OUTPUT}.sig)
if(SIGNING_KEY)
  execute_process(COMMAND openssl pkeyutl -sign -rawin -inkey ${SIGNING_KEY} -in ${OUTPUT} -out
                          ${OUTPUT}.sig RESULT_VARIABLE failed)
  if(failed)
    file(REMOVE ${OUTPUT}.sig)
    message(FATAL_ERROR "${OUTPUT} cannot be signed with ${SIGNING_KEY}")
  endif()
endif()
