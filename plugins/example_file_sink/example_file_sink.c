/* The smallest complete sink, in C99: appends each record's value as a line to a file.
 *
 * It answers to the class names of Kafka Connect's own file sink and writes what that writes: the value's bytes, or the
 * word null for a tombstone, and a line feed. Delivery is at least once: put() answers OK when the operating system has
 * the lines, so what survives a power failure is the file system's matter. */
#define _POSIX_C_SOURCE 200809L /* strerror_r */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice_plugin.h"

struct sluice_task {
  FILE *file;
};

static const sluice_option options[] = {
    {.name = "file",
     .doc = "The file to append to. It is created where it does not exist; its folder has to be there.",
     .kind = SLUICE_STRING,
     .flags = SLUICE_REQUIRED},
};

static const char *const aliases[] = {"FileStreamSink", "org.apache.kafka.connect.file.FileStreamSinkConnector", NULL};

/* `what` and errno's text, as one sentence. */
static sluice_result fail(sluice_error *e, sluice_result result, const char *code, const char *what) {
  char reason[128];
  const int number = errno; /* before anything else can change it */
  if (strerror_r(number, reason, sizeof reason) != 0) snprintf(reason, sizeof reason, "error %d", number);
  snprintf(e->code, sizeof e->code, "%s", code);
  snprintf(e->field, sizeof e->field, "file");
  snprintf(e->message, sizeof e->message, "%s: %s", what, reason);
  return result;
}

static sluice_result create(sluice_ctx *ctx, const sluice_config *c, sluice_task **out, sluice_error *e) {
  char what[512];
  const char *name = c->values[0].text.data;
  sluice_task *t = calloc(1, sizeof *t);
  (void)ctx;
  if (!t) return fail(e, SLUICE_RESTART, "memory", "cannot make a task");
  t->file = fopen(name, "ab");
  if (!t->file) {
    const int number = errno;
    snprintf(what, sizeof what, "cannot open \"%s\" for appending; correct the option \"file\" or the folder's rights", name);
    free(t);
    errno = number;
    return fail(e, SLUICE_FATAL, "open", what);
  }
  *out = t;
  return SLUICE_OK;
}

static void destroy(sluice_task *t) {
  fclose(t->file);
  free(t);
}

/* After a failed write nobody knows how much of the batch is in the file, and stdio still holds some of it. RESTART
 * makes a new task with a new FILE, and the batch comes again: some of its lines may then stand there twice. */
static sluice_result put(sluice_task *t, const sluice_batch *b, sluice_error *e) {
  uint32_t i;
  for (i = 0; i < b->record_count; i++) {
    const sluice_record *r = &b->records[i];
    if (r->value)
      fwrite(r->value, 1, r->value_len, t->file);
    else
      fputs("null", t->file); /* a tombstone, not an empty value */
    fputc('\n', t->file);
  }
  if (fflush(t->file) != 0 || ferror(t->file)) return fail(e, SLUICE_RESTART, "write", "cannot append to the file in the option \"file\"");
  return SLUICE_OK;
}

static const sluice_plugin plugin = {
    .struct_size = sizeof plugin,
    .name = "example-file-sink",
    .version = "0.1.0",
    .summary = "Appends each record's value as a line to a file.",
    .license = "Apache-2.0",
    .aliases = aliases,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .create = create,
    .destroy = destroy,
    .put = put,
};

const sluice_plugin *sluice_plugin_v1(const sluice_host *host, sluice_error *err) {
  (void)host;
  (void)err;
  return &plugin;
}
