#include <doctest/doctest.h>
#include <sys/stat.h>

#include <ctime>

#include "config/fixture.h"
#include "config/yaml_file.h"

using namespace sluice;

namespace {

std::string repeat(const std::string& text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

// "key=value@line key=value@line", sorted.
std::string flat(const YamlSettings& yaml) {
  std::string text;
  for (const auto& [key, value] : yaml.settings)
    text += (text.empty() ? "" : " ") + key + "=" + value + "@" + std::to_string(yaml.lines.at(key));
  return text;
}

}  // namespace

TEST_CASE("yaml: nested keys, dotted keys and lists become one flat map with the line of each key") {
  struct Case { std::string name; std::string yaml; std::string flat; };
  const Case cases[] = {
      {"dotted", "a.b: x\nc: y\n", "a.b=x@1 c=y@2"},
      {"nested", "a:\n  b:\n    c: x\n  d: y\n", "a.b.c=x@3 a.d=y@4"},
      {"both, in one branch", "a:\n  b: x\na.c: y\n", "a.b=x@2 a.c=y@3"},
      {"a key and keys below it", "v: X\nv.schemas.enable: false\n", "v=X@1 v.schemas.enable=false@2"},
      {"block list", "topics:\n  - a\n  - b\n", "topics=a,b@1"},
      {"flow list and map", "topics: [a, b]\ncolumns: {x: 1, y.z: '@op'}\n", "columns.x=1@2 columns.y.z=@op@2 topics=a,b@1"},
      {"empty list", "insecure: []\n", "insecure=@1"},
      {"empty text", "a: \"\"\n", "a=@1"},
      {"values stay as they are written", "a: yes\nb: 1.50\nc: 0x10\nd: \"null\"\ne: ${env:X}\n", "a=yes@1 b=1.50@2 c=0x10@3 d=null@4 e=${env:X}@5"},
      {"several lines", "a: |\n  x\n  y\nb: 1\n", "a=x\ny\n@1 b=1@4"},
      {"tags that change nothing", "a: !!str 1\nb: !!map {c: !!int 2}\n", "a=1@1 b.c=2@2"},
      {"byte order mark", "\xEF\xBB\xBF" "a: x\n", "a=x@1"},
      {"one document with markers", "---\na: x\n...\n", "a=x@2"},
      {"no newline at the end", "a: x", "a=x@1"},
      {"a marker inside a text", "a: x...\nb: \"...\"\n", "a=x...@1 b=...@2"},
      {"comment at the end", "a: x\n# end", "a=x@1"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Problems problems;
    const auto yaml = parse_yaml(c.yaml, "f.yaml", problems);
    CHECK(lines_of(problems) == "");
    REQUIRE(yaml);
    CHECK(flat(*yaml) == c.flat);
  }
}

TEST_CASE("yaml: a mistake is one sentence with its line") {
  struct Case { std::string name; std::string yaml; std::string problem; };
  const Case cases[] = {
      {"empty", "", "the file has no settings; write key: value lines"},
      {"only comments", "# nothing\n", "the file has no settings; write key: value lines"},
      {"only a marker", "---\n", "the file has no settings; write key: value lines"},
      {"a text", "name=orders\n", "1: the file is a single text, not settings; write key: value, with a blank after the colon"},
      {"a list", "- a\n", "1: the file is a list, not settings; write key: value lines"},
      {"two documents", "a: x\n---\nb: y\n", "2: a second document begins here; keep one per file, without a second ---"},
      {"twice", "a: x\nb: y\na: z\n", "3: \"a\" is set twice, on lines 1 and 3; keep one"},
      {"twice, nested and dotted", "t:\n  name: x\nt.name: y\n", "3: \"t.name\" is set twice, on lines 2 and 3; keep one"},
      {"twice in a flow map", "a: {b: 1, b: 2}\n", "1: \"a.b\" is set twice, on lines 1 and 1; keep one"},
      {"no value", "a: x\nb:\n", "2: \"b\" has no value; write \"\" for an empty text, or remove the line"},
      {"null", "a: ~\n", "1: \"a\" has no value; write \"\" for an empty text, or remove the line"},
      {"no key", ": x\n", "1: a value without a key; write key: value"},
      {"empty key", "\"\": x\n", "1: a key is empty; write key: value"},
      {"half a character in the parser's words", "a: \"\\\xc3\xa9\"\n", "1: this is not valid YAML: unknown escape character: \xef\xbf\xbd"},
      {"an escape that the end of the file cuts", "\"\\U\"", "1: this is not valid YAML: bad character found while scanning hex number"},
      {"a list as a key", "[a]: x\n", "1: a list or a map stands where a key is expected; write key: value"},
      {"a map as a key", "{a: 1}: x\n", "1: a list or a map stands where a key is expected; write key: value"},
      {"empty map", "a: {}\n", "1: \"a\" is an empty map; give it an entry, or remove it"},
      {"empty item", "a: [x, ~]\n", "1: an item of the list \"a\" is empty; remove it, or write \"\""},
      {"comma in an item", "a: ['x,y']\n", "1: an item of the list \"a\" holds a comma, which separates items; write one item without it"},
      {"list in a list", "a: [[x]]\n", "1: the list \"a\" holds a list or a map; only plain values may stand in a list"},
      {"map in a list", "a:\n  - b: x\n", "2: the list \"a\" holds a list or a map; only plain values may stand in a list"},
      {"anchor", "a: &x 1\n", "1: anchors (&name) are not taken; write the value out where it is needed"},
      {"alias", "b: 2\na: *x\n", "2: this is not valid YAML: the referenced anchor is not defined"},
      {"cycle", "&x {a: *x}\n", "1: anchors (&name) are not taken; write the value out where it is needed"},
      {"unknown tag", "a: !ruby/object x\n", "1: the tag !ruby/object is not known; remove it"},
      {"unknown core tag", "a: !!binary AA==\n", "1: the tag tag:yaml.org,2002:binary is not known; remove it"},
      {"NUL", "a: \"x\\0y\"\n", "1: a text holds a NUL character; remove it"},
      {"not UTF-8 by an escape", "a: b\nc: \"x\\N\"\n", "2: a text is not UTF-8 once it is read; write the character itself instead of \\N or \\_"},
      {"not UTF-8 by an escape, in a key", "\"a\\_\": b\n", "1: a text is not UTF-8 once it is read; write the character itself instead of \\N or \\_"},
      {"not UTF-8", "a: \xFF\n", "the file is not UTF-8 text; save it as UTF-8"},
      {"a control character", "a: b\nc: d\x0b\n", "2: the file holds the control character 0x0b, which YAML does not allow; write it as \\x0b in double quotes"},
      {"NUL in the file", std::string("a\0: b\n", 6), "1: the file holds the control character 0x00, which YAML does not allow; write it as \\x00 in double quotes"},
      {"UTF-16", std::string("\xFF\xFE" "a\0:\0 \0b\0", 10), "the file is not UTF-8 text; save it as UTF-8"},
      {"blank after the colon missing", "a: x\nb:y\nc: z\n", "3: this is not valid YAML: illegal map value; is a blank missing after a colon, or is this line indented differently? Put a text that holds \": \" in quotes"},
      {"indentation", "a: x\n  b: y\n", "2: this is not valid YAML: illegal map value; is a blank missing after a colon, or is this line indented differently? Put a text that holds \": \" in quotes"},
      {"less indentation", "a:\n  b: x\n c: y\n", "3: this is not valid YAML: end of map not found; is this line indented differently, is a blank missing after a colon, or does text follow a closing quote?"},
      {"quote", "z: 1\na: \"x\nb: y\n", "2: a quote that opens on this line or after it is not closed"},
      {"quote at the end", "a: 'x", "1: a quote that opens on this line or after it is not closed"},
      {"quote in a list", "a: [x,\n  \"y,\n  z]\n", "1: a quote that opens on this line or after it is not closed"},
      {"quoted key", "\"a: x\n", "a quote that opens on this line or after it is not closed"},
      {"bracket", "a: [x, y\nb: z\n", "2: this is not valid YAML: end of sequence flow not found; a [ is not closed with ], or a comma is missing"},
      {"at sign", "a: @op\n", "1: this is not valid YAML: unknown token; put a text that begins with @, ` or % in quotes"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Problems problems;
    parse_yaml(c.yaml, "f.yaml", problems);
    CHECK(lines_of(problems) == c.problem);
    REQUIRE(!problems.empty());
    CHECK(problems[0].file == "f.yaml");
  }
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr double kLimitSeconds = 10.0;
#else
constexpr double kLimitSeconds = 1.0;
#endif

TEST_CASE("yaml: a bomb is refused within a second, or within ten where a sanitizer slows it down") {
  std::string billion = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c <= 'i'; ++c) {
    const std::string before = std::string("*") + static_cast<char>(c - 1);
    billion += std::string(1, c) + ": &" + c + " [" + before + repeat("," + before, 8) + "]\n";
  }
  std::string deep_block;
  for (size_t i = 0; i < 500; ++i) deep_block += std::string(i, ' ') + "k:\n";
  const std::string half = repeat("k", 400'000);

  // yaml-cpp 0.7 comes upon some of these by another way than 0.8.
  struct Case { std::string name; std::string yaml; std::string problem; std::string or_else = problem; };
  const std::string not_a_key = "1: a list or a map stands where a key is expected; write key: value";
  const Case cases[] = {
      {"billion laughs", billion, "1: anchors (&name) are not taken; write the value out where it is needed"},
      {"deep lists", "a: " + repeat("[", 10'000), "1: the list \"a\" holds a list or a map; only plain values may stand in a list"},
      {"deep maps", repeat("{a: ", 10'000), "1: settings are nested deeper than 50 levels", not_a_key},
      {"deep block maps", deep_block, "51: settings are nested deeper than 50 levels"},
      {"a megabyte of opening braces", repeat("{", 1'000'000), not_a_key},
      {"a megabyte of opening brackets", repeat("[", 1'000'000), "1: the file is a list, not settings; write key: value lines", not_a_key},
      {"too many values", "a: [" + repeat("x,", 100'001) + "x]\n", "1: the file has more than 100000 values"},
      {"too many keys", [] {
         std::string text;
         for (int i = 0; i < 60'000; ++i) text += std::to_string(i) + ": 1\n";
         return text;
       }(), "50000: the file has more than 100000 values"},
      {"long keys times many leaves", "? " + half + "\n:\n  b: 1\n  c: 1\n", "1: a key is longer than 250 bytes: " + repeat("k", 200) + "..."},
      {"too large", "a: " + repeat("x", 1 << 20), "the file is larger than 1 MiB"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Problems problems;
    const std::clock_t begin = std::clock();  // of this process: others may be busy as well
    const auto yaml = parse_yaml(c.yaml, "f.yaml", problems);
    const std::clock_t took = std::clock() - begin;
    CHECK(!yaml);
    const std::string said = lines_of(problems);
    CAPTURE(said);
    CHECK((said == c.problem || said == c.or_else));
    CHECK(static_cast<double>(took) / CLOCKS_PER_SEC < kLimitSeconds);
  }
}

TEST_CASE("yaml: a file that cannot be read says so") {
  TempFolder folder;
  Problems problems;
  CHECK(!read_yaml_file(folder.path() / "none.yaml", problems));
  CHECK(!read_yaml_file(folder.path(), problems));
  REQUIRE(mkfifo((folder.path() / "pipe.yaml").c_str(), 0600) == 0);
  CHECK(!read_yaml_file(folder.path() / "pipe.yaml", problems));
  CHECK(!read_yaml_file(folder.write("big.yaml", std::string((1 << 20) + 1, '#')), problems));
  CHECK(lines_of(problems) ==
        "the file cannot be read: No such file or directory\nthis is not a regular file\nthis is not a regular file\n"
        "the file is larger than 1 MiB");
}
