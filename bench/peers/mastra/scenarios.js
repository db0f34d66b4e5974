/**
 * The scenarios in Mastra. Its workflows have steps one after another and steps side by side: a graph whose steps wait for
 * some of those before them is drawn by levels, and one whose steps skip levels cannot be drawn.
 */
import { createOpenAI } from "@ai-sdk/openai"
import { Agent } from "@mastra/core/agent"
import { createTool } from "@mastra/core/tools"
import { createStep, createWorkflow } from "@mastra/core/workflows"
import { setTimeout as sleep } from "node:timers/promises"
import { z } from "zod"
import { sum } from "../../shapes.ts"
import { area, description, question } from "../question.ts"

/** The nodes by how many are before them on the longest way, or nothing if one waits for a node that is not in the level before. */
const levelsOf = (shape) => {
  const depths = []
  for (const before of shape) depths.push(before.length === 0 ? 0 : 1 + Math.max(...before.map((one) => depths[one])))
  if (shape.some((before, at) => before.some((one) => depths[one] !== depths[at] - 1))) return undefined
  const levels = []
  depths.forEach((depth, at) => (levels[depth] ??= []).push(at))
  return levels.slice(1)
}

export const graph = (shape, waits) => {
  const levels = levelsOf(shape)
  if (levels === undefined) return undefined
  let workflow = createWorkflow({ id: "bench", inputSchema: z.number(), outputSchema: z.number() })
  let single = true
  for (const level of levels) {
    const afterSingle = single
    const steps = level.map((at) =>
      createStep({
        id: `step ${at}`,
        inputSchema: z.any(),
        outputSchema: z.number(),
        execute: async ({ inputData }) => {
          if (waits !== undefined) await sleep(waits[at])
          return sum(afterSingle ? [inputData] : shape[at].map((before) => inputData[`step ${before}`])) + 1
        }
      })
    )
    single = steps.length === 1
    workflow = single ? workflow.then(steps[0]) : workflow.parallel(steps)
  }
  workflow.commit()
  return async () => (await (await workflow.createRun()).start({ inputData: 1 })).result
}

export const waiting = (millis) => {
  const wait = createStep({
    id: "wait",
    inputSchema: z.number(),
    outputSchema: z.number(),
    execute: async ({ inputData }) => {
      await sleep(millis)
      return inputData + 1
    }
  })
  const workflow = createWorkflow({ id: "waiting", inputSchema: z.number(), outputSchema: z.number() }).then(wait)
  workflow.commit()
  return (runs) =>
    Promise.all(Array.from({ length: runs }, async (_, n) => {
      const run = await workflow.createRun()
      return (await run.start({ inputData: n })).result
    }))
}

const agent = (baseURL, tools) =>
  new Agent({
    id: "bench",
    name: "bench",
    instructions: "",
    model: createOpenAI({ baseURL, apiKey: "none" }).chat("m"),
    tools,
    maxRetries: 0
  })

export const toolLoop = (baseURL) => {
  const one = agent(baseURL, {
    area: createTool({
      id: "area",
      description,
      inputSchema: z.object({ width: z.number(), depth: z.number() }),
      execute: async (input) => area(input)
    })
  })
  return async () => (await one.generate(question)).text
}

export const hanging = (baseURL) => {
  const one = agent(baseURL, {})
  return async (signal) => {
    // a call that was ended resolves, with nothing in it
    const { text } = await one.generate(question, { abortSignal: signal })
    if (text === "") throw new Error("ended")
    return text
  }
}
