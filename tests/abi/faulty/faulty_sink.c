/* For fault/test_plugins.py: a sink that writes each record exactly once, as a line "TOPIC PARTITION OFFSET CRC32C TIMESTAMP VALUE" of its
 * file, where it also finds its positions again; and that does, on the record whose value is `at`, what the option `fault` says. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <time.h>
#include <unistd.h>

#include "sluice_plugin.h"

static const sluice_host *host;

struct sluice_task {
  sluice_ctx *ctx;
  char *file, *fault, *at, *target;
  int64_t seconds;
};

static char *copy(sluice_str text) {
  char *made = calloc(text.len + 1, 1);
  if (made && text.len) memcpy(made, text.data, text.len);
  return made;
}

static void say(sluice_task *task, const char *text) { host->log(task->ctx, SLUICE_WARN, text, strlen(text)); }

static sluice_result fail(sluice_error *error, sluice_result result, const char *text) {
  snprintf(error->message, sizeof error->message, "%s", text);
  return result;
}

static void pause_for(double seconds) {
  struct timespec left = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

static int *volatile nowhere;

static void crash(void) { *nowhere = 1; }

static void *crash_on_thread(void *unused) {
  (void)unused;
  crash();
  return NULL;
}

/* Never to be left, by whatever it is told. */
static void loop(void) {
  volatile unsigned turns = 0;
  for (;;) ++turns;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winfinite-recursion"
static int overflow(volatile char *above) {
  volatile char here[4096];
  here[0] = above[0];
  return overflow(here) + here[1];
}
#pragma GCC diagnostic pop

/* As much as no machine minds. */
static void *leak(void *unused) {
  int n;
  (void)unused;
  for (n = 0; n < 75; ++n) {
    char *lost = malloc(4u << 20);
    if (lost) memset(lost, 1, 4u << 20);
    pause_for(0.02);
  }
  return NULL;
}

static void start(void *(*what)(void *)) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, what, NULL) == 0) pthread_detach(thread);
}

/* What no sink has to do. */
static void trespass(sluice_task *task) {
  char text[300];
  char *const arguments[] = {(char *)"/bin/true", NULL};
  const int file = open(task->target, O_RDONLY);
  snprintf(text, sizeof text, "open %s", file < 0 ? strerror(errno) : "worked");
  say(task, text);
  if (file >= 0) close(file);
  execv("/bin/true", arguments);
  snprintf(text, sizeof text, "exec %s", strerror(errno));
  say(task, text);
  snprintf(text, sizeof text, "ptrace %s", ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0 ? "worked" : strerror(errno));
  say(task, text);
}

static sluice_result misbehave(sluice_task *task, sluice_error *error) {
  const char *fault = task->fault;
  if (strcmp(fault, "segv") == 0) crash();
  if (strcmp(fault, "abort") == 0) abort();
  if (strcmp(fault, "stack") == 0) {
    volatile char here[1] = {0};
    return overflow(here);
  }
  if (strcmp(fault, "thread") == 0) {
    start(crash_on_thread);
    pause_for(1);
  }
  if (strcmp(fault, "loop") == 0) loop();
  if (strcmp(fault, "sleep") == 0) pause_for((double)task->seconds);
  if (strcmp(fault, "leak") == 0) start(leak);
  if (strcmp(fault, "trespass") == 0) trespass(task);
  if (strcmp(fault, "silent") == 0) return fail(error, SLUICE_RETRY, "");
  return SLUICE_OK;
}

static void destroy(sluice_task *task) {
  free(task->file);
  free(task->fault);
  free(task->at);
  free(task->target);
  free(task);
}

static sluice_result validate(sluice_issues *issues, const sluice_config *config, int32_t online, sluice_error *error) {
  (void)issues, (void)online, (void)error;
  if (config->values[1].text.data && strcmp(config->values[1].text.data, "validate") == 0) crash();
  return SLUICE_OK;
}

static sluice_result create(sluice_ctx *ctx, const sluice_config *config, sluice_task **out, sluice_error *error) {
  sluice_task *task = calloc(1, sizeof *task);
  if (!task) return fail(error, SLUICE_RESTART, "out of memory");
  task->ctx = ctx;
  task->file = copy(config->values[0].text);
  task->fault = copy(config->values[1].text);
  task->at = copy(config->values[2].text);
  task->target = copy(config->values[3].text);
  task->seconds = config->values[4].i;
  if (strcmp(task->fault, "create") == 0) crash();
  *out = task;
  return SLUICE_OK;
}

