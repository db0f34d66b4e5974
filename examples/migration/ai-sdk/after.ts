/**
 * The agent of `before.ts`: a model, a tool and a limit. The model follows a script here; a real one is another layer.
 */
import { Effect, Schema } from "effect"
import { Llm, LlmAgent, Tool } from "greenlang"
import { Reply, ScriptedLlm } from "greenlang/testing"

const gramsPerKwh = { DE: 380, FR: 55 }

const emissions = Tool.make("emissions", {
  description: "Emissions of electricity, in kilograms of CO2",
  input: Schema.Struct({
    country: Schema.Literals(["DE", "FR"]),
    kwh: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
  }),
  output: Schema.Struct({ kilograms: Schema.Finite }),
  execute: ({ country, kwh }) => Effect.succeed({ kilograms: gramsPerKwh[country] * kwh / 1_000 })
})

const Assistant = LlmAgent.make("Assistant", {
  version: "1.0.0",
  input: Schema.String,
  output: Schema.Struct({ text: Schema.String, kilograms: Schema.Array(Schema.Finite) }),
  instructions: "Take every number from a tool.",
  tools: [emissions],
  limits: { turns: 5 },
  answer: (said) => ({
    text: said.text,
    kilograms: Llm.outputs(said, emissions).map(({ kilograms }) => kilograms)
  })
})

const model = ScriptedLlm.layer(Reply.call("emissions", { country: "FR", kwh: 20 }), "It emitted 1.1 kg CO2.")

export const main = async (question: string) =>
  (await Effect.runPromise(Effect.provide(Assistant.run(question), model))).value

if (import.meta.main) {
  const { kilograms, text } = await main("What do 20 kWh in France emit?")
  console.log(text)
  console.log(`From the tool: ${kilograms} kg.`)
}
