/**
 * The scenarios in greenlang, as its users write them.
 */
import { Effect, Layer, ManagedRuntime, Schema } from "effect"
import { Agent, Llm, Tool } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import { numbers, pipelineOf } from "../../graph.ts"
import * as Question from "../question.ts"

export const graph = (shape, waits) => {
  const pipeline = pipelineOf(
    shape,
    waits === undefined
      ? (n) => Effect.promise(async () => n + 1)
      : (n, at) => Effect.delay(Effect.succeed(n + 1), waits[at])
  )
  return async () => (await Effect.runPromise(pipeline.run(1))).value
}

export const waiting = (millis) => {
  const agent = Agent.make("Waiting", { ...numbers, execute: (n) => Effect.delay(Effect.succeed(n + 1), millis) })
  return async (runs) => {
    const inputs = Array.from({ length: runs }, (_, n) => n)
    const outcomes = await Effect.runPromise(Agent.batch(agent, inputs, { concurrency: "unbounded" }))
    return outcomes.map(({ value }) => value)
  }
}

const area = Tool.make("area", {
  description: Question.description,
  input: Schema.Struct({ width: Schema.Finite, depth: Schema.Finite }),
  output: Schema.Finite,
  execute: (input) => Effect.succeed(Question.area(input))
})
const model = (baseURL) =>
  ManagedRuntime.make(
    OpenAiCompatible.layer({ baseUrl: baseURL, model: "m" }).pipe(Layer.provide(Http.layer({ retries: 0 })))
  )

export const toolLoop = (baseURL) => {
  const runtime = model(baseURL)
  const loop = Effect.map(Llm.withTools({ prompt: Question.question, tools: [area] }), ({ text }) => text)
  return () => runtime.runPromise(loop)
}

export const hanging = (baseURL) => {
  const runtime = model(baseURL)
  return (signal) => runtime.runPromise(Llm.generate(Question.question), { signal })
}
