#include "order_life.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace sluice::demo {
namespace {

constexpr int64_t kCustomers = 2000;

constexpr std::string_view kPending = "\"PENDING\"";
constexpr std::string_view kPaid = "\"PAID\"";
constexpr std::string_view kShipped = "\"SHIPPED\"";
constexpr std::string_view kDelivered = "\"DELIVERED\"";
constexpr std::string_view kCancelled = "\"CANCELLED\"";

// Amounts that decoders got wrong: refunds, the ends of numeric(10,2), the steps of two's complement, and two whose base64
// (1234, 9999) looks like a number.
constexpr std::array<int64_t, 14> kTellingCents = {-1250, 1,   9'999'999'999, -9'999'999'999, 0,    -1,      127,
                                                   128,   255, -128,          -129,           -2658824, -532611, 1'000'000'000};

std::string_view status_after(std::string_view status) {
  if (status == kPending) return kPaid;
  if (status == kPaid) return kShipped;
  return kDelivered;
}

bool is_over(const Row& row) { return row.status == kDelivered || row.status == kCancelled; }

}  // namespace

OrderLife::OrderLife(const LifeOptions& options, std::vector<std::string> products)
    : options_(options), random_(options.seed), next_id_(options.first_id), products_(std::move(products)) {
  live_.reserve(options_.live_orders);
}

Step OrderLife::next(int64_t now_us, bool may_rekey) {
  if (options_.mix) {
    switch (dealt()) {
      case Event::remove: return remove(known_order(now_us));
      case Event::update: return update(known_order(now_us), now_us);
      default: return insert(now_us);
    }
  }
  if (live_.empty() || (live_.size() < options_.live_orders && chance(0.3))) return insert(now_us);
  const size_t at = below(live_.size());
  if (chance(0.08)) return remove(at);
  if (may_rekey && chance(0.02)) return rekey(at, now_us);
  return update(at, now_us);
}

// The next of the mix. While there is no order to change, an insert is taken first.
Event OrderLife::dealt() {
  if (deck_.empty()) {
    deck_.insert(deck_.end(), options_.mix->inserts, Event::insert);
    deck_.insert(deck_.end(), options_.mix->updates, Event::update);
    deck_.insert(deck_.end(), options_.mix->removes, Event::remove);
    // Not std::shuffle: what it makes of a seed is left to the library.
    for (size_t at = deck_.size(); at > 1; --at) std::swap(deck_[at - 1], deck_[below(at)]);
  }
  if (live_.empty()) {
    const auto insert = std::ranges::find(deck_, Event::insert);
    if (insert == deck_.end()) return Event::insert;
    std::swap(*insert, deck_.back());
  }
  const Event next = deck_.back();
  deck_.pop_back();
  return next;
}

// Where in `live_` the order is that changes.
size_t OrderLife::known_order(int64_t now_us) {
  if (old_orders_heard_of_ == options_.old_orders) return below(live_.size());
  // A prime step through all of them: each comes once, in an order that no index likes.
  constexpr int64_t kStep = 2'654'435'761;
  const int64_t age = 1 + old_orders_heard_of_++ * kStep % options_.old_orders;
  make_room();
  live_.push_back(order(options_.first_id - age, now_us));
  return live_.size() - 1;
}

Row OrderLife::lonely_order(int64_t now_us) { return order(next_id_++, now_us); }

bool OrderLife::chance(double share) { return static_cast<double>(random_() >> 11) * 0x1.0p-53 < share; }

size_t OrderLife::below(size_t limit) { return static_cast<size_t>(random_() % limit); }

Row OrderLife::order(int64_t order_id, int64_t now_us) {
  return {.order_id = order_id,
          .customer_id = 1 + static_cast<int64_t>(below(kCustomers)),
          .product = products_[below(products_.size())],
          .cents = amount(),
          .status = kPending,
          .created_us = now_us,
          .updated_us = now_us};
}

Step OrderLife::insert(int64_t now_us) {
  make_room();
  live_.push_back(order(next_id_++, now_us));
  return {Event::insert, {}, live_.back()};
}

Step OrderLife::remove(size_t at) {
  const Row gone = live_[at];
  forget(at);
  return {Event::remove, gone, {}};
}

Step OrderLife::rekey(size_t at, int64_t now_us) {
  const Row before = live_[at];
  live_[at].order_id = next_id_++;
  live_[at].updated_us = now_us;
  return {Event::rekey, before, live_[at]};
}

Step OrderLife::update(size_t at, int64_t now_us) {
  const Row before = live_[at];
  Row& row = live_[at];
  row.updated_us = now_us;
  if (chance(0.25)) {
    row.cents = amount();
  } else {
    row.status = chance(0.05) ? kCancelled : status_after(row.status);
  }
  const Row after = row;
  if (is_over(after)) forget(at);
  return {Event::update, before, after};
}

void OrderLife::make_room() {
  if (live_.size() >= options_.live_orders) forget(below(live_.size()));
}

void OrderLife::forget(size_t at) {
  live_[at] = live_.back();
  live_.pop_back();
}

int64_t OrderLife::amount() {
  if (chance(0.03)) return kTellingCents[below(std::size(kTellingCents))];
  return 99 + static_cast<int64_t>(below(150'000));
}

}  // namespace sluice::demo
