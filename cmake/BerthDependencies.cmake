# Everything Berth takes from the system. SOCI ships no CMake package on Debian 12.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Poco REQUIRED COMPONENTS Foundation Util Net NetSSL)
find_package(Boost 1.74 REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(Soci REQUIRED)
find_package(Qrencode REQUIRED)
find_package(P11Kit REQUIRED)
find_package(CURL 7.88 REQUIRED)

# Boost.DLL alone, without Boost.Filesystem.
add_library(berth_boost_dll INTERFACE)
target_compile_definitions(berth_boost_dll INTERFACE BOOST_DLL_USE_STD_FS)
target_link_libraries(berth_boost_dll INTERFACE Boost::headers ${CMAKE_DL_LIBS})
