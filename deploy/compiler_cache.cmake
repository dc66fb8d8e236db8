# Where ccache is installed, what was compiled once is not compiled again, in whichever checkout it stands: five builds of the tests
# are most of what they cost. Not where somebody has chosen a launcher.
find_program(SLUICE_CCACHE ccache)
if(SLUICE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Debugging information may then name another checkout's folder.
  set(with_cache ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${SLUICE_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${with_cache})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${with_cache})
endif()
