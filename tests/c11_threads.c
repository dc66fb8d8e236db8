// C11's threads by way of POSIX's, for builds under ThreadSanitizer only. librdkafka makes its threads and locks by the C11
// names, which go straight into glibc: ThreadSanitizer follows only the POSIX names, knows nothing of such a thread and
// crashes in its first allocation. glibc's C11 types are its POSIX types under another name, so the calls can be passed on.
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

_Static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t) && sizeof(cnd_t) == sizeof(pthread_cond_t) &&
               sizeof(thrd_t) == sizeof(pthread_t) && sizeof(once_flag) == sizeof(pthread_once_t),
               "this C library has C11 threads that are not its POSIX threads");

#define EXPORTED __attribute__((visibility("default")))

static int result(int error) { return error ? thrd_error : thrd_success; }
static pthread_mutex_t* posix_mutex(mtx_t* mutex) { return (pthread_mutex_t*)mutex; }
static pthread_cond_t* posix_cond(cnd_t* cond) { return (pthread_cond_t*)cond; }

struct start {
  thrd_start_t function;
  void* argument;
};

static void* run(void* argument) {
  const struct start start = *(struct start*)argument;
  free(argument);
  return (void*)(intptr_t)start.function(start.argument);
}

EXPORTED int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
  struct start* start = malloc(sizeof *start);
  if (!start) return thrd_nomem;
  *start = (struct start){function, argument};
  const int error = pthread_create(thread, NULL, run, start);
  if (error) free(start);
  return result(error);
}

EXPORTED int thrd_join(thrd_t thread, int* code) {
  void* returned = NULL;
  const int error = pthread_join(thread, &returned);
  if (code) *code = (int)(intptr_t)returned;
  return result(error);
}

EXPORTED int mtx_init(mtx_t* mutex, int type) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  if (type & mtx_recursive) pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  const int error = pthread_mutex_init(posix_mutex(mutex), &attributes);
  pthread_mutexattr_destroy(&attributes);
  return result(error);
}

EXPORTED void mtx_destroy(mtx_t* mutex) { pthread_mutex_destroy(posix_mutex(mutex)); }
EXPORTED int mtx_lock(mtx_t* mutex) { return result(pthread_mutex_lock(posix_mutex(mutex))); }
EXPORTED int mtx_unlock(mtx_t* mutex) { return result(pthread_mutex_unlock(posix_mutex(mutex))); }

EXPORTED int cnd_init(cnd_t* cond) { return result(pthread_cond_init(posix_cond(cond), NULL)); }
EXPORTED void cnd_destroy(cnd_t* cond) { pthread_cond_destroy(posix_cond(cond)); }
EXPORTED int cnd_signal(cnd_t* cond) { return result(pthread_cond_signal(posix_cond(cond))); }
EXPORTED int cnd_broadcast(cnd_t* cond) { return result(pthread_cond_broadcast(posix_cond(cond))); }
EXPORTED int cnd_wait(cnd_t* cond, mtx_t* mutex) { return result(pthread_cond_wait(posix_cond(cond), posix_mutex(mutex))); }

EXPORTED int cnd_timedwait(cnd_t* restrict cond, mtx_t* restrict mutex, const struct timespec* restrict until) {
  const int error = pthread_cond_timedwait(posix_cond(cond), posix_mutex(mutex), until);
  return error == ETIMEDOUT ? thrd_timedout : result(error);
}

EXPORTED void call_once(once_flag* flag, void (*function)(void)) { pthread_once((pthread_once_t*)flag, function); }
