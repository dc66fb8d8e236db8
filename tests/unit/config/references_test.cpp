#include <doctest/doctest.h>

#include "config/fixture.h"
#include "config/properties_file.h"
#include "config/references.h"

using namespace sluice;
namespace fs = std::filesystem;

namespace {

std::string outcome(const References& references, const std::string& text) {
  const auto resolved = references.resolve(text);
  if (const auto* failure = std::get_if<References::Failure>(&resolved)) return "! " + failure->message;
  return std::get<std::string>(resolved);
}

}  // namespace

TEST_CASE("references: environment variables that the host file admits are replaced, others are refused by name") {
  const Variable one("SLUICE_ONE", "1"), two("SLUICE_TWO", "${env:SLUICE_ONE}"), other("OTHER", "secret");
  const References references("SLUICE_[A-Z0-9_]+", {});
  struct Case { std::string text; std::string result; };
  const Case cases[] = {
      {"plain", "plain"},
      {"", ""},
      {"${env:SLUICE_ONE}", "1"},
      {"a${env:SLUICE_ONE}b${env:SLUICE_ONE}", "a1b1"},
      {"${env:SLUICE_TWO}", "${env:SLUICE_ONE}"},  // not resolved again
      {"${topic}", "${topic}"},
      {"${source.schema}.${env:SLUICE_ONE}", "${source.schema}.1"},
      {"$env:X {a:b}", "$env:X {a:b}"},
      {"${env:OTHER}", "! ${env:OTHER}: secrets.env.allow of the host file admits only variables that match SLUICE_[A-Z0-9_]+; rename the "
                       "variable, or put the value into a file below secrets.paths and write ${dir:PATH:FILE} or ${file:PATH:KEY}"},
      {"${env:XSLUICE_ONE}", "! ${env:XSLUICE_ONE}: secrets.env.allow of the host file admits only variables that match SLUICE_[A-Z0-9_]+; rename the "
                             "variable, or put the value into a file below secrets.paths and write ${dir:PATH:FILE} or ${file:PATH:KEY}"},
      {"${env:SLUICE_NONE}", "! ${env:SLUICE_NONE}: the environment variable SLUICE_NONE is not set; set it before sluice starts"},
      {"${env:SLUICE_ONE:-x}", "! ${env:SLUICE_ONE:-x}: this is not the name of an environment variable; write ${env:NAME}, there are no default values"},
      {"${env:}", "! ${env:}: this is not the name of an environment variable; write ${env:NAME}, there are no default values"},
      {"${vault:secret/x}", "! ${vault:secret/x}: there is no provider \"vault\"; use env, file or dir"},
      {"${env:SLUICE_ONE", "! a ${env:...} reference is not closed with a brace"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(outcome(references, c.text) == c.result);
  }
}

TEST_CASE("references: the host file takes any variable and no files") {
  const Variable other("OTHER_VARIABLE", "x");
  const References references = References::of_host_file();
  CHECK(outcome(references, "${env:OTHER_VARIABLE}") == "x");
  CHECK(outcome(references, "${file:/etc/passwd:root}") == "! ${file:/etc/passwd:root}: the host file takes only ${env:NAME}");
}

TEST_CASE("references: files are read only below the secrets folders, wherever links lead") {
  TempFolder folder;
  const std::string in = (folder.path() / "in").string();
  folder.write("in/db.properties", "password = s3cret\nempty=\n");
  folder.write("in/pass", "s3cret\n");
  folder.write("in/windows", "s3cret\r\n");
  folder.write("in/raw", "two\nlines");
  folder.write("out/pass", "other");
  folder.write("in-too/pass", "other");
  fs::create_symlink(folder.path() / "out/pass", folder.path() / "in/link-out");
  fs::create_symlink("pass", folder.path() / "in/link-in");
  fs::create_symlink(folder.path() / "out", folder.path() / "in/folder-out");
  fs::create_directory_symlink(folder.path() / "in", folder.path() / "link-to-in");
  const References references("X", {folder.path() / "in", folder.path() / "not-there"});

  const auto outside = [](const std::string& reference) {
    return "! " + reference + ": the path is not below one of secrets.paths of the host file; move the secret there, or add its folder to secrets.paths";
  };
  struct Case { std::string text, result; };
  const Case cases[] = {
      {"${file:" + in + "/db.properties:password}", "s3cret"},
      {"${file:" + in + "/db.properties:empty}", ""},
      {"${dir:" + in + ":pass}", "s3cret"},
      {"${dir:" + in + ":windows}", "s3cret"},
      {"${dir:" + in + ":raw}", "two\nlines"},
      {"${dir:" + in + ":link-in}", "s3cret"},
      {"${dir:" + folder.path().string() + "/link-to-in:pass}", "s3cret"},
      {"${dir:" + in + ":link-out}", outside("${dir:" + in + ":link-out}")},
      {"${dir:" + in + "/folder-out:pass}", outside("${dir:" + in + "/folder-out:pass}")},
      {"${dir:" + in + "/../out:pass}", outside("${dir:" + in + "/../out:pass}")},
      {"${dir:" + in + "-too:pass}", outside("${dir:" + in + "-too:pass}")},
      {"${file:/etc/passwd:root}", outside("${file:/etc/passwd:root}")},
      {"${file:/etc/no-such-file:x}", outside("${file:/etc/no-such-file:x}")},
      {"${dir:/:etc}", outside("${dir:/:etc}")},
      {"${dir:in:pass}", "! ${dir:in:pass}: the path has to be absolute"},
      {"${dir:" + in + ":none}", "! ${dir:" + in + ":none}: the file cannot be read: No such file or directory"},
      {"${dir:" + in + ":..}", "! ${dir:" + in + ":..}: write ${dir:PATH:FILE}, with a folder and the name of a file in it"},
      {"${dir:" + in + ":../out/pass}", "! ${dir:" + in + ":../out/pass}: write ${dir:PATH:FILE}, with a folder and the name of a file in it"},
      {"${dir:" + in + "}", "! ${dir:" + in + "}: write ${dir:PATH:FILE}, with a folder and the name of a file in it"},
      {"${file:" + in + "/db.properties:none}", "! ${file:" + in + "/db.properties:none}: the file has no such key"},
      {"${file:" + in + "/db.properties}", "! ${file:" + in + "/db.properties}: write ${file:PATH:KEY}, with the path of a properties file and a key in it"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(outcome(references, c.text) == c.result);
  }
  const References nothing_allowed("X", {});
  CHECK(outcome(nothing_allowed, "${dir:" + in + ":pass}") == outside("${dir:" + in + ":pass}"));
}

TEST_CASE("properties: read as Java reads them") {
  struct Case { std::string name; std::string text; std::map<std::string, std::string> result; };
  const Case cases[] = {
      {"separators", "a=1\nb:2\nc 3\nd = 4\ne\n", {{"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}, {"e", ""}}},
      {"comments and blanks", "# x=1\n  ! y=2\n\n\t z = 3 \r\n", {{"z", "3 "}}},
      {"a value may hold separators", "url=postgres://h:1/d?a=b\n", {{"url", "postgres://h:1/d?a=b"}}},
      {"continued lines", "a = one, \\\n    two\nb=x\\\\\nc=y", {{"a", "one, two"}, {"b", "x\\"}, {"c", "y"}}},
      {"escapes", "a\\ b=\\t\\n\\u00fc\\:\\q\n", {{"a b", "\t\n\xC3\xBC:q"}}},
      {"surrogates", "a=\\ud83d\\udca9\\ud83d", {{"a", "\xF0\x9F\x92\xA9\xEF\xBF\xBD"}}},
      {"incomplete escape", "a=\\u12", {{"a", "u12"}}},
      {"the last counts", "a=1\na=2\n", {{"a", "2"}}},
      {"ends in a backslash", "a=1\\", {{"a", "1"}}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(parse_properties(c.text) == c.result);
  }
}
