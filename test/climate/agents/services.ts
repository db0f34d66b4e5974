import { Layer } from "effect"
import { CpuPool } from "greenlang"
import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import * as Database from "greenlang/database/Database"
import * as Offline from "greenlang/llm/offline/Offline"

/** What every climate agent needs, without a key. */
export const Services = Layer.mergeAll(
  ReferenceTables.layer.pipe(Layer.provide(Database.layerMemory), Layer.orDie),
  Offline.layer,
  CpuPool.layerWorkers({ size: 1 })
)

/** The fields that an error names: the paths of its issues, or the inputs of its calculation. */
export const fieldsOf = (error: unknown): ReadonlyArray<string> => {
  const { inputs, issues, lookedFor } = error as {
    readonly issues?: ReadonlyArray<{ readonly path: string }>
    readonly inputs?: object
    readonly lookedFor?: object
  }
  return issues?.map(({ path }) => path) ?? Object.keys(inputs ?? lookedFor ?? {})
}
