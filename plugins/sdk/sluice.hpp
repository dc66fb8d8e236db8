// The sluice sink ABI for C++ authors: header only, C++20, over abi/sluice_plugin.h, which has the full rules.
//
// Write a class, end with SLUICE_PLUGIN(YourClass): it defines the one exported symbol. The class needs
//   static constexpr sluice::About about;  static constexpr std::array options;      (the array may be of size 0)
//   YourClass(sluice::Context, const sluice::Config&);   void put(const sluice::Batch&);
// and may have  open(Partitions)  commit(Partitions)  close(Partitions, int32_t why)  interrupt()
//   static void validate(Issues, const Config&, bool online);   static const void* extension(const char*);
// What it lacks stays null in the table.
//
// Ownership: Batch, Record, Config and every string_view taken from them are the host's and end with the call. To keep a
// batch longer, make a Held. Context may be kept and copied until the destructor has run.
// Threads: calls on one object never overlap, but for interrupt(), which comes on any thread. Context is for any thread.
// Errors: throw Retry, Restart, BadData or Fatal. std::bad_alloc and whatever else escapes means Restart. Nothing passes the border.
#pragma once
#include <array>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "sluice_plugin.h"

namespace sluice {

// ---- errors: what the host shall do next -------------------------------------------------------------------------------

class Error : public std::exception {
 public:
  const char* what() const noexcept override { return message.c_str(); }
  sluice_result result;
  std::string message, code, field;  // one line for people; stable, for machines; column or option that it is about
  int64_t retry_after_ms;

 protected:
  Error(sluice_result r, std::string text, std::string c, std::string f, int64_t delay)
      : result(r), message(std::move(text)), code(std::move(c)), field(std::move(f)), retry_after_ms(delay) {}
};
struct Retry : Error {  // time mends it: the same call again
  explicit Retry(std::string text, std::string c = "retry", int64_t delay_ms = 0, std::string f = "")
      : Error(SLUICE_RETRY, std::move(text), std::move(c), std::move(f), delay_ms) {}
};
struct Restart : Error {  // this object's state is lost: a new one, from the last committed offsets
  explicit Restart(std::string text, std::string c = "restart", int64_t delay_ms = 0)
      : Error(SLUICE_RESTART, std::move(text), std::move(c), "", delay_ms) {}
};
struct BadData : Error {  // some record can never be written, and none of the batch was
  explicit BadData(std::string text, std::string c = "data", std::string f = "")
      : Error(SLUICE_BAD_DATA, std::move(text), std::move(c), std::move(f), 0) {}
};
struct Fatal : Error {  // a person has to act
  explicit Fatal(std::string text, std::string c = "fatal", std::string f = "")
      : Error(SLUICE_FATAL, std::move(text), std::move(c), std::move(f), 0) {}
};

// ---- what a plugin says about itself -----------------------------------------------------------------------------------

struct About {
  const char* name;
  const char* version;
  const char* summary;
  const char* doc = nullptr;
  const char* url = nullptr;
  const char* license = nullptr;
  const char* const* aliases = nullptr;
  uint32_t flags = 0;
  uint32_t batch_records = 0, batch_bytes = 0, linger_ms = 0;
};

// One row of the option table: option("limit", "Stop after this many.").as(SLUICE_INT).initial("10").between(1, 100)
struct Option : sluice_option {
  constexpr Option as(int32_t k) const { Option o = *this; o.kind = k; return o; }
  constexpr Option initial(const char* text) const { Option o = *this; static_cast<sluice_option&>(o).initial = text; return o; }
  constexpr Option one_of(const char* const* list) const { Option o = *this; o.kind = SLUICE_ENUM; o.choices = list; return o; }
  constexpr Option between(int64_t low, int64_t high) const { Option o = *this; o.min = low; o.max = high; return o; }
  constexpr Option in_group(const char* name_) const { Option o = *this; o.group = name_; return o; }
  constexpr Option with(uint32_t more_flags) const { Option o = *this; o.flags |= more_flags; return o; }
};
static_assert(sizeof(Option) == sizeof(sluice_option), "the table is handed to the host as it is");

constexpr Option option(const char* name, const char* doc) {
  return Option{{name, doc, nullptr, nullptr, nullptr, 0, 0, SLUICE_STRING, 0, {nullptr, nullptr}}};
}

// ---- the configuration of one task -------------------------------------------------------------------------------------

class Value {
 public:
  explicit Value(const sluice_value& v) : v_(&v) {}
  bool is_set() const { return v_->text.data != nullptr; }
  std::string_view text() const { return is_set() ? std::string_view(v_->text.data, v_->text.len) : std::string_view(); }
  int64_t integer() const { return v_->i; }  // also milliseconds, bytes and the index of an ENUM
  double real() const { return v_->f; }
  bool boolean() const { return v_->i != 0; }
  std::vector<std::string_view> list() const {
    std::vector<std::string_view> out;
    for (size_t i = 0; i < v_->item_count; ++i) out.emplace_back(v_->items[i].data, v_->items[i].len);
    return out;
  }
  std::vector<std::pair<std::string_view, std::string_view>> map() const {
    const auto flat = list();
    std::vector<std::pair<std::string_view, std::string_view>> out;
    for (size_t i = 0; i + 1 < flat.size(); i += 2) out.emplace_back(flat[i], flat[i + 1]);
    return out;
  }

