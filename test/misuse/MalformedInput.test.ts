/**
 * 10,000 random malformed inputs, or the part of them that `TEST_ROUNDS` names, through a run, a promise, the orchestrator, a blocking call, the command line and pipeline
 * files. Each call answers or fails with a tagged error, and none takes 2 seconds.
 */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Layer, Option } from "effect"
import { type Agent, PipelineSpec, PromiseAgent, SyncAgent } from "greenlang"
import * as Catalog from "greenlang/cli/Catalog"
import * as Database from "greenlang/database/Database"
import { History } from "greenlang/orchestrator/History"
import { Orchestrator } from "greenlang/orchestrator/Orchestrator"
import * as Binary from "../support/Binary.ts"
import * as CommandLine from "../support/CommandLine.ts"
import { rounds } from "../support/Rounds.ts"
import { boom, malformed, random, valid } from "./modules/malformed.ts"
import { Reads } from "./modules/reads.ts"

const limit = 2_000

/** CPU time rather than the time on the wall, which other processes share. */
const cpu = () => {
  const { system, user } = process.cpuUsage()
  return (system + user) / 1_000
}

const spent = (before: number, label: string) => assert.isBelow(cpu() - before, limit, label)

const tagOf = (error: unknown): string => {
  assert.isTrue(typeof error === "object" && error !== null && "_tag" in error, `untagged: ${String(error)}`)
  const { _tag } = error as { readonly _tag: unknown }
  return String(_tag)
}

/** Counts how the calls ended. */
class Tally {
  readonly counts = new Map<string, number>()

  add(tag: string): void {
    this.counts.set(tag, (this.counts.get(tag) ?? 0) + 1)
  }

  exit(exit: Exit.Exit<unknown, unknown>, label: string): void {
    if (Exit.isSuccess(exit)) return this.add("answered")
    assert.isFalse(Cause.hasDies(exit.cause), `${label}: ${Cause.pretty(exit.cause).slice(0, 600)}`)
    this.add(tagOf(Option.getOrThrow(Cause.findErrorOption(exit.cause))))
  }

  /** Most are refused, and not all: else the inputs would show nothing. */
  check(total: number, ...tags: ReadonlyArray<string>): void {
    const all = [...this.counts.values()].reduce((sum, count) => sum + count, 0)
    assert.strictEqual(all, total)
    for (const tag of this.counts.keys()) assert.include(tags, tag)
    for (const tag of tags) assert.isAbove(this.counts.get(tag) ?? 0, 0, tag)
  }
}

const rejections: Array<unknown> = []
const reject = (reason: unknown) => rejections.push(reason)

beforeAll(() => {
  process.on("unhandledRejection", reject)
})

afterAll(async () => {
  // rejections are reported in a turn of their own
  await new Promise((resolve) => setImmediate(resolve))
  process.off("unhandledRejection", reject)
  assert.deepStrictEqual(rejections, [])
})

/** What a promise or a blocking call threw. */
const thrownBy = async (call: () => unknown): Promise<{ readonly error?: unknown }> => {
  try {
    await call()
    return {}
  } catch (error) {
    return { error }
  }
}

