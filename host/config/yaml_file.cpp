#include "config/yaml_file.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

#include "base/utf8.h"
#include "config/scalars.h"

namespace sluice {
namespace {

constexpr size_t kFileBytesMax = size_t{1} << 20;
constexpr size_t kDepthMax = 50;
constexpr size_t kNodesMax = 100'000;
constexpr const char* kDocumentEnd = "...\n";

// Ends the parse: what follows would have no meaning.
struct Unusable {
  int line;
  std::string message;
};

int line_of(const YAML::Mark& mark) { return mark.is_null() ? 0 : mark.line + 1; }

class Flattener : public YAML::EventHandler {
 public:
  Flattener(const std::string& file, Problems& problems) : file_(file), problems_(problems) {}
  YamlSettings result;
  int documents = 0;
  int last_line = 0;  // of the last key or value

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents > 1) throw Unusable{line_of(mark), "a second document begins here; keep one per file, without a second ---"};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    check_node(mark, "", anchor);
    if (frames_.empty()) throw Unusable{0, "the file has no settings; write key: value lines"};
    Frame& at = frames_.back();
    if (!at.is_map) {
      complain(line_of(mark), at.name, fmt::format("an item of the list \"{}\" is empty; remove it, or write \"\"", shown(at.name)));
      return;
    }
    if (!at.pending) throw Unusable{line_of(mark), "a value without a key; write key: value"};
    const std::string key = take_key(at);
    complain(at.pending_line, key, fmt::format("\"{}\" has no value; write \"\" for an empty text, or remove the line", key));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Unusable{line_of(mark), "aliases (*name) are not taken; write the value out"};
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    check_node(mark, tag, anchor);
    if (value.find('\0') != value.npos) throw Unusable{line_of(mark), "a text holds a NUL character; remove it"};
    // yaml-cpp makes a single byte of the escapes N and _.
    if (!is_utf8(value)) throw Unusable{line_of(mark), "a text is not UTF-8 once it is read; write the character itself instead of \\N or \\_"};
    if (frames_.empty())
      throw Unusable{line_of(mark), "the file is a single text, not settings; write key: value, with a blank after the colon"};
    Frame& at = frames_.back();
    if (!at.is_map) {
      if (value.find(',') != value.npos)
        complain(line_of(mark), at.name,
                 fmt::format("an item of the list \"{}\" holds a comma, which separates items; write one item without it",
                             shown(at.name)));
      at.items += (at.empty ? "" : ",") + value;
      at.empty = false;
    } else if (!at.pending) {
      if (value.empty()) throw Unusable{line_of(mark), "a key is empty; write key: value"};
      at.pending = value;
      at.pending_line = line_of(mark);
      at.empty = false;
    } else {
      const int line = at.pending_line;
      put(take_key(at), line, value);
    }
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, false);
  }
  void OnSequenceEnd() override {
    const Frame list = std::move(frames_.back());
    frames_.pop_back();
    put(list.name, list.line, list.items);
  }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, true);
  }
  void OnMapEnd() override {
    const Frame map = std::move(frames_.back());
    frames_.pop_back();
    if (map.empty && !frames_.empty())
      complain(map.line, map.name, fmt::format("\"{}\" is an empty map; give it an entry, or remove it", map.name));
  }

 private:
  struct Frame {
    bool is_map;
    std::string name;  // dotted, "" for the whole file
    int line;
    bool empty = true;
    std::optional<std::string> pending;  // map: the key whose value comes next
    int pending_line = 0;
    std::string items;                   // list: joined
  };

  void check_node(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    last_line = line_of(mark);
    if (++nodes_ > kNodesMax) throw Unusable{line_of(mark), fmt::format("the file has more than {} values", kNodesMax)};
    if (anchor != 0) throw Unusable{line_of(mark), "anchors (&name) are not taken; write the value out where it is needed"};
    if (tag.empty() || tag == "?" || tag == "!") return;
    constexpr std::string_view kCore = "tag:yaml.org,2002:";
    if (tag.starts_with(kCore))
      for (const char* known : {"str", "int", "float", "bool", "map", "seq"})
        if (tag.compare(kCore.size(), tag.npos, known) == 0) return;
    throw Unusable{line_of(mark), fmt::format("the tag {} is not known; remove it", shown(tag))};
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, bool is_map) {
    check_node(mark, tag, anchor);
    if (frames_.size() >= kDepthMax)
      throw Unusable{line_of(mark), fmt::format("settings are nested deeper than {} levels", kDepthMax)};
    std::string name;
    int line = line_of(mark);
    if (frames_.empty()) {
      if (!is_map) throw Unusable{line, "the file is a list, not settings; write key: value lines"};
    } else {
      Frame& at = frames_.back();
      if (!at.is_map)
        throw Unusable{line, fmt::format("the list \"{}\" holds a list or a map; only plain values may stand in a list", shown(at.name))};
      if (!at.pending) throw Unusable{line, "a list or a map stands where a key is expected; write key: value"};
      line = at.pending_line;
      name = take_key(at);
    }
    frames_.push_back({is_map, std::move(name), line, true, std::nullopt, 0, {}});
  }

  std::string take_key(Frame& at) {
    std::string key = at.name.empty() ? std::move(*at.pending) : at.name + "." + *at.pending;
    at.pending.reset();
    if (key.size() > kKeyBytesMax)
      throw Unusable{at.pending_line, fmt::format("a key is longer than {} bytes: {}", kKeyBytesMax, shown(key))};
    return key;
  }

  void put(const std::string& key, int line, const std::string& value) {
    const auto [at, fresh] = result.lines.try_emplace(key, line);
    if (!fresh) {
      complain(line, key, fmt::format("\"{}\" is set twice, on lines {} and {}; keep one", key, at->second, line));
      return;
    }
    result.settings[key] = value;
  }

  void complain(int line, const std::string& key, std::string message) {
    problems_.push_back({key, std::move(message), file_, line, false});
  }

  const std::string& file_;
  Problems& problems_;
  std::vector<Frame> frames_;
  size_t nodes_ = 0;
};