 private:
  const sluice_value* v_;
};

class Config {
 public:
  Config(const sluice_config& c, std::span<const Option> options) : c_(&c), options_(options) {}
  Value operator[](std::string_view name) const {
    for (size_t i = 0; i < options_.size() && i < c_->value_count; ++i)
      if (name == options_[i].name) return Value(c_->values[i]);
    throw Fatal("the plugin asked for its option \"" + std::string(name) + "\", which its table does not have", "bug");
  }
  std::string_view connector() const { return {c_->connector.data, c_->connector.len}; }
  uint32_t task_index() const { return c_->task_index; }
  uint32_t task_count() const { return c_->task_count; }
  // Whether the host file lifts the refusal of that name. Never, where the host is older than the list.
  bool lifts(std::string_view refusal) const {
    if (!SLUICE_HAS(c_, sluice_config, insecure)) return false;
    for (const char* const* at = c_->insecure; *at; ++at)
      if (refusal == *at) return true;
    return false;
  }
  // The servers that the host file allows plugins to connect to; nothing: any.
  std::optional<std::vector<std::string>> allowed_hosts() const {
    if (!SLUICE_HAS(c_, sluice_config, hosts)) return std::nullopt;
    std::vector<std::string> hosts;
    for (const char* const* at = c_->hosts; *at; ++at) hosts.emplace_back(*at);
    return hosts;
  }

 private:
  const sluice_config* c_;
  std::span<const Option> options_;
};

// ---- records -----------------------------------------------------------------------------------------------------------

class Record {
 public:
  explicit Record(const sluice_record& r) : r_(&r) {}
  int64_t offset() const { return r_->offset; }
  int64_t timestamp_ms() const { return r_->timestamp_ms; }
  // No key and no value (a tombstone) are nullopt; empty ones are empty.
  std::optional<std::string_view> key() const { return view(r_->key, r_->key_len); }
  std::optional<std::string_view> value() const { return view(r_->value, r_->value_len); }
  std::span<const sluice_header> headers() const { return {r_->headers, r_->header_count}; }
  const sluice_record& raw() const { return *r_; }

 private:
  static std::optional<std::string_view> view(const void* data, uint32_t size) {
    if (!data) return std::nullopt;
    return std::string_view(static_cast<const char*>(data), size);
  }
  const sluice_record* r_;
};

template <class View, class Raw>  // walks an array of the ABI's structs as views
class Each {
 public:
  struct Iterator {
    const Raw* at;
    View operator*() const { return View(*at); }
    Iterator& operator++() { ++at; return *this; }
    bool operator!=(const Iterator& other) const { return at != other.at; }
  };
  Each(const Raw* first, size_t count) : first_(first), count_(count) {}
  Iterator begin() const { return {first_}; }
  Iterator end() const { return {first_ + count_}; }
  size_t size() const { return count_; }

