#include "allocations.h"

#include <cstddef>

// glibc's own functions behind the ones that it lets a program replace. operator new calls malloc.
extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
}

namespace {

sluice::micro::Allocations total;

void note(size_t bytes) {
  ++total.count;
  total.bytes += bytes;
}

}  // namespace

namespace sluice::micro {

Allocations allocations() { return total; }

}  // namespace sluice::micro

#pragma GCC visibility push(default)
extern "C" {

void* malloc(size_t bytes) {
  note(bytes);
  return __libc_malloc(bytes);
}
void* calloc(size_t count, size_t bytes) {
  note(count * bytes);
  return __libc_calloc(count, bytes);
}
void* realloc(void* old, size_t bytes) {
  note(bytes);
  return __libc_realloc(old, bytes);
}
void* aligned_alloc(size_t alignment, size_t bytes) {
  note(bytes);
  return __libc_memalign(alignment, bytes);
}
int posix_memalign(void** memory, size_t alignment, size_t bytes) {
  note(bytes);
  *memory = __libc_memalign(alignment, bytes);
  return *memory ? 0 : 12;  // ENOMEM
}

}
#pragma GCC visibility pop
