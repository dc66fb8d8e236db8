# Runs at installation, when the prefix is known at last. Given: SLUICE_SOURCE, SLUICE_SCRATCH, SLUICE_BINDIR, SLUICE_STOP_LIMIT.
# Debian's rule, which is GNU's: /usr keeps its configuration in /etc, any other prefix in a folder of its own.
set(prefix "${CMAKE_INSTALL_PREFIX}")
if(prefix STREQUAL "/usr")
  set(CONF /etc/sluice)
else()
  set(CONF "${prefix}/etc/sluice")
endif()
set(BIN "${prefix}/${SLUICE_BINDIR}")
set(STOP_LIMIT ${SLUICE_STOP_LIMIT})
math(EXPR STOP_TIMEOUT "${STOP_LIMIT} + 5")

configure_file("${SLUICE_SOURCE}/deploy/package/sluice.service.in" "${SLUICE_SCRATCH}/sluice.service" @ONLY)
file(INSTALL "${SLUICE_SCRATCH}/sluice.service" DESTINATION "${prefix}/lib/systemd/system")

# The host file is configs/sluice.yaml, so that every key is explained once; only what is elsewhere on an installed host is changed.
file(READ "${SLUICE_SOURCE}/configs/sluice.yaml" text)
function(change old new)
  string(FIND "${text}" "${old}" first)
  string(FIND "${text}" "${old}" last REVERSE)
  if(first EQUAL -1 OR NOT first EQUAL last)
    message(FATAL_ERROR "configs/sluice.yaml should have this once, for the installed host's file to be made of it: ${old}")
  endif()
  string(REPLACE "${old}" "${new}" text "${text}")
  set(text "${text}" PARENT_SCOPE)
endfunction()
change("`sluice run` and `sluice validate` read it from configs/sluice.yaml, or\n# /etc/sluice/sluice.yaml where that is not there, unless -c names another."
       "`sluice run` and `sluice validate` read it from ${CONF}/sluice.yaml\n# unless -c names another.")
change("first the build's, then the installed. One that" "first the package's, then your own. One that")
change("  - ../build/release/plugins\n" "  - ${prefix}/lib/sluice/plugins\n")
change("\nconnectors.dir: connectors\n" "\nconnectors.dir: ${CONF}/connectors\n")
change("\nstate.dir: state\n" "\nstate.dir: /var/lib/sluice\n")
change("\n  paths: []\n" "\n  paths: [${CONF}/secrets]\n")
file(WRITE "${SLUICE_SCRATCH}/sluice.yaml" "${text}")
file(INSTALL "${SLUICE_SCRATCH}/sluice.yaml" DESTINATION "${CONF}")
file(INSTALL "${SLUICE_SOURCE}/deploy/package/environment" DESTINATION "${CONF}" PERMISSIONS OWNER_READ OWNER_WRITE)
# Empty; whose they are is the installer's to say: connectors the user's sluice, secrets root's and readable by that user.
foreach(folder connectors secrets)
  file(MAKE_DIRECTORY "${SLUICE_SCRATCH}/${folder}")
  file(INSTALL DESTINATION "${CONF}" TYPE DIRECTORY FILES "${SLUICE_SCRATCH}/${folder}"
    DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE)
endforeach()
