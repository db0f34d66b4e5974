/**
 * What a leak of a refrigerant, or of another greenhouse gas, amounts to.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Run from "../agent/Run.ts"
import * as Tool from "../agent/Tool.ts"
import { DatabaseError } from "../database/DatabaseError.ts"
import { CalculationError, DataError, ValidationError } from "./ClimateError.ts"
import * as FuelFormulas from "./FuelFormulas.ts"
import * as Licence from "./Licence.ts"
import * as NearestNames from "./NearestNames.ts"
import { KilogramsCo2e, round } from "./Quantity.ts"
import * as Strict from "./Strict.ts"
import { warmingPotentials } from "./tables/FactorTables.ts"
import { ReferenceTables } from "./tables/ReferenceTables.ts"
import { GwpSet } from "./Warming.ts"

/** `R410A`, `R-410A` and `r 410a` are one name. */
const key = (name: string) => name.toLowerCase().replaceAll(/[\s_-]/g, "")

/** CFCs, HCFCs and HCFOs fall under the Montreal Protocol; hydrocarbons and ammonia under neither. */
const isOutside = (gas: string, name: string) =>
  /^(CFC|HCFC|HCFO)-/.test(name) || gas === "R-290" || gas === "R-600a" || gas === "R-717"

/**
 * `mass_kg` is what was topped up, which counts as leaked, less what `charge_change_kg` says the charge grew by.
 *
 * Fails with `DataError` for a gas that is not known or has no potential on that set, and with `ValidationError` where the
 * charge grew by more than was topped up.
 *
 * @category tools
 */
export const refrigerantLeak = Tool.make("refrigerant_leak", {
  description: "CO2e of a leaked refrigerant or greenhouse gas, by its global warming potential",
  input: Strict.struct({
    gas: Schema.NonEmptyString.annotate({ description: "gas or blend, such as R-410A, HFC-134a, SF6" }),
    mass_kg: Schema.Finite.annotate({ description: "kilograms topped up or leaked, zero or more" })
      .check(Schema.isGreaterThanOrEqualTo(0)),
    gwp_set: Schema.optionalKey(GwpSet),
    charge_change_kg: Schema.optionalKey(
      Schema.Finite.annotate({ description: "by how much the charge grew, kg; negative where it shrank. Default: 0" })
    )
  }),
  output: Schema.Struct({
    gas: Schema.String,
    co2e_kg: KilogramsCo2e,
    leaked_kg: Schema.Finite,
    gwp: Schema.Finite.annotate({ description: "kg CO2e per kg over 100 years" }),
    gwp_set: GwpSet,
    scope: Schema.Literal("1"),
    outside_scopes: Schema.optionalKey(
      Schema.Boolean.annotate({ description: "not a gas of the Kyoto Protocol: reported apart, in no scope" })
    )
  }),
  error: Schema.Union([ValidationError, DataError, DatabaseError, CalculationError]),
  execute: Effect.fnUntraced(function*({ charge_change_kg = 0, gas, gwp_set = "AR6", mass_kg }) {
    const tables = yield* ReferenceTables
    const rows = yield* tables.rows(warmingPotentials)
    const row = rows.find((row) => key(row.gas) === key(gas)) ?? rows.find((row) => key(row.name) === key(gas))
    if (row === undefined) {
      const names = rows.flatMap((row) => row.name === "blend" ? [row.gas] : [row.gas, row.name])
      const near = NearestNames.find(gas, names)
      return yield* new DataError({ what: "global warming potential", lookedFor: { gas }, ...near })
    }
    const sets = { AR4: row.gwp100_ar4, AR5: row.gwp100_ar5, AR6: row.gwp100_ar6 }
    const gwp = sets[gwp_set]
    if (gwp === null) {
      const available = Object.entries(sets).flatMap(([set, value]) => value === null ? [] : [set])
      return yield* new DataError({ what: "global warming potential", lookedFor: { gas: row.gas, gwp_set }, available })
    }
    if (charge_change_kg > mass_kg) {
      return yield* new ValidationError({
        issues: [{
          path: "charge_change_kg",
          message: `${charge_change_kg} kg are more than the ${mass_kg} kg topped up`,
          expected: "mass_kg or less"
        }]
      })
    }
    yield* Run.cite({
      kind: "factor",
      name: `global warming potential of ${row.gas}`,
      value: gwp,
      unit: row.unit,
      source: row.source,
      year: row.source_year,
      gwpSet: gwp_set,
      ...Licence.cited(row)
    })
    const leaked_kg = yield* FuelFormulas.leakedMass({ mass_kg, charge_change_kg })
    const co2e = yield* FuelFormulas.leakEmissions({ leaked_kg, gwp })
    return {
      gas: row.gas,
      co2e_kg: KilogramsCo2e.make(round(co2e, 2)),
      leaked_kg,
      gwp,
      gwp_set,
      scope: "1" as const,
      ...(isOutside(row.gas, row.name) ? { outside_scopes: true } : {})
    }
  })
})
