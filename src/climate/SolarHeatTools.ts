/**
 * Solar collectors for a heat demand: the part that the agents of boilers and of process heat share.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answer from "./Answer.ts"
import { invalid } from "./ClimateTool.ts"
import * as Constant from "./Constant.ts"
import * as Field from "./Field.ts"
import * as SolarHeat from "./physics/SolarHeat.ts"
import { solarCollectors } from "./tables/EquipmentTables.ts"

/** @category schemas */
export const latitude = Field.number("latitude, degrees", { min: -90, max: 90 })

/** @category schemas */
export const resource = Field.number("sun on the collectors, kWh/m2 a year", { min: 500, max: 3000 })

/**
 * The yearly sun: as given, else by latitude, which is noted. Fails with `ValidationError` at `field` beyond 60 degrees.
 *
 * @category calculations
 */
export const resourceAt = Effect.fnUntraced(function*(latitude: number, given: number | undefined, field: string) {
  if (given !== undefined) return { resource: given, notes: [] }
  if (Math.abs(latitude) > 60) {
    return yield* invalid(field, "is missing", "the sun in kWh/m2 a year: beyond 60 degrees it has no rule")
  }
  const sun = yield* SolarHeat.solarResource({ latitude })
  return { resource: sun, notes: ["the sun is 2200 * cos(latitude): against measured sums -12 to +37 percent"] }
})

/** @category schemas */
export const Sized = {
  solar_fraction: Schema.Finite,
  collector_area_m2: Schema.Finite,
  storage_volume_m3: Schema.Finite,
  collector_type: Schema.Literals(["flat_plate", "evacuated_tube", "parabolic_trough"]),
  notes: Field.notes
}

/**
 * Collectors for a share of a yearly demand. Cites the range of the collector. Fails with `CalculationError` outside of 30
 * to 400 degC.
 *
 * @category calculations
 */
export const size = Effect.fnUntraced(function*(
  { fraction, heat, notes, resource, temperature }: {
    /** MWh a year */
    readonly heat: number
    readonly temperature: number
    readonly fraction: number
    readonly resource: number
    readonly notes: ReadonlyArray<string>
  }
) {
  const { collector, costPerM2, efficiency } = yield* SolarHeat.collectorFor(temperature)
  const row = yield* Constant.find(solarCollectors, "collector", "collector", collector)
  yield* Constant.cite(`highest temperature of ${collector}`, row.temp_max, row.temp_unit, row)
  const area = yield* SolarHeat.collectorArea({ heat_mwh: heat, fraction, resource, efficiency })
  const volume = yield* SolarHeat.storageVolume({ area_m2: area })
  const cost = area * costPerM2
  return {
    sized: {
      solar_fraction: Answer.figure(fraction),
      collector_area_m2: Answer.figure(area),
      storage_volume_m3: Answer.figure(volume),
      collector_type: collector,
      notes: [...notes, "a rule of thumb, not f-Chart"]
    },
    /** Installed, USD. */
    cost
  }
})