 private:
  const Raw* first_;
  size_t count_;
};
using Records = Each<Record, sluice_record>;

class Batch {
 public:
  explicit Batch(const sluice_batch& b) : b_(&b) {}
  uint32_t size() const { return b_->record_count; }
  Record operator[](uint32_t i) const { return Record(b_->records[i]); }
  Records::Iterator begin() const { return records().begin(); }
  Records::Iterator end() const { return records().end(); }
  Records records() const { return {b_->records, b_->record_count}; }
  std::span<const sluice_span> spans() const { return {b_->spans, b_->span_count}; }
  Records records(const sluice_span& span) const { return {b_->records + span.first, span.count}; }
  uint32_t attempt() const { return b_->attempt; }
  int64_t received_ns() const { return b_->received_ns; }
  std::span<const sluice_rejected> rejected() const {
    if (!SLUICE_HAS(b_, sluice_batch, rejected)) return {};
    return {b_->rejected, b_->rejected_count};
  }
  const sluice_batch& raw() const { return *b_; }

 private:
  const sluice_batch* b_;
};

using Partitions = std::span<sluice_partition>;
inline std::string_view text(sluice_str s) { return {s.data, s.len}; }

// CRC-32C (Castagnoli), as a witness is made of: the key's bytes, then the value's, null as empty.
inline uint32_t crc32c(std::string_view bytes, uint32_t crc = 0) {
  static constexpr auto table = [] {
    std::array<uint32_t, 256> t{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t c = i;
      for (int k = 0; k < 8; ++k) c = (c & 1) ? (c >> 1) ^ 0x82F63B78u : c >> 1;
      t[i] = c;
    }
    return t;
  }();
  crc = ~crc;
  for (const char byte : bytes) crc = table[(crc ^ static_cast<uint8_t>(byte)) & 0xFF] ^ (crc >> 8);
  return ~crc;
}
inline uint32_t witness_crc(const Record& r) { return crc32c(r.value().value_or(""), crc32c(r.key().value_or(""))); }

// ---- the host ----------------------------------------------------------------------------------------------------------

namespace detail {
inline const sluice_host* host = nullptr;  // set once by the entry, before anything else runs
}

class Metric {  // the default one is harmless
 public:
  Metric() = default;
  Metric(sluice_ctx* ctx, uint32_t id) : ctx_(ctx), id_(id) {}
  void add(double by = 1) const { update(by); }
  void set(double to) const { update(to); }
  void observe(double v) const { observe(std::span(&v, 1)); }
  void observe(std::span<const double> many) const {
    if (id_) detail::host->observe(ctx_, id_, many.data(), many.size());
  }

 private:
  void update(double v) const {
    if (id_) detail::host->update(ctx_, id_, v);
  }
  sluice_ctx* ctx_ = nullptr;
  uint32_t id_ = 0;
};

class Context {
 public:
  explicit Context(sluice_ctx* ctx) : ctx_(ctx) {}
  bool logs(int32_t level) const { return level >= detail::host->log_level(ctx_); }
  void log(int32_t level, std::string_view line) const {
    if (logs(level)) detail::host->log(ctx_, level, line.data(), line.size());
  }
  void debug(std::string_view line) const { log(SLUICE_DEBUG, line); }
  void info(std::string_view line) const { log(SLUICE_INFO, line); }
  void warn(std::string_view line) const { log(SLUICE_WARN, line); }
  void error(std::string_view line) const { log(SLUICE_ERROR, line); }

