#include "host/files/json_reader.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>

#include "host/files/json_parser.hpp"
#include "tests/support/temporary_folder.hpp"

namespace wend {
namespace {

using nlohmann::json;
using testing::error_of;
using testing::TemporaryFolder;
using Kind = EstimateSpec::Kind;

// The refusal of an instance file, without the file's name.
std::string refusal_of_file(const std::string& text) {
  const TemporaryFolder folder;
  const auto path = folder.add("instance.json", text);
  const std::string message =
      error_of(ErrorKind::kInput, [&] { static_cast<void>(read_instance_json(path)); });
  const std::string start = path.string() + ": ";
  EXPECT_EQ(message.substr(0, start.size()), start);
  return message.substr(std::min(start.size(), message.size()));
}

std::string nested(std::size_t depth) {
  return R"({"wend": 1, "a": )" + std::string(depth, '[') + std::string(depth, ']') + "}";
}

TEST(InstanceJson, ReadsAnObject) {
  const TemporaryFolder folder;
  const json instance = read_instance_json(folder.add(
      "a.json", R"({"wend": 1, "kind": "tree", "leaf_mass": [1, 2.5], "b": {"wend": 3}})"));
  EXPECT_EQ(instance.at("kind"), "tree");
  EXPECT_EQ(instance.at("leaf_mass").at(1), 2.5);
  EXPECT_EQ(read_instance_json(folder.add("b.json", nested(63))).size(), 2U);
  for (const std::string one : {"1.0", "1e0", "10E-1"})
    EXPECT_EQ(read_instance_json(folder.add("c.json", "{\"wend\": " + one + "}")).at("wend"), 1);
}

TEST(InstanceJson, RefusesWhatIsNotJsonNamingThePlace) {
  EXPECT_EQ(refusal_of_file("{\"wend\": 1,\n \"a\": nan}").substr(0, 17), "line 2, column 8:");
  EXPECT_EQ(refusal_of_file("").substr(0, 17), "line 1, column 1:");
  EXPECT_EQ(refusal_of_file("{\"wend\": 1").substr(0, 18), "line 1, column 11:");
  EXPECT_EQ(refusal_of_file("{\"wend\": 1} x").substr(0, 18), "line 1, column 13:");
  EXPECT_EQ(refusal_of_file("{\"wend\": 1, \"a\": 1e999}"), "a: 1e999 is too large for a double");
  EXPECT_EQ(refusal_of_file(std::string("{\"wend\": 1}\0 x", 14)).substr(0, 18),
            "line 1, column 12:");
  EXPECT_NE(refusal_of_file("{\"a\": \"\xff\"}").find("line 1"), std::string::npos);
  EXPECT_LT(refusal_of_file("{\"a\": \"" + std::string(1U << 20U, 'x')).size(), 400U);
}

TEST(InstanceJson, RefusesWhatIsNotAnInstance) {
  EXPECT_EQ(refusal_of_file("[1, 2]"), "not a JSON object");
  EXPECT_EQ(refusal_of_file("{}"), "wend: missing; it must be 1");
  for (const std::string version : {"2", "\"1\"", "null", "true", "1.5", "[1]"}) {
    EXPECT_EQ(refusal_of_file("{\"wend\": " + version + "}"),
              "wend: must be 1, the version of the format");
  }
}

TEST(InstanceJson, RefusesDeepNesting) {
  EXPECT_EQ(refusal_of_file(nested(64)), "nested deeper than 64 levels");
  EXPECT_EQ(refusal_of_file(std::string(1U << 20U, '[')), "nested deeper than 64 levels");
  std::string objects;
  for (int i = 0; i < 1000; ++i) objects += "{\"a\":";
  EXPECT_EQ(refusal_of_file(objects), "nested deeper than 64 levels");
}

TEST(InstanceJson, RefusesKeysThatAppearTwice) {
  EXPECT_EQ(refusal_of_file(R"({"wend": 1, "seed": 1, "seed": 2})"), "seed: appears twice");
  EXPECT_EQ(refusal_of_file(R"({"wend": 1, "a": [{"b": 1, "c": {"b": 2}, "b": 3}]})"),
            "a[0].b: appears twice");
  EXPECT_EQ(refusal_of_file("{\"a\\nb\": 1, \"a\\nb\": 2}"), "a\\x0ab: appears twice");
}

TEST(InstanceJson, RefusesFilesThatAreTooLargeOrNotFiles) {
  const TemporaryFolder folder;
  const auto refusal = [](const std::filesystem::path& path) {
    return error_of(ErrorKind::kInput, [&] { static_cast<void>(read_instance_json(path)); });
  };
  const auto large = folder.add("large.json", "{}");
  std::filesystem::resize_file(large, (std::uintmax_t{1} << 30U) + 1);  // a hole
  EXPECT_NE(refusal(large).find("larger than 1 GiB"), std::string::npos);
  const std::string missing = (folder / "none.json").string();
  EXPECT_EQ(refusal(missing), missing + ": cannot read: no such file");
  EXPECT_NE(refusal(folder.path()).find("not a regular file"), std::string::npos);
  EXPECT_NE(refusal("/dev/zero").find("not a regular file"), std::string::npos);
}

TEST(InstanceJson, RefusesAFileThatMayNotBeRead) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read every file";
  const TemporaryFolder folder;
  const auto path = folder.add("a.json", "{\"wend\": 1}");
  std::filesystem::permissions(path, std::filesystem::perms::none);
  EXPECT_NE(error_of(ErrorKind::kInput, [&] { static_cast<void>(read_instance_json(path)); })
                .find("Permission denied"),
            std::string::npos);
}

// A reader of the object, at "inner" of the file "x/i.json".
class Reader {
 public:
  explicit Reader(const std::string& text, std::filesystem::path file = "x/i.json")
      : object_(parse_json(text, file)), reader_(file, "inner", object_) {}
  const JsonReader* operator->() const { return &reader_; }

