// sluice-fault-proxy: the control socket, one JSON object a line; see README.md. One thread.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <iostream>
#include <map>
#include <set>
#include <stdexcept>

#include "base/json.h"
#include "proxy/listener.h"

namespace {

using namespace sluice;
using namespace sluice::proxy;
namespace asio = boost::asio;
using asio::local::stream_protocol;

[[noreturn]] void wrong(const std::string& what) { throw std::invalid_argument(what); }

// A request, each member of which must have been asked for.
class Request {
 public:
  explicit Request(std::string_view line) {
    auto parsed = parse_json(line);
    if (const auto* error = std::get_if<JsonError>(&parsed)) wrong(error->message);
    value_ = std::get<JsonValue>(std::move(parsed));
    if (value_.kind != JsonValue::Kind::object) wrong("a request is a JSON object");
  }

  std::string text(const std::string& name, const std::string& otherwise = "") {
    const JsonValue* found = find(name);
    return found ? found->text : otherwise;
  }
  int64_t number(const std::string& name, int64_t otherwise = 0) {
    const JsonValue* found = find(name);
    if (!found) return otherwise;
    int64_t number = 0;
    const char* end = found->text.data() + found->text.size();
    if (std::from_chars(found->text.data(), end, number).ptr != end || number < 0) wrong(name + " is a whole number, not below 0");
    return number;
  }
  bool flag(const std::string& name, bool otherwise = false) {
    const JsonValue* found = find(name);
    return found ? found->text == "true" : otherwise;
  }
  bool has(const std::string& name) const { return value_.find(name); }
  void refuse_others() const {
    for (const auto& [name, value] : value_.items)
      if (!asked_.contains(name)) wrong("nobody knows " + name);
  }

 private:
  const JsonValue* find(const std::string& name) {
    asked_.insert(name);
    return value_.find(name);
  }
  JsonValue value_;
  std::set<std::string> asked_;
};

Listener::Endpoint endpoint(const std::string& text) {
  const size_t colon = text.rfind(':');
  int port = 0;
  if (colon != std::string::npos) std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
  if (port < 1 || port > 65535) wrong("an address is ADDRESS:PORT, not " + text);
  return {asio::ip::make_address(text.substr(0, colon)), static_cast<uint16_t>(port)};
}

Ending ending(const std::string& how) {
  if (how == "reset") return Ending::reset;
  if (how == "close") return Ending::close;
  if (how == "half_open") return Ending::half_open;
  wrong("how is reset, close or half_open, not " + how);
}

std::vector<Direction> directions(Request& request) {
  const std::string which = request.text("direction", "both");
  if (which == "up") return {Direction::up};
  if (which == "down") return {Direction::down};
  if (which == "both") return {Direction::up, Direction::down};
  wrong("direction is up, down or both, not " + which);
}

std::string from_hex(const std::string& text) {
  std::string bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    int byte = 0;
    if (std::from_chars(text.data() + i, text.data() + i + 2, byte, 16).ptr != text.data() + i + 2) wrong("upon is hexadecimal");
    bytes.push_back(static_cast<char>(byte));
  }
  return bytes;
}

class Control {
 public:
  Control(asio::io_context& context, const std::string& path, uint64_t seed)
      : context_(context), acceptor_(context, stream_protocol::endpoint(path)), dice_(seed) {
    accept();
  }

 private:
  struct Client {
    stream_protocol::socket socket;
    std::string text;
  };

  void accept() {
    acceptor_.async_accept([this](const boost::system::error_code& error, stream_protocol::socket socket) {
      if (!error) read(std::make_shared<Client>(Client{std::move(socket), {}}));
      accept();
    });
  }

  void read(const std::shared_ptr<Client>& client) {
    asio::async_read_until(client->socket, asio::dynamic_buffer(client->text), '\n',
                           [this, client](const boost::system::error_code& error, size_t size) {
      if (error) return;
      const std::string reply = answer(std::string_view(client->text).substr(0, size)) + "\n";
      client->text.erase(0, size);
      boost::system::error_code ignored;
      asio::write(client->socket, asio::buffer(reply), ignored);  // a line fits into any socket's buffer
      read(client);
    });
  }

