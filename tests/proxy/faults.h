// What a listener does to the bytes of one direction: settings that hold until changed, and triggers that fire at a place in the
// stream. Connections of a listener share them; all on one thread.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>

namespace sluice::proxy {

enum class Direction { up, down };  // from the client to the server, and back
constexpr size_t kDirections = 2;

struct Settings {
  int64_t delay_ms = 0, jitter_ms = 0;  // each piece waits for delay, and up to jitter more; none overtakes another
  int64_t bytes_per_second = 0;         // 0: as fast as it goes
  int64_t slice_bytes = 0;              // at most so many in one write; 0: what was read at once
  bool blackhole = false;               // takes connections and bytes, and forwards nothing until it is healed
  bool lost = false;                    // packets are lost before TCP sees them: not even an acknowledgement; implies blackhole
};

enum class Ending { reset, close, half_open };  // RST to both; FIN to both; the client's side goes, the server's stays, silent

// Fires `times` times (0: for ever), after so many bytes more or upon a text, whichever connection brings them.
class Trigger {
 public:
  struct Options {
    int64_t after = 0;     // bytes; with `random` that is the mean
    bool random = false;   // as far apart as chance has it, so that now and then an answer of any length passes
    std::string upon;      // instead of `after`
    bool deliver = true;   // `upon`: the text still passes, before a cut; otherwise nothing of what is left of it
    int64_t times = 1;
    Ending how = Ending::reset;
  };
  Trigger(Options options, std::mt19937_64& dice) : options_(std::move(options)), dice_(&dice) { draw(); }

  // Where in the piece it fires: the number of bytes before that place. `before` is what passed before the piece, of which it keeps
  // what it needs for a text that spans both. Counts the piece as passed, up to the place.
  std::optional<size_t> fires_in(std::string_view piece, std::string& before) {
    const std::optional<size_t> at = options_.upon.empty() ? by_count(piece.size()) : by_text(piece, before);
    if (at && options_.times > 0 && --options_.times == 0) spent_ = true;
    return at;
  }
  bool spent() const { return spent_; }
  Ending how() const { return options_.how; }

 private:
  void draw() {
    left_ = options_.after;
    if (options_.random && options_.after > 0)
      left_ = 1 + static_cast<int64_t>(std::exponential_distribution<double>(1.0 / static_cast<double>(options_.after))(*dice_));
  }
  std::optional<size_t> by_count(size_t size) {
    if (left_ > static_cast<int64_t>(size)) {
      left_ -= static_cast<int64_t>(size);
      return std::nullopt;
    }
    const auto at = static_cast<size_t>(std::max<int64_t>(left_, 0));
    draw();
    return at;
  }
  std::optional<size_t> by_text(std::string_view piece, std::string& before) {
    const std::string both = before + std::string(piece);
    const size_t begin = both.find(options_.upon);
    const size_t kept = std::min(both.size(), options_.upon.size() - 1);
    const size_t old = before.size();
    before = both.substr(both.size() - kept);
    if (begin == std::string::npos) return std::nullopt;
    before.clear();
    const size_t at = options_.deliver ? begin + options_.upon.size() : begin;
    return at > old ? at - old : 0;
  }

  Options options_;
  std::mt19937_64* dice_;
  int64_t left_ = 0;
  bool spent_ = false;
};

struct Way {  // one direction of a listener
  Settings settings;
  std::optional<Trigger> cut, flip;
  // Which faults came to pass, for tests to ask whether theirs did.
  int64_t bytes = 0, delayed = 0, throttled = 0, sliced = 0, held = 0, flipped = 0;  // held: pieces that a blackhole kept

  bool blocked() const { return settings.blackhole || settings.lost; }
};

}  // namespace sluice::proxy
