#ifndef WEND_C_H
#define WEND_C_H

/* wend from C, and from whatever can call C.
 *
 * Nothing throws across this interface: functions return a wend_status, and wend_last_error() is
 * the one line that says why, until the thread's next call. Structs begin with their own size,
 * which the functions *_init fill in: one that is smaller, of an older header, has the defaults in
 * the fields that came later; one that is larger, of a newer header than the library's, is refused.
 * Handles are freed by the function that names them; freeing NULL does nothing. Symbols are 32 bits
 * wide. */

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

/* The nodes of one call of an oracle: see OracleBatch in wend/oracle.hpp. */
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

/* An oracle of one's own: see OracleTraits in wend/oracle.hpp. */
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
/* Everything but `user` is copied. `release` is called for an oracle that is refused, too, unless
 * it is for its size. */
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
  const char* algorithm;     /* "lifted", "jerrum-sinclair", "sequential", "class-elimination" */
  const char* correct;       /* "reject", "weight", "none" */
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
} wend_options;

#define WEND_MEMO_DEFAULT UINT64_MAX

/* Fills in the defaults of the first `size` bytes, and struct_size. */
void wend_options_init_sized(wend_options* options, size_t size);
static inline void wend_options_init(wend_options* options) {
  wend_options_init_sized(options, sizeof *options);
}

/* Told now and then, from one thread at a time; stops the run unless it returns 0. */
typedef int (*wend_progress)(void* user, uint64_t drawn, uint64_t requested);

/* Stops a run from another thread, or is set where `progress` stops it. It must outlive the run. */
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

#ifdef __cplusplus
}
#endif

#endif
