/** Whatever is wrong with an input, the list of what is wrong has a bound, and its text, too. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Option, Schema } from "effect"
import { Agent, Manifest, PipelineSpec } from "greenlang"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as CommandLine from "../support/CommandLine.ts"
import * as Unreadable from "../support/Unreadable.ts"

const many = 30_000
const times = <A>(make: (at: number) => A): ReadonlyArray<A> => Array.from({ length: many }, (_, at) => make(at))

const agentOf = (input: Schema.Codec<unknown, unknown>) =>
  Agent.make("Reads", { version: "1.0.0", input, output: Schema.Finite, execute: () => Effect.succeed(1) })

const Item = Schema.Struct({ a: Schema.Finite, b: Schema.String, c: Schema.Literals(["x", "y"]) })
const Tree: Schema.Codec<unknown, unknown> = Schema.Struct({
  n: Schema.Finite,
  below: Schema.Array(Schema.suspend((): Schema.Codec<unknown, unknown> => Tree))
})

const inputs: Readonly<Record<string, readonly [Schema.Codec<unknown, unknown>, unknown]>> = {
  "wrong items": [Schema.Array(Item), times(() => ({ a: "x", b: 1, c: 2 }))],
  "items without fields": [Schema.Array(Item), times(() => ({}))],
  "items that are not objects": [Schema.Array(Item), times(() => 1)],
  "items with unknown fields": [Schema.Array(Item), times((at) => ({ a: 1, b: "", c: "x", [`k${at}`]: 1 }))],
  "unknown fields": [Item, Object.fromEntries(times((at) => [`k${at}`, at]))],
  "wrong values of a record": [
    Schema.Record(Schema.String, Schema.Finite),
    Object.fromEntries(times((at) => [`k${at}`, ""]))
  ],
  "wrong keys of a record": [
    Schema.Record(Schema.String.check(Schema.isPattern(/^a$/)), Schema.Finite),
    Object.fromEntries(times((at) => [`k${at}`, 1]))
  ],
  "lists in lists": [
    Schema.Array(Schema.Array(Schema.Finite)),
    Array.from({ length: 300 }, () => Array(300).fill("x"))
  ],
  "a tuple that is too long": [Schema.Tuple([Schema.Finite]), times(() => 1)],
  "a broad tree": [Tree, { n: 1, below: times(() => ({ n: "x", below: [] })) }],
  "a union of many members": [
    Schema.Array(
      Schema.Union(
        Array.from({ length: 50 }, (_, at) => Schema.Struct({ tag: Schema.Literal(`t${at}`), n: Schema.Finite }))
      )
    ),
    times(() => ({ tag: "none" }))
  ],
  "long texts": [Schema.Array(Schema.Finite), Array(100).fill("x".repeat(100_000))],
  "long names": [Item, Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`${at}${"k".repeat(100_000)}`, 1]))]
}

/** Issues, and letters of all of them. */
const most = { issues: 101, letters: 60_000 }

describe("a list of issues", () => {
  for (const [what, [schema, input]] of Object.entries(inputs)) {
    it.effect(`of ${what} has a bound, by a run and by the agent's strict reading`, () =>
      Effect.gen(function*() {
        const agent = agentOf(schema)
        for (const options of [{}, { onExcessProperty: "error" } as const]) {
          const exit = yield* Effect.exit(agent.run(input, options))
          // what is unknown is passed over by a lenient run
          if (Exit.isSuccess(exit)) continue
          const error = Option.getOrThrow(Cause.findErrorOption(exit.cause))
          assert(error._tag === "InvalidInput")
          assert.isAtLeast(error.issues.length, 1)
          assert.isAtMost(error.issues.length, most.issues)
          assert.isAtMost(error.message.length, most.letters)
          assert.isAtMost(JSON.stringify(error).length, most.letters)
        }
      }))
  }

  it.live("of a pipeline file, a manifest and a file of bills has a bound", () =>
    Effect.gen(function*() {
      const { folder } = yield* Unreadable.make(".x")
      const steps = Array.from({ length: 500 }, (_, at) => `  - { name: s${at}, agent: No${at}, x: 1, y: 2 }`)
      const spec = yield* Effect.flip(
        PipelineSpec.fromYaml(`name: A\nversion: "1"\nsteps:\n${steps.join("\n")}`, { agents: [agentOf(Item)] })
      )
      assert.isAtMost(spec.issues.length, 101)
      assert.match(spec.message, /and \d+ more issues/)

      const manifest = join(folder, "agent.yaml")
      writeFileSync(
        manifest,
        `name: 1\nversion: 2\n${Array.from({ length: 10_000 }, (_, at) => `k${at}: 1`).join("\n")}`
      )
      const error = yield* Effect.flip(Manifest.load(manifest))
      assert(error._tag === "ManifestInvalid")
      assert.isAtMost(error.issues.length, 101)

      const bills = join(folder, "bills.csv")
      writeFileSync(bills, `fuel_type,amount,unit,country\n${"gas,many,none,XX\n".repeat(400)}`)
      const { code, stderr } = yield* CommandLine.run(["footprint", bills, "--out", join(folder, "out.csv")])
      assert.strictEqual(code, 2)
      assert.match(stderr, /and \d+ more faults/)
      assert.isBelow(stderr.length, 50_000)
    }).pipe(Effect.scoped))
})
