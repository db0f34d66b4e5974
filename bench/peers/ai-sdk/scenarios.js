/**
 * The scenarios in the Vercel AI SDK, which has no graphs.
 */
import { createOpenAI } from "@ai-sdk/openai"
import { generateText, isStepCount, tool } from "ai"
import { z } from "zod"
import { area, description, question } from "../question.ts"

const modelOf = (baseURL) => createOpenAI({ baseURL, apiKey: "none" }).chat("m")

export const toolLoop = (baseURL) => {
  const model = modelOf(baseURL)
  const tools = {
    area: tool({
      description,
      inputSchema: z.object({ width: z.number(), depth: z.number() }),
      execute: async (input) => area(input)
    })
  }
  return async () => (await generateText({ model, prompt: question, tools, stopWhen: isStepCount(10) })).text
}

export const hanging = (baseURL) => {
  const model = modelOf(baseURL)
  return (signal) => generateText({ model, prompt: question, maxRetries: 0, abortSignal: signal })
}
