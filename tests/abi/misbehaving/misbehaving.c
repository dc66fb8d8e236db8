/* Sinks that load and mostly work, but break one rule of the header each: the conformance list has to notice. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "abi/sluice_plugin.h"

struct sluice_task {
  sluice_ctx *ctx;
  const volatile char *kept; /* a pointer into the batch before */
};

static const sluice_host *host_table;

#ifdef LEAKS_A_THREAD
static void *sleep_for_ever(void *unused) {
  (void)unused;
  for (;;) pause();
  return NULL;
}
#endif

static sluice_result create(sluice_ctx *ctx, const sluice_config *config, sluice_task **out, sluice_error *error) {
  (void)config, (void)error;
#ifdef LEAKS_DESCRIPTORS
  (void)open("/dev/null", O_RDONLY);
#endif
#ifdef LEAKS_A_THREAD
  pthread_t thread;
  pthread_create(&thread, NULL, sleep_for_ever, NULL);
#endif
#ifdef PRINTS
  puts("hello");
#endif
#ifdef CHANGES_FOLDER
  if (chdir("/") != 0) return SLUICE_FATAL;
#endif
  *out = calloc(1, sizeof **out);
  (*out)->ctx = ctx;
  return SLUICE_OK;
}

static void destroy(sluice_task *task) { free(task); }

static sluice_result open_partitions(sluice_task *task, sluice_partition *list, size_t count, sluice_error *error) {
  (void)task, (void)list, (void)count, (void)error;
  return SLUICE_OK;
}

static sluice_result put(sluice_task *task, const sluice_batch *batch, sluice_error *error) {
  (void)error, (void)task, (void)batch;
#ifdef KEEPS_A_POINTER
  if (task->kept && *task->kept == 'x') task->kept = NULL;
  task->kept = (const volatile char *)batch->records[0].value;
#endif
#ifdef WRITES_A_RECORD
  *(volatile int64_t *)(uintptr_t)&batch->records[0].offset = 1;
#endif
#ifdef SILENT_FAILURE
  return SLUICE_RETRY;
#endif
#ifdef UNKNOWN_RESULT
  return 17;
#endif
#ifdef REJECTS_BEYOND
  {
    const uint32_t index = batch->record_count;
    sluice_error why;
    memset(&why, 0, sizeof why);
    strcpy(why.message, "bad");
    return host_table->reject_many(task->ctx, batch, &index, &why, 1);
  }
#endif
#ifdef KEEPS_A_BATCH
  host_table->retain(task->ctx, batch);
#endif
#ifdef CRASHES_ON_NULL
  {
    volatile char sum = 0;
    uint32_t i;
    for (i = 0; i < batch->record_count; ++i) sum = (char)(sum + *(const volatile char *)batch->records[i].value);
  }
#endif
  return SLUICE_OK;
}

#ifdef COMMITS_AHEAD
static sluice_result commit(sluice_task *task, sluice_partition *list, size_t count, sluice_error *error) {
  size_t i;
  (void)task, (void)error;
  for (i = 0; i < count; ++i) ++list[i].offset;
  return SLUICE_OK;
}
#endif

#ifdef OPTION_WITHOUT_DOC
static const sluice_option options[] = {{.name = "some.option", .kind = SLUICE_STRING}};
#endif

static sluice_plugin plugin = {
    .struct_size = sizeof(sluice_plugin),
    .name = "misbehaving",
#ifndef NO_VERSION
    .version = "1.0.0",
#endif
    .summary = "Breaks one rule.",
#ifdef OPTION_WITHOUT_DOC
    .options = options,
    .option_count = 1,
#endif
#ifdef FORGETS_POSITION
    .flags = SLUICE_OWNS_OFFSETS,
#endif
    .create = create,
    .destroy = destroy,
    .open = open_partitions,
    .put = put,
#ifdef COMMITS_AHEAD
    .commit = commit,
#endif
};

#ifdef SLOW_LOAD
__attribute__((constructor)) static void at_load(void) {
  const struct timespec pause_for = {4, 0};
  nanosleep(&pause_for, NULL);
}
#endif

#ifdef TWO_SYMBOLS
SLUICE_EXPORT int another_symbol;
int another_symbol = 1;
#endif

const sluice_plugin *sluice_plugin_v1(const sluice_host *host, sluice_error *error) {
  (void)error;
#ifdef ANOTHER_TABLE
  static sluice_plugin second;
  if (host_table) {
    second = plugin;
    return &second;
  }
#endif
  host_table = host;
  return &plugin;
}
