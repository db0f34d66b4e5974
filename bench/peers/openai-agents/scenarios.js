/**
 * The scenarios in OpenAI Agents, which has no graphs. Its tracing is off: it would send the runs to a server.
 */
import { Agent, OpenAIChatCompletionsModel, run, setTracingDisabled, tool } from "@openai/agents"
import OpenAI from "openai"
import { z } from "zod"
import { area, description, question } from "../question.ts"

setTracingDisabled(true)

const modelOf = (baseURL) =>
  new OpenAIChatCompletionsModel(new OpenAI({ baseURL, apiKey: "none", maxRetries: 0 }), "m")

export const toolLoop = (baseURL) => {
  const agent = new Agent({
    name: "bench",
    model: modelOf(baseURL),
    tools: [
      tool({
        name: "area",
        description,
        parameters: z.object({ width: z.number(), depth: z.number() }),
        execute: async (input) => String(area(input))
      })
    ]
  })
  return async () => (await run(agent, question)).finalOutput
}

export const hanging = (baseURL) => {
  const agent = new Agent({ name: "bench", model: modelOf(baseURL) })
  return (signal) => run(agent, question, { signal })
}
