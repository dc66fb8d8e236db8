"""What a reviewer would have to look for in every change, looked for by a machine."""

import re

from harness import paths

PLUGIN, HOST = paths.ROOT / "plugins", paths.ROOT / "host"


def sources(*folders):
    files = [file for folder in folders for end in ("*.cpp", "*.h") for file in sorted(folder.rglob(end))]
    assert len(files) > 50, "the sources are not where they were"
    return files


# Texts that are SQL, or a part of it.
SQL = re.compile(r"\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE|ALTER TABLE|ADD COLUMN|TRUNCATE TABLE|LOCK TABLE|COPY|EXECUTE|PREPARE|SET|FROM|WHERE)\b")
TEXT = re.compile(r'"(?:[^"\\\n]|\\.)*"')
SENTENCE = re.compile(r"\bthrow\b|\bline_\(|\bcontext_\.")  # for people
# What may be put into SQL: names and values by what quotes them, a table's name that was quoted when it was looked up, and pieces of SQL that are
# made of such. Whoever adds one here has made sure of it.
QUOTED = {"quote_identifier(", "quote_literal(", "quoted(", "new_name(", "table.quoted"}
PIECES = {
    "names(", "list(", "not_newer(", "same_key(", "with_guard(", "set_list(",                   # functions over the first two
    "table", "table_", "columns", "copy.columns", "of_op", "same_key", "known",    # quoted a few lines before
    "stage", "name", "rows", "set", "made", "same",                    # of stages.cpp and merge_sql.cpp, with no name of anybody else's in it
    "kFate", "kGroup", "kAdvance", "kAdvanceName",                                 # constants
    "columns[i].sql_type",                                                         # one of sql_type.cpp's list
    "settings_.synchronous_commit",                                                # one of the words of settings.cpp
    "string(",                                                                     # std::string around one of these
}


def statements(text):
    """The statements of a source: each with its texts, and without them."""
    text = re.sub(r'R"\((.*?)\)"', lambda raw: '"' + re.sub(r'["\n\\]', " ", raw[1]) + '"', text, flags=re.DOTALL)
    texts = []
    text = TEXT.sub(lambda found: texts.append(found[0]) or f'"{len(texts) - 1}"', re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))
    for statement in re.split(r"[;{}]", text):
        yield re.sub(r'"(\d+)"', lambda found: texts[int(found[1])], statement), re.sub(r'"\d+"', '""', statement)


def put_into_sql(text):
    """(what is put in, the statement) for all that stands beside a text of SQL."""
    for whole, code in statements(text):
        if not any(SQL.search(found) for found in TEXT.findall(whole)) or SENTENCE.search(whole):
            continue
        code = re.sub(r"\bstd::|\s+", " ", code).replace("+ ", "+").replace("append( ", "append(").replace("i > 0 ? ", "")
        for operand in re.findall(r'(?:(?<!\+)\+(?!\+)|\bappend\()\s*([A-Za-z_][\w.\[\]]*\(?)', code):
            yield operand, whole
        for arguments in re.findall(r'\bformat\(""\s*,(.*)', code):
            yield f"format({arguments}", whole


def test_s06_only_what_is_quoted_is_put_into_sql():
    found = [(operand, statement, file) for file in sources(PLUGIN, HOST) for operand, statement in put_into_sql(file.read_text())]
    strange = [(operand, str(file), " ".join(statement.split())) for operand, statement, file in found if operand not in QUOTED | PIECES]
    assert not strange, "put into SQL by neither quote_identifier() nor quote_literal():\n" + "\n".join(map(str, strange))
    used = {operand for operand, _, _ in found}
    assert QUOTED <= used and len(found) > 50, sorted(used)
    assert PIECES <= used, f"not put into SQL any more, take it from the list: {sorted(PIECES - used)}"


def test_s06_the_lint_sees_what_it_is_there_for():
    source = """void f(const std::string& topic) {
      run("SELECT * FROM " + topic);
      sql.append(" WHERE ").append(value);
      run(fmt::format("DELETE FROM {}", topic));
      throw Fatal("no rows FROM " + topic);
    }"""
    assert [operand for operand, _ in put_into_sql(source)] == ["topic", "value", "format( topic))"]


def test_s17_rapidjson_parses_in_one_place_and_never_recursively():
    users = {str(file.relative_to(paths.ROOT)) for file in sources(PLUGIN, HOST)
             if re.search(r"\.Parse(?:Stream|Insitu)?[<(]|rapidjson/(?:document|reader)\.h", file.read_text())}
    assert users == {"host/base/json.cpp"}, users
    text = (HOST / "base" / "json.cpp").read_text()
    assert "kParseIterativeFlag" in text and "kParseNumbersAsStringsFlag" in text
    assert not re.search(r"GetDouble|GetInt|strtod", text)
