/**
 * An MCP server with meters, good and bad. Started as a program, it speaks over its standard input and output.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Effect, Layer, Logger, Schema } from "effect"
import { McpProtocol, McpServer, Tool, Toolkit } from "effect/ai"
import { writeFile } from "node:fs/promises"

const read = Tool.make("read.meter", {
  description: "Reads a meter",
  parameters: Schema.Struct({ meter: Schema.String.annotate({ description: "as it is called on the plan" }) }),
  success: Schema.Struct({ kWh: Schema.Finite }),
  failure: Schema.Struct({ unknown: Schema.String }),
  failureMode: "return"
})

const hang = Tool.make("hang", {
  description: "Never answers, and writes into a file when it was cancelled",
  parameters: Schema.Struct({ started: Schema.String, cancelled: Schema.String }),
  success: Schema.String
})

const exit = Tool.make("exit", { description: "Ends the server", success: Schema.String })

export const kit = Toolkit.make(read, hang, exit)

const touch = (file: string) => Effect.promise(() => writeFile(file, "x"))

export const handlers = kit.toLayer({
  "read.meter": ({ meter }) => meter === "hall" ? Effect.succeed({ kWh: 300 }) : Effect.fail({ unknown: meter }),
  hang: ({ cancelled, started }) =>
    touch(started).pipe(Effect.andThen(Effect.never), Effect.onInterrupt(() => touch(cancelled))),
  exit: () => Effect.sync(() => process.exit(3))
})

export const options = {
  name: "meters",
  version: "1.0.0",
  protocols: [McpProtocol.v2025_11_25, McpProtocol.v2026_07_28],
  registrations: Layer.provide(McpServer.toolkit(kit), handlers)
} as const

if (import.meta.main) {
  McpServer.layerStdio(options).pipe(
    Layer.provide(NodeServices.layer),
    Layer.provide(Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)])),
    Layer.launch,
    NodeRuntime.runMain
  )
}