  // The refusal of what `use` does with the reader.
  template <class Use>
  std::string refusal(Use&& use) const {
    return error_of(ErrorKind::kInput, [&] { use(reader_); });
  }

 private:
  json object_;
  JsonReader reader_;
};

TEST(JsonReader, ReadsValues) {
  const Reader reader(R"({"i": -3, "e": 1e12, "d": 0.5, "n": 2, "s": "text", "is": [1, 2.0, -3],
                          "ds": [0.5, 1], "ss": ["a", ""], "o": {"deep": 1}})");
  EXPECT_TRUE(reader->has("i"));
  EXPECT_FALSE(reader->has("j"));
  EXPECT_EQ(reader->integer("i", -3, 5), -3);
  EXPECT_EQ(reader->integer("e", 0, std::int64_t{1} << 60U), 1'000'000'000'000);
  EXPECT_EQ(reader->number("d", 0, 1), 0.5);
  EXPECT_EQ(reader->number("n", 0, 2), 2.0);
  EXPECT_EQ(reader->string("s"), "text");
  EXPECT_EQ(reader->integers("is", -3, 2), (std::vector<std::int64_t>{1, 2, -3}));
  EXPECT_EQ(reader->numbers("ds"), (std::vector<double>{0.5, 1}));
  EXPECT_EQ(reader->strings("ss"), (std::vector<std::string>{"a", ""}));
  EXPECT_EQ(reader->object("o").integer("deep", 1, 1), 1);
  EXPECT_NO_THROW(reader->allow_only({"i", "e", "d", "n", "s", "is", "ds", "ss", "o", "p"}));
}

