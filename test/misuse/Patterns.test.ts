/** Regular expressions of pipeline files and manifests: those that can take a time without a bound are refused. */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Agent, Manifest, PipelineSpec } from "greenlang"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as PatternText from "../../src/agent/internal/PatternText.ts"
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
  "a*a*a*b",
  "^a*a*b$",
  "\\d+kg",
  "\\s+$",
  "^\\w+\\s*\\w+$",
  "^.*,.*,.*x$",
  "^[ab]*ab[ab]*$",
  "^(ab)+(ab)+$",
  "^(a*|b)a*c",
  "^(a*)\\1b",
  "^\\u0061*a*b",
  "^a*(b?a*)c",
  "^\\d*\\.?\\d*$",
  "^(\\d+|[a-z]+)\\d*!$",
  "^[\\s\\S]*foo[\\s\\S]*bar$",
  "^(?=.*a.*a.*b).+$",
  "ж*ж*ж*x",
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
  "^(a+|b)$",
  "[a-z]+",
  "^\\w+\\s\\w+\\s\\w+\\s\\w+$",
  "^\\d+(kg|lb)\\d+$",
  "^(\\d+|\\d+\\.\\d+)$",
  "^[a-z]+(-[a-z]+)?$",
  "^https?://[^/]+/[a-z]*$",
  "^(?=.*\\d)(?=.*[a-z]).+$",
  "^-?\\d+(\\.\\d+)?(e[+-]?\\d+)?$"
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

/** Of each letter that a pattern may take, long enough that the square of it takes minutes. */
const long = ["a", "1", ".", "/", "-", " ", "(", "ab", "foo", "x-", "1.", "a ", "a@"].map((unit) =>
  unit.repeat(500_000)
)

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
  it("that is taken reads a text of half a million letters in a time by its length", () => {
    for (const pattern of taken) {
      const expression = new RegExp(pattern, "u")
      for (const text of long) for (const end of ["", "!"]) expression.test(text + end)
    }
  })

  it("with a problem is tried on a short text alone where a stranger wrote it", () => {
    assert.isTrue(PatternText.matches("(a+)+b", "aab"))
    assert.isFalse(PatternText.matches("(a+)+b", "aac"))
    assert.isFalse(PatternText.matches("(a+)+b", "a".repeat(1_000_000)))
    assert.isTrue(PatternText.matches("^a+b$", `${"a".repeat(1_000_000)}b`))
    assert.isFalse(PatternText.matches("(", "("))
  })

  for (const pattern of taken) {
    it.live(`is taken by a manifest: ${pattern}`, () =>
      Effect.gen(function*() {
        const [inputs] = schemas(pattern)
        assert.strictEqual(yield* settled(manifest(inputs!)), "answered")
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))
  }
})
