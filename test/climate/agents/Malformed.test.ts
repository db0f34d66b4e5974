/**
 * Inputs that no schema was written for, 10,000 of them or the part that `TEST_ROUNDS` names: every tool and every agent answers them with a tagged error that names a field
 * which exists, or with numbers, and never with a defect.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, type Layer, Schema } from "effect"
import type { Agent, Tool } from "greenlang"
import * as Catalog from "greenlang/climate/Catalog"
import * as Random from "greenlang/climate/statistics/Random"
import { rounds } from "../../support/Rounds.ts"
import { example, type Json, sample } from "./samples.ts"
import { fieldsOf, Services } from "./services.ts"

type Services = Layer.Success<typeof Services>
/** All names of properties in a schema, at any depth. */
const fieldsIn = (schema: unknown): ReadonlyArray<string> => {
  const { definitions, schema: root } = Schema.toJsonSchemaDocument(schema as never)
  const names: Array<string> = []
  const visit = (node: unknown) => {
    if (typeof node !== "object" || node === null) return
    for (const [key, part] of Object.entries(node)) {
      if (key === "properties") names.push(...Object.keys(part as object))
      visit(part)
    }
  }
  visit(root)
  visit(definitions)
  return names
}

const odd: ReadonlyArray<Json> = [
  null,
  "",
  "x",
  "nonsense",
  true,
  [],
  {},
  -1,
  0,
  1e-300,
  1.5,
  1e308,
  -1e308,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  ["a", null],
  { a: 1 },
  "2025-02-30",
  "__proto__",
  "🔥"
]

/** Changes one or two places of a value. */
const mutate = (value: Json, words: Random.Words): Json => {
  const pick = <A>(of: ReadonlyArray<A>) => of[Random.below(words, of.length)]!
  if (typeof value !== "object" || value === null || Random.unit(words) < 0.1) return pick(odd)
  if (Array.isArray(value)) {
    if (value.length === 0 || Random.unit(words) < 0.3) {
      return pick<Json>([[], [...value, pick(odd)], [...value, ...value]])
    }
    const at = Random.below(words, value.length)
    return value.with(at, mutate(value[at]!, words))
  }
  const keys = Object.keys(value)
  const action = Random.unit(words)
  if (keys.length === 0 || action < 0.15) return { ...value, [pick(["contry", "valeu", "extra"])]: pick(odd) }
  const key = pick(keys)
  if (action < 0.3) return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key))
  return { ...value, [key]: mutate(value[key]!, words) }
}

const keysIn = (value: Json): ReadonlyArray<string> =>
  typeof value !== "object" || value === null
    ? []
    : Object.entries(value).flatMap(([key, part]) => [key, ...keysIn(part)])

const tags = new Set(["InvalidInput", "ValidationError", "DataError", "CalculationError"])

/** What is wrong with an ending, or nothing. */
const judge = (exit: Exit.Exit<unknown, unknown>, known: ReadonlySet<string>, input: Json): string | undefined => {
  if (Exit.isSuccess(exit)) {
    return /NaN|Infinity/.test(
        JSON.stringify(exit.value, (_, value) => typeof value === "number" ? String(value) : value)
      )
      ? "a number that is not finite"
      : undefined
  }
  const failure = exit.cause.reasons.find(Cause.isFailReason)?.error as { readonly _tag?: string } | undefined
  if (failure?._tag === undefined || !tags.has(failure._tag)) return `ended with ${Cause.pretty(exit.cause)}`
  const own = new Set(keysIn(input))
  const paths = fieldsOf(failure)
  const strange = paths.filter((path) =>
    !path.split(".").every((part) => part === "" || /^\d+$/.test(part) || known.has(part) || own.has(part))
  )
  return strange.length === 0 ? undefined : `${failure._tag} names ${strange.join(", ")}: ${String(failure)}`
}

describe("malformed inputs", () => {
  it.layer(Services)((it) => {
    it.effect("end in numbers, or in tagged errors that name a field", () =>
      Effect.gen(function*() {
        const words = Random.xoshiro128([1, 2, 3, 4])
        const faults: Array<string> = []
        let count = 0
        const attempt = Effect.fnUntraced(function*(
          name: string,
          base: Json,
          known: ReadonlySet<string>,
          call: (input: never) => Effect.Effect<unknown, unknown, Services>,
          times: number
        ) {
          for (let at = 0; at < times; at++) {
            const input = mutate(base, words)
            const fault = judge(yield* Effect.exit(call(input as never)), known, input)
            count++
            if (fault !== undefined) faults.push(`${name}(${JSON.stringify(input)}): ${fault}`)
          }
        })
        for (const entry of Catalog.entries) {
          const agent = (yield* entry.load) as Agent.Agent<never, unknown, unknown, Services>
          const tools = agent.tools as ReadonlyArray<Tool.Tool<never, unknown, unknown, Services>>
          const known = new Set([agent.input, ...tools.map(({ input }) => input)].flatMap(fieldsIn))
          const slow = /Forecast|Anomaly|Roadmap/.test(entry.name)
          yield* attempt(entry.name, example(entry.name), known, (input) => agent.run(input), rounds(slow ? 25 : 100))
          for (const tool of tools) {
            yield* attempt(`${entry.name} ${tool.name}`, sample(tool.input), known, (input) =>
              tool.call(input), rounds(100))
          }
        }
        assert.deepStrictEqual(faults.slice(0, 10), [], `${faults.length} faults`)
        assert.isAtLeast(count, rounds(10_000))
      }))
  })
})
