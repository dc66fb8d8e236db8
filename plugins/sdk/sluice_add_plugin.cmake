# sluice_add_plugin(NAME SOURCE...): a plugin, with the link line that every plugin needs, so that no author has to write it: one
# exported symbol, nothing undefined, never unloaded. plugins/abi/README.md says why for each flag. Used by sluice's own tree
# and, installed, by find_package(sluice); either sets SLUICE_PLUGIN_MAP, the file that names the symbol.
#
# A sanitizer's runtime lives in the executable, so a build with one sets SLUICE_SANITIZE, and -z defs is left out.
function(sluice_add_plugin name)
  add_library(${name} MODULE ${ARGN})
  set_target_properties(${name} PROPERTIES PREFIX "" C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden)
  if(NOT CMAKE_CXX_STANDARD)
    set_target_properties(${name} PROPERTIES CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON)  # what sluice.hpp needs
  endif()
  target_link_libraries(${name} PRIVATE sluice::abi $<TARGET_NAME_IF_EXISTS:sluice_options>)
  target_compile_options(${name} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
  target_link_options(${name} PRIVATE "LINKER:--version-script=${SLUICE_PLUGIN_MAP}" LINKER:-z,nodelete)
  if(NOT SLUICE_SANITIZE)
    target_link_options(${name} PRIVATE LINKER:-z,defs)
  endif()
endfunction()