  using Labels = std::span<const sluice_pair>;
  Metric counter(const char* name, const char* help, Labels labels = {}) const { return metric(SLUICE_COUNTER, name, help, labels, {}); }
  Metric gauge(const char* name, const char* help, Labels labels = {}) const { return metric(SLUICE_GAUGE, name, help, labels, {}); }
  Metric histogram(const char* name, const char* help, std::span<const double> bounds = {}, Labels labels = {}) const {
    return metric(SLUICE_HISTOGRAM, name, help, labels, bounds);
  }

  int64_t now_ns() const { return detail::host->clock(ctx_, SLUICE_REALTIME); }
  int64_t monotonic_ns() const { return detail::host->clock(ctx_, SLUICE_MONOTONIC); }
  bool stopping() const { return detail::host->stopping(ctx_) != 0; }
  void request_commit() const { detail::host->request_commit(ctx_); }

  // Gives up on records of a batch in hand, all bad ones in one call; throws unless the host says OK. Where the connector
  // tolerates none that is BadData, so that the host finds the exact place and stops there.
  void reject(const Batch& batch, std::span<const uint32_t> indexes, std::span<const sluice_error> errors) const {
    const sluice_result r = detail::host->reject_many(ctx_, &batch.raw(), indexes.data(), errors.data(), indexes.size());
    if (r == SLUICE_OK || errors.empty()) return;
    const sluice_error& first = errors.front();
    if (r == SLUICE_RETRY) throw Retry(std::string("the dead letters: ") + first.message, "rejected");
    throw BadData(first.message, first.code, first.field);
  }
  sluice_ctx* raw() const { return ctx_; }

 private:
  Metric metric(int32_t kind, const char* name, const char* help, Labels labels, std::span<const double> bounds) const {
    return {ctx_, detail::host->metric(ctx_, kind, name, help, labels.data(), labels.size(), bounds.data(), bounds.size())};
  }
  sluice_ctx* ctx_;
};

// Keeps a batch, and all it points to, beyond put().
class Held {
 public:
  Held(Context context, const Batch& batch) : ctx_(context.raw()), batch_(&batch.raw()) { detail::host->retain(ctx_, batch_); }
  Held(Held&& other) noexcept : ctx_(other.ctx_), batch_(std::exchange(other.batch_, nullptr)) {}
  Held& operator=(Held&&) = delete;
  ~Held() {
    if (batch_) detail::host->release(ctx_, batch_);
  }
  Batch batch() const { return Batch(*batch_); }

 private:
  sluice_ctx* ctx_;
  const sluice_batch* batch_;
};

class Issues {  // what validate() found; option nullptr = the whole configuration
 public:
  explicit Issues(sluice_issues* list) : list_(list) {}
  void add(const char* option, const std::string& line) const { detail::host->issue(list_, option, line.c_str()); }

 private:
  sluice_issues* list_;
};

// ---- the border --------------------------------------------------------------------------------------------------------

namespace detail {

template <size_t N>
void fill(char (&to)[N], std::string_view from) {  // cuts between characters of UTF-8, never inside one
  size_t n = from.size() < N ? from.size() : N - 1;
  if (n < from.size())
    while (n > 0 && (static_cast<unsigned char>(from[n]) & 0xC0) == 0x80) --n;
  if (n > 0) std::memcpy(to, from.data(), n);
  to[n] = '\0';
}

inline sluice_result fail(sluice_error* err, sluice_result r, std::string_view text, std::string_view code,
                          std::string_view field = "", int64_t delay = 0) {
  if (err) {
    err->retry_after_ms = delay;
    fill(err->code, code);
    fill(err->field, field);
    fill(err->message, text);
  }
  return r;
}

// Runs one call; whatever is thrown becomes an answer.
template <class Call>
sluice_result guard(sluice_error* err, Call&& call) noexcept {
  try {
    call();
    return SLUICE_OK;
  } catch (const Error& e) {
    return fail(err, e.result, e.message, e.code, e.field, e.retry_after_ms);
  } catch (const std::bad_alloc&) {
    return fail(err, SLUICE_RESTART, "out of memory", "memory");
  } catch (const std::exception& e) {
    return fail(err, SLUICE_RESTART, std::string_view(e.what()), "exception");
  } catch (...) {
    return fail(err, SLUICE_RESTART, "an exception of unknown type", "exception");
  }
}

template <class Sink>
struct Table {
  // sluice_task is the plugin's to define; here it is simply the author's object under another name.
  static Sink& self(sluice_task* t) { return *reinterpret_cast<Sink*>(t); }
  static Config config(const sluice_config* c) { return Config(*c, std::span<const Option>(Sink::options.data(), Sink::options.size())); }

