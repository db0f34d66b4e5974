/**
 * Every file that a command reads or writes, with everything that may stand at its path: the command ends, with exit code 2
 * and the path, and leaves nothing open.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { linkSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { open } from "node:fs/promises"
import { join } from "node:path"
import * as Binary from "../support/Binary.ts"
import * as CommandLine from "../support/CommandLine.ts"
import * as Unreadable from "../support/Unreadable.ts"

const bills = "fuel_type,amount,unit,country\nnatural_gas,1,therm,US\n"

/** Commands that read the file at `path`. `rest` is a folder with files that can be read. */
const readers: Readonly<Record<string, (path: string, rest: string) => ReadonlyArray<string>>> = {
  "check": (path) => ["check", path],
  "run of a pipeline file": (path) => ["run", path, "{}"],
  "graph": (path) => ["graph", path],
  "--input": (path) => ["run", "FuelAgent", "--input", path],
  "tool --input": (path) => ["tool", "FuelAgent", "calculate_emissions", "--input", path],
  "--config": (path) => ["agents", "--config", path],
  "footprint": (path, rest) => ["footprint", path, "--out", join(rest, "out.csv")],
  "footprint --data": (
    path,
    rest
  ) => ["footprint", join(rest, "bills.csv"), "--out", join(rest, "out.csv"), "--data", path]
}

const writers: typeof readers = {
  "--report": (path) => ["run", "FuelAgent", "{}", "--report", path],
  "footprint --out": (path, rest) => ["footprint", join(rest, "bills.csv"), "--out", path]
}

/** A path that can be written, although it cannot be read. */
const isNew = (path: string) => /missing|dangling|huge|forbidden|secret/.test(path)

const extensionOf = (name: string) =>
  name.includes("pipeline") || name === "check" || name === "graph" ? ".yaml" : ".csv"

