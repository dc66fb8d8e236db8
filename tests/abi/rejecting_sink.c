/* For tests of dead letters: appends the routed topic and the value to `file`, a record a line, and gives up by reject_many() on
 * values that begin with BAD. Its put() is durable, and it owns no offsets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice_plugin.h"

struct sluice_task {
  sluice_ctx *ctx;
  FILE *file;
};

static const sluice_host *host_table;

static int is_bad(const sluice_record *r) { return r->value_len >= 3 && memcmp(r->value, "BAD", 3) == 0; }

static sluice_result create(sluice_ctx *ctx, const sluice_config *config, sluice_task **out, sluice_error *error) {
  sluice_task *task = calloc(1, sizeof *task);
  if (task) task->file = fopen(config->values[0].text.data, "a");
  if (!task || !task->file) {
    free(task);
    snprintf(error->message, sizeof error->message, "cannot open the file");
    return SLUICE_FATAL;
  }
  task->ctx = ctx;
  *out = task;
  return SLUICE_OK;
}

static void destroy(sluice_task *task) {
  fclose(task->file);
  free(task);
}

static sluice_result put(sluice_task *task, const sluice_batch *batch, sluice_error *error) {
  uint32_t *bad = calloc(batch->record_count + 1, sizeof *bad);
  sluice_error *why = calloc(batch->record_count + 1, sizeof *why);
  size_t n = 0;
  sluice_result answer = SLUICE_RETRY;
  snprintf(error->message, sizeof error->message, "memory, or what the host said");
  if (bad && why) {
    for (uint32_t i = 0; i < batch->record_count; i++) {
      if (!is_bad(&batch->records[i])) continue;
      bad[n] = i;
      snprintf(why[n].message, sizeof why[n].message, "the value is bad");
      snprintf(why[n].code, sizeof why[n].code, "22003");
      snprintf(why[n].field, sizeof why[n].field, "value");
      n++;
    }
    answer = host_table->reject_many(task->ctx, batch, bad, why, n);
  }
  free(bad);
  free(why);
  if (answer != SLUICE_OK) return answer;
  for (uint32_t i = 0; i < batch->record_count; i++) {
    const sluice_record *r = &batch->records[i];
    if (is_bad(r)) continue;
    const sluice_str topic = batch->spans[r->span].routed_topic;
    fwrite(topic.data, 1, topic.len, task->file);
    fputc(' ', task->file);
    if (r->value) fwrite(r->value, 1, r->value_len, task->file);
    fputc('\n', task->file);
  }
  fflush(task->file);
  return SLUICE_OK;
}

static const sluice_option options[] = {
    {"file", "The file to append to.", NULL, NULL, NULL, 0, 0, SLUICE_STRING, SLUICE_REQUIRED, {NULL, NULL}}};

static const sluice_plugin plugin = {
    .struct_size = sizeof plugin,
    .name = "rejecting-sink",
    .version = "0.1.0",
    .summary = "Gives up on values that begin with BAD.",
    .options = options,
    .option_count = 1,
    .create = create,
    .destroy = destroy,
    .put = put,
};

const sluice_plugin *sluice_plugin_v1(const sluice_host *host, sluice_error *error) {
  (void)error;
  host_table = host;
  return &plugin;
}
