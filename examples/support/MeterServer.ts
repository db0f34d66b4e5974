/**
 * An MCP server with one tool, as any team might run it, over standard input and output.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Effect, Layer, Logger, Schema } from "effect"
import { McpProtocol, McpServer, Tool, Toolkit } from "effect/ai"

const Meters = Toolkit.make(Tool.make("read_meter", {
  description: "Electricity that a room took in a month",
  parameters: Schema.Struct({ room: Schema.String, month: Schema.String.annotate({ description: "as 2025-01" }) }),
  success: Schema.Struct({ kWh: Schema.Finite })
}))

const readings: Readonly<Record<string, number>> = { hall: 300, attic: 40 }

const Handlers = Meters.toLayer({
  read_meter: ({ room }) => Effect.succeed({ kWh: readings[room] ?? 0 })
})

McpServer.layerStdio({
  name: "meters",
  version: "1.0.0",
  protocols: [McpProtocol.v2025_11_25],
  registrations: Layer.provide(McpServer.toolkit(Meters), Handlers)
}).pipe(
  Layer.provide(NodeServices.layer),
  // Standard output belongs to the protocol.
  Layer.provide(Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)])),
  Layer.launch,
  NodeRuntime.runMain
)
