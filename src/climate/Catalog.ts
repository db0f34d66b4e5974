/**
 * Every agent and pipeline of the climate library by name, with what it needs. Naming them loads none of them.
 */
import type * as LanguageModel from "effect/ai/LanguageModel"
import * as Effect from "effect/Effect"
import type * as Agent from "../agent/Agent.ts"
import type { CpuPool } from "../cpu/CpuPool.ts"
import type { ReferenceTables } from "./tables/ReferenceTables.ts"

/**
 * What a layer has to provide: `tables` are the published factors, `ReferenceTables.layer` over a database; `model` is a
 * language model, such as `Offline.layer`; `cpu` are worker threads, such as `CpuPool.layerWorkers()`.
 *
 * @category models
 */
export interface Services {
  readonly tables: ReferenceTables
  readonly model: LanguageModel.LanguageModel
  readonly cpu: CpuPool
}

/**
 * @category models
 */
export interface Entry<out A extends Agent.Any> {
  readonly name: string
  readonly kind: "agent" | "pipeline"
  readonly needs: ReadonlyArray<keyof Services>
  /** Imports its module. */
  readonly load: Effect.Effect<A>
}

/** The types check `needs` against what the agent asks for. */
const entry = <const Need extends keyof Services, A extends Agent.Agent<never, unknown, unknown, Services[Need]>>(
  kind: "agent" | "pipeline",
  name: string,
  needs: ReadonlyArray<Need>,
  load: () => Promise<A>
): Entry<A> => ({ kind, name, needs, load: Effect.promise(load) })

/** @category entries */
export const entries = [
  entry("agent", "FuelAgent", ["tables"], async () => (await import("./FuelAgent.ts")).FuelAgent),
  entry("agent", "FuelAgentAI", ["tables", "model"], async () => (await import("./FuelAgentAI.ts")).FuelAgentAI),
  entry("agent", "GridFactorAgent", ["tables"], async () => (await import("./GridFactorAgent.ts")).GridFactorAgent),
  entry(
    "agent",
    "GridFactorAgentAI",
    ["tables", "model"],
    async () => (await import("./GridFactorAgentAI.ts")).GridFactorAgentAI
  ),
  entry("agent", "CarbonAgent", [], async () => (await import("./CarbonAgent.ts")).CarbonAgent),
  entry("agent", "CarbonAgentAI", ["model"], async () => (await import("./CarbonAgentAI.ts")).CarbonAgentAI),
  entry("agent", "BoilerAgent", ["tables"], async () => (await import("./BoilerAgent.ts")).BoilerAgent),
  entry(
    "agent",
    "InputValidatorAgent",
    ["tables"],
    async () => (await import("./InputValidatorAgent.ts")).InputValidatorAgent
  ),
  entry("agent", "IntensityAgent", ["tables"], async () => (await import("./IntensityAgent.ts")).IntensityAgent),
  entry("agent", "BenchmarkAgent", ["tables"], async () => (await import("./BenchmarkAgent.ts")).BenchmarkAgent),
  entry(
    "agent",
    "BuildingProfileAgent",
    ["tables"],
    async () => (await import("./BuildingProfileAgent.ts")).BuildingProfileAgent
  ),
  entry(
    "agent",
    "WasteHeatRecoveryAgentAI",
    ["tables", "model"],
    async () => (await import("./WasteHeatRecoveryAgentAI.ts")).WasteHeatRecoveryAgentAI
  ),
  entry(
    "agent",
    "IndustrialHeatPumpAgentAI",
    ["tables", "model"],
    async () => (await import("./IndustrialHeatPumpAgentAI.ts")).IndustrialHeatPumpAgentAI
  ),
  entry(
    "agent",
    "IndustrialProcessHeatAgentAI",
    ["tables", "model"],
    async () => (await import("./IndustrialProcessHeatAgentAI.ts")).IndustrialProcessHeatAgentAI
  ),
  entry(
    "agent",
    "BoilerReplacementAgentAI",
    ["tables", "model"],
    async () => (await import("./BoilerReplacementAgentAI.ts")).BoilerReplacementAgentAI
  ),
  entry(
    "agent",
    "AnomalyAgentIForest",
    ["cpu", "model"],
    async () => (await import("./AnomalyAgentIForest.ts")).AnomalyAgentIForest
  ),
  entry(
    "agent",
    "ForecastAgentSARIMA",
    ["cpu", "model"],
    async () => (await import("./ForecastAgentSARIMA.ts")).ForecastAgentSARIMA
  ),
  entry(
    "agent",
    "RecommendationAgentAI",
    ["tables", "model"],
    async () => (await import("./RecommendationAgentAI.ts")).RecommendationAgentAI
  ),
  entry("agent", "ReportAgentAI", ["model"], async () => (await import("./ReportAgentAI.ts")).ReportAgentAI),
  entry(
    "agent",
    "DecarbonizationRoadmapAgentAI",
    ["tables", "model"],
    async () => (await import("./DecarbonizationRoadmapAgentAI.ts")).DecarbonizationRoadmapAgentAI
  ),
  entry(
    "pipeline",
    "DecarbonizationRoadmap",
    ["tables", "model"],
    async () => (await import("./DecarbonizationRoadmap.ts")).DecarbonizationRoadmap
  ),
  entry("pipeline", "Footprint", ["tables", "model"], async () => (await import("./Footprint.ts")).Footprint)
] as const

/**
 * Loads all of them, in the order of `entries`.
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as Catalog from "greenlang/climate/Catalog"
 *
 * const agents = await Effect.runPromise(Catalog.agents)
 * agents.some((agent) => agent.name === "FuelAgent") // => true
 * ```
 *
 * @category loading
 */
export const agents = Effect.all(entries.map(({ load }) => load))
