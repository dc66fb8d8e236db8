# What this build is made of, for whoever has to know whether a hole in a library is one of ours: build/PRESET/versions.txt, which the
# package brings as well. What is shared comes with the system's own updates; what is static or a header needs a new build of sluice.
pkg_check_modules(PROMETHEUS QUIET prometheus-cpp-core)  # its own configuration says no version
set(sluice_linked_in "librdkafka ${RDKAFKA_VERSION}" "libpqxx ${PQXX_VERSION}" "RapidJSON ${RapidJSON_VERSION}" "CLI11 ${CLI11_VERSION}"
  "Boost ${Boost_VERSION}" "prometheus-cpp ${PROMETHEUS_VERSION}")
set(sluice_shared "OpenSSL ${OPENSSL_VERSION}" "libcurl ${RDKAFKA_NEEDS_libcurl_VERSION}" "libsasl2 ${RDKAFKA_NEEDS_libsasl2_VERSION}"
  "zstd ${RDKAFKA_NEEDS_libzstd_VERSION}" "lz4 ${RDKAFKA_NEEDS_liblz4_VERSION}" "zlib ${RDKAFKA_NEEDS_zlib_VERSION}" "libpq ${PQ_VERSION}"
  "simdjson ${SIMDJSON_VERSION}" "yaml-cpp ${yaml-cpp_VERSION}" "fmt ${fmt_VERSION}" "spdlog ${spdlog_VERSION}")
set(sluice_versions "sluice ${PROJECT_VERSION}, built with ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}\n")
foreach(kind linked_in shared)
  foreach(library IN LISTS sluice_${kind})
    if(NOT library MATCHES "^[^ ]+ [0-9]")
      message(FATAL_ERROR "deploy/versions.cmake: \"${library}\" has no version; correct the name of its variable there")
    endif()
    string(APPEND sluice_versions "${library} (${kind})\n")
  endforeach()
endforeach()
string(REPLACE "linked_in" "linked in" sluice_versions "${sluice_versions}")
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/versions.txt CONTENT "${sluice_versions}" @ONLY)
