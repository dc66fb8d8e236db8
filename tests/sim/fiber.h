// A flow of control of its own on this thread, so that a process of the simulation can stand still in the middle of a call, at any
// depth, while others run. Not to be left inside of a catch block: the exceptions in hand belong to the thread.
#pragma once
#include <ucontext.h>

#include <cstddef>
#include <functional>

namespace sluice::sim {

class Fiber {
 public:
  explicit Fiber(std::function<void()> body);
  ~Fiber();  // it has ended: what is on its stack would never be destroyed
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  void resume();  // until it pauses or ends
  bool has_ended() const { return ended_; }
  static bool is_inside() { return current_ != nullptr; }
  static void pause();  // of the fiber that runs

 private:
  static void enter();
  void switch_in();
  void switch_out();

  static Fiber* current_;
  std::function<void()> body_;
  char* stack_;
  ucontext_t here_{}, outside_{};
  bool ended_ = false;
  void* fake_stack_ = nullptr;          // these four: what the sanitizers are told
  const void* outside_bottom_ = nullptr;
  size_t outside_size_ = 0;
  void *tsan_fiber_ = nullptr, *tsan_outside_ = nullptr;
};

}  // namespace sluice::sim
