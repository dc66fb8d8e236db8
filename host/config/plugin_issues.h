// What a plugin's validate() reports through the host table's issue().
#pragma once
#include "config/problem.h"

struct sluice_issues {
  sluice::Problems problems;
};
