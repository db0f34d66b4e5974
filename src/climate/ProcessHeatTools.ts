/**
 * The heat of an industrial process: demand, temperatures, intensity and the fuel behind it.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answer from "./Answer.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Constant from "./Constant.ts"
import * as Field from "./Field.ts"
import * as Heat from "./physics/Heat.ts"
import * as SolarHeat from "./physics/SolarHeat.ts"
import * as PlantFormulas from "./PlantFormulas.ts"
import * as SolarHeatTools from "./SolarHeatTools.ts"
import { processTemperatures } from "./tables/EquipmentTables.ts"
import { ReferenceTables } from "./tables/ReferenceTables.ts"

const celsius = (what: string) => Field.number(`${what}, degC`, { above: -273.15 })

/** @category schemas */
export const hoursField = Field.number("operating hours a year", { above: 0, max: 8784 })

const hours = Field.withDefault(hoursField, 8760)

/** Processes that evaporate: their latent heat is never silently zero. */
const evaporating = new Set(["drying", "evaporation", "distillation"])

/** @category tools */
export const calculateProcessHeatDemand = ClimateTool.make("calculate_process_heat_demand", {
  description: "Heat that a process needs at the boiler's outlet: sensible, latent, and energy of a year",
  input: Schema.Struct({
    process_type: Field.name("drying, pasteurization, evaporation, distillation, washing, ..."),
    production_rate: Field.positive("mass flow, kg/h"),
    temperature_requirement: celsius("process temperature"),
    inlet_temperature: celsius("inlet temperature"),
    specific_heat: Field.withDefault(Field.positive("specific heat, kJ/kg K; water 4.18"), 4.18),
    latent_heat: Field.optional(Field.amount("latent heat, kJ/kg evaporated; water at 100 degC 2257")),
    evaporated_kg_h: Field.optional(Field.amount("mass evaporated, kg/h")),
    process_efficiency: Field.withDefault(Field.efficiency("heat that reaches the product, above 0 to 1"), 0.75),
    operating_hours_per_year: hours
  }),
  output: Schema.Struct({
    sensible_heat_kw: Schema.Finite,
    latent_heat_kw: Schema.Finite,
    heat_demand_kw: Schema.Finite,
    annual_energy_mwh: Schema.Finite,
    notes: Field.notes
  }),
  execute: Effect.fnUntraced(function*(input) {
    const process = yield* processRow(input.process_type)
    if (input.inlet_temperature >= input.temperature_requirement) {
      return yield* ClimateTool.invalid(
        "inlet_temperature",
        "is not below temperature_requirement",
        `less than ${input.temperature_requirement}`
      )
    }
    const evaporates = evaporating.has(process.process)
    const { evaporated_kg_h, latent_heat } = input
    if (evaporates && latent_heat === undefined) {
      return yield* ClimateTool.invalid("latent_heat", "is missing", "kJ/kg (water at 100 degC: 2257), or 0")
    }
    const isDriven = process.process === "evaporation" || process.process === "distillation"
    const latent = latent_heat ?? 0
    if (latent > 0 && evaporated_kg_h === undefined && !isDriven) {
      return yield* ClimateTool.invalid("evaporated_kg_h", "is missing", "the mass of water that leaves, kg/h")
    }
    const evaporated = evaporated_kg_h ?? (isDriven ? input.production_rate : 0)
    const sensible = yield* Heat.sensibleHeat({
      mass_kg_h: input.production_rate,
      specific_heat_kj_kg_k: input.specific_heat,
      inlet_c: input.inlet_temperature,
      outlet_c: input.temperature_requirement
    })
    const evaporation = yield* Heat.latentHeat({ evaporated_kg_h: evaporated, latent_kj_kg: latent })
    const demand = yield* Heat.heatDemand({
      sensible_kw: sensible,
      latent_kw: evaporation,
      process_efficiency: input.process_efficiency
    })
    const annual = yield* Heat.annualEnergy({ power_kw: demand, hours: input.operating_hours_per_year })
    return {
      sensible_heat_kw: Answer.figure(sensible),
      latent_heat_kw: Answer.figure(evaporation),
      heat_demand_kw: Answer.figure(demand),
      annual_energy_mwh: Answer.figure(annual),
      notes: [
        ...(evaporates && latent === 0 ? ["no evaporation: the latent heat is given as 0"] : []),
        ...(latent > 0 && evaporated_kg_h === undefined ? ["all that is produced is taken as evaporated"] : [])
      ]
    }
  })
})

