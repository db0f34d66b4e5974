/**
 * How much heat a process needs, how much of it the sun could supply, and what that avoids, explained by a model.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Agent from "../agent/Agent.ts"
import * as AiTwin from "./AiTwin.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Field from "./Field.ts"
import * as ProcessEmissionTools from "./ProcessEmissionTools.ts"
import * as Tools from "./ProcessHeatTools.ts"
import { Recommendation } from "./Recommendation.ts"
import * as SolarHeatTools from "./SolarHeatTools.ts"
import * as Strict from "./Strict.ts"
import type { ToolCall } from "./ToolCall.ts"

/** @category schemas */
export const ProcessHeatInput = Schema.Struct({
  industry_type: Field.name("industry"),
  process_type: Field.name("drying, pasteurization, evaporation, distillation, washing, ..."),
  production_rate: Field.positive("mass flow, kg/h"),
  temperature_requirement: Field.number("process temperature, degC", { min: 20, max: 600 }),
  current_fuel_type: ProcessEmissionTools.CurrentFuel,
  latitude: SolarHeatTools.latitude,
  annual_irradiance: Field.optional(SolarHeatTools.resource),
  inlet_temperature: Field.withDefault(Field.number("inlet temperature, degC", { above: -273.15 }), 20),
  specific_heat: Field.withDefault(Field.positive("specific heat, kJ/kg K"), 4.18),
  latent_heat: Field.optional(Field.amount("latent heat, kJ/kg evaporated")),
  evaporated_kg_h: Field.optional(Field.amount("mass evaporated, kg/h")),
  process_efficiency: Field.withDefault(Field.efficiency("heat that reaches the product, above 0 to 1"), 0.75),
  boiler_efficiency: Field.optional(Field.efficiency("gross efficiency of the boiler, above 0 to 1")),
  load_profile: Field.withDefault(Tools.LoadProfile, "daytime_only"),
  storage_hours: Field.withDefault(Field.number("hours of storage", { min: 0, max: 72 }), 4),
  operating_hours_per_day: Field.optional(Field.number("hours a day", { above: 0, max: 24 })),
  days_per_week: Field.optional(Field.number("days a week", { above: 0, max: 7 })),
  operating_hours_per_year: Field.optional(Tools.hoursField),
  quality_requirements: Field.withDefault(Tools.Quality, "standard"),
  backup_type: Field.withDefault(Tools.Backup, "natural_gas"),
  grid_region: Field.optional(Field.name("eGRID subregion, US state or country"))
})
/** @category schemas */
export type ProcessHeatInput = typeof ProcessHeatInput.Type

/** @category schemas */
export const ProcessHeatOutput = Schema.Struct({
  heat_demand_kw: Schema.Finite,
  annual_energy_mwh: Schema.Finite,
  operating_hours_per_year: Schema.Finite,
  process_temperature_min_c: Schema.Finite,
  process_temperature_optimal_c: Schema.Finite,
  process_temperature_max_c: Schema.Finite,
  energy_intensity_kwh_per_unit: Schema.Finite,
  solar_fraction: Schema.Finite,
  collector_type: Field.optional(Schema.String),
  collector_area_m2: Schema.Finite,
  storage_volume_m3: Schema.Finite,
  backup_capacity_kw: Schema.Finite,
  annual_backup_energy_mwh: Schema.Finite,
  baseline_emissions_kg_co2e: Schema.Finite,
  reduction_potential_kg_co2e: Schema.Finite,
  reduction_percentage: Schema.Finite,
  residual_emissions_kg_co2e: Schema.Finite,
  technology_recommendation: Schema.String,
  recommendations: Schema.Array(Recommendation),
  notes: Field.notes
})
/** @category schemas */
export type ProcessHeatOutput = typeof ProcessHeatOutput.Type

/** Hours of a year: as given, else by the week, else by the profile. */
const hoursOf = (input: ProcessHeatInput): { readonly hours: number; readonly notes: ReadonlyArray<string> } => {
  const { days_per_week, load_profile, operating_hours_per_day, operating_hours_per_year } = input
  if (operating_hours_per_year !== undefined) return { hours: operating_hours_per_year, notes: [] }
  if (operating_hours_per_day !== undefined && days_per_week !== undefined) {
    return { hours: operating_hours_per_day * days_per_week * 52, notes: [] }
  }
  const { hours } = Tools.profiles[load_profile]
  return { hours, notes: [`${hours} hours a year are assumed for ${load_profile}`] }
}

const noSun = { solar_fraction: 0, collector_area_m2: 0, storage_volume_m3: 0 }

