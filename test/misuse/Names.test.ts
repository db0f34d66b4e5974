/** Names that a reader takes for the same: in another normal form, with letters of another script, with invisible ones. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { Agent, Pipeline, PipelineSpec, Step } from "greenlang"
import * as Catalog from "greenlang/cli/Catalog"
import { Orchestrator } from "greenlang/orchestrator"
import * as Project from "greenlang/project/Project"
import * as CommandLine from "../support/CommandLine.ts"
import { thrown } from "../support/Thrown.ts"

/** Pairs that look the same. */
const pairs: Readonly<Record<string, readonly [string, string]>> = {
  "composed and not": ["caf\u00e9", "cafe\u0301"],
  "composed twice": ["\u1ed9", "o\u0323\u0302"],
  "a Hangul syllable and its parts": ["\uac00", "\u1100\u1161"],
  "the Kelvin sign": ["\u212aelvin", "Kelvin"],
  "the Angstrom sign": ["\u212b", "\u00c5"],
  "a ligature": ["\ufb01le", "file"],
  "wide letters": ["\uff41gent", "agent"],
  "raised digits": ["m\u00b2", "m2"],
  "Cyrillic letters": ["\u0430g\u0435nt", "agent"],
  "Cyrillic capitals": ["\u0421\u041e2", "CO2"],
  "Greek letters": ["\u0391gent", "Agent"],
  "a letter of no width": ["a\u200bgent", "agent"],
  "a joiner": ["a\u200dgent", "agent"],
  "a soft hyphen": ["a\u00adgent", "agent"],
  "a byte order mark": ["\ufeffagent", "agent"],
  "a mark of direction": ["\u202eagent", "agent"],
  "a tag": ["agent\u{e0061}", "agent"],
  "a hard blank": ["a\u00a0b", "a b"],
  "styled letters": ["\u{1d41a}gent", "agent"],
  "the same": ["agent", "agent"]
}

/** Pairs that do not. */
const different = [["a", "A"], ["é", "e"], ["ё", "е"], ["agent", "agents"], ["你", "好"], [
  "straße",
  "strasse"
]] as const

const agentOf = (name: string) =>
  Agent.make(name, { version: "1.0.0", input: Schema.Json, output: Schema.Json, execute: Effect.succeed })

const pipelineOf = ([first, second]: readonly [string, string]) =>
  Pipeline.make("P", { version: "1.0.0", input: Schema.Json, output: Schema.Finite }, (input) => {
    const one = Step.make(first, [input], () => Effect.succeed(1))
    return Step.make(second, [one], (one) => Effect.succeed(one))
  })

describe("names that look the same", () => {
  for (const [what, names] of Object.entries(pairs)) {
    it(`are refused for two steps, or agents of one list: ${what}`, () => {
      const step = thrown(() => pipelineOf(names))
      assert.deepInclude(step, { _tag: "InvalidDefinition" })
      assert.match(String(step), /the same name|looks the same/)
      assert.deepInclude(thrown(() => Project.make({ agents: names.map(agentOf) })), { _tag: "InvalidProject" })
      const refused = thrown(() => Orchestrator.layer({ agents: names.map(agentOf) }))
      assert.deepInclude(refused, { _tag: "InvalidDefinition" })
      assert.match(String(refused), /the same name|looks the same/)
    })
  }

  it.live("differ by the number of a letter in messages", () =>
    Effect.gen(function*() {
      const messages = [
        (yield* Effect.flip(PipelineSpec.fromYaml(
          `{ name: P, version: "1", steps: [{ name: a, agent: \u0430gent }] }`,
          { agents: [agentOf("agent")] }
        ))).message,
        (yield* CommandLine.run(["run", "\u0430gent", "{}"], {
          catalog: Catalog.make([Catalog.entry("agent", Effect.succeed(agentOf("agent")), Layer.empty)])
        })).stderr,
        (yield* Effect.flip(
          Agent.make("A", {
            version: "1.0.0",
            input: Schema.Struct({ amount: Schema.Finite }),
            output: Schema.Finite,
            execute: () => Effect.succeed(1)
          }).run({ amount: 1, "\u0430mount": 1 } as never, { onExcessProperty: "error" })
        )).message
      ]
      for (const message of messages) assert.include(message, "Letter 1 is U+0430, not U+0061.", message)
    }))

  it("are not those that only resemble each other", () => {
    for (const names of different) {
      assert.doesNotThrow(() => pipelineOf(names))
      assert.doesNotThrow(() => Project.make({ agents: names.map(agentOf) }))
    }
  })
})