/* What the header calls a witness: crc32c of the key, then the value. */
static uint32_t crc32c(uint32_t crc, const void *data, uint32_t length) {
  const unsigned char *at = data;
  crc = ~crc;
  for (; at && length > 0; --length) {
    int bit;
    crc ^= *at++;
    for (bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78u : 0);
  }
  return ~crc;
}

/* Its positions are those of the lines that are there. */
static sluice_result open_partitions(sluice_task *task, sluice_partition *list, size_t count, sluice_error *error) {
  FILE *file = fopen(task->file, "r");
  char line[4096];
  size_t i;
  (void)error;
  while (file && fgets(line, sizeof line, file)) {
    char topic[256];
    int partition;
    long long offset, crc, timestamp;
    if (sscanf(line, "%255s %d %lld %lld %lld", topic, &partition, &offset, &crc, &timestamp) != 5) continue;
    for (i = 0; i < count; ++i) {
      if (list[i].partition != partition || strcmp(list[i].topic.data, topic) != 0 || list[i].witness_offset >= offset) continue;
      list[i].offset = offset + 1;
      list[i].witness_offset = offset;
      list[i].witness_crc = crc;
      list[i].witness_ts = timestamp;
    }
  }
  if (file) fclose(file);
  if (strcmp(task->fault, "negative") == 0)
    for (i = 0; i < count; ++i) list[i].offset = -2;
  return SLUICE_OK;
}

static sluice_result put(sluice_task *task, const sluice_batch *batch, sluice_error *error) {
  char *text = NULL;
  size_t size = 0;
  uint32_t i;
  FILE *lines;
  int file;
  sluice_result result = SLUICE_OK;
  for (i = 0; i < batch->record_count; ++i) {
    const sluice_record *record = &batch->records[i];
    if (record->value && record->value_len == strlen(task->at) && memcmp(record->value, task->at, record->value_len) == 0) {
      result = misbehave(task, error);
      if (result != SLUICE_OK) return result;
    }
  }
  lines = open_memstream(&text, &size);
  if (!lines) return fail(error, SLUICE_RESTART, "out of memory");
  for (i = 0; i < batch->record_count; ++i) {
    const sluice_record *record = &batch->records[i];
    const sluice_span *span = &batch->spans[record->span];
    fprintf(lines, "%.*s %d %lld %lu %lld %.*s\n", (int)span->topic.len, span->topic.data, span->partition, (long long)record->offset,
            (unsigned long)crc32c(crc32c(0, record->key, record->key_len), record->value, record->value_len), (long long)record->timestamp_ms,
            (int)record->value_len, record->value ? (const char *)record->value : "");
  }
  fclose(lines);
  /* At once, so that a process that is killed leaves whole lines. */
  file = open(task->file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0 || write(file, text, size) != (ssize_t)size) result = fail(error, SLUICE_RESTART, "cannot write the file");
  if (file >= 0) close(file);
  free(text);
  return result;
}

static sluice_result commit(sluice_task *task, sluice_partition *list, size_t count, sluice_error *error) {
  size_t i;
  (void)error;
  if (strcmp(task->fault, "beyond") == 0)
    for (i = 0; i < count; ++i)
      if (list[i].offset >= 0) list[i].offset += 1000;
  return SLUICE_OK;
}

static const sluice_option options[] = {
    {.name = "file", .doc = "Where the lines go.", .kind = SLUICE_STRING, .flags = SLUICE_REQUIRED},
    {.name = "fault", .doc = "What it does wrong.", .initial = "none", .kind = SLUICE_STRING},
    {.name = "at", .doc = "The value of the record that it does it on.", .initial = "poison", .kind = SLUICE_STRING},
    {.name = "target", .doc = "A file that it has no business with.", .initial = "/dev/null", .kind = SLUICE_STRING},
    {.name = "seconds", .doc = "How long it sleeps.", .initial = "1", .kind = SLUICE_INT},
};

static const sluice_plugin plugin = {
    .struct_size = sizeof(sluice_plugin),
    .name = NAME,
    .version = "1.0.0",
    .summary = "Misbehaves as it is told.",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .flags = FLAGS,
    .validate = validate,
    .create = create,
    .destroy = destroy,
    .open = open_partitions,
    .put = put,
    .commit = COMMIT,
};

const sluice_plugin *sluice_plugin_v1(const sluice_host *given, sluice_error *error) {
  (void)error, (void)commit;
  host = given;
  return &plugin;
}
