#include "sim/fiber.h"

#include <cstdlib>
#include <memory>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace sluice::sim {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr size_t kStack = size_t{512} << 10;
#else
constexpr size_t kStack = size_t{128} << 10;
#endif

std::vector<std::unique_ptr<char[]>>& spare_stacks() {
  static std::vector<std::unique_ptr<char[]>> all;
  return all;
}

}  // namespace

Fiber* Fiber::current_ = nullptr;

Fiber::Fiber(std::function<void()> body) : body_(std::move(body)) {
  auto& spare = spare_stacks();
  if (spare.empty()) {
    stack_ = new char[kStack];
  } else {
    stack_ = spare.back().release();
    spare.pop_back();
  }
  getcontext(&here_);
  here_.uc_stack.ss_sp = stack_;
  here_.uc_stack.ss_size = kStack;
  here_.uc_link = nullptr;
  makecontext(&here_, &Fiber::enter, 0);
#if defined(__SANITIZE_THREAD__)
  tsan_fiber_ = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
  if (!ended_) std::abort();
#if defined(__SANITIZE_THREAD__)
  __tsan_destroy_fiber(tsan_fiber_);
#endif
  spare_stacks().emplace_back(stack_);
}

void Fiber::resume() {
  Fiber* const before = current_;
  current_ = this;
  switch_in();
  current_ = before;
}

void Fiber::pause() { current_->switch_out(); }

void Fiber::enter() {
  Fiber* const self = current_;
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(nullptr, &self->outside_bottom_, &self->outside_size_);
#endif
  self->body_();
  self->ended_ = true;
  self->switch_out();
}

void Fiber::switch_in() {
#if defined(__SANITIZE_ADDRESS__)
  void* fake = nullptr;
  __sanitizer_start_switch_fiber(&fake, stack_, kStack);
#endif
#if defined(__SANITIZE_THREAD__)
  tsan_outside_ = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(tsan_fiber_, 0);
#endif
  swapcontext(&outside_, &here_);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#endif
}

void Fiber::switch_out() {
#if defined(__SANITIZE_ADDRESS__)
  // A fiber that ends takes its fake stack along.
  __sanitizer_start_switch_fiber(ended_ ? nullptr : &fake_stack_, outside_bottom_, outside_size_);
#endif
#if defined(__SANITIZE_THREAD__)
  __tsan_switch_to_fiber(tsan_outside_, 0);
#endif
  swapcontext(&here_, &outside_);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(fake_stack_, &outside_bottom_, &outside_size_);
#endif
}

}  // namespace sluice::sim