  std::string answer(std::string_view line) {
    JsonWriter out;
    out.begin_object();
    try {
      Request request(line);
      obey(request, out);
      return out.end_object().result();
    } catch (const std::exception& error) {
      JsonWriter told;
      return told.begin_object().text("error", error.what()).end_object().result();
    }
  }

  void obey(Request& request, JsonWriter& out) {
    const std::string what = request.text("do"), name = request.text("name");
    if (what == "listen") {
      const auto port = static_cast<uint16_t>(request.number("port"));
      const auto target = endpoint(request.text("target"));
      request.refuse_others();
      listeners_[name] = std::make_unique<Listener>(context_, Listener::Endpoint{asio::ip::address_v4::loopback(), port}, target, dice_);
      return;
    }
    const auto found = listeners_.find(name);
    if (found == listeners_.end()) wrong("there is no listener " + name);
    Listener& listener = *found->second;
    if (what == "set") {
      set(listener, request);
    } else if (what == "arm") {
      arm(listener, request);
    } else if (what == "cut") {
      listener.cut(ending(request.text("how")));
    } else if (what == "heal") {
      listener.heal();
    } else if (what == "counters") {
      count(listener, out);
    } else {
      wrong("nobody can " + what);
    }
    request.refuse_others();
  }

  static void set(Listener& listener, Request& request) {
    for (const Direction direction : directions(request)) {
      Settings& to = listener.way(direction).settings;
      to.delay_ms = request.number("delay_ms", to.delay_ms);
      to.jitter_ms = request.number("jitter_ms", to.jitter_ms);
      to.bytes_per_second = request.number("bytes_per_second", to.bytes_per_second);
      to.slice_bytes = request.number("slice_bytes", to.slice_bytes);
      to.blackhole = request.flag("blackhole", to.blackhole);
      to.lost = request.flag("lost", to.lost);
    }
    if (const std::string target = request.text("target"); !target.empty()) listener.set_target(endpoint(target));
    if (request.has("refuse")) listener.refuse(request.flag("refuse"));
    listener.settings_changed();
  }

  void arm(Listener& listener, Request& request) {
    const std::string what = request.text("what");
    if (what != "cut" && what != "flip") wrong("what is cut or flip, not " + what);
    Trigger::Options options;
    options.after = request.number("after");
    options.random = request.flag("random");
    options.upon = from_hex(request.text("upon"));
    options.deliver = request.flag("deliver", true);
    options.times = request.number("times", 1);
    options.how = ending(request.text("how", "reset"));
    for (const Direction direction : directions(request))
      (what == "cut" ? listener.way(direction).cut : listener.way(direction).flip).emplace(options, dice_);
  }

  static void count(Listener& listener, JsonWriter& out) {
    out.key("accepted").number(listener.accepted()).key("open").number(listener.open());
    const Ends& ends = listener.ends();
    out.key("reset").number(ends.reset).key("closed").number(ends.closed).key("half_opened").number(ends.half_opened);
    for (const auto& [direction, name] : {std::pair{Direction::up, "up"}, std::pair{Direction::down, "down"}}) {
      const Way& way = listener.way(direction);
      out.key(name).begin_object().key("bytes").number(way.bytes).key("delayed").number(way.delayed).key("throttled");
      out.number(way.throttled).key("sliced").number(way.sliced).key("held").number(way.held).key("flipped").number(way.flipped);
      out.end_object();
    }
  }

  asio::io_context& context_;
  stream_protocol::acceptor acceptor_;
  std::mt19937_64 dice_;
  std::map<std::string, std::unique_ptr<Listener>> listeners_;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"A TCP proxy that breaks connections as it is told, for tests. Runs until SIGTERM."};
  std::string path;
  uint64_t seed = 0;
  app.add_option("--control", path, "The unix socket to take orders from")->required();
  app.add_option("--seed", seed, "Of what it does at random");
  CLI11_PARSE(app, argc, argv);
  try {
    asio::io_context context;
    asio::signal_set signals(context, SIGTERM, SIGINT);
    signals.async_wait([&](const boost::system::error_code&, int) { context.stop(); });
    const Control control(context, path, seed);
    context.run();
  } catch (const std::exception& error) {
    std::cerr << "sluice-fault-proxy: " << error.what() << '\n';
    return 1;
  }
}
