#ifndef WEND_C_H
#define WEND_C_H

/* wend from C, and from whatever can call C.
 *
 * Nothing throws across this interface: functions return a wend_status, and wend_last_error() is
 * the one line that says why, until the thread's next call that returns one. Callbacks must not
 * throw either.
 *
 * Structs of options, and wend_oracle, begin with their own size. Call their function *_init before
 * anything is set: it fills in the size and the defaults. One that is smaller, of an older header,
 * has the defaults in the fields that came later; one that is larger, of a newer header than the
 * library's, is refused. What their pointers point to need not outlive the call.
 *
 * Where a handle is given out, *handle is NULL unless it is there, and then the caller's, who frees
 * it by the function that names it, once; freeing NULL does nothing. An instance must outlive the
 * calls that it is given to, not the handles that these give out. A handle may be freed by any
 * thread, but not while a call uses it. Symbols are 32 bits wide. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The exit statuses of the command. */
typedef enum wend_status {
  WEND_OK = 0,
  WEND_USAGE = 2,        /* an option or an argument that does not fit */
  WEND_INPUT = 3,        /* an instance, or a file that it names, is refused */
  WEND_RUNTIME = 4,      /* memory, a disk, or an oracle that failed: what was drawn is kept */
  WEND_BUDGET = 5,       /* the query budget is used up: what was drawn is kept */
  WEND_INTERRUPTED = 130 /* stopped: what was drawn is kept */
} wend_status;

/* Why the thread's last call did not return WEND_OK; "" if it did. */
const char* wend_last_error(void);
/* "0.1.0". */
const char* wend_version(void);

/* --- instances ----------------------------------------------------------------------------------
 */

/* A target and its oracle; immutable, and safe to share between threads. */
typedef struct wend_instance wend_instance;

/* Reads an instance file (docs/instances.md); one of kind "external" is refused. */
wend_status wend_load(const char* path, wend_instance** instance);
/* The same, and loads the library of one of kind "external": its code then runs in this process. */
wend_status wend_load_with_plugins(const char* path, wend_instance** instance);
/* A tree of alphabet^horizon leaf masses, first symbol most significant, whose estimates are off by
 * factors of up to `kappa` >= 1, drawn from `noise_seed`; exact if kappa is 1. */
wend_status wend_make_tree(uint32_t alphabet, uint32_t horizon, const double* leaf_mass,
                           double kappa, uint64_t noise_seed, wend_instance** instance);
uint32_t wend_alphabet(const wend_instance* instance);
uint32_t wend_horizon(const wend_instance* instance);
void wend_instance_free(wend_instance* instance);

/* The nodes of one call of an oracle: see OracleBatch in wend/oracle.hpp. Its arrays live as long
 * as the call. */
typedef struct wend_batch {
  uint32_t size;
  const uint32_t* slot;
  const uint32_t* depth;
  const uint32_t* symbol;
  const uint32_t* known;
  const uint32_t* const* prefix;
} wend_batch;

/* Writes ln( w(c)/w(u) ) of child c of node i to log_ratio[i * alphabet + c]: -INFINITY where it
 * has no mass. Returns 0; anything else ends the run, with what `error` (of `error_size` bytes)
 * then says. `context` is below the oracle's contexts. */
typedef int (*wend_expand)(void* user, uint32_t context, const wend_batch* batch, float* log_ratio,
                           char* error, size_t error_size);

/* An oracle of one's own: see OracleTraits in wend/oracle.hpp. `expand` is called from any thread,
 * but by one run at a time, and with one `context` by one thread at a time. */
typedef struct wend_oracle {
  size_t struct_size;
  const char* name; /* NULL: "oracle" */
  uint32_t alphabet;
  uint32_t horizon;
  const uint32_t* end; /* symbols after which a sequence is complete; NULL if there are none */
  size_t end_count;
  double kappa;                 /* 0: not known */
  const double* kappa_by_depth; /* `horizon` numbers, or NULL */
  const char* kappa_why;        /* or NULL */
  const double* ratio_bound;    /* `horizon` numbers, or NULL */
  uint32_t max_batch;           /* 0: no limit of its own */
  uint32_t contexts;            /* calls that may run at once */
  uint64_t most_slots;          /* 0: any number */
  wend_expand expand;
  void* user;
  void (*release)(void* user); /* called once nothing uses the oracle any more; or NULL */
  /* The byte strings that the symbols stand for: `alphabet` pointers, and their lengths; or NULL
   * both. */
  const char* const* symbol_bytes;
  const size_t* symbol_lengths;
} wend_oracle;

