/**
 * A worker as a process: `FILE`, or `URL PORT` for one of a cluster. Prints `ready` once it works, and hands over at SIGTERM.
 * `CONCURRENCY` is how many runs it runs at the same time. Default: 4.
 * `SURVIVES=process` does not wait for the disk.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Effect, Layer, Redacted } from "effect"
import { Durable } from "greenlang/durable"
import * as Cluster from "greenlang/durable/Cluster"
import { Fleet, Items, Payment, Trip, Van } from "./DurablePipelines.ts"

const [place = "", port] = process.argv.slice(2)
const pipelines = [Items, Payment, Trip, Fleet, Van] as const
const concurrency = Number(process.env["CONCURRENCY"] ?? "4")
const survives = process.env["SURVIVES"] === "process" ? "process" : "power"
const ready = Layer.effectDiscard(Effect.sync(() => console.log("ready")))

if (port === undefined) {
  NodeRuntime.runMain(
    Layer.launch(Layer.provide(ready, Durable.layerEmbedded({ pipelines, file: place, concurrency, survives })))
  )
} else {
  const address = { host: "127.0.0.1", port: Number(port) }
  const worker = Cluster.layer({ pipelines, url: Redacted.make(place), address, concurrency })
  NodeRuntime.runMain(Layer.launch(Layer.provide(ready, worker)))
}