// What usually lies behind the parser's words.
std::string explain(const YAML::Exception& error) {
  struct Known {
    const char* parser;
    const char* hint;
  };
  static const Known kKnown[] = {
      {YAML::ErrorMsg::END_OF_MAP, "is this line indented differently, is a blank missing after a colon, or does text follow a closing quote?"},
      {YAML::ErrorMsg::MAP_VALUE, "is a blank missing after a colon, or is this line indented differently? Put a text that holds \": \" in quotes"},
      {YAML::ErrorMsg::MAP_KEY, "check the indentation of this line and the one above"},
      {YAML::ErrorMsg::END_OF_SEQ, "every item of a list begins with \"- \", at the same indentation"},
      {YAML::ErrorMsg::BLOCK_ENTRY, "put a text that holds \"- \" in quotes, and check the indentation"},
      {YAML::ErrorMsg::END_OF_SEQ_FLOW, "a [ is not closed with ], or a comma is missing"},
      {YAML::ErrorMsg::END_OF_MAP_FLOW, "a { is not closed with }, or a comma is missing; put a text that begins with { in quotes"},
      {YAML::ErrorMsg::FLOW_END, "a ] or } has no opening; put a text that holds one in quotes"},
      {YAML::ErrorMsg::TAB_IN_INDENTATION, "indent with blanks, not with tabs"},
      {YAML::ErrorMsg::UNKNOWN_TOKEN, "put a text that begins with @, ` or % in quotes"},
  };
  // The parser shows single bytes of characters.
  std::string text = fmt::format("this is not valid YAML: {}", repaired_utf8(error.msg));
  for (const Known& known : kKnown)
    if (error.msg == known.parser) return fmt::format("{}; {}", text, known.hint);
  return text;
}

bool is_control(char c) { return c >= 0 && c < ' ' && c != '\t' && c != '\n' && c != '\r'; }

}  // namespace

