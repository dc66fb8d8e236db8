// The lives of a shop's orders: placed, paid, shipped, delivered, sometimes corrected, cancelled, deleted or given another
// number. The same seed tells the same lives. What it answers fits together: the row before a change is the row after the
// one before it. Knows nothing of Kafka or JSON.
#pragma once
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::demo {

struct Row {
  int64_t order_id = 0;
  int64_t customer_id = 0;
  std::string_view product;  // JSON text with its quotes, or null; lives as long as the OrderLife that answered it
  int64_t cents = 0;
  std::string_view status;   // JSON text with its quotes
  int64_t created_us = 0;
  int64_t updated_us = 0;
};

enum class Event { insert, update, remove, rekey };

struct Step {
  Event event = Event::insert;
  Row before;  // not of an insert
  Row after;   // not of a remove
};

// How many changes of each kind come together, in random order; at least one of them an insert.
struct Mix {
  uint32_t inserts = 0;
  uint32_t updates = 0;
  uint32_t removes = 0;
};

struct LifeOptions {
  uint64_t seed = 0;
  int64_t first_id = 0;
  // None: the shop decides. With one the same counts come again and again, and no order gets another number.
  std::optional<Mix> mix;
  // With a mix: orders from before, numbered up to first_id. Each change that is no insert is first of one of these, of any age.
  int64_t old_orders = 0;
  // So many are under way at once; the memory that it takes stays the same however long this runs. What is too many is left alone.
  size_t live_orders = 4000;
};

class OrderLife {
 public:
  // `products` are JSON texts, at least one.
  OrderLife(const LifeOptions& options, std::vector<std::string> products);

  // What happens next. A rekey is two changes of the table; `may_rekey` false asks for a single one.
  Step next(int64_t now_us, bool may_rekey);
  // A new order that the lives know nothing more of.
  Row lonely_order(int64_t now_us);
  bool chance(double share);
  size_t below(size_t limit);

 private:
  Event dealt();
  Row order(int64_t order_id, int64_t now_us);
  size_t known_order(int64_t now_us);
  void make_room();
  Step insert(int64_t now_us);
  Step remove(size_t at);
  Step rekey(size_t at, int64_t now_us);
  Step update(size_t at, int64_t now_us);
  void forget(size_t at);
  int64_t amount();

  const LifeOptions options_;
  std::mt19937_64 random_;
  int64_t next_id_;
  const std::vector<std::string> products_;
  std::vector<Row> live_;
  int64_t old_orders_heard_of_ = 0;
  std::vector<Event> deck_;  // what is left of the mix that is being dealt
};

}  // namespace sluice::demo
