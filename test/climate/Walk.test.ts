/**
 * What holds for every agent of the climate catalog. An agent joins by its entry and its input in `examples/climate`.
 */
import { assert, layer } from "@effect/vitest"
import { Effect, Schema } from "effect"
import type { Agent } from "greenlang"
import * as Catalog from "greenlang/climate/Catalog"
import * as Formula from "greenlang/climate/physics/Formula"
import { globSync } from "node:fs"
import { join } from "node:path"
import { rounds } from "../support/Rounds.ts"
import { example } from "./agents/samples.ts"
import { Services } from "./agents/services.ts"

/** How often an agent is asked the same. */
const times = Math.max(2, rounds(100))

const root = join(import.meta.dirname, "../..")

type ClimateAgent = Agent.Agent<unknown, unknown, unknown, never>

/** The search of all orders takes half a second: the first of the short list that converges repeats as well. */
const light = (name: string) =>
  name === "ForecastAgentSARIMA" ? { ...example(name) as object, auto_tune: false } : example(name)

const run = Effect.fnUntraced(function*(name: string, input: unknown = example(name)) {
  const entry = Catalog.entries.find((entry) => entry.name === name)
  assert(entry !== undefined)
  const agent = (yield* entry.load) as unknown as ClimateAgent
  return yield* agent.run(input)
})

/** Typical ranges of advice, which are rules of thumb, and what is not a result. */
const notResults = new Set([
  "citations",
  "provenance",
  "reduction_percent",
  "payback_years",
  "multiplier",
  "explanation"
])

const numbersIn = (value: unknown): ReadonlyArray<number> => {
  if (typeof value === "number") return [value]
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([key, part]) => notResults.has(key) ? [] : numbersIn(part))
}

/** Equal, or the known number to ten digits or rounded, or in tonnes. */
const isFrom = (known: number, found: number) =>
  [known, -known, known / 1000].some((known) =>
    known === found || Number(known.toPrecision(10)) === found ||
    [0, 1, 2, 3, 4, 6].some((decimals) =>
      Math.abs(known - found) <= 0.5000001 * 10 ** -decimals && found === Number(found.toFixed(decimals))
    )
  )

/** The source of each formula that a module of `src/climate` exports, by its id and expression. */
const sourcesOfFormulas = Effect.runSync(Effect.cached(Effect.promise(async () => {
  const files = globSync("src/climate/**/*.ts", { cwd: root }).filter((file) => !file.endsWith("index.ts"))
  const modules = await Promise.all(files.map((file): Promise<object> => import(join(root, file))))
  const formulas = modules.flatMap((module) => Object.values(module)).filter(Formula.isFormula)
  return new Map(formulas.map((formula) => [`${formula.id}: ${formula.expression}`, formula.source]))
})))

layer(Services, { excludeTestServices: true })("every climate agent", (it) => {
  for (const { name } of Catalog.entries) {
    it.effect(`${name} has every number of its answer from a citation or its input`, () =>
      Effect.gen(function*() {
        const { metadata, value } = yield* run(name)
        const agent = (yield* Catalog.agents).find((agent) => agent.name === name)!
        // the input with its defaults
        const input = yield* Schema.decodeUnknownEffect(agent.input)(example(name))
        const known = [...numbersIn(input), ...metadata.citations.flatMap((citation) => numbersIn(citation)), 0]
        for (const number of numbersIn(value)) {
          assert(known.some((known) => isFrom(known, number)), `${name}: ${number} is from nowhere`)
        }
      }))
  }

  for (const { name } of Catalog.entries) {
    it.effect(`${name} cites only formulas that exist with their source`, () =>
      Effect.gen(function*() {
        const sources = yield* sourcesOfFormulas
        const { metadata } = yield* run(name)
        for (const citation of metadata.citations) {
          if (citation.kind === "factor") assert.isNotEmpty(citation.source)
          else assert.isNotEmpty(sources.get(`${citation.step}: ${citation.formula}`) ?? "", citation.step)
        }
      }))
  }

  for (const { name } of Catalog.entries) {
    it.effect(`${name} gives byte-equal answers each time`, () =>
      Effect.gen(function*() {
        const answer = Effect.map(run(name, light(name)), ({ metadata, value }) =>
          // a report says when it was made
          JSON.stringify([value, metadata.citations]).replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, ""))
        const first = yield* answer
        for (let time = 1; time < times; time++) {
          assert.isTrue((yield* answer) === first)
        }
      }))
  }
})