const tryAll = (commands: typeof readers, isTried: (path: string) => boolean) =>
  Effect.gen(function*() {
    const printed: Array<string> = []
    yield* Effect.forEach(Object.entries(commands), ([name, command]) =>
      Effect.gen(function*() {
        const { folder, kinds } = yield* Unreadable.make(extensionOf(name))
        writeFileSync(join(folder, "bills.csv"), bills)
        yield* Effect.forEach(kinds.filter(({ path }) => isTried(path)), ({ path }) =>
          Effect.gen(function*() {
            const { code, stderr, stdout } = yield* CommandLine.run(command(path, folder))
            const label = `${name} ${path}: ${stdout}${stderr}`
            assert.deepStrictEqual([code, stdout], [2, ""], label)
            assert.match(stderr, /^(greenlang: |\{"_tag":"(UsageError|InvalidConfig)")/, label)
            const said: string = stderr.startsWith("{") ? JSON.parse(stderr).message : stderr
            assert.include(said.replaceAll("\0", ""), path.replace("\0", ""), label)
            printed.push(label)
          }), { concurrency: 4 })
      }), { concurrency: "unbounded" })
    return printed.length
  }).pipe(Effect.scoped)

describe("a file of a command", () => {
  it.live("that is read and cannot be ends it with exit code 2 and its path, whatever stands there", () =>
    Effect.gen(function*() {
      const before = readdirSync("/proc/self/fd").length
      assert.isAtLeast(yield* tryAll(readers, () => true), 120)
      assert.isAtMost(readdirSync("/proc/self/fd").length, before)
    }))

  it.live("that is written and cannot be ends it with exit code 2 and its path, before anything runs", () =>
    Effect.gen(function*() {
      assert.isAtLeast(yield* tryAll(writers, (path) => !isNew(path)), 18)
    }))

  it.live("that is read is never written over, by whatever path or link", () =>
    Effect.gen(function*() {
      const { folder } = yield* Unreadable.make(".csv")
      const at = (name: string) => join(folder, name)
      const input = `{"fuel_type":"natural_gas","amount":1,"unit":"therm","country":"US"}`
      writeFileSync(at("bills.csv"), bills)
      writeFileSync(at("more.csv.part"), bills)
      writeFileSync(at("input.json"), input)
      symlinkSync(at("bills.csv"), at("link.csv"))
      symlinkSync(at("input.json"), at("link.json"))
      linkSync(at("bills.csv"), at("hard.csv"))
      const commands = [
        ["footprint", at("bills.csv"), "--out", at("bills.csv")],
        ["footprint", at("bills.csv"), "--out", `${folder}/./bills.csv`],
        ["footprint", at("bills.csv"), "--out", at("link.csv")],
        ["footprint", at("link.csv"), "--out", at("bills.csv")],
        ["footprint", at("bills.csv"), "--out", at("hard.csv")],
        ["footprint", at("more.csv.part"), "--out", at("more.csv")],
        ["run", "FuelAgent", "--input", at("input.json"), "--report", at("input.json")],
        ["run", "FuelAgent", "--input", at("input.json"), "--report", at("link.json")]
      ]
      for (const command of commands) {
        const { code, stderr, stdout } = yield* CommandLine.run(command)
        assert.deepStrictEqual([code, stdout], [2, ""], `${command.join(" ")}: ${stderr}`)
        assert.match(stderr, /is the same file as/)
        for (const name of ["bills.csv", "link.csv", "more.csv.part"]) {
          assert.strictEqual(readFileSync(at(name), "utf8"), bills, command.join(" "))
        }
        assert.strictEqual(readFileSync(at("input.json"), "utf8"), input, command.join(" "))
      }
    }).pipe(Effect.scoped))

  it.live("that is written needs a name", () =>
    Effect.gen(function*() {
      const { folder } = yield* Unreadable.make(".csv")
      writeFileSync(join(folder, "bills.csv"), bills)
      for (
        const command of [
          ["run", "FuelAgent", "{}", "--report", ""],
          ["footprint", join(folder, "bills.csv"), "--out", ""]
        ]
      ) {
        const { code, stderr, stdout } = yield* CommandLine.run(command)
        assert.deepStrictEqual([code, stdout], [2, ""], stderr)
        assert.match(stderr, /its name is empty/)
      }
    }).pipe(Effect.scoped))

  it.live("that is .env beside the config, or the nearest config, is named, too", () =>
    Effect.gen(function*() {
      const { folder } = yield* Unreadable.make(".x")
      writeFileSync(join(folder, "greenlang.config.mjs"), "export default 1")
      yield* Unreadable.pipe(folder, ".env")
      const env = yield* CommandLine.run(["agents"], { cwd: folder })
      assert.strictEqual(env.code, 2)
      assert.match(env.stderr, /\.env: it cannot be read: nothing writes to this pipe/)
      yield* Unreadable.pipe(folder, "greenlang.config.ts")
      const config = yield* CommandLine.run(["agents"], { cwd: folder })
      assert.strictEqual(config.code, 2)
      assert.match(config.stderr, /greenlang\.config\.ts: it cannot be read: it is a pipe/)
    }).pipe(Effect.scoped))

  it.live("may be a pipe of another process", () =>
    Effect.gen(function*() {
      const { folder } = yield* Unreadable.make(".json")
      const path = yield* Unreadable.pipe(folder, "input.json")
      const { ended } = Binary.start(["run", "FuelAgent", "--input", path, "--json"])
      const writer = yield* Effect.promise(() => open(path, "w"))
      yield* Effect.promise(() => writer.write(`{"fuel_type":"natural_gas","amount":1,"unit":"therm","country":"US"}`))
      yield* Effect.promise(() => writer.close())
      const { code, stdout } = yield* Effect.promise(() => ended)
      assert.strictEqual(code, 0)
      assert.isAbove(JSON.parse(stdout).value.emissions_kg_co2e ?? JSON.parse(stdout).value.co2e_emissions_kg, 5)
    }).pipe(Effect.scoped))

  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    it.live(`that is a quiet pipe is given up on ${signal}`, () =>
      Effect.gen(function*() {
        const { folder } = yield* Unreadable.make(".yaml")
        const path = yield* Unreadable.pipe(folder, "quiet.yaml")
        const { ended, process } = Binary.start(["check", path])
        // opened as soon as the command reads
        const writer = yield* Effect.promise(() => open(path, "w"))
        process.kill(signal)
        assert.deepStrictEqual(yield* Effect.promise(() => ended), { code, stdout: "", stderr: "" })
        yield* Effect.promise(() => writer.close())
      }).pipe(Effect.scoped))
  }
})
