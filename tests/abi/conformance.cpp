#include "conformance.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <clocale>
#include <cstring>
#include <filesystem>
#include <functional>
#include <random>
#include <thread>

// There in builds with AddressSanitizer: answers 1 where memory was leaked.
extern "C" int __lsan_do_recoverable_leak_check() __attribute__((weak));

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr auto kLimit = 60s;
constexpr auto kLoadLimit = 3000ms;
#else
constexpr auto kLimit = 20s;
constexpr auto kLoadLimit = 500ms;
#endif

const std::string kTopic = "conformance";

size_t entries_of(const char* folder) {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder)) ++count;
  return count;
}

size_t descriptors() { return entries_of("/proc/self/fd"); }
size_t threads() { return entries_of("/proc/self/task"); }

// A thread that was joined may stay listed for a moment.
bool threads_settle_at(size_t wanted) {
  for (int i = 0; i < 200 && threads() > wanted; ++i) std::this_thread::sleep_for(5ms);
  return threads() <= wanted;
}

std::vector<Entry> entries(size_t count, const std::string& value = "value") {
  std::vector<Entry> list;
  for (size_t i = 0; i < count; ++i) list.push_back({std::to_string(i), value + " " + std::to_string(i)});
  return list;
}

Run run_of(int32_t partition, int64_t first, size_t count) { return {kTopic, partition, first, entries(count)}; }

// Where a sink may not know this kind of value, it may refuse the record, but only in the ways that there are.
bool written_or_refused(sluice_result result) { return result == SLUICE_OK || result == SLUICE_BAD_DATA || result == SLUICE_FATAL; }

// -- load

void load_symbols(const Subject& subject) {
  const Plugin plugin(subject);
  if (plugin.has(SLUICE_ISOLATE)) throw Skip("runs in a process of its own");
  const std::string command = "nm -D --defined-only '" + subject.file.string() + "'";
  FILE* nm = popen(command.c_str(), "r");
  require(nm != nullptr, "nm does not run");
  char line[512];
  std::string names;
  while (fgets(line, sizeof line, nm)) {
    std::string name(line);
    name.erase(name.find_last_not_of('\n') + 1);
    name = name.substr(name.rfind(' ') + 1);
    names += (names.empty() ? "" : " ") + name;
  }
  require(pclose(nm) == 0, "nm failed");
  require(names == SLUICE_ENTRY, "it exports: " + names);
}

void load_quiet(const Subject& subject) {
  const size_t before = threads();
  const auto started = std::chrono::steady_clock::now();
  const Plugin plugin(subject);
  const auto took = std::chrono::steady_clock::now() - started;
  if (plugin.has(SLUICE_ISOLATE)) throw Skip("runs in a process of its own");
  require(threads() == before, "loading it started a thread");
  require(took < kLoadLimit, "loading it took " + std::to_string(took / 1ms) + " ms");
}

void load_newer_host(const Subject& subject) {
  const Plugin plugin(subject);
  // The next host's table: minor 99, and behind what we know there are pointers that nobody here may follow.
  struct Larger {
    sluice_host known;
    void* unknown[16];
  };
  static Larger larger{*Plugin::host(), {}};
  larger.known.struct_size = sizeof larger;
  larger.known.abi_minor = 99;
  std::memset(larger.unknown, 0xA5, sizeof larger.unknown);
  const auto entry = reinterpret_cast<sluice_entry_fn>(dlsym(plugin.library(), SLUICE_ENTRY));
  sluice_error error{};
  const sluice_plugin* again = entry(&larger.known, &error);
  require(again != nullptr, std::string("it declines a newer host: ") + error.message);
  require(again == &plugin.table(), "it hands out another table the second time");
}

// -- about

bool is_semantic_version(const std::string& text) {
  int dots = 0;
  bool digit = false;
  for (const char c : text) {
    if (c == '-' || c == '+') break;
    if (c == '.') {
      if (!digit) return false;
      ++dots;
      digit = false;
    } else if (c >= '0' && c <= '9') {
      digit = true;
    } else {
      return false;
    }
  }
  return dots == 2 && digit;
}