/* Fills in the defaults of the first `size` bytes, and struct_size. */
void wend_oracle_init_sized(wend_oracle* oracle, size_t size);
static inline void wend_oracle_init(wend_oracle* oracle) {
  wend_oracle_init_sized(oracle, sizeof *oracle);
}
/* Everything but what `user` points to is copied; that must live until `release` is called, once:
 * after the instance is freed, or for an oracle that is refused, but
 * not where it is refused for its size or a null pointer. */
wend_status wend_make_oracle(const wend_oracle* oracle, wend_instance** instance);

/* --- loadable oracles ---------------------------------------------------------------------------
 */

/* Of the interface between wend and the libraries that instances of kind "external" name. */
#define WEND_PLUGIN_ABI 1U
/* What wend_open_oracle returns where it was built for another WEND_PLUGIN_ABI. */
#define WEND_PLUGIN_OTHER_ABI (-1)

/* What such a library exports, under this name: it fills in `*oracle`, of which struct_size and all
 * defaults are filled in by wend. A library may write the struct_size of its own header: beyond a
 * smaller one the defaults stand, a larger one is refused. What the fields point to is copied
 * before anything else is called.
 *
 * abi_version: wend's WEND_PLUGIN_ABI. options: the instance's key "options", JSON text ("{}" if
 * there is none). folder: the instance file's, absolute, to which its paths are relative. Returns
 * 0; WEND_PLUGIN_OTHER_ABI; or anything else, with the reason in `error` (of `error_size` bytes).
 *
 * If it returns 0, oracle->release is called once, when the instance is gone or refused (but for
 * its struct_size), and after it nothing of the library: it is closed then. If not, it is not
 * called. wend calls the function once an instance, and may open several instances of one library,
 * from several threads. */
typedef int (*wend_open_oracle_function)(uint32_t abi_version, const char* options,
                                         const char* folder, wend_oracle* oracle, char* error,
                                         size_t error_size);
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
int wend_open_oracle(uint32_t abi_version, const char* options, const char* folder,
                     wend_oracle* oracle, char* error, size_t error_size);

/* --- sampling -----------------------------------------------------------------------------------
 */

/* Words are those of the command's options; NULL and 0 are their defaults. */
typedef struct wend_options {
  size_t struct_size;
  const char* algorithm;     /* "auto", "lifted", "jerrum-sinclair", "sequential",
                                "class-elimination" */
  const char* correct;       /* "reject", "weight", "none", "walk" */
  const char* visits;        /* "proven", "measured", or a number */
  const char* backend;       /* "auto", "cpu", "cuda" */
  const char* engine;        /* "auto", "fused", "lockstep" */
  const char* version_space; /* "shared", "independent" */
  const char* self_test;     /* of an oracle of one's own: "refuse", "pin", "off" */
  uint64_t samples;
  uint64_t chains;
  uint32_t thin;
  double kappa;
  double delta;
  uint64_t max_queries;
  uint64_t seed;
  uint32_t threads;
  uint64_t memo_bytes; /* WEND_MEMO_DEFAULT; 0: none */
  uint32_t max_batch;
  const char* adapt;  /* of a walk: "none", "auto", "depth", "bucket", "features" (docs/adapt.md) */
  double adapt_floor; /* 0: none */
  uint64_t scouts;    /* 0: as many as pay */
} wend_options;

#define WEND_MEMO_DEFAULT UINT64_MAX

/* Fills in the defaults of the first `size` bytes, and struct_size. */
void wend_options_init_sized(wend_options* options, size_t size);
static inline void wend_options_init(wend_options* options) {
  wend_options_init_sized(options, sizeof *options);
}

/* Told now and then, from one thread at a time; stops the run unless it returns 0. */
typedef int (*wend_progress)(void* user, uint64_t drawn, uint64_t requested);

/* Stops a run from another thread, or is set where `progress` stops it; it stays so. It must
 * outlive the run. */
typedef struct wend_stop wend_stop;
wend_status wend_stop_make(wend_stop** stop);
void wend_stop_request(wend_stop* stop);
void wend_stop_free(wend_stop* stop);

/* What a run gave. */
typedef struct wend_result wend_result;