describe("malformed input", () => {
  it.live("of a run is InvalidInput", () =>
    Effect.gen(function*() {
      const next = random(1)
      const tally = new Tally()
      for (let round = 0; round < rounds(2_000); round++) {
        const before = cpu()
        const input = malformed(next) as Agent.Input<typeof Reads>
        const run = round % 2 === 0 ? Reads.run(input) : Reads.run(input, { onExcessProperty: "error" })
        tally.exit(yield* Effect.exit(run), `round ${round}`)
        spent(before, `round ${round}`)
      }
      tally.check(rounds(2_000), "answered", "InvalidInput")
    }))

  it("of a promise rejects with InvalidInput, or answers with it", async () => {
    const next = random(2)
    const tally = new Tally()
    await using agent = await PromiseAgent.open(Reads)
    for (let round = 0; round < rounds(1_500); round++) {
      const before = cpu()
      const input = malformed(next) as Agent.Input<typeof Reads>
      if (round % 2 === 0) {
        const thrown = await thrownBy(() => agent.execute(input))
        tally.add("error" in thrown ? tagOf(thrown.error) : "answered")
      } else {
        const outcome = await agent.executeResult(input)
        tally.add(outcome.success ? "answered" : tagOf(outcome.error))
      }
      spent(before, `round ${round}`)
    }
    tally.check(rounds(1_500), "answered", "InvalidInput")
  })

  it("of a blocking call throws InvalidInput", async () => {
    const next = random(4)
    const tally = new Tally()
    using agent = SyncAgent.fromModule<typeof Reads>(new URL("./modules/reads.ts", import.meta.url), {
      export: "Reads"
    })
    for (let round = 0; round < rounds(1_500); round++) {
      const before = cpu()
      const input = malformed(next) as Agent.Input<typeof Reads>
      const thrown = await thrownBy(() => agent.execute(input))
      tally.add("error" in thrown ? tagOf(thrown.error) : "answered")
      spent(before, `round ${round}`)
    }
    tally.check(rounds(1_500), "answered", "InvalidInput")
  })

  it.effect("names the field that throws", () =>
    Effect.gen(function*() {
      const site = (rooms: unknown) => ({ ...valid(), site: { area: 1, rooms } })
      const cases: ReadonlyArray<readonly [path: string, input: unknown]> = [
        ["amount", Object.defineProperty(valid(), "amount", { get: boom })],
        ["site.rooms.hall", site(Object.defineProperty({}, "hall", { enumerable: true, get: boom }))],
        ["site.rooms", site(new Proxy({}, { ownKeys: boom }))],
        ["site", { ...valid(), site: new Proxy({ area: 1, rooms: {} }, { has: boom }) }],
        ["", new Proxy(valid(), { has: boom })]
      ]
      for (const [path, input] of cases) {
        const error = yield* Effect.flip(Reads.run(input as Agent.Input<typeof Reads>))
        assert.deepStrictEqual(error._tag === "InvalidInput" && error.issues.map(({ path }) => path), [path])
        assert.match(error.message, /cannot be read: a trap that throws/)
      }
    }))

  it.live("of the orchestrator is InvalidInput, and is recorded as rejected", () =>
    Effect.gen(function*() {
      const next = random(3)
      const tally = new Tally()
      const orchestrator = yield* Orchestrator
      for (let round = 0; round < rounds(2_000); round++) {
        const before = cpu()
        tally.exit(yield* Effect.exit(orchestrator.run("Reads", malformed(next))), `round ${round}`)
        spent(before, `round ${round}`)
      }
      tally.check(rounds(2_000), "answered", "InvalidInput")
      const rejected = yield* Effect.flatMap(History, (history) => history.list({ outcome: "rejected", limit: 10_000 }))
      assert.strictEqual(rejected.length, tally.counts.get("InvalidInput"))
    }).pipe(Effect.provide(
      Orchestrator.layer({ agents: [Reads] }).pipe(
        Layer.provideMerge(History.layer()),
        Layer.provide(Database.layerMemory)
      )
    )))

  const catalog = Catalog.make([Catalog.entry("Reads", Effect.succeed(Reads), Layer.empty)])

  /** JSON of a malformed input, some of it with a mistake in its text. */
  const text = (next: () => number): string => {
    let json: string
    try {
      json = JSON.stringify(malformed(next)) ?? "undefined"
    } catch {
      json = "[".repeat(Math.floor(next() * 5_000))
    }
    if (next() < 0.5) return json
    const at = Math.floor(next() * json.length)
    return json.slice(0, at) + ["", "}", ",", "\u0000", "\"", "\\", "NaN"][Math.floor(next() * 7)]! + json.slice(at + 1)
  }

  it.live("of the command line ends with exit code 1 or 2 and says why", () =>
    Effect.gen(function*() {
      const next = random(5)
      const tally = new Tally()
      const flags: ReadonlyArray<ReadonlyArray<string>> = [[], ["--json"], ["--format", "text"], ["--events"]]
      for (let round = 0; round < rounds(1_500); round++) {
        const before = cpu()
        const json = text(next)
        const args = ["run", "Reads", "-", ...flags[round % flags.length]!, "--log-level", "none"]
        const { code, stderr } = yield* CommandLine.run(args, { catalog, stdin: json })
        spent(before, `round ${round}`)
        if (code === 1) {
          if (args.includes("text")) assert.include(stderr, "✗ InvalidInput")
          else assert.strictEqual(JSON.parse(stderr.trim().split("\n").at(-1)!)._tag, "InvalidInput")
        } else if (code === 2) {
          const said = args.includes("text") ? stderr.replace(/^greenlang: /, "") : JSON.parse(stderr).message
          assert.match(said, /^Standard input .*(line \d+, column \d+|is empty)/)
        }
        tally.add(`${code}`)
      }
      tally.check(rounds(1_500), "0", "1", "2")
    }))

  it.live("of the command as a process, too", () =>
    Effect.gen(function*() {
      const inputs = [`{"fuel_type":5,}`, "[".repeat(100_000), `{"amount":"x","unit":{"__proto__":1}}`]
      for (const stdin of inputs) {
        const { code, stderr } = yield* Effect.promise(() => Binary.run(["run", "FuelAgent", "-"], { stdin }))
        assert.include([1, 2], code)
        assert.match(
          stderr,
          code === 1 ? /^\{"_tag":"InvalidInput"/ : /^\{"_tag":"UsageError".*line 1, column \d+\.\\n/
        )
      }
    }))

  it.live("of a pipeline file is PipelineSpecInvalid, with every fault", () =>
    Effect.gen(function*() {
      const next = random(6)
      const tally = new Tally()
      const lines = [
        "name: Sum",
        `version: "1"`,
        "inputs: { n: number }",
        "steps:",
        "  - { name: a, agent: Reads, input: { name: input.n, amount: 2 } }",
        "  - { name: b, agent: Reads, after: a, when: results.a > 3, timeout: 1 minute, retry: 2 }",
        "output: results.b"
      ]
      const junk = [
        "&a *a",
        "{",
        "]",
        "- -",
        "!!binary x",
        "\t",
        "? :",
        "\u0000",
        "%YAML 9",
        "'",
        "<<: *x",
        "~",
        "9e999",
        "[[[["
      ]
      for (let round = 0; round < rounds(1_497); round++) {
        const broken = lines.map((line) => {
          if (next() > 0.35) return line
          const at = Math.floor(next() * line.length)
          return line.slice(0, at) + junk[Math.floor(next() * junk.length)]! + line.slice(at + Math.floor(next() * 4))
        })
        if (next() < 0.1) broken.splice(Math.floor(next() * broken.length), 1)
        const before = cpu()
        const exit = yield* Effect.exit(PipelineSpec.fromYaml(broken.join("\n"), { agents: [Reads] }))
        tally.exit(exit, broken.join("\n"))
        spent(before, broken.join("\n"))
      }
      const { counts } = tally
      assert.strictEqual((counts.get("PipelineSpecInvalid") ?? 0) + (counts.get("answered") ?? 0), rounds(1_497))
      assert.isAbove(counts.get("PipelineSpecInvalid") ?? 0, rounds(1_000))
    }))
})
