// A seccomp filter in BPF, step by step; one that is too long does not compile, where it is made while compiling.
#pragma once
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace sluice {

#if defined(__x86_64__)
inline constexpr uint32_t kAuditArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
inline constexpr uint32_t kAuditArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "say here what audit calls this architecture"
#endif

class FilterProgram {
 public:
  static constexpr uint32_t argument(uint32_t index) { return static_cast<uint32_t>(offsetof(seccomp_data, args)) + 8 * index; }  // its lower half

  // The beginning: calls of another architecture are answered so. The number of the call is loaded then.
  constexpr void known_calls_only(uint32_t otherwise) {
    load(offsetof(seccomp_data, arch));
    if_equal(kAuditArchitecture, 1);
    answer(otherwise);
    load(offsetof(seccomp_data, nr));
#if defined(__x86_64__)
    if_below(0x40000000, 1);  // x32 has the same calls under other numbers
    answer(otherwise);
#endif
  }
  constexpr void load(uint32_t offset) { add(BPF_LD | BPF_W | BPF_ABS, offset); }
  constexpr void answer(uint32_t what) { add(BPF_RET | BPF_K, what); }
  // `steps` of what follows are skipped, where the loaded value is not `value`, and so on.
  constexpr void unless(uint32_t value, uint8_t steps) { add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, steps); }
  constexpr void if_equal(uint32_t value, uint8_t steps) { add(BPF_JMP | BPF_JEQ | BPF_K, value, steps, 0); }
  constexpr void unless_any_bit(uint32_t bits, uint8_t steps) { add(BPF_JMP | BPF_JSET | BPF_K, bits, 0, steps); }
  constexpr void if_any_bit(uint32_t bits, uint8_t steps) { add(BPF_JMP | BPF_JSET | BPF_K, bits, steps, 0); }
  constexpr void if_below(uint32_t value, uint8_t steps) { add(BPF_JMP | BPF_JGE | BPF_K, value, 0, steps); }

  std::array<sock_filter, 192> steps{};
  unsigned short size = 0;

 private:
  constexpr void add(int code, uint32_t k, uint8_t yes = 0, uint8_t no = 0) { steps.at(size++) = {static_cast<uint16_t>(code), yes, no, k}; }
};

}  // namespace sluice
