/* Draws and estimates through the C interface, from a tree, an oracle of its own and a loadable
 * one; exits 0 if all is right. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <wend/c.h>

static int check(int holds, const char* what) {
  if (!holds) printf("not so: %s (%s)\n", what, wend_last_error());
  return holds;
}

/* Three symbols with the masses 1/2, 1/3, 1/6, whatever came before, and none for 0 after 1. */
static int expand(void* user, uint32_t context, const wend_batch* batch, float* log_ratio,
                  char* error, size_t error_size) {
  unsigned* calls = user;
  (void)context;
  ++*calls;
  for (uint32_t i = 0; i < batch->size; ++i) {
    float* row = log_ratio + 3 * (size_t)i;
    if (batch->depth[i] > 3) {
      snprintf(error, error_size, "there is no depth %u", batch->depth[i]);
      return 1;
    }
    row[0] = batch->depth[i] > 0 && batch->prefix[i][batch->depth[i] - 1] == 1 ? -INFINITY
                                                                               : logf(1.0F / 2);
    row[1] = logf(1.0F / 3);
    row[2] = logf(1.0F / 6);
  }
  return 0;
}

static void release(void* user) { *(unsigned*)user |= 0x80000000U; }

static int from_a_tree(void) {
  const double masses[4] = {1, 0, 2, 5};
  unsigned counts[4] = {0, 0, 0, 0};
  wend_instance* tree = NULL;
  wend_result* result = NULL;
  wend_options options;
  wend_options_init(&options);
  options.samples = 8000;
  options.backend = "cpu";
  if (!check(wend_make_tree(2, 2, masses, 1, 0, &tree) == WEND_OK, "a tree")) return 0;
  if (!check(wend_sample(tree, &options, NULL, NULL, NULL, &result) == WEND_OK, "draws")) return 0;
  for (uint64_t i = 0; i < wend_result_drawn(result); ++i) {
    const uint32_t* symbols = wend_result_symbols(result) + 2 * i;
    ++counts[2 * symbols[0] + symbols[1]];
  }
  const int right = counts[1] == 0 && counts[0] > 800 && counts[0] < 1200 && counts[2] > 1800 &&
                    counts[2] < 2200 && counts[3] > 4800 && counts[3] < 5200 &&
                    strstr(wend_result_report(result), "\"reconciled\": true") != NULL;
  wend_result_free(result);
  wend_instance_free(tree);
  return check(right, "the tree's law");
}

static int near(const wend_mean* mean, double exact) {
  return mean->low < mean->high && fabs(mean->mean - exact) < 5 * mean->standard_error;
}

static int ten_thousand(void* user, uint64_t tours, uint64_t queries, const wend_mean* log_z) {
  *(uint64_t*)user = tours;
  return tours >= 10000 && queries > 0 && isfinite(log_z->mean);
}

static int means_of_a_tree(void) {
  const double masses[4] = {1, 0, 2, 5};
  uint64_t told = 0;
  const char* report = NULL;
  wend_instance* tree = NULL;
  wend_means* means = NULL;
  wend_means_options options;
  wend_means_options_init(&options);
  options.of = "log-z,marginals";
  options.queries = 200000;
  options.seed = 5;
  if (!check(wend_make_tree(2, 2, masses, 1.5, 1, &tree) == WEND_OK, "a tree")) return 0;
  if (!check(wend_estimate(tree, &options, NULL, NULL, NULL, &means) == WEND_OK, "means")) return 0;
  const wend_mean* marginals = wend_means_marginals(means);
  const int right = near(wend_means_log_z(means), log(8)) && near(&marginals[1], 7.0 / 8) &&
                    near(&marginals[3], 5.0 / 8) && wend_means_log_mass(means) == NULL &&
                    wend_means_report(means, &report) == WEND_OK &&
                    strstr(report, "\"partial\": false") != NULL;
  wend_means_free(means);
  options.queries = 0;
  options.relative_error = 1e-9;
  const wend_status status = wend_estimate(tree, &options, NULL, ten_thousand, &told, &means);
  const int stopped =
      status == WEND_INTERRUPTED && told >= 10000 && wend_means_tours(means) == told;
  wend_means_free(means);
  wend_instance_free(tree);
  return check(right, "the tree's means") && check(stopped, "a stop");
}

static int from_an_oracle(void) {
  unsigned calls = 0;
  unsigned forbidden = 0;
  wend_instance* instance = NULL;
  wend_result* result = NULL;
  wend_oracle oracle;
  wend_options options;
  wend_oracle_init(&oracle);
  oracle.name = "three symbols";
  oracle.alphabet = 3;
  oracle.horizon = 4;
  oracle.expand = expand;
  oracle.user = &calls;
  oracle.release = release;
  if (!check(wend_make_oracle(&oracle, &instance) == WEND_OK, "an oracle")) return 0;
  wend_options_init(&options);
  options.samples = 2000;
  options.visits = "10";
  if (!check(wend_sample(instance, &options, NULL, NULL, NULL, &result) == WEND_OK, "draws"))
    return 0;
  for (uint64_t i = 0; i < wend_result_drawn(result); ++i) {
    const uint32_t* symbols = wend_result_symbols(result) + 4 * i;
    for (int h = 1; h < 4; ++h) forbidden += symbols[h - 1] == 1 && symbols[h] == 0;
  }
  const int right = wend_result_drawn(result) == 2000 && forbidden == 0 && calls > 0 &&
                    wend_result_log_mass(result)[0] < 0 && wend_result_log_weight(result) == NULL;
  wend_result_free(result);
  wend_instance_free(instance);
  return check(right, "the oracle's law") && check((calls & 0x80000000U) != 0, "its release");
}

/* Walks of 32 steps that never go below 0. */
static int from_a_library(void) {
  unsigned wrong = 0;
  wend_instance* instance = NULL;
  wend_result* result = NULL;
  if (!check(wend_load(WALKS, &instance) == WEND_INPUT, "a library that is not allowed")) return 0;
  if (!check(wend_load_with_plugins(WALKS, &instance) == WEND_OK, "a library")) return 0;
  if (!check(wend_sample(instance, NULL, NULL, NULL, NULL, &result) == WEND_OK, "draws")) return 0;
  for (uint64_t i = 0; i < wend_result_drawn(result); ++i) {
    int height = 0;
    for (int h = 0; h < 32; ++h) {
      height += wend_result_symbols(result)[32 * i + (uint64_t)h] == 1 ? 1 : -1;
      wrong += height < 0;
    }
    wrong += height != 0;
  }
  const int right = wend_result_drawn(result) == 1000 && wrong == 0;
  wend_result_free(result);
  wend_instance_free(instance);
  return check(right, "the walks");
}

static int refuses(void) {
  wend_instance* instance = NULL;
  return check(wend_load("no such file.json", &instance) == WEND_INPUT && instance == NULL &&
                   strstr(wend_last_error(), "no such file.json") != NULL,
               "a refusal");
}

int main(void) {
  return from_a_tree() && means_of_a_tree() && from_an_oracle() && from_a_library() && refuses()
             ? 0
             : 1;
}
