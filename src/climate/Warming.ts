/**
 * Turning gases into CO2e on one set of global warming potentials.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Issue } from "../agent/Issue.ts"
import { warmingPotentials } from "./tables/FactorTables.ts"
import { ReferenceTables } from "./tables/ReferenceTables.ts"

/**
 * The assessment report of the IPCC whose global warming potentials over 100 years turn each gas into CO2e.
 *
 * @category schemas
 */
export const GwpSet = Schema.Literals(["AR4", "AR5", "AR6"]).annotate({
  description: "global warming potentials of the IPCC for the whole inventory: AR4, AR5 or AR6. Default: AR6"
})
/** @category schemas */
export type GwpSet = typeof GwpSet.Type

/** A published row: the gases where they are known, in kilograms, and their CO2e on AR5 and AR6. @category models */
export interface Row {
  readonly co2: number | null
  readonly ch4: number | null
  readonly n2o: number | null
  readonly co2e_ar5: number
  readonly co2e_ar6: number
  readonly biogenic: boolean
}

/**
 * `used` is the set of the figure: the wanted one, or `AR5` where a row was published as one figure of CO2e.
 *
 * @category models
 */
export interface Rebased {
  readonly factor: number
  readonly used: GwpSet
  readonly note: string | undefined
}

/**
 * CO2e of a row on the wanted set. Methane of combustion counts 25, 28 and 27.0 (AR4, AR5, AR6), N2O 298, 265 and 273:
 * the rows `CH4_non_fossil` and `N2O` of the table. A row without gases stays on AR5, which `note` says.
 *
 * @category running
 */
export const rebase = Effect.fnUntraced(function*(row: Row, wanted: GwpSet) {
  const { biogenic, ch4, co2, co2e_ar5, co2e_ar6, n2o } = row
  if (co2 === null || ch4 === null || n2o === null) return publishedOnAr5(co2e_ar5, wanted)
  if (wanted !== "AR4") {
    const rebased: Rebased = { factor: wanted === "AR5" ? co2e_ar5 : co2e_ar6, used: wanted, note: undefined }
    return rebased
  }
  const tables = yield* ReferenceTables
  const gases = yield* tables.rows(warmingPotentials)
  const potential = (gas: string) => gases.find((row) => row.gas === gas)?.gwp100_ar4 ?? 0
  const factor = (biogenic ? 0 : co2) + ch4 * potential("CH4_non_fossil") + n2o * potential("N2O")
  const rebased: Rebased = { factor, used: "AR4", note: undefined }
  return rebased
})

/** A figure that was published as CO2e on AR5, and stays so. @category constructors */
export const publishedOnAr5 = (factor: number, wanted: GwpSet): Rebased => ({
  factor,
  used: "AR5",
  note: wanted === "AR5" ? undefined : ar5Note
})

const ar5Note = "published on AR5, not re-based"

/**
 * The sets of figures that were published on another set than the wanted one: each once.
 *
 * @category reading
 */
export const others = (sets: ReadonlyArray<string>, wanted: GwpSet): ReadonlyArray<GwpSet> =>
  GwpSet.literals.filter((set) => set !== wanted && sets.includes(set))

/**
 * The one set of an inventory: that of the records that name one, or `undefined` where none does. `issues` are the records
 * that name another; `path` says where the set of a record stands.
 *
 * @category validation
 */
export const common = (
  records: ReadonlyArray<{ readonly gwp_set?: GwpSet | undefined }>,
  path: (at: number) => string,
  given?: GwpSet
): { readonly set: GwpSet | undefined; readonly issues: ReadonlyArray<Issue> } => {
  const set = given ?? records.find((record) => record.gwp_set !== undefined)?.gwp_set
  const issues = records.flatMap(({ gwp_set }, at) =>
    gwp_set === undefined || set === undefined || gwp_set === set ? [] : [{
      path: path(at),
      message: `${gwp_set} is another set than the inventory's ${set}`,
      expected: set
    }]
  )
  return { set, issues }
}
