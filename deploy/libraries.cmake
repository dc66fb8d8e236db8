# Finds the libraries that sluice stands on and gives each a target; everybody else links a target.
#
# librdkafka and libpqxx are linked statically. They come from the system where it has them new enough (Debian 13), else
# from the prefix that deploy/setup.sh fills: SLUICE_DEPS, by default <cache folder>/sluice/deps. What they stand on
# (OpenSSL, curl, SASL, zstd, lz4, zlib, libpq) stays shared, so that security updates reach it.
if(NOT SLUICE_DEPS)
  if(DEFINED ENV{SLUICE_DEPS})
    set(SLUICE_DEPS "$ENV{SLUICE_DEPS}")
  elseif(DEFINED ENV{XDG_CACHE_HOME})
    set(SLUICE_DEPS "$ENV{XDG_CACHE_HOME}/sluice/deps")
  else()
    set(SLUICE_DEPS "$ENV{HOME}/.cache/sluice/deps")
  endif()
endif()
list(PREPEND CMAKE_PREFIX_PATH "${SLUICE_DEPS}")
set(ENV{PKG_CONFIG_PATH} "${SLUICE_DEPS}/lib/pkgconfig:$ENV{PKG_CONFIG_PATH}")

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# The .pc files name version and folders, but not all that the static libraries need; hence the lists by hand.
pkg_check_modules(RDKAFKA rdkafka-static>=2.8)
pkg_check_modules(PQXX libpqxx>=7.9)
if(NOT RDKAFKA_FOUND OR NOT PQXX_FOUND)
  message(FATAL_ERROR "librdkafka >= 2.8 (static) or libpqxx >= 7.9 was not found, neither in the system nor in "
                      "${SLUICE_DEPS}. Run ./deploy/setup.sh once: it installs or builds both.")
endif()

pkg_check_modules(RDKAFKA_NEEDS REQUIRED IMPORTED_TARGET libssl libcrypto libsasl2 libcurl libzstd liblz4 zlib)
pkg_get_variable(RDKAFKA_LIB_DIR rdkafka-static libdir)
find_library(RDKAFKA_ARCHIVE librdkafka.a PATHS ${RDKAFKA_LIB_DIR} NO_DEFAULT_PATH REQUIRED)
add_library(sluice::rdkafka STATIC IMPORTED)
set_target_properties(sluice::rdkafka PROPERTIES
  IMPORTED_LOCATION ${RDKAFKA_ARCHIVE}
  INTERFACE_INCLUDE_DIRECTORIES "${RDKAFKA_INCLUDE_DIRS}")
target_link_libraries(sluice::rdkafka INTERFACE PkgConfig::RDKAFKA_NEEDS Threads::Threads ${CMAKE_DL_LIBS} m rt)

pkg_check_modules(PQ REQUIRED IMPORTED_TARGET libpq)
pkg_get_variable(PQXX_LIB_DIR libpqxx libdir)
find_library(PQXX_ARCHIVE libpqxx.a PATHS ${PQXX_LIB_DIR} NO_DEFAULT_PATH REQUIRED)
add_library(sluice::pqxx STATIC IMPORTED)
set_target_properties(sluice::pqxx PROPERTIES
  IMPORTED_LOCATION ${PQXX_ARCHIVE}
  INTERFACE_INCLUDE_DIRECTORIES "${PQXX_INCLUDE_DIRS}")
target_link_libraries(sluice::pqxx INTERFACE PkgConfig::PQ)

pkg_check_modules(SIMDJSON REQUIRED IMPORTED_TARGET simdjson>=3.0)

find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(RapidJSON REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(CURL 7.85 REQUIRED)
find_library(CRYPT_LIBRARY crypt REQUIRED)  # libcrypt-dev, which every compiler brings

# yaml-cpp 0.7 has no namespaced target, RapidJSON only variables: one name each, headers treated as the system's.
add_library(sluice_yaml INTERFACE)
target_link_libraries(sluice_yaml INTERFACE yaml-cpp)
add_library(sluice::yaml ALIAS sluice_yaml)
add_library(sluice_rapidjson INTERFACE)
target_include_directories(sluice_rapidjson SYSTEM INTERFACE ${RapidJSON_INCLUDE_DIRS} ${RAPIDJSON_INCLUDE_DIRS})
add_library(sluice::rapidjson ALIAS sluice_rapidjson)
