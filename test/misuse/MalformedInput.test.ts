/**
 * 10,000 random malformed inputs through the orchestrator, the command line and pipeline files. Each call answers or
 * fails with a tagged error, and none takes 2 seconds.
 */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Layer, Option } from "effect"
import { PipelineSpec } from "greenlang"
import * as Catalog from "greenlang/cli/Catalog"
import * as Database from "greenlang/database/Database"
import { History } from "greenlang/orchestrator/History"
import { Orchestrator } from "greenlang/orchestrator/Orchestrator"
import * as Binary from "../support/Binary.ts"
import * as CommandLine from "../support/CommandLine.ts"
import { Reads } from "./modules/reads.ts"

/** A reproducible sequence of numbers from 0 to 1. */
const random = (seed: number) => () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
  return seed / 2 ** 31
}

const boom = (): never => {
  throw new Error("a trap that throws")
}

const traps: ReadonlyArray<keyof ProxyHandler<object>> = [
  "get",
  "ownKeys",
  "has",
  "getOwnPropertyDescriptor",
  "getPrototypeOf"
]

const nested = (levels: number, wrap: (inside: unknown) => unknown): unknown => {
  let value: unknown = 1
  for (let level = 0; level < levels; level++) value = wrap(value)
  return value
}

const exotic: ReadonlyArray<() => unknown> = [
  () => undefined,
  () => null,
  () => Number.NaN,
  () => Infinity,
  () => -0,
  () => 10n,
  () => Symbol("s"),
  () => "",
  () => "x".repeat(100_000),
  () => "\u0000\ud800\x1b[2J",
  () => true,
  () => boom,
  () => Date,
  () => new Date(Number.NaN),
  () => new Map([["a", 1]]),
  () => new Set([1]),
  () => /x/,
  () => new Error("an error"),
  () => new Uint8Array(8),
  () => new WeakMap(),
  () => Object.create(null),
  () => Array.from({ length: 3 }),
  () => Array(100_000),
  () => Object.fromEntries(["then"].map((name) => [name, boom])),
  () => ({ toJSON: boom, toString: boom, valueOf: boom, [Symbol.toPrimitive]: boom }),
  () => JSON.parse(`{"__proto__":{"amount":1},"constructor":1}`),
  () => Object.defineProperty({}, "amount", { enumerable: true, get: boom }),
  () => Object.defineProperty([], 0, { enumerable: true, get: boom }),
  () => Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`key ${at}`, at])),
  () => nested(5_000, (inside) => [inside]),
  () => nested(5_000, (a) => ({ a })),
  () => nested(20, (a) => [a, a]),
  () => {
    const circle: Record<string, unknown> = {}
    circle["self"] = circle
    return circle
  },
  () => {
    const list: Array<unknown> = []
    list.push(list)
    return list
  },
  ...traps.flatMap((trap) => [
    () => new Proxy({}, { [trap]: boom }),
    () => new Proxy([1], { [trap]: boom })
  ]),
  () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return proxy
  }
]

const valid = () => ({
  name: "hall",
  amount: 1,
  unit: "kWh",
  since: "2025-01-01T00:00:00Z",
  tags: ["a"],
  site: { area: 1, rooms: { hall: 1 } },
  either: { kind: "a", a: 1 },
  any: 1
})

/** A valid input with a field replaced, removed or added, or something else instead. */
const malformed = (next: () => number): unknown => {
  const pick = <A>(all: ReadonlyArray<A>): A => all[Math.floor(next() * all.length)]!
  const strange = pick(exotic)()
  if (next() < 0.15) return strange
  const input: Record<string, unknown> = valid()
  for (let change = 0; change <= next() * 2; change++) {
    const field = pick(Object.keys(input))
    const kind = next()
    const set = (field: string, value: unknown) =>
      Object.defineProperty(input, field, { enumerable: true, configurable: true, writable: true, value })
    if (kind < 0.1) delete input[field]
    else if (kind < 0.2) set(`more ${change}`, strange)
    else if (kind < 0.3) Object.defineProperty(input, field, { enumerable: true, configurable: true, get: boom })
    else if (kind < 0.5) set("site", { area: 1, rooms: strange })
    else if (kind < 0.6) set("tags", ["a", strange])
    else set(field, strange)
  }
  return next() < 0.1 ? new Proxy(input, {}) : input
}

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

describe("malformed input", () => {
  it.live("of the orchestrator is InvalidInput, and is recorded as rejected", () =>
    Effect.gen(function*() {
      const next = random(3)
      const tally = new Tally()
      const orchestrator = yield* Orchestrator
      for (let round = 0; round < 7_000; round++) {
        const before = cpu()
        tally.exit(yield* Effect.exit(orchestrator.run("Reads", malformed(next))), `round ${round}`)
        spent(before, `round ${round}`)
      }
      tally.check(7_000, "answered", "InvalidInput")
      const rejected = yield* Effect.flatMap(History, (history) => history.list({ outcome: "rejected", limit: 10_000 }))
      assert.strictEqual(rejected.length, tally.counts.get("InvalidInput"))
    }).pipe(Effect.provide(
      Orchestrator.layer({ agents: [Reads] }).pipe(
        Layer.provideMerge(History.layer()),
        Layer.provide(Database.layerMemory)
      )
    )), 120_000)

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
      for (let round = 0; round < 1_500; round++) {
        const before = cpu()
        const json = text(next)
        const args = ["run", "Reads", "-", ...flags[round % flags.length]!, "--log-level", "none"]
        const { code, stderr } = yield* CommandLine.run(args, { catalog, stdin: json })
        spent(before, `round ${round}`)
        if (code === 1) {
          if (args.includes("text")) assert.include(stderr, "✗ InvalidInput")
          else assert.strictEqual(JSON.parse(stderr.trim().split("\n").at(-1)!)._tag, "InvalidInput")
        } else if (code === 2) assert.match(stderr, /^greenlang: Standard input .*(line \d+, column \d+|is empty)/)
        tally.add(`${code}`)
      }
      tally.check(1_500, "0", "1", "2")
    }), 120_000)

  it.live("of the command as a process, too", () =>
    Effect.gen(function*() {
      const inputs = [`{"fuel_type":5,}`, "[".repeat(100_000), `{"amount":"x","unit":{"__proto__":1}}`]
      for (const stdin of inputs) {
        const { code, stderr } = yield* Effect.promise(() => Binary.run(["run", "FuelAgent", "-"], { stdin }))
        assert.include([1, 2], code)
        assert.match(stderr, code === 1 ? /^\{"_tag":"InvalidInput"/ : /^greenlang: .*line 1, column \d+\.\n/)
      }
    }), 60_000)

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
      for (let round = 0; round < 1_497; round++) {
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
      assert.strictEqual((counts.get("PipelineSpecInvalid") ?? 0) + (counts.get("answered") ?? 0), 1_497)
      assert.isAbove(counts.get("PipelineSpecInvalid") ?? 0, 1_000)
    }), 120_000)
})
