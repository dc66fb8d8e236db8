#include "workload.h"

#include <fstream>
#include <map>
#include <stdexcept>

#include "debezium_postgres_sink/decode/envelope.h"

namespace sluice::micro {
namespace {

using debezium::Json;

std::optional<std::string> text_or_null(Json value) {
  if (value.is_null()) return std::nullopt;
  return std::string(value.text());
}

std::vector<Record> read(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read the recording " + path);
  std::vector<Record> records;
  debezium::JsonDocument document;
  for (std::string line; std::getline(file, line);) {
    const Json record(document.parse(line));
    if (!record.exists()) throw std::runtime_error(path + " has a line that is no record: " + document.problem());
    records.push_back({text_or_null(record.find("key")), text_or_null(record.find("value"))});
  }
  return records;
}

std::string kind_of(const Record& record) {
  debezium::EnvelopeDecoder decoder;
  const debezium::Event event = decoder.decode(record.key, record.value);
  if (event.skip) throw std::runtime_error("the recording holds a record that is no row");
  if (event.change.tombstone) return "tombstone";
  switch (event.change.operation) {
    case debezium::Operation::update: return "update";
    case debezium::Operation::remove: return "delete";
    default: return "insert";  // a snapshot's row has the same shape
  }
}

// `"order_id":12` becomes `"order_id":1000012`, wherever it is: a number of its own for each record, as a topic has.
std::string with_number(std::string text, std::string_view field, size_t number) {
  const std::string name = std::string("\"").append(field).append("\":");
  for (size_t at = text.find(name); at != text.npos; at = text.find(name, at)) {
    at += name.size();
    const size_t end = text.find_first_not_of("-0123456789", at);
    if (end != at) text.replace(at, end - at, std::to_string(1'000'000 + number));
  }
  return text;
}

}  // namespace

std::vector<Record> workload(std::string_view recording, std::string_view kind, size_t count) {
  const std::vector<Record> recorded = read(SLUICE_SOURCE_DIR "/tests/data/" + std::string(recording) + ".jsonl");
  const std::string_view key = recording.starts_with("orders/") ? "order_id" : "id";
  std::map<std::string, std::vector<Record>> by_kind;
  for (const Record& record : recorded) by_kind[kind_of(record)].push_back(record);
  by_kind["all"] = recorded;

  std::vector<Record> records;
  size_t number = 0;
  std::map<std::string, size_t> taken;
  const auto take = [&](const std::string& from) {
    const auto& some = by_kind[from];
    if (some.empty()) throw std::runtime_error("the recording has no " + from);
    Record record = some[taken[from]++ % some.size()];
    if (record.key) record.key = with_number(*record.key, key, number);
    if (record.value) record.value = with_number(*record.value, key, number);
    records.push_back(std::move(record));
  };
  while (records.size() < count) {
    if (kind != "mix") {
      take(std::string(kind));
      ++number;
      continue;
    }
    for (const char* from : {"insert", "insert", "update", "insert", "insert", "update", "insert", "insert", "update", "insert", "insert", "update", "insert",
                             "insert", "update"}) {
      take(from);
      ++number;
    }
    take("delete");
    take("tombstone");  // of the same key
    ++number;
  }
  records.resize(count);
  return records;
}

}  // namespace sluice::micro