std::optional<YamlSettings> parse_yaml(std::string_view text, const std::string& file, Problems& problems) {
  const auto refuse = [&](int line, std::string message) {
    problems.push_back({"", std::move(message), file, line, false});
    return std::nullopt;
  };
  if (text.size() > kFileBytesMax) return refuse(0, "the file is larger than 1 MiB");
  if (!is_utf8(text)) return refuse(0, "the file is not UTF-8 text; save it as UTF-8");
  // YAML 1.2, 5.1: they may only be written as escapes. The parser lets them pass, and makes other bytes of some.
  if (const auto bad = std::ranges::find_if(text, is_control); bad != text.end())
    return refuse(1 + static_cast<int>(std::count(text.begin(), bad, '\n')),
                  fmt::format("the file holds the control character {0:#04x}, which YAML does not allow; write it as \\x{0:02x} in double quotes",
                              static_cast<unsigned>(*bad)));
  // yaml-cpp lets the end of the file close a quote, with all lines up to there as its text. It does refuse a quote around the
  // mark that ends a document.
  std::istringstream input{std::string(text) + (text.empty() || text.ends_with('\n') ? "" : "\n") + kDocumentEnd};
  Flattener flattener(file, problems);
  try {
    YAML::Parser parser(input);
    while (parser.HandleNextDocument(flattener)) {
    }
  } catch (const Unusable& unusable) {
    return refuse(unusable.line, unusable.message);
  } catch (const YAML::Exception& error) {
    if (error.msg == YAML::ErrorMsg::DOC_IN_SCALAR || error.msg == YAML::ErrorMsg::EOF_IN_SCALAR)
      return refuse(flattener.last_line, "a quote that opens on this line or after it is not closed");
    // Where an escape lacks digits the parser reads on for them, into the mark that was added.
    const auto last = std::count(text.begin(), text.end(), '\n') + (text.ends_with('\n') ? 0 : 1);
    return refuse(std::min(line_of(error.mark), static_cast<int>(last)), explain(error));
  }
  if (flattener.documents == 0) return refuse(0, "the file has no settings; write key: value lines");
  return std::move(flattener.result);
}

std::string yaml_text(std::string_view text) {
  std::string quoted = "\"";
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto starts = [&](std::string_view sequence) { return text.substr(i).starts_with(sequence); };
    if (byte == '"' || byte == '\\') quoted += fmt::format("\\{}", text[i]);
    else if (byte < 0x20 || byte == 0x7f) quoted += fmt::format("\\x{:02x}", byte);
    // Line ends to a YAML 1.1 reader (NEL, LS, PS), and the byte order mark.
    else if (starts("\xc2\x85")) quoted += "\\x85", i += 1;
    else if (starts("\xe2\x80\xa8")) quoted += "\\u2028", i += 2;
    else if (starts("\xe2\x80\xa9")) quoted += "\\u2029", i += 2;
    else if (starts("\xef\xbb\xbf")) quoted += "\\ufeff", i += 2;
    else quoted += text[i];
  }
  return quoted + '"';
}

std::optional<YamlSettings> read_yaml_file(const std::filesystem::path& file, Problems& problems) {
  const auto refuse = [&](std::string message) {
    problems.push_back({"", std::move(message), file.string(), 0, false});
    return std::nullopt;
  };
  // Looked at before it is opened: opening a pipe would wait for its writer.
  struct stat info {};
  if (stat(file.c_str(), &info) != 0) return refuse(fmt::format("the file cannot be read: {}", std::strerror(errno)));
  if (!S_ISREG(info.st_mode)) return refuse("this is not a regular file");
  std::ifstream input(file, std::ios::binary);
  if (!input) return refuse(fmt::format("the file cannot be read: {}", std::strerror(errno)));
  std::string text;
  char piece[8192];
  while (text.size() <= kFileBytesMax && (input.read(piece, sizeof piece), input.gcount() > 0)) text.append(piece, static_cast<size_t>(input.gcount()));
  if (input.bad()) return refuse("the file cannot be read to its end");
  return parse_yaml(text, file.string(), problems);
}

}  // namespace sluice
