/* For tests of `sluice dlq replay` and `sluice plan`: takes dead letters back into `file`, a line each: the routed topic, partition,
 * offset and value. Values that begin with BAD are still bad; a record whose line is in the file was replayed before; what the
 * host found superseded is passed over, but for values that begin with KEEP. As if its tasks had written on meanwhile, it passes over
 * values that begin with ONCE the first time and those that begin with BUSY always. Its plan is a line a record, and BAD is a problem. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice_plugin.h"

struct sluice_task {
  char unused;
};

static int begins(const sluice_record *r, const char *with) {
  const size_t len = strlen(with);
  return r->value_len >= len && memcmp(r->value, with, len) == 0;
}

static void line_of(const sluice_batch *batch, uint32_t i, char *line, size_t size) {
  const sluice_record *r = &batch->records[i];
  const sluice_span *span = &batch->spans[r->span];
  snprintf(line, size, "%s-%d@%lld next=%lld headers=%u %.*s", span->routed_topic.data, (int)span->partition, (long long)r->offset,
           (long long)span->next_offset, (unsigned)r->header_count, (int)r->value_len, r->value ? (const char *)r->value : "");
}

/* The place, which is the line up to its first blank, is the mark. */
static int is_there(const char *name, const char *line) {
  char known[512];
  const size_t place = strcspn(line, " ") + 1;
  int there = 0;
  FILE *file = fopen(name, "r");
  if (!file) return 0;
  while (!there && fgets(known, sizeof known, file)) there = strncmp(known, line, place) == 0;
  fclose(file);
  return there;
}

/* Whether `file`.once is there; it is from now on. */
static int asked_before(const char *name) {
  char once[512];
  FILE *file;
  snprintf(once, sizeof once, "%s.once", name);
  file = fopen(once, "r");
  if (file) {
    fclose(file);
    return 1;
  }
  file = fopen(once, "w");
  if (file) fclose(file);
  return 0;
}

static sluice_result replay(const sluice_config *config, const sluice_batch *batch,
                            void (*each)(void *, uint32_t, int32_t, const sluice_error *), void *arg, sluice_error *error) {
  const char *name = config->values[0].text.data;
  for (uint32_t i = 0; i < batch->record_count; i++) {
    const sluice_record *r = &batch->records[i];
    sluice_error why = {0};
    char line[512];
    FILE *file;
    line_of(batch, i, line, sizeof line);
    if (begins(r, "BAD")) {
      snprintf(why.message, sizeof why.message, "the value is still bad");
      each(arg, i, SLUICE_REPLAY_STILL_BAD, &why);
    } else if (is_there(name, line)) {
      snprintf(why.message, sizeof why.message, "it was replayed before");
      each(arg, i, SLUICE_REPLAY_BEFORE, &why);
    } else if ((r->flags & SLUICE_REC_SUPERSEDED) && !begins(r, "KEEP")) {
      snprintf(why.message, sizeof why.message, "something newer is there");
      each(arg, i, SLUICE_REPLAY_SUPERSEDED, &why);
    } else if (begins(r, "BUSY") || (begins(r, "ONCE") && !asked_before(name))) {
      snprintf(why.message, sizeof why.message, "the task has written on");
      each(arg, i, SLUICE_REPLAY_SUPERSEDED, &why);
    } else {
      file = fopen(name, "a");
      if (!file) {
        snprintf(error->message, sizeof error->message, "cannot open the file");
        return SLUICE_FATAL;
      }
      fprintf(file, "%s\n", line);
      fclose(file);
      each(arg, i, SLUICE_REPLAY_DONE, NULL);
    }
  }
  return SLUICE_OK;
}

static sluice_result plan(const sluice_config *config, const sluice_batch *sample, void (*line)(void *, const char *), void *arg,
                          sluice_error *error) {
  char text[512];
  (void)config;
  (void)error;
  line(arg, sample ? "with records" : "without records");
  for (uint32_t i = 0; sample && i < sample->record_count; i++) {
    const char *prefix = begins(&sample->records[i], "BAD") ? "problem: " : "";
    strcpy(text, prefix);
    line_of(sample, i, text + strlen(prefix), sizeof text - strlen(prefix));
    line(arg, text);
  }
  return SLUICE_OK;
}

static const void *extension(const char *id) {
  static const sluice_replay_1 replays = {replay};
  static const sluice_plan_1 plans = {plan};
  if (strcmp(id, SLUICE_REPLAY_1) == 0) return &replays;
  if (strcmp(id, SLUICE_PLAN_1) == 0) return &plans;
  return NULL;
}

static sluice_result create(sluice_ctx *ctx, const sluice_config *config, sluice_task **out, sluice_error *error) {
  (void)ctx;
  (void)config;
  (void)out;
  snprintf(error->message, sizeof error->message, "this sink is for commands only");
  return SLUICE_FATAL;
}

static void destroy(sluice_task *task) { (void)task; }

static sluice_result put(sluice_task *task, const sluice_batch *batch, sluice_error *error) {
  (void)task;
  (void)batch;
  (void)error;
  return SLUICE_FATAL;
}

static const sluice_option options[] = {
    {"file", "The file to append to.", NULL, NULL, NULL, 0, 0, SLUICE_STRING, SLUICE_REQUIRED, {NULL, NULL}}};

static const sluice_plugin plugin = {
    .struct_size = sizeof plugin,
    .name = "replaying-sink",
    .version = "0.1.0",
    .summary = "Takes dead letters back, and tells a plan.",
    .options = options,
    .option_count = 1,
    .flags = SLUICE_WANTS_HEADERS,
    .create = create,
    .destroy = destroy,
    .put = put,
    .extension = extension,
};

const sluice_plugin *sluice_plugin_v1(const sluice_host *host, sluice_error *error) {
  (void)host;
  (void)error;
  return &plugin;
}
