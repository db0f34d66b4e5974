/**
 * The tools of an MCP server beside a tool of one's own that needs a person's yes, in one loop. The server is a process,
 * started with the layer and ended with it. The model is the offline one, so this runs without a key.
 */
import { NodeServices } from "@effect/platform-node"
import { Effect, Layer, Schema } from "effect"
import { McpClient, McpProtocol } from "effect/ai"
import { ChildProcess } from "effect/process"
import { Approval, Llm, Offline, Tool } from "greenlang"
import * as McpTools from "greenlang/llm/McpTools"
import { join } from "node:path"

const Server = McpTools.layerStdio({
  name: "greenlang-example",
  version: "1.0.0",
  protocol: McpProtocol.v2025_11_25,
  command: ChildProcess.make(process.execPath, [join(import.meta.dirname, "support/MeterServer.ts")])
}).pipe(Layer.provide(NodeServices.layer))

const order = Tool.make("order", {
  description: "Orders certificates of origin for so many kWh",
  input: Schema.Struct({ kWh: Schema.Finite }),
  output: Schema.Struct({ ordered: Schema.Finite }),
  execute: ({ kWh }) => Effect.succeed({ ordered: kWh })
})
const orderAfterYes = Tool.approval(order, ({ kWh }) => `Order certificates for ${kWh} kWh?`)

/** Here a person would be asked, in a chat or by a ticket. */
const Cautious = Layer.succeed(Approval, {
  ask: ({ text }) =>
    Effect.sync(() => {
      console.log(`asked: ${text}`)
      return { approved: false, by: "Ada", comment: "the budget is closed" }
    })
})

const program = Effect.gen(function*() {
  const meters = yield* McpTools.make(yield* McpClient.McpClient, { timeout: "10 seconds" })
  const answer = yield* Llm.withTools({
    prompt: "What did we use, and can it be covered? room: hall, month: 2025-01",
    tools: [...meters, orderAfterYes]
  })
  for (const { input, tool } of answer.calls) console.log(`called: ${tool.name} ${JSON.stringify(input)}`)
  console.log(`answer: ${answer.text}`)
})

await Effect.runPromise(Effect.provide(program, [Server, Cautious, Offline.layer]))