TEST(JsonReader, RefusesNamingFileKeyAndReason) {
  constexpr auto kHighest = std::numeric_limits<std::int64_t>::max();
  const Reader reader(R"({"i": 7, "u": 18446744073709551615, "h": 0.5, "s": "x", "null": null,
                          "is": [1, 2.5], "ds": [1, null], "ss": ["a", 1], "o": {"p": []},
                          "odd\nkey": 1})");
  const auto at = [&](auto&& use) { return reader.refusal(use); };
  using R = const JsonReader&;
  EXPECT_EQ(at([](R r) {
              r.allow_only({"i", "u"});
            }),
            "x/i.json: inner.ds: unknown key; known are i, u");
  EXPECT_EQ(at([](R r) {
              r.allow_only({"i", "u", "h", "s", "null", "is", "ds", "ss", "o"});
            }).substr(0, 27),
            "x/i.json: inner.odd\\x0akey:");
  EXPECT_EQ(at([](R r) { static_cast<void>(r.at("none")); }), "x/i.json: inner.none: missing");
  EXPECT_EQ(at([](R r) { static_cast<void>(r.integer("i", 8, 9)); }),
            "x/i.json: inner.i: must be an integer from 8 to 9, not 7");
  EXPECT_EQ(at([](R r) { static_cast<void>(r.integer("u", 0, kHighest)); }),
            "x/i.json: inner.u: must be an integer from 0 to 2^63 - 1, not 18446744073709551615");
  EXPECT_EQ(at([](R r) { static_cast<void>(r.integer("h", 0, 9)); }),
            "x/i.json: inner.h: must be an integer from 0 to 9, not 0.5");
  EXPECT_EQ(at([](R r) { static_cast<void>(r.integer("s", 0, 9)); }),
            "x/i.json: inner.s: must be an integer from 0 to 9, not \"x\"");
  EXPECT_EQ(at([](R r) { static_cast<void>(r.number("i", 0, 1)); }),
            "x/i.json: inner.i: must be a number from 0 to 1, not 7");
  EXPECT_EQ(at([](R r) { static_cast<void>(r.number("null", 0, 1)); }),
            "x/i.json: inner.null: must be a number from 0 to 1, not null");
  EXPECT_EQ(at([](R r) { static_cast<void>(r.string("i")); }),
            "x/i.json: inner.i: must be a string, not 7");
  EXPECT_EQ(at([](R r) { static_cast<void>(r.integers("is", 0, 9)); }),
            "x/i.json: inner.is[1]: must be an integer from 0 to 9, not 2.5");
  EXPECT_EQ(at([](R r) { static_cast<void>(r.integers("s", 0, 9)); }),
            "x/i.json: inner.s: must be an array, not \"x\"");
  EXPECT_EQ(at([](R r) { static_cast<void>(r.numbers("ds")); }),
            "x/i.json: inner.ds[1]: must be a finite number, not null");
  EXPECT_EQ(at([](R r) { static_cast<void>(r.strings("ss")); }),
            "x/i.json: inner.ss[1]: must be a string, not 1");
  EXPECT_EQ(at([](R r) { static_cast<void>(r.object("i")); }),
            "x/i.json: inner.i: must be an object, not 7");
  EXPECT_EQ(at([](R r) { static_cast<void>(r.object("o").integer("p", 0, 1)); }),
            "x/i.json: inner.o.p: must be an integer from 0 to 1, not an array");
}

