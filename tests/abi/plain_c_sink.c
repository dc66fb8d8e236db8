/* A sink in plain C99 that keeps its positions and counts what it is given: the conformance list's own good example for
 * sinks that own their offsets. Its "far side" is a table in this process, which outlives its tasks. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/sluice_plugin.h"

#define PLACES 64

typedef struct place { /* one partition of one connector, as a database row would hold it */
  char connector[64];
  char topic[64];
  int32_t partition;
  int64_t next_offset;
  int64_t epoch;
  int64_t rows;
} place;

static pthread_mutex_t far_side_lock = PTHREAD_MUTEX_INITIALIZER;
static place far_side[PLACES];
static size_t places;

struct sluice_task {
  char connector[64];
  int64_t held[PLACES]; /* the epoch of each place that this task holds; 0: not held */
};

static sluice_result fail(sluice_error *error, sluice_result result, const char *code, const char *message) {
  if (error) {
    memset(error, 0, sizeof *error);
    (void)snprintf(error->code, sizeof error->code, "%s", code);
    (void)snprintf(error->message, sizeof error->message, "%s", message);
  }
  return result;
}

/* With the lock held. PLACES where there is no more room. */
static size_t place_of(const char *connector, sluice_str topic, int32_t partition, int64_t initial) {
  size_t i;
  for (i = 0; i < places; ++i)
    if (far_side[i].partition == partition && strcmp(far_side[i].connector, connector) == 0 &&
        strcmp(far_side[i].topic, topic.data) == 0)
      return i;
  if (places == PLACES) return PLACES;
  (void)snprintf(far_side[places].connector, sizeof far_side[places].connector, "%s", connector);
  (void)snprintf(far_side[places].topic, sizeof far_side[places].topic, "%s", topic.data);
  far_side[places].partition = partition;
  far_side[places].next_offset = initial;
  return places++;
}

static sluice_result create(sluice_ctx *ctx, const sluice_config *config, sluice_task **out, sluice_error *error) {
  sluice_task *task = calloc(1, sizeof *task);
  (void)ctx;
  if (!task) return fail(error, SLUICE_RETRY, "memory", "no memory for a task");
  (void)snprintf(task->connector, sizeof task->connector, "%s", config->connector.data);
  *out = task;
  return SLUICE_OK;
}

static void destroy(sluice_task *task) { free(task); }

static sluice_result open_partitions(sluice_task *task, sluice_partition *list, size_t count, sluice_error *error) {
  size_t i;
  sluice_result result = SLUICE_OK;
  pthread_mutex_lock(&far_side_lock);
  for (i = 0; i < count && result == SLUICE_OK; ++i) {
    const size_t at = place_of(task->connector, list[i].topic, list[i].partition, list[i].offset);
    if (at == PLACES) {
      result = fail(error, SLUICE_FATAL, "full", "more partitions than this sink has room for");
    } else {
      task->held[at] = ++far_side[at].epoch;
      list[i].offset = far_side[at].next_offset;
    }
  }
  pthread_mutex_unlock(&far_side_lock);
  return result;
}

static sluice_result put(sluice_task *task, const sluice_batch *batch, sluice_error *error) {
  uint32_t i;
  sluice_result result = SLUICE_OK;
  pthread_mutex_lock(&far_side_lock);
  for (i = 0; i < batch->span_count && result == SLUICE_OK; ++i) {
    const size_t at = place_of(task->connector, batch->spans[i].topic, batch->spans[i].partition, 0);
    if (at == PLACES || task->held[at] != far_side[at].epoch)
      result = fail(error, SLUICE_RESTART, "fenced", "another task has claimed this partition");
  }
  for (i = 0; i < batch->span_count && result == SLUICE_OK; ++i) {
    place *where = &far_side[place_of(task->connector, batch->spans[i].topic, batch->spans[i].partition, 0)];
    where->next_offset = batch->spans[i].next_offset;
    where->rows += batch->spans[i].count;
  }
  pthread_mutex_unlock(&far_side_lock);
  return result;
}

static sluice_result close_partitions(sluice_task *task, sluice_partition *list, size_t count, int32_t why, sluice_error *error) {
  size_t i;
  (void)why;
  (void)error;
  pthread_mutex_lock(&far_side_lock);
  for (i = 0; i < count; ++i) {
    const size_t at = place_of(task->connector, list[i].topic, list[i].partition, 0);
    if (at < PLACES) task->held[at] = 0;
  }
  pthread_mutex_unlock(&far_side_lock);
  return SLUICE_OK;
}

static void interrupt(sluice_task *task) { (void)task; }

static const sluice_plugin plugin = {
    .struct_size = sizeof(sluice_plugin),
    .name = "plain-c-sink",
    .version = "1.0.0",
    .summary = "Counts records in memory, for tests.",
    .flags = SLUICE_OWNS_OFFSETS | SLUICE_WANTS_ADVANCE,
    .create = create,
    .destroy = destroy,
    .open = open_partitions,
    .put = put,
    .close = close_partitions,
    .interrupt = interrupt,
};

const sluice_plugin *sluice_plugin_v1(const sluice_host *host, sluice_error *error) {
  (void)host;
  (void)error;
  return &plugin;
}
