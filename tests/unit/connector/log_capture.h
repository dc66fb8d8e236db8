// What is logged while this object lives, as lines "level message", the message with what it is about before it.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <fmt/format.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include "base/log_context.h"

namespace sluice::test {

class LogCapture {
 public:
  LogCapture() : before_(spdlog::default_logger()) {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", lines_));
    spdlog::set_level(spdlog::level::info);
  }
  ~LogCapture() {
    spdlog::set_default_logger(before_);
    spdlog::set_level(before_->level());
  }
  std::string text() const { return lines_->text(); }

 private:
  class Lines : public spdlog::sinks::base_sink<std::mutex> {
   public:
    std::string text() {
      const std::lock_guard lock(mutex_);
      return text_;
    }

   protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
      text_ += fmt::format("{} {}{}\n", spdlog::level::to_string_view(message.level).data(), LogContext::current().prefix(),
                           std::string_view(message.payload.data(), message.payload.size()));
    }
    void flush_() override {}

   private:
    std::string text_;
  };

  std::shared_ptr<Lines> lines_ = std::make_shared<Lines>();
  std::shared_ptr<spdlog::logger> before_;
};

}  // namespace sluice::test
