/**
 * Pipeline files, over the agents of the catalog.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { PlatformError } from "effect/PlatformError"
import type * as Stdio from "effect/Stdio"
import type * as Terminal from "effect/Terminal"
import * as CachedWork from "../pipeline/internal/CachedWork.ts"
import type * as Pipeline from "../pipeline/Pipeline.ts"
import * as PipelineSpec from "../pipeline/PipelineSpec.ts"
import { StepCache } from "../pipeline/StepCache.ts"
import * as Catalog from "./Catalog.ts"
import { type AlreadyReported, type InvalidConfig, unreadable, UsageError } from "./CliError.ts"
import * as Output from "./Output.ts"

/** Whether this is the name of a file rather than of an agent. @category guards */
export const isFile = (name: string): boolean => /\.(ya?ml|json)$/i.test(name)

/**
 * The agent or pipeline of that name, or the pipeline of the file of that name. The faults of the file are reported in the
 * format of `choice`.
 *
 * @category searching
 */
export const find = (
  catalog: Catalog.Catalog,
  name: string,
  choice: Output.Choice
): Effect.Effect<
  Catalog.Entry,
  AlreadyReported | InvalidConfig | UsageError,
  Stdio.Stdio | Terminal.Terminal
> =>
  isFile(name)
    ? Effect.flatMap(Output.make(choice), (output) =>
      load(catalog, name).pipe(
        Effect.catchTag(
          "PipelineSpecInvalid",
          (invalid) => Output.reportFailure(output, PipelineSpec.PipelineSpecInvalid)(Effect.fail(invalid))
        )
      ))
    : Catalog.find(catalog, name)

/**
 * Fails with every fault of the file at once, or with a `UsageError` when it cannot be read.
 *
 * @category loading
 */
export const load = Effect.fnUntraced(function*(
  all: Catalog.Catalog,
  path: string
): Effect.fn.Return<
  Catalog.Entry & { readonly agent: Pipeline.Any },
  PipelineSpec.PipelineSpecInvalid | UsageError
> {
  const catalog = Catalog.current(all)
  const agents = yield* Catalog.loadAll(catalog)
  const pipeline = yield* PipelineSpec.load(path, { agents, cache: true }).pipe(
    Effect.catchTags({
      PipelineSpecNotFound: () => Effect.fail(new UsageError({ problem: `There is no such file: ${path}` })),
      PlatformError: (error: PlatformError) => Effect.fail(unreadable(path)(error))
    })
  )
  const used = new Set(pipeline.steps.map(({ agent }) => agent?.name))
  const layers = catalog.entries.flatMap(({ layer }, at) => used.has(agents[at]!.name) ? [layer] : [])
  return {
    name: pipeline.name,
    agent: pipeline,
    load: Effect.succeed(pipeline),
    // a layer that several agents need is built once
    layer: Layer.mergeAll(Layer.empty, ...layers, pipeline.steps.some(CachedWork.isCached) ? answers : Layer.empty)
  }
})

/** Steps keep their answers in the database, or in memory where it cannot be opened, which is logged. */
const answers: Layer.Layer<StepCache> = Layer.unwrap(Effect.promise(async () => {
  const [{ layer }, { layerConfig }] = await Promise.all([
    import("../pipeline/StepCacheSql.ts"),
    import("../database/Database.ts")
  ])
  return Layer.provide(layer, layerConfig)
})).pipe(
  Layer.catchCause((cause) =>
    Layer.unwrap(Effect.as(
      Effect.logWarning("the answers of steps are kept for this run only, since the database cannot be opened", cause),
      StepCache.layerMemory({ capacity: 1_000 })
    ))
  )
)