void about_identity(const Subject& subject) {
  const Plugin plugin(subject);
  const sluice_plugin& p = plugin.table();
  const std::string name = p.name ? p.name : "";
  require(!name.empty() && name[0] >= 'a' && name[0] <= 'z' &&
              name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == name.npos, "its name is not [a-z][a-z0-9-]*");
  require(p.version && is_semantic_version(p.version), "its version is not semantic");
  require(p.summary && *p.summary && !std::strchr(p.summary, '\n'), "its summary is not one line");
  require(p.create && p.destroy && p.put, "it lacks create, destroy or put");
  require(p.min_abi_minor <= SLUICE_ABI_MINOR, "it needs a newer host than this header's");
  require(p.reserved == 0, "a reserved member is not zero");
  require(!(p.flags & SLUICE_OWNS_OFFSETS) || p.open, "it owns its offsets but has no open()");
}

void about_options(const Subject& subject) {
  const Plugin plugin(subject);
  const sluice_plugin& p = plugin.table();
  std::set<std::string> names;
  for (uint32_t i = 0; i < p.option_count; ++i) {
    const sluice_option& option = p.options[i];
    require(option.name && *option.name, "an option has no name");
    const std::string name = option.name;
    require(names.insert(name).second, name + " is there twice");
    require(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._") == name.npos, name + " is not lower.case.with.dots");
    require(option.doc && *option.doc, name + " has no doc");
    require(option.kind >= SLUICE_STRING && option.kind <= SLUICE_MAP, name + " is of an unknown kind");
    require(!(option.flags & SLUICE_REQUIRED) || !option.initial, name + " is required and has a default");
    require((option.kind == SLUICE_ENUM) == (option.choices != nullptr), name + " has choices, and is no ENUM, or the reverse");
    require(option.min <= option.max, name + " has min above max");
    require(!option.reserved[0] && !option.reserved[1], name + " has a reserved member that is not zero");
  }
}

// -- life

void life_create_destroy(const Subject& subject) {
  const Plugin plugin(subject);
  sluice_error error{};
  const sluice_result first = Task::try_create(plugin, error);
  require(first == SLUICE_OK || first == SLUICE_RETRY || first == SLUICE_RESTART,
          std::string("create() needs more than an unreachable far side to answer so: ") + error.message);
  const size_t open_before = descriptors(), threads_before = threads();
  for (int round = 0; round < 20; ++round) {
    Task::try_create(plugin, error);
    require(threads_settle_at(threads_before), "a thread outlives destroy(), or a create() that failed");
  }
  require(descriptors() == open_before, "20 rounds changed the number of open descriptors by " +
                                            std::to_string(static_cast<long>(descriptors()) - static_cast<long>(open_before)));
}

void life_full(const Subject& subject) {
  const Plugin plugin(subject);
  Task task(plugin);
  task.open({{kTopic, 0, 0}, {kTopic, 1, 10}});
  require(task.put({run_of(0, 0, 3), run_of(1, 10, 2)}) == SLUICE_OK, "put() did not take a plain batch");
  task.commit();
  require(task.put({run_of(1, 12, 1)}) == SLUICE_OK, "put() did not take the second batch");
  task.close_all(SLUICE_STOP);
  task.destroy();
}

// -- put

void put_borrowed(const Subject& subject) {
  const Plugin plugin(subject);
  Task task(plugin);
  task.open({{kTopic, 0, 0}});
  // Each batch is gone once put() is back, unless the sink retained it.
  for (int64_t i = 0; i < 5; ++i) require(task.put({run_of(0, i * 10, 10)}) == SLUICE_OK, "put() did not take a plain batch");
  task.commit();
  task.close_all(SLUICE_STOP);
  task.destroy();
}

void put_null_and_empty(const Subject& subject) {
  const Plugin plugin(subject);
  Task task(plugin);
  task.open({{kTopic, 0, 0}});
  const std::optional<std::string> kinds[] = {std::nullopt, "", "x"};
  int64_t offset = 0;
  for (const auto& key : kinds)
    for (const auto& value : kinds)
      require(written_or_refused(task.put({{kTopic, 0, offset++, {{key, value}}}})), "put() neither wrote nor refused a record");
  task.close_all(SLUICE_STOP);
  task.destroy();
}

void put_binary_and_large(const Subject& subject) {
  const Plugin plugin(subject);
  Task task(plugin);
  task.open({{kTopic, 0, 0}});
  std::string large(1 << 20, '\0');
  std::mt19937 random(7);
  for (char& c : large) c = static_cast<char>(random());
  require(written_or_refused(task.put({{kTopic, 0, 0, {{std::nullopt, large}}}})), "put() neither wrote nor refused 1 MiB");
  task.close_all(SLUICE_STOP);
  task.destroy();
}

void put_again(const Subject& subject) {
  const Plugin plugin(subject);
  if (plugin.has(SLUICE_OWNS_OFFSETS)) throw Skip("it owns its offsets: the host does not redeliver after OK");
  Task task(plugin);
  task.open({{kTopic, 0, 0}});
  for (int i = 0; i < 3; ++i) require(task.put({run_of(0, 0, 4)}) == SLUICE_OK, "put() did not take records again");
  task.close_all(SLUICE_STOP);
  task.destroy();
}

void put_many(const Subject& subject) {
  const Plugin plugin(subject);
  Task task(plugin);
  task.open({{kTopic, 0, 0}, {kTopic, 1, 0}});
  int64_t offset = 0;
  for (int i = 0; i < 5; ++i, offset += 10'000)
    require(task.put({run_of(0, offset, 10'000), run_of(1, offset, 10'000)}) == SLUICE_OK, "put() did not take 20,000 records");
  task.commit();
  task.close_all(SLUICE_STOP);
  task.destroy();
}

void put_advance(const Subject& subject) {
  const Plugin plugin(subject);
  if (!plugin.has(SLUICE_WANTS_ADVANCE)) throw Skip("it does not want batches without records");
  {
    Task task(plugin, "advance");
    task.open({{kTopic, 0, 5}});
    require(task.put({{kTopic, 0, 9, {}}}) == SLUICE_OK, "put() did not take a span without records");
    if (plugin.has(SLUICE_OWNS_OFFSETS))
      for (int i = 0; i < 3; ++i) require(task.put({}) == SLUICE_OK, "put() did not take a batch without spans, although its positions were its own");
    task.commit();
    task.close_all(SLUICE_STOP);
    task.destroy();
  }
  Task task(plugin, "advance");
  require(task.open({{kTopic, 0, 0}}) == std::vector<int64_t>{9}, "the position is not the span's next_offset");
  task.destroy();
}

void put_attempt(const Subject& subject) {
  const Plugin plugin(subject);
  Task task(plugin);
  task.open({{kTopic, 0, 0}});
  require(task.put({run_of(0, 0, 5)}, 1) == SLUICE_OK, "put() did not take a second attempt");
  const auto durable = task.commit();
  require(durable.size() == 1 && (durable[0] == 5 || durable[0] == SLUICE_NO_OFFSET || !plugin.table().commit),
          "a batch with attempt 1 was not durable when put() was back");
  task.close_all(SLUICE_STOP);
  task.destroy();
}

// -- rebalance

void rebalance_incremental(const Subject& subject) {
  const Plugin plugin(subject);
  Task task(plugin, "incremental");
  task.open({{kTopic, 0, 0}, {kTopic, 1, 0}});
  require(task.put({run_of(0, 0, 2), run_of(1, 0, 2)}) == SLUICE_OK, "put() did not take a plain batch");
  task.close({{kTopic, 0, 0}}, SLUICE_REVOKED);
  require(task.put({run_of(1, 2, 2)}) == SLUICE_OK, "put() did not take the partition that stayed");
  const auto begin = task.open({{kTopic, 0, 2}});
  require(begin[0] == 2, "the partition that came back begins at " + std::to_string(begin[0]) + ", not 2");
  require(task.put({run_of(0, 2, 2), run_of(1, 4, 1)}) == SLUICE_OK, "put() did not take both partitions again");
  task.close_all(SLUICE_STOP);
  task.destroy();
}

void rebalance_lost(const Subject& subject) {
  const Plugin plugin(subject);
  Task task(plugin, "lost");
  task.open({{kTopic, 0, 0}});
  require(task.put({run_of(0, 0, 3)}) == SLUICE_OK, "put() did not take a plain batch");
  task.close_all(SLUICE_LOST);
  task.open({{kTopic, 0, 3}});
  task.close_all(SLUICE_STOP);
  task.destroy();
}

// -- crash

void crash_replay(const Subject& subject) {
  const Plugin plugin(subject);
  if (!plugin.has(SLUICE_OWNS_OFFSETS)) throw Skip("it does not own its offsets");
  {
    Task task(plugin, "crash");
    task.open({{kTopic, 0, 0}});
    require(task.put({run_of(0, 0, 7)}) == SLUICE_OK, "put() did not take a plain batch");
    task.commit();
    task.destroy();  // without close()
  }
  Task task(plugin, "crash");
  const auto begin = task.open({{kTopic, 0, 0}});
  require(begin[0] == 7, "a new task begins at " + std::to_string(begin[0]) + ", 7 was committed");
  task.destroy();
}

void crash_fenced(const Subject& subject) {
  const Plugin plugin(subject);
  if (!plugin.has(SLUICE_OWNS_OFFSETS)) throw Skip("it does not own its offsets");
  Task old(plugin, "fenced");
  old.open({{kTopic, 0, 0}});
  Task heir(plugin, "fenced");
  require(heir.open({{kTopic, 0, 0}})[0] == 0, "the heir does not begin at 0");
  require(heir.put({run_of(0, 0, 2)}) == SLUICE_OK, "the heir's put() failed");
  require(old.put({run_of(0, 0, 2)}) == SLUICE_RESTART, "a put() of the old owner was not answered with RESTART");
  old.destroy();
  heir.close_all(SLUICE_STOP);
  heir.destroy();
}

// -- threads

void threads_hop(const Subject& subject) {
  const Plugin plugin(subject);
  if (plugin.has(SLUICE_THREAD_AFFINE)) throw Skip("it wants one thread");
  std::unique_ptr<Task> task;
  std::string fault;
  const auto elsewhere = [&](const std::function<void()>& call) {
    std::thread([&] {
      try {
        call();
      } catch (const std::exception& e) {
        fault = e.what();
      }
    }).join();
    require(fault.empty(), fault);
  };
  elsewhere([&] { task = std::make_unique<Task>(plugin); });
  elsewhere([&] { task->open({{kTopic, 0, 0}}); });
  for (int64_t i = 0; i < 5; ++i)
    elsewhere([&] { require(task->put({run_of(0, i, 1)}) == SLUICE_OK, "put() on another thread failed"); });
  elsewhere([&] { task->commit(); });
  elsewhere([&] { task->close_all(SLUICE_STOP); });
  elsewhere([&] { task->destroy(); });
}

void threads_two_tasks(const Subject& subject) {
  const Plugin plugin(subject);
  std::string faults[2];
  const auto work = [&](uint32_t index) {
    try {
      Task task(plugin, "two", index, 2);
      const auto partition = static_cast<int32_t>(index);
      task.open({{kTopic, partition, 0}});
      for (int64_t i = 0; i < 200; ++i)
        require(task.put({run_of(partition, i * 3, 3)}) == SLUICE_OK, "put() failed beside another task");
      task.commit();
      task.close_all(SLUICE_STOP);
      task.destroy();
    } catch (const std::exception& e) {
      faults[index] = e.what();
    }
  };
  std::thread other(work, 1);
  work(0);
  other.join();
  require(faults[0].empty() && faults[1].empty(), faults[0] + faults[1]);
}

void interrupt_any(const Subject& subject) {
  const Plugin plugin(subject);
  if (!plugin.table().interrupt) throw Skip("it has no interrupt()");
  Task task(plugin, "interrupt");
  std::atomic<bool> done{false};
  std::thread other([&] {
    while (!done) {
      task.interrupt();
      std::this_thread::sleep_for(500us);
    }
  });
  try {
    task.open({{kTopic, 0, 0}});
    int64_t offset = 0;
    for (int i = 0; i < 100; ++i) {
      const sluice_result result = task.put({run_of(0, offset, 2)});
      require(result == SLUICE_OK || result == SLUICE_RETRY || result == SLUICE_RESTART, "interrupt() ended put() with another answer than RETRY");
      if (result == SLUICE_RESTART) break;
      if (result == SLUICE_OK) offset += 2;
      std::this_thread::sleep_for(1ms);
    }
  } catch (...) {
    done = true;
    other.join();
    throw;
  }
  done = true;
  other.join();
  task.destroy();
}

// -- border

enum class Calls { create_only, all };

void keeps_the_process(const Subject& subject, Calls calls) {
  // What it writes to stdout lands in a file of ours.
  const int file = memfd_create("stdout", 0);
  fflush(stdout);
  dup2(file, STDOUT_FILENO);
  const fs::path folder = fs::current_path();
  const std::string locale = setlocale(LC_ALL, nullptr);
  std::vector<struct sigaction> before(32), after(32);
  for (int i = 1; i < 32; ++i) sigaction(i, nullptr, &before[static_cast<size_t>(i)]);
  {
    const Plugin plugin(subject);
    sluice_error error{};
    Task::try_create(plugin, error);
    if (calls == Calls::all) {
      Task task(plugin);
      task.open({{kTopic, 0, 0}});
      task.put({run_of(0, 0, 2)});
      task.close_all(SLUICE_STOP);
      task.destroy();
    }
  }
  for (int i = 1; i < 32; ++i) {
    sigaction(i, nullptr, &after[static_cast<size_t>(i)]);
    require(before[static_cast<size_t>(i)].sa_handler == after[static_cast<size_t>(i)].sa_handler,
            "it changed what signal " + std::to_string(i) + " does");
  }
  require(fs::current_path() == folder, "it changed the working directory");
  require(locale == setlocale(LC_ALL, nullptr), "it changed the locale");
  fflush(stdout);
  require(lseek(file, 0, SEEK_END) == 0, "it writes to stdout");
}

void border_create(const Subject& subject) { keeps_the_process(subject, Calls::create_only); }
void border_process(const Subject& subject) { keeps_the_process(subject, Calls::all); }

// -- fuzz

void fuzz_calls(const Subject& subject) {
  const Plugin plugin(subject);
  const char* given = std::getenv("SLUICE_TEST_SEED");
  const unsigned seed = given ? static_cast<unsigned>(std::atoi(given)) : 1;
  std::mt19937 random(seed);
  const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  int64_t next[3] = {0, 0, 0};
  bool held[3] = {false, false, false};
  auto task = std::make_unique<Task>(plugin, "fuzz");
  try {
    for (int call = 0; call < 500; ++call) {
      const auto p = static_cast<int32_t>(below(3));
      const std::vector<Place> place{{kTopic, p, next[p]}};
      switch (below(8)) {
        case 0:
          if (!held[p]) {
            next[p] = task->open(place)[0];
            held[p] = true;
          }
          break;
        case 1:
          if (held[p]) task->close(place, static_cast<int32_t>(below(2)));
          held[p] = false;
          break;
        case 2: task->commit(); break;
        case 3: task->interrupt(); break;
        case 4:
          if (below(20) == 0) {
            task->destroy();
            task = std::make_unique<Task>(plugin, "fuzz");
            held[0] = held[1] = held[2] = false;
          }
          break;
        default: {
          if (!held[p]) break;
          const size_t count = 1 + below(20);
          const sluice_result result = task->put({run_of(p, next[p], count)});
          require(result == SLUICE_OK || result == SLUICE_RETRY, "a legal put() was answered with neither OK nor RETRY");
          if (result == SLUICE_OK) next[p] += static_cast<int64_t>(count);
        }
      }
    }
    task->destroy();
  } catch (const Fault& fault) {
    throw Fault(std::string(fault.what()) + " (SLUICE_TEST_SEED=" + std::to_string(seed) + ")");
  }
}

// ---- running one check ------------------------------------------------------------------------------------------------

// The child's end: 'o', 'f' or 's', then the reason.
[[noreturn]] void in_child(const Check& check, const Subject& subject, int out) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::string said = "o";
  try {
    check.run(subject);
    if (__lsan_do_recoverable_leak_check && __lsan_do_recoverable_leak_check()) said = "fit leaks memory: see the report above";
  } catch (const Skip& skip) {
    said = std::string("s") + skip.what();
  } catch (const std::exception& e) {
    said = std::string("f") + e.what();
  }
  const ssize_t ignored = write(out, said.data(), said.size());
  static_cast<void>(ignored);
  _exit(0);
}

}  // namespace