TEST(JsonReader, TakesIntegersByTheirExactValue) {
  constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();
  const Reader reader(R"({"odd": 9007199254740993.0, "zero": -0.0, "most": 9223372036854775807.0,
                          "half": 9007199254740992.5, "below": 9007199254740990.5, "long": 1e19,
                          "list": [1.0, 9007199254740993e0, 1.00000000000000000001]})");
  EXPECT_EQ(reader->integer("odd", 0, kHighest), 9007199254740993);
  EXPECT_EQ(reader->integer("zero", 0, kHighest), 0);
  EXPECT_EQ(reader->integer("most", 0, kHighest), kHighest);
  const auto refusal = [&](const std::string& key) {
    return reader.refusal(
        [&](const JsonReader& r) { static_cast<void>(r.integer(key, 0, kHighest)); });
  };
  EXPECT_EQ(refusal("half"),
            "x/i.json: inner.half: must be an integer from 0 to 2^63 - 1, not a fraction near "
            "9.007199254740992e+15");
  EXPECT_EQ(refusal("below"),
            "x/i.json: inner.below: must be an integer from 0 to 2^63 - 1, not a fraction near "
            "9.00719925474099e+15");
  EXPECT_EQ(
      refusal("long"),
      "x/i.json: inner.long: must be an integer from 0 to 2^63 - 1, not 10000000000000000000");
  EXPECT_EQ(
      reader.refusal(
          [](const JsonReader& r) { static_cast<void>(r.integers("list", 0, kHighest)); }),
      "x/i.json: inner.list[2]: must be an integer from 0 to 2^63 - 1, not a fraction near 1.0");
}

TEST(JsonReader, RefusesNumbersThatAreNotFinite) {
  json object;
  object["a"] = std::numeric_limits<double>::infinity();
  object["b"] = json::array({std::numeric_limits<double>::quiet_NaN()});
  const JsonReader reader("f.json", "", object);
  constexpr double kHighest = std::numeric_limits<double>::max();
  EXPECT_EQ(error_of(ErrorKind::kInput,
                     [&] { static_cast<void>(reader.number("a", -kHighest, kHighest)); })
                .substr(0, 34),
            "f.json: a: must be a finite number");
  EXPECT_EQ(
      error_of(ErrorKind::kInput, [&] { static_cast<void>(reader.numbers("b")); }).substr(0, 37),
      "f.json: b[0]: must be a finite number");
}

TEST(JsonReader, FindsFilesBesideTheInstance) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "data");
  const auto beside = folder.add("data/a.npy", "x");
  const std::string absolute = json(beside.string()).dump();
  const Reader reader(R"({"a": "data/a.npy", "absolute": )" + absolute +
                          R"(, "none": "b.npy", "folder": "data", "empty": "", "nul": "a\u0000b"})",
                      folder / "i.json");
  EXPECT_EQ(reader->file("a"), beside);
  EXPECT_EQ(reader->file("absolute"), beside);
  const auto refusal = [&](const std::string& key) {
    const std::string message =
        reader.refusal([&](const JsonReader& r) { static_cast<void>(r.file(key)); });
    const std::string start = (folder / "i.json").string() + ": inner." + key + ": ";
    EXPECT_EQ(message.substr(0, start.size()), start);
    return message.substr(start.size());
  };
  EXPECT_EQ(refusal("none"), (folder / "b.npy").string() + ": no such file");
  EXPECT_EQ(refusal("folder"), (folder / "data").string() + ": not a regular file");
  EXPECT_EQ(refusal("empty"), "must name a file, not be empty");
  EXPECT_EQ(refusal("nul"), "must be a path, without NUL characters");
}

EstimateSpec estimate_of(const std::string& text) {
  const json object = {{"estimate", parse_json(text, "i.json")}};
  return JsonReader("i.json", "", object)
      .estimate({Kind::kExact, Kind::kNoise, Kind::kRounded, Kind::kLookahead, Kind::kFile});
}

std::string estimate_refusal(const std::string& text) {
  return error_of(ErrorKind::kInput, [&] { estimate_of(text); });
}

