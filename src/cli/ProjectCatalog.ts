/**
 * The agents of a config file as the command line runs them, with what it gives them.
 */
import * as AiError from "effect/ai/AiError"
import type * as LanguageModel from "effect/ai/LanguageModel"
import type * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import type * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import type * as Terminal from "effect/Terminal"
import { setImmediate } from "node:timers/promises"
import * as Http from "../http/Http.ts"
import * as Deadline from "../internal/Deadline.ts"
import * as LlmConfig from "../llm/LlmConfig.ts"
import { LlmProvider } from "../llm/LlmProvider.ts"
import * as Project from "../project/Project.ts"
import * as ApprovalTerminal from "./ApprovalTerminal.ts"
import type * as Catalog from "./Catalog.ts"
import { InvalidConfig } from "./CliError.ts"
import * as ImportFault from "./ImportFault.ts"

/**
 * The agents of the project that the file exports. Fails with `InvalidConfig`, which says what is wrong with the file and what would be
 * right: it does not load, throws, or exports something else.
 *
 * @category loading
 */
export const load = Effect.fnUntraced(function*(
  file: string
): Effect.fn.Return<
  Catalog.Catalog,
  InvalidConfig,
  FileSystem.FileSystem | Path.Path | Stdio.Stdio | Terminal.Terminal
> {
  const path = yield* Path.Path
  const url = yield* Effect.orDie(path.toFileUrl(path.resolve(file)))
  const module = yield* Effect.tryPromise({
    try: (): Promise<{ readonly default?: unknown }> => import(url.href),
    catch: (cause) => ({ cause })
  }).pipe(
    (loading) => guarded(file, loading),
    (loading) => Deadline.beside(loading, patience, () => ({ cause: late })),
    Effect.catch(({ cause }) =>
      Effect.flatMap(ImportFault.describe(file, cause), (fault) => new InvalidConfig({ file, ...fault }))
    )
  )
  const { default: exported } = module
  const project = projectOf(exported)
  if (project !== undefined) return make(file, project, yield* Effect.context<Stdio.Stdio | Terminal.Terminal>())
  return yield* new InvalidConfig({
    file,
    field: "default",
    problem: exported === undefined
      ? "the file has no default export"
      : "the default export is not a project",
    hint: "Write: export default Project.make({ agents: [...] }), with Project of \"greenlang/project\"."
  })
})

/** What a CommonJS file exports has its own `default`. A value that throws when it is read is not a project. */
const projectOf = (exported: unknown): Project.Project | undefined => {
  try {
    const isWrapped = typeof exported === "object" && exported !== null && "default" in exported
    const inner = isWrapped ? exported.default : exported
    return Project.isProject(inner) ? inner : undefined
  } catch {
    return undefined
  }
}

/**
 * A module may end the process, which is wrong usage rather than success, and reject a promise that nothing awaits, which is a
 * fault of the file.
 */
const guarded = <A>(
  file: string,
  loading: Effect.Effect<A, { readonly cause: unknown }>
): Effect.Effect<A, { readonly cause: unknown }> =>
  Effect.suspend(() => {
    const rejected = Deferred.makeUnsafe<never, { readonly cause: unknown }>()
    const onRejection = (cause: unknown) => Deferred.doneUnsafe(rejected, Exit.fail({ cause }))
    const onExit = () => {
      process.exitCode = 2
      process.stderr.write(`greenlang: ${file} ended the process while it was loaded\n`)
    }
    process.on("unhandledRejection", onRejection)
    process.on("exit", onExit)
    // a rejection is reported after the module has ended
    const settled = Effect.tap(loading, () => Effect.promise(() => setImmediate()))
    return Effect.ensuring(
      Effect.raceFirst(settled, Deferred.await(rejected)),
      Effect.sync(() => {
        process.off("unhandledRejection", onRejection)
        process.off("exit", onExit)
      })
    )
  })

/** A module may await what never comes. */
const patience = Duration.minutes(1)
const late = new Error(`it does not end within ${Duration.format(patience)}`)

/** One layer serves all agents: what the project provides goes over what it is given. */
const make = (
  file: string,
  project: Project.Project,
  terminal: Context.Context<Stdio.Stdio | Terminal.Terminal>
): Catalog.Catalog => {
  const layer = Layer.provideMerge(project.layer, Layer.provide(given, Layer.succeedContext(terminal)))
  return {
    file,
    entries: project.agents.map((agent) => ({
      name: agent.name,
      version: agent.version,
      load: Effect.succeed(agent),
      layer,
      file
    })),
    policies: project.policies
  }
}

/** An agent that asks no model runs also where the settings of the model are wrong: only a call fails. */
const unusable = (cause: { readonly message: string }): Layer.Layer<LlmProvider | LanguageModel.LanguageModel> => {
  const fail = AiError.make({
    module: "LlmConfig",
    method: "layer",
    reason: new AiError.InvalidUserInputError({ description: cause.message })
  })
  const provider = LlmProvider.make({
    name: "unusable",
    model: "unusable",
    generate: () => Effect.fail(fail),
    stream: () => Stream.fail(fail)
  })
  return Layer.provideMerge(LlmProvider.languageModel, Layer.succeed(LlmProvider, provider))
}

const model = Layer.catch(LlmConfig.layer, unusable)

const given: Layer.Layer<Project.Given, unknown, Stdio.Stdio | Terminal.Terminal> = Layer.merge(
  Layer.provideMerge(model, Http.layerConfig),
  ApprovalTerminal.layer()
)
