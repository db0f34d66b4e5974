/**
 * `greenlang worker` runs durable runs.
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Printable from "../../render/Printable.ts"
import * as Catalog from "../Catalog.ts"
import { UsageError } from "../CliError.ts"
import type * as ConfigFile from "../ConfigFile.ts"
import * as DurableRuns from "../DurableRuns.ts"
import * as Lazy from "../Lazy.ts"
import * as Output from "../Output.ts"
import { Stop } from "../Stop.ts"

/**
 * Runs the pipelines of the project until it is stopped: in a SQLite file, or with other workers on PostgreSQL. Pipelines
 * that cannot be recorded are named and left out. Fails with a `UsageError` where none can.
 *
 * @category commands
 */
export const command = (source: ConfigFile.Source) =>
  Command.make(
    "worker",
    {
      file: DurableRuns.fileFlag,
      address: Flag.String("address").pipe(
        Flag.withDescription("Where other workers reach this one. Default: 127.0.0.1:34431"),
        Flag.withMetavar("HOST:PORT"),
        Flag.withDefault("127.0.0.1:34431")
      ),
      concurrency: Flag.Int("concurrency").pipe(
        Flag.withDescription("The most runs at the same time. Default: 50"),
        Flag.filter((most) => most >= 1, () => "a number of 1 or more"),
        Flag.withDefault(50)
      ),
      drain: Flag.Boolean("drain").pipe(
        Flag.withDescription("Go on with runs that have begun, and begin none"),
        Flag.withDefault(false)
      )
    },
    Effect.fnUntraced(function*({ address, concurrency, drain, file }) {
      const output = yield* Output.make({ format: Option.none(), json: false })
      const catalog = yield* source
      const [durable, { isPipeline }] = yield* Lazy.load(() =>
        Promise.all([import("../../durable/Durable.ts"), import("../../pipeline/Pipeline.ts")])
      )
      const agents = yield* Catalog.loadAll(catalog)
      const all = agents.filter(isPipeline)
      let pipelines = all
      // What is left out may be what another pipeline runs apart.
      for (let before = -1; before !== pipelines.length;) {
        before = pipelines.length
        const refused = pipelines.flatMap((pipeline) => durable.refusal(pipeline, pipelines) ?? [])
        for (const { message } of refused) yield* Console.error(Printable.line(`left out: ${message}`))
        pipelines = pipelines.filter((pipeline) => durable.refusal(pipeline, pipelines) === undefined)
      }
      if (pipelines.length === 0) return yield* new UsageError({ problem: "No pipeline here can run durably." })
      const names = new Set(pipelines.map(({ name }) => name))
      const tags = pipelines.map(({ name, version }) =>
        pipelines.filter((one) => one.name === name).length > 1 ? `${name} ${version}` : name
      )
      const services = new Set(catalog.entries.filter(({ name }) => names.has(name)).map(({ layer }) => layer))
      const options = { pipelines, concurrency, drain }
      const location = yield* DurableRuns.locate(output, file)
      const [host = "", port = ""] = address.split(/:(?=\d+$)/)
      if (location._tag === "PostgreSQL" && port === "") {
        return yield* new UsageError({ problem: `${Printable.line(address)} is not HOST:PORT.` })
      }
      const worker = location._tag === "SQLite"
        ? durable.layerEmbedded({ ...options, file: location.filename })
        : (yield* Lazy.load(() => import("../../durable/Cluster.ts"))).layer({
          ...options,
          url: location.url,
          address: { host, port: Number(port) }
        })
      const ready = Layer.effectDiscard(Console.log(
        `works on ${Printable.line(tags.join(", "))}, in ${DurableRuns.placeOf(location)}`
      ))
      // What a catalog provides has no type; it was checked where the catalog was made.
      const provided = Layer.mergeAll(Layer.empty, ...services) as Layer.Layer<unknown, unknown>
      const stop = yield* Stop
      stop.succeeds = true
      return yield* Layer.launch(Layer.provide(ready, Layer.provide(worker, provided))).pipe(
        Output.reportFailure(output, undefined)
      )
    })
  ).pipe(
    Command.withDescription(
      "Run durable runs until stopped. At SIGTERM it starts no further step, hands its runs over, and ends with 0. See greenlang submit."
    ),
    Command.withShortDescription("Run durable runs"),
    Command.withExamples([
      { command: "greenlang worker", description: "On the database where greenlang submit puts runs" },
      { command: "greenlang worker --file runs.db", description: "The one worker of a file" },
      {
        command: "DATABASE_URL=postgresql://db/runs greenlang worker --address 10.0.0.7:34431",
        description: "One of many"
      }
    ])
  )