TEST(JsonReader, ReadsEveryEstimate) {
  EXPECT_EQ(estimate_of(R"({"kind": "exact"})").kind, Kind::kExact);
  const EstimateSpec noise = estimate_of(
      R"({"kind": "noise", "model": "sign", "kappa": 1.5, "seed": 18446744073709551615})");
  EXPECT_EQ(noise.kind, Kind::kNoise);
  EXPECT_EQ(noise.model, EstimateSpec::Model::kSign);
  EXPECT_EQ(noise.kappa, 1.5);
  EXPECT_EQ(noise.seed, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(estimate_of(R"({"kind": "noise", "model": "iid", "kappa": 1, "seed": 0})").model,
            EstimateSpec::Model::kIid);
  EXPECT_EQ(estimate_of(R"({"kind": "noise", "model": "iid", "kappa": 1e100, "seed": 1e3})").seed,
            1000U);
  EXPECT_EQ(estimate_of(R"({"kind": "rounded", "kappa": 2})").kappa, 2.0);
  EXPECT_EQ(estimate_of(R"({"kind": "lookahead", "depth": 3})").depth, 3U);
  const EstimateSpec stated = estimate_of(R"({"kind": "file", "path": "w.npy", "kappa": 3})");
  EXPECT_EQ(stated.kind, Kind::kFile);
  EXPECT_EQ(stated.kappa, 3.0);
  EXPECT_EQ(estimate_of(R"({"kind": "file", "path": "w.npy"})").kappa, 0.0);
}

TEST(JsonReader, RefusesBadEstimates) {
  EXPECT_EQ(estimate_refusal("1"), "i.json: estimate: must be an object, not 1");
  EXPECT_EQ(estimate_refusal("{}"), "i.json: estimate.kind: missing");
  EXPECT_EQ(estimate_refusal(R"({"kind": "magic"})"),
            "i.json: estimate.kind: must be one of exact, noise, rounded, lookahead, file, not "
            "\"magic\"");
  EXPECT_EQ(estimate_refusal(R"({"kind": "exact", "kappa": 2})"),
            "i.json: estimate.kappa: unknown key; known are kind");
  EXPECT_EQ(estimate_refusal(R"({"kind": "noise", "model": "iid", "kappa": 0.9, "seed": 1})"),
            "i.json: estimate.kappa: must be a number from 1 to 1e+100, not 0.9");
  EXPECT_EQ(estimate_refusal(R"({"kind": "noise", "model": "iid", "kappa": 2e100, "seed": 1})"),
            "i.json: estimate.kappa: must be a number from 1 to 1e+100, not 2e+100");
  EXPECT_EQ(estimate_refusal(R"({"kind": "noise", "model": "iid", "seed": 1})"),
            "i.json: estimate.kappa: missing");
  EXPECT_EQ(estimate_refusal(R"({"kind": "noise", "model": "gauss", "kappa": 2, "seed": 1})"),
            "i.json: estimate.model: must be iid or sign, not \"gauss\"");
  for (const std::string seed : {"-1", "-1.0", "0.5", "\"1\"", "1e30", "18446744073709551616"}) {
    EXPECT_EQ(
        estimate_refusal(R"({"kind": "noise", "model": "iid", "kappa": 2, "seed": )" + seed + "}")
            .substr(0, 48),
        "i.json: estimate.seed: must be an integer from 0");
  }
  EXPECT_EQ(estimate_refusal(R"({"kind": "rounded", "kappa": 1})"),
            "i.json: estimate.kappa: must be greater than 1");
  EXPECT_EQ(estimate_refusal(R"({"kind": "lookahead", "depth": 0})"),
            "i.json: estimate.depth: must be an integer from 1 to 4294967295, not 0");
  EXPECT_EQ(estimate_refusal(R"({"kind": "file", "kappa": 2})"), "i.json: estimate.path: missing");
  EXPECT_EQ(estimate_refusal(R"({"kind": "file", "path": "n.npy", "depth": 2})"),
            "i.json: estimate.depth: unknown key; known are kind, path, kappa");
  const json object = {{"estimate", {{"kind", "lookahead"}, {"depth", 1}}}};
  EXPECT_EQ(error_of(ErrorKind::kInput,
                     [&] {
                       static_cast<void>(
                           JsonReader("i.json", "", object).estimate({Kind::kExact, Kind::kNoise}));
                     }),
            "i.json: estimate.kind: must be one of exact, noise, not \"lookahead\"");
}

}  // namespace
}  // namespace wend
