/**
 * An agent whose program is a model: instructions, a tool, a typed answer, and what it does as events. The model here follows a
 * script; any Layer that gives `LanguageModel` takes its place.
 */
import { Effect, Schema, Stream } from "effect"
import { Agent, LlmAgent, Tool } from "greenlang"
import { Reply, ScriptedLlm } from "greenlang/testing"

const area = Tool.make("area", {
  description: "Area of a rectangle in square metres",
  input: Schema.Struct({ width: Schema.Finite, depth: Schema.Finite }),
  output: Schema.Finite,
  execute: ({ depth, width }) => Effect.succeed(width * depth)
})

const Hall = LlmAgent.make("Hall", {
  version: "1.0.0",
  input: Schema.String,
  output: Schema.Struct({ squareMetres: Schema.Finite, large: Schema.Boolean }),
  instructions: "Measure with the tool. A hall is large from 500 square metres.",
  tools: [area]
})

const model = ScriptedLlm.layer(
  { text: "I measure it.", toolCalls: [{ name: "area", input: { width: 20, depth: 30 } }] },
  Reply.call("final_answer", { squareMetres: 600, large: true })
)

const { metadata, value } = await Effect.runPromise(Effect.provide(Hall.run("A hall of 20 by 30 metres"), model))
console.log(value, `in ${metadata.usage.calls} calls of the model`)

await Stream.runForEach(Agent.events(Hall, "A hall of 20 by 30 metres"), (event) =>
  Effect.sync(() => {
    switch (event._tag) {
      case "TextDelta":
        return console.log(`the model writes: ${event.text}`)
      case "ToolCalled":
        return console.log(`it calls ${event.tool} with`, event.input)
      case "ToolAnswered":
        return console.log(`${event.tool} answers`, event.output)
      case "ModelCalled":
        return console.log(
          `${event.model} was paid for ${event.usage.inputTokens} + ${event.usage.outputTokens} tokens`
        )
    }
  })).pipe(Effect.provide(model), Effect.runPromise)