/* Draws to memory. With WEND_RUNTIME (from an oracle), WEND_BUDGET and WEND_INTERRUPTED there is a
 * result too, of what was drawn before; with every other error *result is NULL. `stop` and
 * `progress` may be NULL. */
wend_status wend_sample(const wend_instance* instance, const wend_options* options, wend_stop* stop,
                        wend_progress progress, void* user, wend_result** result);
/* Draws to an .npz or .csv file, which appears whole or not at all; its result has no arrays. */
wend_status wend_sample_to_file(const wend_instance* instance, const wend_options* options,
                                const char* path, wend_stop* stop, wend_progress progress,
                                void* user, wend_result** result);

/* Rows, ordered by (chain, draw). The arrays live as long as the result. */
uint64_t wend_result_drawn(const wend_result* result);
const uint32_t* wend_result_symbols(const wend_result* result); /* drawn x horizon */
const uint64_t* wend_result_chain(const wend_result* result);   /* drawn */
const double* wend_result_log_mass(const wend_result* result);  /* drawn: ln g */
const double* wend_result_log_weight(
    const wend_result* result);                            /* drawn, or NULL: --correct weight */
const char* wend_result_report(const wend_result* result); /* JSON, as `wend sample --report` */
void wend_result_free(wend_result* result);

/* --- means --------------------------------------------------------------------------------------
 */

/* See MeansOptions in wend/means.hpp. Words are those of the options of `wend estimate`; NULL and 0
 * are their defaults. */
typedef struct wend_means_options {
  size_t struct_size;
  const char* algorithm; /* "lifted", "jerrum-sinclair", "sequential", "class-elimination" */
  const char* of; /* "marginals", "log-mass", "log-z", "length", "symbols": those that are wanted,
                     commas between them; NULL: the first three */
  const char* self_test; /* of an oracle of one's own: "refuse", "pin", "off" */
  double relative_error; /* not both this */
  uint64_t queries;      /* and this */
  uint64_t chains;
  double kappa; /* "class-elimination" alone, as is delta */
  double delta;
  uint64_t seed;
  uint32_t threads;
  uint64_t memo_bytes; /* WEND_MEMO_DEFAULT; 0: none */
  uint32_t max_batch;
} wend_means_options;

/* Fills in the defaults of the first `size` bytes, and struct_size. */
void wend_means_options_init_sized(wend_means_options* options, size_t size);
static inline void wend_means_options_init(wend_means_options* options) {
  wend_means_options_init_sized(options, sizeof *options);
}

/* See Mean in wend/means.hpp. An element of arrays: it never grows. */
typedef struct wend_mean {
  double mean;
  double standard_error;
  double low; /* of an interval that holds the true value with a probability near 95% */
  double high;
} wend_mean;

/* Told after a round of tours, once some have visited a leaf, from the thread that called; stops
 * the run unless it returns 0. `log_z` lives as long as the call. Not with "class-elimination". */
typedef int (*wend_means_progress)(void* user, uint64_t tours, uint64_t queries,
                                   const wend_mean* log_z);

/* What an estimate gave. */
typedef struct wend_means wend_means;

/* Means over the target from tours, whatever the estimates' errors: there is no number of visits to
 * choose. With WEND_RUNTIME (from an oracle) and WEND_INTERRUPTED there are means too, of the tours
 * that were finished before, unless too few were; with every other error *means is NULL. `options`,
 * `stop` and `progress` may be NULL. */
wend_status wend_estimate(const wend_instance* instance, const wend_means_options* options,
                          wend_stop* stop, wend_means_progress progress, void* user,
                          wend_means** means);

/* NULL where it was not asked for. What is pointed to lives as long as the means. */
const wend_mean* wend_means_marginals(const wend_means* means); /* horizon x alphabet */
const wend_mean* wend_means_symbols(const wend_means* means);   /* alphabet */
const wend_mean* wend_means_log_mass(const wend_means* means);
const wend_mean* wend_means_log_z(const wend_means* means);
const wend_mean* wend_means_length(const wend_means* means);
uint64_t wend_means_queries(const wend_means* means);
/* Tours that were finished, proposals of "sequential"; 0 with "class-elimination". */
uint64_t wend_means_tours(const wend_means* means);
/* JSON, as `wend estimate --json`, which is made when it is first asked for: not from two threads.
 */
wend_status wend_means_report(wend_means* means, const char** report);
void wend_means_free(wend_means* means);

#ifdef __cplusplus
}
#endif

#endif
