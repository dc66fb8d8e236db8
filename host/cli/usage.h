// What the command line got wrong, in a sentence.
#pragma once
#include <CLI/CLI.hpp>

namespace sluice {

inline constexpr int kUsage = 2;  // the exit code where the command line is not understood

// For --help and --version, too, which CLI11 tells in the same way: they are printed, and the exit code is 0.
int tell_usage(const CLI::App& app, const CLI::ParseError& error);

}  // namespace sluice
