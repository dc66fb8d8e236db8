#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

// Log lines would bury the test report; a test that wants them captures them.
int main(int argc, char** argv) {
  spdlog::set_level(spdlog::level::off);
  return doctest::Context(argc, argv).run();
}
