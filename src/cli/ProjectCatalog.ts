/**
 * The agents of a config file as the command line runs them, with what it gives them.
 */
import * as AiError from "effect/ai/AiError"
import type * as LanguageModel from "effect/ai/LanguageModel"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Stream from "effect/Stream"
import { Approval } from "../agent/Approval.ts"
import * as Http from "../http/Http.ts"
import * as LlmConfig from "../llm/LlmConfig.ts"
import { LlmProvider } from "../llm/LlmProvider.ts"
import * as Project from "../project/Project.ts"
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
): Effect.fn.Return<Catalog.Catalog, InvalidConfig, FileSystem.FileSystem | Path.Path> {
  const path = yield* Path.Path
  const url = yield* Effect.orDie(path.toFileUrl(path.resolve(file)))
  const module = yield* Effect.tryPromise({
    try: (): Promise<{ readonly default?: unknown }> => import(url.href),
    catch: (cause) => ({ cause })
  }).pipe(
    Effect.catch(({ cause }) =>
      Effect.flatMap(ImportFault.describe(cause), (fault) => new InvalidConfig({ file, ...fault }))
    )
  )
  // what a CommonJS file exports has its own `default`
  const exported = module.default
  const inner = typeof exported === "object" && exported !== null && "default" in exported ? exported.default : exported
  if (Project.isProject(inner)) return make(file, inner)
  return yield* new InvalidConfig({
    file,
    field: "default",
    problem: exported === undefined
      ? "the file has no default export"
      : "the default export is not a project",
    hint: "Write: export default Project.make({ agents: [...] }), with Project of \"greenlang/project\"."
  })
})

/** One layer serves all agents: what the project provides goes over what it is given. */
const make = (file: string, project: Project.Project): Catalog.Catalog => {
  const layer = Layer.provideMerge(project.layer, given)
  return {
    file,
    entries: project.agents.map((agent) => ({ name: agent.name, load: Effect.succeed(agent), layer })),
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

const given: Layer.Layer<Project.Given | HttpClient.HttpClient, unknown> = Layer.merge(
  Layer.provideMerge(model, Http.layerConfig),
  Approval.layerDeny("there is no terminal to ask at")
)
