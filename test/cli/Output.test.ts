/**
 * Where the output of a command goes that is a process: to a reader that has gone, that takes nothing, and to a full disk.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Binary from "../support/Binary.ts"
import * as Unreadable from "../support/Unreadable.ts"

/** A pipeline that answers with its input, and an input that no pipe holds. */
const big = Effect.gen(function*() {
  const { folder } = yield* Unreadable.make(".x")
  const [pipeline, input] = [join(folder, "echo.yaml"), join(folder, "big.json")]
  writeFileSync(
    pipeline,
    [
      "name: Echo",
      `version: "1"`,
      "steps:",
      "  - { name: a, agent: FuelAgent, input: { fuel_type: natural_gas, amount: 1, unit: therm, country: US } }",
      "output: { all: input }"
    ].join("\n")
  )
  writeFileSync(input, JSON.stringify(Array.from({ length: 20_000 }, () => "x".repeat(100))))
  return ["run", pipeline, "--input", input]
})

describe("the output of a command", () => {
  it.live("whose reader has gone ends it quietly, whichever command it is", () =>
    Effect.gen(function*() {
      const commands = [["--version"], ["--help"], ["agents"], ["schema"], yield* big, [...yield* big, "--events"]]
      for (const args of commands) {
        const { ended, process } = Binary.start(args)
        process.stdout.destroy()
        const { code, stderr } = yield* Effect.promise(() => ended)
        assert.deepStrictEqual([code, stderr], [1, ""], args.join(" "))
      }
    }).pipe(Effect.scoped))

  it.live("that waits for its reader is given up at the first signal", () =>
    Effect.gen(function*() {
      for (const args of [yield* big, [...yield* big, "--events"]]) {
        for (const [signal, expected] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
          // what it writes fills the pipe, since nothing reads it
          const child = spawn(process.execPath, [...Binary.nodeArguments, ...args], {
            stdio: ["ignore", "pipe", "ignore"],
            env: Binary.environment()
          })
          yield* Effect.callback<void>((resume) => void child.stdout.once("readable", () => resume(Effect.void)))
          const code = Effect.callback<number | null>((resume) =>
            void child.once("exit", (code) => resume(Effect.succeed(code)))
          )
          child.kill(signal)
          assert.strictEqual(yield* code, expected)
        }
      }
    }).pipe(Effect.scoped))

  it.live("of many rows ends between two of them at a signal, and keeps those that are written", () =>
    Effect.gen(function*() {
      const { folder } = yield* Unreadable.make(".x")
      writeFileSync(
        join(folder, "bills.csv"),
        `fuel_type,amount,unit,country\n${"natural_gas,1,therm,US\n".repeat(30_000)}`
      )
      const { ended, process } = Binary.start(["footprint", "bills.csv", "--out", "out.csv"], { cwd: folder })
      // its first report
      yield* Effect.callback<void>((resume) => void process.stderr.once("data", () => resume(Effect.void)))
      process.kill("SIGINT")
      assert.strictEqual((yield* Effect.promise(() => ended)).code, 130)
      const lines = readFileSync(join(folder, "out.csv.part"), "utf8").split("\n").length
      assert.isAbove(lines, 1)
      assert.isBelow(lines, 30_000)
    }).pipe(Effect.scoped))

  it.live.runIf(existsSync("/dev/full"))("that a full disk does not take is reported", () =>
    Effect.gen(function*() {
      const full = openSync("/dev/full", "w")
      const child = spawn(process.execPath, [...Binary.nodeArguments, "agents"], {
        stdio: ["ignore", full, "pipe"],
        env: Binary.environment()
      })
      closeSync(full)
      let stderr = ""
      child.stderr!.setEncoding("utf8").on("data", (text: string) => stderr += text)
      const code = yield* Effect.callback<number | null>((resume) =>
        void child.once("close", (code) => resume(Effect.succeed(code)))
      )
      assert.strictEqual(code, 1)
      assert.match(stderr, /^greenlang: the output cannot be written: ENOSPC/)
    }))
})
