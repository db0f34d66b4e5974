/** Regular expressions of pipeline files and manifests: those that can take a time without a bound are refused. */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Agent, Manifest, PipelineSpec } from "greenlang"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Unreadable from "../support/Unreadable.ts"
import { Reads } from "./modules/reads.ts"
import { settled } from "./modules/settled.ts"

const refused = [
  "(a+)+$",
  "(a*)*",
  "(a|a)*$",
  "(a|aa)+$",
  "([a-z]+)*\\d",
  "(.*)*x",
  "^(\\w+\\s?)*$",
  "((a+)b?)+",
  "(?:a+){2,}",
  "(?<n>a+)+",
  "(a{1,}){30}",
  "(.|\\s)+",
  "(|a)+",
  "(x+x+)+y",
  "a".repeat(2_000),
  "[",
  "(?",
  "a{2,1}"
]
const taken = [
  "^[A-Z]{2}\\d{4}$",
  "^\\d+(\\.\\d+)?$",
  "^(foo|bar)+$",
  "^[^@\\s]+@[^@\\s]+$",
  "\\(a+\\)+",
  "[(a+)+]",
  "(a+)?",
  "^(ab)+$",
  "(?=a)b",
  "(a|b)*",
  "^(a+|b)$"
]

const file = (inputs: object) =>
  PipelineSpec.fromYaml(
    JSON.stringify({ name: "A", version: "1", inputs, steps: [{ name: "a", agent: "Reads" }] }),
    { agents: [Reads as unknown as Agent.Any] }
  )
const manifest = (inputs: object) =>
  Effect.gen(function*() {
    const { folder } = yield* Unreadable.make(".yaml")
    const path = join(folder, "agent.yaml")
    writeFileSync(path, JSON.stringify({ name: "A", version: "1.0.0", inputs }))
    return yield* Manifest.load(path)
  })

const schemas = (pattern: string) => [
  { type: "object", properties: { a: { type: "string", pattern } } },
  { type: "object", patternProperties: { [pattern]: { type: "string" } } }
]

describe("a regular expression", () => {
  for (const pattern of refused) {
    it.live(`is refused in a pipeline file and in a manifest: ${pattern.slice(0, 40)}`, () =>
      Effect.gen(function*() {
        for (const inputs of schemas(pattern)) {
          const error = yield* Effect.flip(file(inputs))
          assert.match(error.message, /regular expression/)
          assert.strictEqual(yield* settled(manifest(inputs)), "ManifestInvalid")
        }
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))
  }
  for (const pattern of taken) {
    it.live(`is taken by a manifest: ${pattern}`, () =>
      Effect.gen(function*() {
        const [inputs] = schemas(pattern)
        assert.strictEqual(yield* settled(manifest(inputs!)), "answered")
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))
  }
})