const compute = Effect.fnUntraced(function*(input: ProcessHeatInput, call: ToolCall) {
  const { hours, notes } = hoursOf(input)
  const demand = yield* call(Tools.calculateProcessHeatDemand, {
    process_type: input.process_type,
    production_rate: input.production_rate,
    temperature_requirement: input.temperature_requirement,
    inlet_temperature: input.inlet_temperature,
    specific_heat: input.specific_heat,
    process_efficiency: input.process_efficiency,
    operating_hours_per_year: hours,
    ...(input.latent_heat === undefined ? {} : { latent_heat: input.latent_heat }),
    ...(input.evaporated_kg_h === undefined ? {} : { evaporated_kg_h: input.evaporated_kg_h })
  })
  const { heat_demand_kw } = demand
  const temperatures = yield* call(Tools.calculateTemperatureRequirements, {
    process_type: input.process_type,
    quality_requirements: input.quality_requirements
  })
  const intensity = yield* call(Tools.calculateEnergyIntensity, {
    heat_demand_kw,
    production_rate: input.production_rate,
    operating_hours_per_year: hours
  })
  // Below 30 and above 400 degC no collector works: the answer has no sun, and says so.
  const sun = yield* call(Tools.estimateSolarThermalFraction, {
    process_temperature: input.temperature_requirement,
    load_profile: input.load_profile,
    latitude: input.latitude,
    heat_demand_kw,
    storage_hours: input.storage_hours,
    operating_hours_per_year: hours,
    ...(input.annual_irradiance === undefined ? {} : { annual_irradiance: input.annual_irradiance })
  }).pipe(
    Effect.catchTag("CalculationError", ({ reason }) => Effect.succeed({ ...noSun, notes: [`no sun: ${reason}`] }))
  )
  const { annual_energy_mwh } = demand
  const backup = yield* call(Tools.calculateBackupFuelRequirements, {
    peak_heat_demand_kw: heat_demand_kw,
    solar_fraction: sun.solar_fraction,
    backup_type: input.backup_type,
    annual_energy_mwh
  })
  const baseline = yield* call(ProcessEmissionTools.estimateEmissionsBaseline, {
    annual_heat_demand_mwh: annual_energy_mwh,
    current_fuel_type: input.current_fuel_type,
    basis: "hhv",
    ...(input.boiler_efficiency === undefined ? {} : { fuel_efficiency: input.boiler_efficiency }),
    ...(input.grid_region === undefined ? {} : { grid_region: input.grid_region })
  })
  const potential = yield* call(ProcessEmissionTools.calculateDecarbonizationPotential, {
    baseline_emissions_kg_co2e: baseline.annual_emissions_kg_co2e,
    solar_fraction: sun.solar_fraction,
    annual_heat_demand_mwh: annual_energy_mwh
  })
  const collector = "collector_type" in sun ? sun.collector_type : undefined
  const technology = collector === undefined
    ? `${input.backup_type} without solar heat`
    : `${collector} collectors with ${input.backup_type} as backup`
  const output: ProcessHeatOutput = {
    heat_demand_kw,
    annual_energy_mwh,
    operating_hours_per_year: hours,
    process_temperature_min_c: temperatures.min_temperature_c,
    process_temperature_optimal_c: temperatures.optimal_temperature_c,
    process_temperature_max_c: temperatures.max_temperature_c,
    energy_intensity_kwh_per_unit: intensity.energy_intensity_kwh_per_unit,
    solar_fraction: sun.solar_fraction,
    ...(collector === undefined ? {} : { collector_type: collector }),
    collector_area_m2: sun.collector_area_m2,
    storage_volume_m3: sun.storage_volume_m3,
    backup_capacity_kw: backup.backup_capacity_kw,
    annual_backup_energy_mwh: backup.annual_backup_energy_mwh,
    baseline_emissions_kg_co2e: baseline.annual_emissions_kg_co2e,
    reduction_potential_kg_co2e: potential.max_reduction_kg_co2e,
    reduction_percentage: potential.reduction_percentage,
    residual_emissions_kg_co2e: potential.residual_emissions_kg_co2e,
    technology_recommendation: technology,
    recommendations: potential.max_reduction_kg_co2e > 0
      ? [{ priority: "high", action: `Study ${technology}`, source: input.current_fuel_type }]
      : [],
    notes: [
      ...notes,
      ...demand.notes,
      ...sun.notes,
      ...baseline.notes,
      ...(input.temperature_requirement > temperatures.max_temperature_c ||
          input.temperature_requirement < temperatures.min_temperature_c
        ? [`${input.temperature_requirement} degC is outside of what is usual for ${input.process_type}`]
        : [])
    ]
  }
  return output
})

/**
 * Needs the reference tables and a language model, which explains what the tools found. A run may cost 0.80 US dollars.
 *
 * @category agents
 */
export const IndustrialProcessHeatAgentAI = Agent.make("IndustrialProcessHeatAgentAI", {
  version: "1.0.0",
  description: "Heat of an industrial process, and how much of it solar collectors could supply, explained by a model",
  input: Strict.make(ProcessHeatInput),
  output: Schema.Struct({ ...ProcessHeatOutput.fields, ...AiTwin.fields }),
  error: Schema.Union([...ClimateTool.ToolError.members, ...AiTwin.TwinError.members]),
  tools: [
    Tools.calculateProcessHeatDemand,
    Tools.calculateTemperatureRequirements,
    Tools.calculateEnergyIntensity,
    Tools.estimateSolarThermalFraction,
    Tools.calculateBackupFuelRequirements,
    ProcessEmissionTools.estimateEmissionsBaseline,
    ProcessEmissionTools.calculateDecarbonizationPotential
  ],
  execute: (input) =>
    AiTwin.run({
      agent: "IndustrialProcessHeatAgentAI",
      purpose: "You explain how much heat of a process the sun could supply.",
      input,
      output: ProcessHeatOutput,
      budgetUsd: 0.8,
      compute: (call) => compute(input, call)
    })
})