Verdict judge(const Check& check, const Subject& subject) {
  int ends[2];
  require(pipe2(ends, O_CLOEXEC) == 0, "no pipe");
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) in_child(check, subject, ends[1]);
  ::close(ends[1]);
  std::string said;
  bool hung = false;
  const auto deadline = std::chrono::steady_clock::now() + kLimit;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd wait{ends[0], POLLIN, 0};
    const int ready = left.count() > 0 ? poll(&wait, 1, static_cast<int>(left.count())) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      hung = true;
      kill(child, SIGKILL);
      break;
    }
    char buffer[2048];
    const ssize_t got = read(ends[0], buffer, sizeof buffer);
    if (got <= 0) break;
    said.append(buffer, static_cast<size_t>(got));
  }
  ::close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (hung) return {Verdict::failed, "it hung"};
  if (said.empty() && WIFSIGNALED(status)) return {Verdict::failed, std::string("it crashed: ") + strsignal(WTERMSIG(status))};
  if (said.empty()) return {Verdict::failed, "it ended the process with exit code " + std::to_string(WEXITSTATUS(status))};
  return {said[0] == 'o' ? Verdict::ok : said[0] == 's' ? Verdict::skipped : Verdict::failed, said.substr(1)};
}

const std::vector<Check>& conformance_list() {
  static const std::vector<Check> list = {
      {"load.symbols", "exactly one symbol is exported", false, load_symbols},
      {"load.quiet", "loading starts no thread and is quick", false, load_quiet},
      {"load.newer-host", "a larger table of a newer host is taken, the answer is the same", false, load_newer_host},
      {"about.identity", "name, version and summary are there and well-formed", false, about_identity},
      {"about.options", "each option has a unique name, a doc, a known kind", false, about_options},
      {"life.create-destroy", "20 rounds leak no descriptor, no thread outlives destroy()", false, life_create_destroy},
      {"border.create", "after create() signals, locale and folder are as they were; nothing on stdout", false, border_create},
      {"border.process", "the same after all calls", true, border_process},
      {"life.full", "create, open, put, commit, put, close, destroy", true, life_full},
      {"put.borrowed", "no pointer into a batch is kept after put()", true, put_borrowed},
      {"put.null-and-empty", "null and empty keys and values are written or refused", true, put_null_and_empty},
      {"put.binary-and-large", "1 MiB of arbitrary bytes is written or refused", true, put_binary_and_large},
      {"put.again", "written records may come again", true, put_again},
      {"put.many", "batches of 20,000 records of two partitions", true, put_many},
      {"put.advance", "spans without records move the position, a batch without spans moves nothing", true, put_advance},
      {"put.attempt", "a second attempt is durable when put() is back", true, put_attempt},
      {"rebalance.incremental", "one partition goes and comes back while the other is written", true, rebalance_incremental},
      {"rebalance.lost", "close(LOST) with data in hand", true, rebalance_lost},
      {"crash.replay", "after a crash a new task begins where the old one had committed", true, crash_replay},
      {"crash.fenced", "who lost a partition to a newer claim writes nothing", true, crash_fenced},
      {"threads.hop", "each call may come on another thread", true, threads_hop},
      {"threads.two-tasks", "two tasks at once, 200 batches each", true, threads_two_tasks},
      {"interrupt.any", "interrupt() at any time, also with nothing in progress", true, interrupt_any},
      {"fuzz.calls", "500 legal calls in random order", true, fuzz_calls},
  };
  return list;
}
