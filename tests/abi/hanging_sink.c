/* For integration/test_churn.py: a put() that waits, deaf to everything, until the file of option `file` is there. What is stuck
 * in it can be let go by a test, but not by the host. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sluice_plugin.h"

struct sluice_task {
  char *file;
};

static sluice_result create(sluice_ctx *ctx, const sluice_config *config, sluice_task **out, sluice_error *error) {
  sluice_task *task = calloc(1, sizeof *task);
  const sluice_str file = config->values[0].text;
  (void)ctx, (void)error;
  if (!task) return SLUICE_RESTART;
  task->file = calloc(file.len + 1, 1);
  if (!task->file) {
    free(task);
    return SLUICE_RESTART;
  }
  memcpy(task->file, file.data, file.len);
  *out = task;
  return SLUICE_OK;
}

static void destroy(sluice_task *task) {
  free(task->file);
  free(task);
}

static sluice_result put(sluice_task *task, const sluice_batch *batch, sluice_error *error) {
  const struct timespec pause_for = {0, 10000000};
  (void)batch, (void)error;
  while (access(task->file, F_OK) != 0) nanosleep(&pause_for, NULL);
  return SLUICE_OK;
}

static const sluice_option options[] = {
    {.name = "file", .doc = "put() waits for it.", .kind = SLUICE_STRING, .flags = SLUICE_REQUIRED}};

static const sluice_plugin plugin = {
    .struct_size = sizeof(sluice_plugin),
    .name = "hanging-sink",
    .version = "1.0.0",
    .summary = "Waits for a file.",
    .options = options,
    .option_count = 1,
    .create = create,
    .destroy = destroy,
    .put = put,
};

const sluice_plugin *sluice_plugin_v1(const sluice_host *host, sluice_error *error) {
  (void)host, (void)error;
  return &plugin;
}