const processRow = Effect.fnUntraced(function*(processType: string) {
  const tables = yield* ReferenceTables
  const rows = yield* tables.rows(processTemperatures)
  const row = rows.find((row) => row.process === Constant.canonical(processType))
  if (row !== undefined) return row
  const known = rows.map((row) => row.process).join(", ")
  return yield* ClimateTool.invalid("process_type", `${processType} is not a known process`, known)
})

/** @category schemas */
export const Quality = Schema.Literals(["standard", "premium", "pharmaceutical_grade"])

/** @category tools */
export const calculateTemperatureRequirements = ClimateTool.make("calculate_temperature_requirements", {
  description: "Lowest, best and highest temperature of a process, by quality",
  input: Schema.Struct({
    process_type: Field.name("drying, pasteurization, sterilization, ..."),
    quality_requirements: Field.withDefault(Quality, "standard")
  }),
  output: Schema.Struct({
    min_temperature_c: Schema.Finite,
    optimal_temperature_c: Schema.Finite,
    max_temperature_c: Schema.Finite,
    tolerance_plus_minus_c: Schema.Finite
  }),
  execute: Effect.fnUntraced(function*({ process_type, quality_requirements }) {
    const row = yield* processRow(process_type)
    for (const [name, value] of [["lowest", row.min_c], ["best", row.optimal_c], ["highest", row.max_c]] as const) {
      yield* Constant.cite(`${name} temperature of ${row.process}`, value, row.unit, row)
    }
    const scale = { standard: 1, premium: 1.05, pharmaceutical_grade: 1.1 }[quality_requirements]
    return {
      min_temperature_c: row.min_c,
      optimal_temperature_c: Math.min(row.max_c, Math.round(row.optimal_c * scale * 10) / 10),
      max_temperature_c: row.max_c,
      tolerance_plus_minus_c: row.tolerance_c
    }
  })
})

/** @category tools */
export const calculateEnergyIntensity = ClimateTool.make("calculate_energy_intensity", {
  description: "Heat for each kilogram made, and energy of a year",
  input: Schema.Struct({
    heat_demand_kw: Field.amount("heat demand, kW"),
    production_rate: Field.positive("mass flow, kg/h"),
    operating_hours_per_year: hours
  }),
  output: Schema.Struct({ energy_intensity_kwh_per_unit: Schema.Finite, annual_energy_mwh: Schema.Finite }),
  execute: Effect.fnUntraced(function*({ heat_demand_kw, operating_hours_per_year, production_rate }) {
    const intensity = yield* PlantFormulas.heatPerUnit({ heat_demand_kw, production_rate })
    return {
      energy_intensity_kwh_per_unit: Answer.figure(intensity),
      annual_energy_mwh: Answer.figure(
        yield* Heat.annualEnergy({ power_kw: heat_demand_kw, hours: operating_hours_per_year })
      )
    }
  })
})

/** @category schemas */
export const LoadProfile = Schema.Literals(["daytime_only", "continuous_24x7", "seasonal", "batch"])
/** @category schemas */
export type LoadProfile = typeof LoadProfile.Type

/** Hours of a year, and how well the sun fits, by profile. @category constants */
export const profiles: Readonly<Record<LoadProfile, { readonly hours: number; readonly factor: number }>> = {
  daytime_only: { hours: 3650, factor: 1 },
  continuous_24x7: { hours: 8760, factor: 0.7 },
  seasonal: { hours: 4380, factor: 0.8 },
  batch: { hours: 4380, factor: 0.85 }
}