  static sluice_result create(sluice_ctx* ctx, const sluice_config* c, sluice_task** out, sluice_error* err) {
    return guard(err, [&] { *out = reinterpret_cast<sluice_task*>(new Sink(Context(ctx), config(c))); });
  }
  static void destroy(sluice_task* t) { delete &self(t); }
  static sluice_result put(sluice_task* t, const sluice_batch* b, sluice_error* err) {
    return guard(err, [&] { self(t).put(Batch(*b)); });
  }

  static const sluice_plugin& get() {
    static const sluice_plugin table = [] {
      constexpr const About& a = Sink::about;
      sluice_plugin p{};
      p.struct_size = sizeof p;
      p.name = a.name, p.version = a.version, p.summary = a.summary;
      p.doc = a.doc, p.url = a.url, p.license = a.license, p.aliases = a.aliases;
      p.options = Sink::options.data();
      p.option_count = static_cast<uint32_t>(Sink::options.size());
      p.flags = a.flags, p.batch_records = a.batch_records, p.batch_bytes = a.batch_bytes, p.linger_ms = a.linger_ms;
      p.create = create, p.destroy = destroy, p.put = put;
      if constexpr (requires(Issues i, const Config& c) { Sink::validate(i, c, true); })
        p.validate = [](sluice_issues* i, const sluice_config* c, int32_t online, sluice_error* err) {
          return guard(err, [&] { Sink::validate(Issues(i), config(c), online == SLUICE_ONLINE); });
        };
      if constexpr (requires(Sink& s, Partitions ps) { s.open(ps); })
        p.open = [](sluice_task* t, sluice_partition* ps, size_t n, sluice_error* err) {
          return guard(err, [&] { self(t).open(Partitions(ps, n)); });
        };
      if constexpr (requires(Sink& s, Partitions ps) { s.commit(ps); })
        p.commit = [](sluice_task* t, sluice_partition* ps, size_t n, sluice_error* err) {
          return guard(err, [&] { self(t).commit(Partitions(ps, n)); });
        };
      if constexpr (requires(Sink& s, Partitions ps, int32_t why) { s.close(ps, why); })
        p.close = [](sluice_task* t, sluice_partition* ps, size_t n, int32_t why, sluice_error* err) {
          return guard(err, [&] { self(t).close(Partitions(ps, n), why); });
        };
      if constexpr (requires(Sink& s) { s.interrupt(); })
        p.interrupt = [](sluice_task* t) { guard(nullptr, [&] { self(t).interrupt(); }); };
      if constexpr (requires(const char* id) { Sink::extension(id); })
        p.extension = [](const char* id) -> const void* { return Sink::extension(id); };
      return p;
    }();
    return table;
  }
};

// 1.0's part of the host's table is required; a smaller one is a host older than the first release.
inline const sluice_plugin* enter(const sluice_host* host_table, const sluice_plugin& table, sluice_error* err) {
  if (!host_table || !SLUICE_HAS(host_table, sluice_host, extension)) {
    fail(err, SLUICE_FATAL, "the host's table is older than sluice's ABI 1.0", "abi");
    return nullptr;
  }
  host = host_table;
  return &table;
}

}  // namespace detail
}  // namespace sluice

#define SLUICE_PLUGIN(Class)                                                                                    \
  extern "C" SLUICE_EXPORT const sluice_plugin* sluice_plugin_v1(const sluice_host* host, sluice_error* err) { \
    return ::sluice::detail::enter(host, ::sluice::detail::Table<Class>::get(), err);                          \
  }
