/* The header alone, and each of its types once, so that a type that does not compile in C99 shows. */
#include "sluice_plugin.h"

typedef struct everything {
  sluice_error error;
  sluice_record record;
  sluice_span span;
  sluice_rejected rejected;
  sluice_batch batch;
  sluice_partition partition;
  sluice_option option;
  sluice_value value;
  sluice_config config;
  sluice_host host;
  sluice_plugin plugin;
  sluice_offsets_1 offsets;
  sluice_translate_1 translate;
  sluice_plan_1 plan;
} everything;

size_t size_of_everything(void);
size_t size_of_everything(void) { return sizeof(everything); }

int has_interrupt(const sluice_plugin *plugin);
int has_interrupt(const sluice_plugin *plugin) { return SLUICE_HAS(plugin, sluice_plugin, interrupt) ? 1 : 0; }