/** @category tools */
export const estimateSolarThermalFraction = ClimateTool.make("estimate_solar_thermal_fraction", {
  description: "Share of a heat demand that solar collectors could supply, with their area and storage",
  input: Schema.Struct({
    process_temperature: celsius("process temperature"),
    load_profile: LoadProfile,
    latitude: SolarHeatTools.latitude,
    heat_demand_kw: Field.positive("heat demand, kW"),
    annual_irradiance: Field.optional(SolarHeatTools.resource),
    storage_hours: Field.withDefault(Field.number("hours of storage", { min: 0, max: 72 }), 4),
    operating_hours_per_year: Field.optional(hoursField)
  }),
  output: Schema.Struct(SolarHeatTools.Sized),
  execute: Effect.fnUntraced(function*(input) {
    const { heat_demand_kw, load_profile, process_temperature } = input
    yield* SolarHeat.collectorFor(process_temperature)
    const sun = yield* SolarHeatTools.resourceAt(input.latitude, input.annual_irradiance, "annual_irradiance")
    const { factor, hours } = profiles[load_profile]
    const fraction = yield* SolarHeat.processFraction({
      temperature_c: process_temperature,
      load_factor: factor,
      storage_hours: input.storage_hours,
      irradiance: sun.resource
    })
    const operating = input.operating_hours_per_year ?? hours
    const heat = yield* Heat.annualEnergy({ power_kw: heat_demand_kw, hours: operating })
    const { sized } = yield* SolarHeatTools.size({
      heat,
      temperature: process_temperature,
      fraction,
      resource: sun.resource,
      notes: [
        ...sun.notes,
        ...(input.operating_hours_per_year === undefined
          ? [`${hours} hours a year are assumed for ${load_profile}`]
          : [])
      ]
    })
    return sized
  })
})

/** Heat for each energy of a backup. @category constants */
export const backupEfficiency = { natural_gas: 0.9, electric_resistance: 0.98, heat_pump: 3, biogas: 0.85 }

/** @category schemas */
export const Backup = Schema.Literals(["natural_gas", "electric_resistance", "heat_pump", "biogas"])

/** @category tools */
export const calculateBackupFuelRequirements = ClimateTool.make("calculate_backup_fuel_requirements", {
  description: "Capacity and heat of the backup beside solar collectors",
  input: Schema.Struct({
    peak_heat_demand_kw: Field.positive("peak heat demand, kW"),
    solar_fraction: Field.share("share of the sun"),
    backup_type: Backup,
    annual_energy_mwh: Field.amount("heat of a year, MWh"),
    coincidence_factor: Field.withDefault(Field.efficiency("peak that the backup has to carry, above 0 to 1"), 0.85)
  }),
  output: Schema.Struct({
    backup_capacity_kw: Schema.Finite,
    annual_backup_energy_mwh: Schema.Finite.annotate({ description: "heat; fuel is heat over the efficiency" }),
    backup_efficiency: Schema.Finite,
    annual_backup_fuel_mwh: Schema.Finite
  }),
  execute: Effect.fnUntraced(
    function*({ annual_energy_mwh, backup_type, coincidence_factor, peak_heat_demand_kw, solar_fraction }) {
      const heat = yield* PlantFormulas.backupHeat({ annual_mwh: annual_energy_mwh, solar_fraction })
      const capacity = yield* PlantFormulas.backupCapacity({
        peak_kw: peak_heat_demand_kw,
        solar_fraction,
        coincidence: coincidence_factor
      })
      return {
        backup_capacity_kw: Answer.figure(capacity),
        annual_backup_energy_mwh: Answer.figure(heat),
        backup_efficiency: backupEfficiency[backup_type],
        annual_backup_fuel_mwh: Answer.figure(heat / backupEfficiency[backup_type])
      }
    }
  )
})
