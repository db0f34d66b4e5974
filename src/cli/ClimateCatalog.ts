/**
 * The catalog of the climate library, with the database and the language model that the environment names.
 */
import type * as LanguageModel from "effect/ai/LanguageModel"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Agent from "../agent/Agent.ts"
import * as Climate from "../climate/Catalog.ts"
import type { ReferenceTables } from "../climate/tables/ReferenceTables.ts"
import type { CpuPool } from "../cpu/CpuPool.ts"
import * as Catalog from "./Catalog.ts"
import type { RunHistory } from "./RunHistory.ts"

const tables = Layer.unwrap(Effect.promise(async () => {
  const [{ layerConfig }, { ReferenceTables }, DataPackFile] = await Promise.all([
    import("../database/Database.ts"),
    import("../climate/tables/ReferenceTables.ts"),
    import("../climate/tables/DataPackFile.ts")
  ])
  const packs = Layer.unwrap(Effect.map(DataPackFile.configured, DataPackFile.layer))
  return packs.pipe(Layer.provide(ReferenceTables.layer), Layer.provide(layerConfig))
}))

const model = Layer.unwrap(Effect.promise(async () => (await import("../llm/LlmConfig.ts")).layerHttp))

const cpu = Layer.unwrap(Effect.promise(async () => (await import("../cpu/CpuPool.ts")).CpuPool.layerWorkers()))

const layers = { tables, model, cpu }

type Service = ReferenceTables | LanguageModel.LanguageModel | CpuPool

/**
 * Only the layers that the agent needs: an agent without a model must run where the settings of the model are wrong. The
 * catalog of the climate library has checked the needs of each agent.
 */
const layerOf = (needs: ReadonlyArray<keyof typeof layers>) =>
  Layer.mergeAll(Layer.empty, ...needs.map((need) => layers[need])) as Layer.Layer<Service, unknown>

type AnyClimateAgent = Agent.Agent<never, unknown, unknown, Service>

/** @category catalogs */
export const climate: Catalog.Catalog = Catalog.make(
  Climate.entries.map(({ load, name, needs }) => Catalog.entry<AnyClimateAgent, unknown>(name, load, layerOf(needs)))
)

/**
 * The history of the command line, in the database that the environment names.
 *
 * @category layers
 */
export const history: RunHistory = Layer.unwrap(Effect.promise(async () => {
  const [{ layerConfig }, { History }] = await Promise.all([
    import("../database/Database.ts"),
    import("../orchestrator/History.ts")
  ])
  return Layer.provide(History.layer(), layerConfig)
}))
