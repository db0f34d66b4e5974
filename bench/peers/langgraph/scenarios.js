/**
 * The scenarios in LangGraph.js: a graph has one channel a node, and a node with several before it waits for all of them.
 */
import { tool } from "@langchain/core/tools"
import { Annotation, END, START, StateGraph } from "@langchain/langgraph"
import { createReactAgent } from "@langchain/langgraph/prebuilt"
import { ChatOpenAI } from "@langchain/openai"
import { setTimeout as sleep } from "node:timers/promises"
import { z } from "zod"
import { sum } from "../../shapes.ts"
import { area, description, question } from "../question.ts"

export const graph = (shape, waits) => {
  const State = Annotation.Root(Object.fromEntries(shape.map((_, at) => [`n${at}`, Annotation()])))
  const builder = new StateGraph(State)
  for (let at = 1; at < shape.length; at++) {
    builder.addNode(`step ${at}`, async (state) => {
      if (waits !== undefined) await sleep(waits[at])
      return { [`n${at}`]: sum(shape[at].map((before) => state[`n${before}`])) + 1 }
    })
  }
  for (let at = 1; at < shape.length; at++) {
    const before = shape[at].filter((one) => one !== 0).map((one) => `step ${one}`)
    builder.addEdge(before.length === 0 ? START : before.length === 1 ? before[0] : before, `step ${at}`)
  }
  builder.addEdge(`step ${shape.length - 1}`, END)
  const compiled = builder.compile()
  return async () => (await compiled.invoke({ n0: 1 }, { recursionLimit: 10_000 }))[`n${shape.length - 1}`]
}

export const waiting = (millis) => {
  const State = Annotation.Root({ n: Annotation() })
  const compiled = new StateGraph(State)
    .addNode("wait", async ({ n }) => {
      await sleep(millis)
      return { n: n + 1 }
    })
    .addEdge(START, "wait")
    .addEdge("wait", END)
    .compile()
  return async (runs) => {
    const states = await compiled.batch(Array.from({ length: runs }, (_, n) => ({ n })))
    return states.map(({ n }) => n)
  }
}

const model = (baseURL) => new ChatOpenAI({ model: "m", apiKey: "none", maxRetries: 0, configuration: { baseURL } })

export const toolLoop = (baseURL) => {
  const agent = createReactAgent({
    llm: model(baseURL),
    tools: [
      tool((input) => area(input), {
        name: "area",
        description,
        schema: z.object({ width: z.number(), depth: z.number() })
      })
    ]
  })
  return async () => (await agent.invoke({ messages: [{ role: "user", content: question }] })).messages.at(-1).content
}

export const hanging = (baseURL) => {
  const llm = model(baseURL)
  return (signal) => llm.invoke(question, { signal })
}
