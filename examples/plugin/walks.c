/* A loadable oracle: walks of +1 and -1 that never go below 0 and end there, all equally likely.
 * Its estimate counts those that end at 0 as if they might go below it, which is never too low. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <wend/c.h>

typedef struct {
  uint32_t steps;
  double* ones; /* `steps` of them: what is known of the estimate */
} walks;

/* ln of the number of ways down to 0 from `height` in `steps` steps. */
static double log_ways(uint32_t steps, uint32_t height) {
  if (height > steps || (steps - height) % 2 != 0) return -INFINITY;
  const double up = (steps - height) / 2;
  return lgamma(steps + 1.0) - lgamma(up + 1) - lgamma(steps - up + 1);
}

static int expand(void* user, uint32_t context, const wend_batch* batch, float* log_ratio,
                  char* error, size_t error_size) {
  const walks* all = user;
  (void)context, (void)error, (void)error_size;
  for (uint32_t i = 0; i < batch->size; ++i) {
    const uint32_t left = all->steps - batch->depth[i];
    uint32_t height = 0;
    for (uint32_t h = 0; h < batch->depth[i]; ++h) {
      const int up = batch->prefix[i][h] == 1; /* symbol 1 is up, 0 is down */
      height = up ? height + 1 : height - 1;
    }
    const double here = log_ways(left, height);
    log_ratio[2 * (size_t)i] =
        height == 0 ? -INFINITY : (float)(log_ways(left - 1, height - 1) - here);
    log_ratio[2 * (size_t)i + 1] = (float)(log_ways(left - 1, height + 1) - here);
  }
  return 0;
}

static void release(void* user) {
  free(((walks*)user)->ones);
  free(user);
}

int wend_open_oracle(uint32_t abi_version, const char* options, const char* folder,
                     wend_oracle* oracle, char* error, size_t error_size) {
  uint32_t steps = 0;
  (void)folder;
  if (abi_version != WEND_PLUGIN_ABI) return WEND_PLUGIN_OTHER_ABI;
  if (sscanf(options, "{\"steps\":%u}", &steps) != 1 || steps < 2 || steps > 60000 ||
      steps % 2 != 0) {
    snprintf(error, error_size, "options must be {\"steps\": an even number up to 60,000}");
    return 1;
  }
  walks* all = malloc(sizeof *all);
  double* ones = malloc(steps * sizeof *ones);
  if (all == NULL || ones == NULL) {
    free(all);
    free(ones);
    snprintf(error, error_size, "not enough memory");
    return 1;
  }
  all->steps = steps;
  all->ones = ones;
  for (uint32_t h = 0; h < steps; ++h) ones[h] = 1;
  oracle->name = "walks";
  oracle->alphabet = 2;
  oracle->horizon = steps;
  oracle->kappa_by_depth = ones; /* no mass is above its estimate */
  oracle->kappa_why = "it counts more walks than there are";
  oracle->ratio_bound =
      ones; /* nor do the children's estimates add up to more than their parent's */
  oracle->expand = expand;
  oracle->user = all;
  oracle->release = release;
  return 0;
}
