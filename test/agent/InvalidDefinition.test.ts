import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Agent, LlmAgent, Pipeline, PipelineSpec, Step } from "greenlang"
import { InvalidDefinition } from "greenlang/agent/InvalidDefinition"
import * as Printable from "greenlang/render/Printable"

const settings = { version: "1.0.0", input: Schema.String, output: Schema.String }

const makers: Record<string, (name: string) => unknown> = {
  agent: (name) => Agent.make(name, { ...settings, execute: Effect.succeed }),
  "agent of a model": (name) => LlmAgent.make(name, { ...settings, instructions: "Repeat it." }),
  pipeline: (name) => Pipeline.make(name, settings, (text) => Step.make("same", [text], (text) => Effect.succeed(text)))
}

const names = {
  empty: ["", " ", "\u00a0"],
  "control characters": ["a\nb", "a\tb", "\u001b[2J", "a\u0000", "\u0085", "a\u2028b", "\r"]
}

describe("the name of an agent or a pipeline", () => {
  it("is refused where it is empty or has control characters", () => {
    for (const [what, make] of Object.entries(makers)) {
      for (const [problem, wrong] of Object.entries(names)) {
        for (const name of wrong) {
          if (problem === "control characters" && name.trim() === "") continue
          try {
            make(name)
          } catch (error) {
            assert.instanceOf(error, InvalidDefinition, what)
            assert.include(error.message, `its name ${problem === "empty" ? "is" : "has"} ${problem}`)
            assert.include(error.message, Printable.json(name))
            continue
          }
          assert.fail(`${what} takes the name ${JSON.stringify(name)}`)
        }
      }
    }
  })

  it("may have spaces and letters of any script", () => {
    for (const make of Object.values(makers)) for (const name of ["Fuel use", "Größe", "燃料", "a/b"]) make(name)
  })

  it.effect("is a fault of a pipeline file, with its line", () =>
    Effect.gen(function*() {
      const agents = [Agent.make("Same", { ...settings, execute: Effect.succeed })]
      const text = (name: string) =>
        `version: 1.0.0\nname: "${name}"\nsteps:\n  - { name: same, agent: Same, input: input }\n`
      for (const name of [" ", "a\\nb", "\\e[2J"]) {
        const { issues } = yield* Effect.flip(PipelineSpec.fromYaml(text(name), { agents }))
        assert.isTrue(issues.some(({ line, message }) => line === 2 && message.startsWith("its name ")), name)
      }
    }))
})
