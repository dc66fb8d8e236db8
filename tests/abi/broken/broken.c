/* Files that a host must refuse, one fault a definition. What is not the fault is right. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "abi/sluice_plugin.h"

struct sluice_task {
  int unused;
};

static sluice_result create(sluice_ctx *ctx, const sluice_config *config, sluice_task **out, sluice_error *error) {
  (void)ctx, (void)config, (void)error;
  *out = calloc(1, sizeof **out);
  return SLUICE_OK;
}
static void destroy(sluice_task *task) { free(task); }
static sluice_result put(sluice_task *task, const sluice_batch *batch, sluice_error *error) {
  (void)task, (void)batch, (void)error;
  return SLUICE_OK;
}

#ifdef SAME_ALIAS /* nothing is wrong with this one, but that another plugin has the class, too, and the other's name is a class of it */
static const char *const aliases[] = {"FileStreamSink", "example-file-sink", NULL};
#endif

static const sluice_plugin plugin = {
#ifdef SAME_ALIAS
    .aliases = aliases,
#endif
#ifdef SHORT_TABLE
    .struct_size = 64,
#else
    .struct_size = sizeof(sluice_plugin),
#endif
#ifdef NEWER_MINOR
    .min_abi_minor = 7,
#endif
#ifdef BAD_NAME
    .name = "Broken Plugin",
#else
    .name = "broken",
#endif
    .version = "1.0.0",
    .summary = "Is refused.",
#ifdef NO_OPEN
    .flags = SLUICE_OWNS_OFFSETS,
#endif
    .create = create,
    .destroy = destroy,
#ifndef NO_PUT
    .put = put,
#endif
};

#if defined(CONSTRUCTOR_WRITES) || defined(CONSTRUCTOR_CONNECTS) || defined(CONSTRUCTOR_RUNS) || defined(CONSTRUCTOR_REMOVES)
static void write_canary(void) { /* what a test must not find made */
  const char *path = getenv("SLUICE_CANARY_FILE");
  const int file = path ? open(path, O_WRONLY | O_CREAT, 0600) : -1;
  if (file >= 0) close(file);
}
#endif

#if defined(CONSTRUCTOR_ABORTS)
__attribute__((constructor)) static void at_load(void) { abort(); }
#elif defined(CONSTRUCTOR_CRASHES)
__attribute__((constructor)) static void at_load(void) { raise(SIGSEGV); }
#elif defined(CONSTRUCTOR_EXITS)
__attribute__((constructor)) static void at_load(void) { _exit(0); }
#elif defined(CONSTRUCTOR_HANGS)
__attribute__((constructor)) static void at_load(void) {
  for (;;) pause();
}
#elif defined(CONSTRUCTOR_WRITES)
__attribute__((constructor)) static void at_load(void) {
  write_canary();
}
#elif defined(CONSTRUCTOR_CONNECTS)
__attribute__((constructor)) static void at_load(void) {
  if (socket(AF_INET, SOCK_STREAM, 0) >= 0) write_canary();
}
#elif defined(CONSTRUCTOR_RUNS)
__attribute__((constructor)) static void at_load(void) {
  if (system("touch \"$SLUICE_CANARY_FILE\"") == 0) write_canary();
}
#elif defined(CONSTRUCTOR_REMOVES)
__attribute__((constructor)) static void at_load(void) {
  if (unlink(getenv("SLUICE_CANARY_VICTIM")) == 0) write_canary();
}
#elif defined(UNDEFINED_FUNCTION)
void sluice_nobody_defines_this(void);
__attribute__((constructor)) static void at_load(void) { sluice_nobody_defines_this(); }
#endif

#if defined(NO_SYMBOL)
SLUICE_EXPORT const sluice_plugin *some_other_entry(void);
const sluice_plugin *some_other_entry(void) { return &plugin; }
#elif defined(OTHER_MAJOR)
SLUICE_EXPORT const sluice_plugin *sluice_plugin_v2(const sluice_host *host, sluice_error *error);
const sluice_plugin *sluice_plugin_v2(const sluice_host *host, sluice_error *error) {
  (void)host, (void)error;
  return &plugin;
}
#else
const sluice_plugin *sluice_plugin_v1(const sluice_host *host, sluice_error *error) {
  (void)host;
#ifdef RETURNS_NULL
  strcpy(error->message, "this machine has no teapot");
  return NULL;
#endif
#ifdef NO_PUT
  (void)put;
#endif
  (void)error;
  return &plugin;
}
#endif
