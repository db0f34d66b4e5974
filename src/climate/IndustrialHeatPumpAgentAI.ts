/**
 * Which industrial heat pump could replace a fuel, what it costs and saves, explained by a model.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Agent from "../agent/Agent.ts"
import * as AiTwin from "./AiTwin.ts"
import * as Answer from "./Answer.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Field from "./Field.ts"
import * as CashFlow from "./finance/CashFlow.ts"
import * as Costs from "./HeatPumpCostTools.ts"
import * as HeatPumpModel from "./HeatPumpModel.ts"
import * as HeatPumpSelectionTools from "./HeatPumpSelectionTools.ts"
import * as HeatPumpTools from "./HeatPumpTools.ts"
import { capacityTons, fuelForHeat } from "./physics/Heat.ts"
import { celsiusToKelvin, fahrenheitToCelsius } from "./physics/Temperature.ts"
import * as PlantFormulas from "./PlantFormulas.ts"
import { Recommendation } from "./Recommendation.ts"
import * as Strict from "./Strict.ts"
import type { ToolCall } from "./ToolCall.ts"

/** @category schemas */
export const HeatPumpInput = Schema.Struct({
  process_temperature_f: Field.number("process temperature, F", { min: 80, max: 250 }),
  annual_heating_load_mmbtu: Field.positive("heat of a year, MMBtu"),
  load_profile_type: Schema.Literals(["continuous_24x7", "daytime_only", "batch_intermittent", "seasonal"]),
  climate_zone: Schema.Literals(["hot_humid", "hot_dry", "mixed_humid", "mixed_dry", "cold", "very_cold"]),
  design_ambient_temp_f: Field.number("coldest air, F", { min: -60, max: 130 }),
  available_heat_sources: Schema.NonEmptyArray(HeatPumpSelectionTools.HeatSource),
  baseline_fuel_type: Field.name("fuel that is replaced, such as natural_gas"),
  baseline_efficiency: Field.number("gross efficiency of the boiler", { min: 0.5, max: 1 }),
  electricity_rate_usd_per_kwh: Field.positive("energy charge, USD/kWh"),
  electricity_rate_structure: Costs.RateStructure,
  grid_emissions_factor_kg_co2e_per_kwh: Field.kilogramsPerKilowattHour("kg CO2e/kWh"),
  space_constraints: Schema.Literals(["ample", "moderate", "limited"]),
  source_temperature_f: Field.optional(Field.number("source, where measured, F", { min: -60, max: 250 })),
  sink_inlet_temperature_f: Field.optional(Field.number("sink inlet, needed for R-744, F", { min: 32, max: 250 })),
  compressor_type: Field.withDefault(HeatPumpModel.Compressor, "screw"),
  refrigerant: Field.optional(Field.name("refrigerant; one that suits the sink when absent")),
  demand_charge_usd_per_kw: Field.optional(Field.amount("USD/kW a month")),
  noise_sensitivity: Field.withDefault(Schema.Literals(["low", "medium", "high"]), "low"),
  operating_hours_per_year: Field.withDefault(Field.number("hours a year", { above: 0, max: 8784 }), 8760),
  peak_heating_load_mmbtu_hr: Field.optional(Field.positive("peak load, MMBtu/h; the mean when absent")),
  baseline_fuel_cost_usd_per_mmbtu: Field.withDefault(Field.amount("price of the fuel, USD/MMBtu"), 8),
  om_fraction_of_capex: Field.withDefault(Field.number("maintenance a year, of the cost", { min: 0, max: 0.2 }), 0.02),
  renewable_electricity_percent: Field.withDefault(
    Field.number("renewable contracts, percent", { min: 0, max: 100 }),
    0
  ),
  budget_usd: Field.optional(Field.positive("most that the machine may cost, USD"))
})
/** @category schemas */
export type HeatPumpInput = typeof HeatPumpInput.Type

/** @category schemas */
export const HeatPumpOutput = Schema.Struct({
  recommended_technology: Schema.String,
  heat_pump_type: HeatPumpModel.SourceKind,
  refrigerant: Schema.String,
  refrigerant_suitability: HeatPumpModel.Suitability,
  heat_pump_capacity_tons: Schema.Finite,
  average_cop: Schema.Finite,
  cop_range: Schema.Struct({ low: Schema.NullOr(Schema.Finite), high: Schema.NullOr(Schema.Finite) }).annotate({
    description: "at a source 18 F colder and warmer; null where the machine does not work"
  }),
  source_temperature_f: Schema.Finite,
  annual_electricity_consumption_kwh: Schema.Finite,
  annual_operating_cost_usd: Schema.Finite,
  baseline_operating_cost_usd: Schema.Finite,
  annual_cost_savings_usd: Schema.Finite,
  baseline_emissions_kg_co2e: Schema.Finite,
  emissions_reduction_kg_co2e: Schema.Finite,
  emissions_reduction_percent: Schema.NullOr(Schema.Finite),
  estimated_capex_usd: Schema.Finite,
  over_budget: Schema.Boolean,
  simple_payback_years: Schema.NullOr(Schema.Finite),
  npv_20yr_usd: Schema.Finite,
  thermal_storage_recommended: Schema.Boolean,
  implementation_considerations: Schema.Array(Schema.String),
  recommendations: Schema.Array(Recommendation),
  notes: Field.notes
})
/** @category schemas */
export type HeatPumpOutput = typeof HeatPumpOutput.Type

type Selected = Effect.Success<ReturnType<typeof HeatPumpSelectionTools.selectHeatPumpTechnology.call>>

/** The COP at another source temperature, `null` where the machine does not work. */
const copAt = (source: number, input: HeatPumpInput, selected: Selected, refrigerant: string, call: ToolCall) =>
  (selected.technology === "cascade_system"
    ? Effect.map(
      call(HeatPumpTools.designCascadeHeatPumpSystem, {
        source_temperature_f: source,
        final_sink_temperature_f: input.process_temperature_f,
        total_heating_capacity_mmbtu_hr: input.annual_heating_load_mmbtu / input.operating_hours_per_year,
        number_of_stages: 2
      }),
      ({ overall_system_cop }) => overall_system_cop
    )
    : Effect.map(
      call(HeatPumpTools.calculateHeatPumpCop, {
        heat_pump_type: selected.heat_pump_type,
        source_temperature_f: source,
        sink_temperature_f: input.process_temperature_f,
        compressor_type: input.compressor_type,
        refrigerant,
        ...(input.sink_inlet_temperature_f === undefined
          ? {}
          : { sink_inlet_temperature_f: input.sink_inlet_temperature_f })
      }),
      ({ cop_heating }) => cop_heating
    )).pipe(Effect.catchTag("CalculationError", () => Effect.succeed(null)))

/** The first refrigerant of a cascade that can condense at the sink. */
const refrigerantFor = (sink: number) =>
  HeatPumpModel.cascadeRefrigerants.find(([upTo]) => sink <= upTo)?.[1] ?? "R-1336mzz(Z)"

const compute = Effect.fnUntraced(function*(input: HeatPumpInput, call: ToolCall) {
  const load = input.annual_heating_load_mmbtu
  const hourly = input.peak_heating_load_mmbtu_hr ?? load / input.operating_hours_per_year
  const tons = yield* capacityTons({ load_mmbtu_h: hourly })
  const refrigerant = input.refrigerant ?? refrigerantFor(input.process_temperature_f)
  const suits = yield* HeatPumpModel.suitability(
    refrigerant,
    celsiusToKelvin(fahrenheitToCelsius(input.process_temperature_f)),
    input.sink_inlet_temperature_f === undefined
      ? undefined
      : celsiusToKelvin(fahrenheitToCelsius(input.sink_inlet_temperature_f)),
    "sink_inlet_temperature_f"
  )
  const selected = yield* call(HeatPumpSelectionTools.selectHeatPumpTechnology, {
    process_temperature_f: input.process_temperature_f,
    available_heat_sources: input.available_heat_sources,
    design_ambient_temp_f: input.design_ambient_temp_f,
    capacity_tons: tons,
    compressor_type: input.compressor_type,
    space_constraints: input.space_constraints,
    ...(input.source_temperature_f === undefined ? {} : { source_temperature_f: input.source_temperature_f }),
    ...(input.budget_usd === undefined ? {} : { budget_usd: input.budget_usd })
  })
  const source = selected.source_temperature_f
  const cop = (yield* copAt(source, input, selected, refrigerant, call)) ?? selected.cop
  const [low, high] = [
    yield* copAt(source - 18, input, selected, refrigerant, call),
    yield* copAt(source + 18, input, selected, refrigerant, call)
  ]
  const running = yield* call(Costs.calculateAnnualOperatingCosts, {
    heat_pump_capacity_tons: tons,
    average_cop: cop,
    annual_heat_delivered_mmbtu: load,
    electricity_rate_structure: input.electricity_rate_structure,
    energy_charge_usd_per_kwh: input.electricity_rate_usd_per_kwh,
    ...(input.demand_charge_usd_per_kw === undefined
      ? {}
      : { demand_charge_usd_per_kw: input.demand_charge_usd_per_kw })
  })
  const avoided = yield* call(Costs.calculateEmissionsReduction, {
    annual_heat_delivered_mmbtu: load,
    heat_pump_cop: cop,
    baseline_fuel_type: input.baseline_fuel_type,
    baseline_efficiency: input.baseline_efficiency,
    grid_emissions_factor_kg_co2e_per_kwh: input.grid_emissions_factor_kg_co2e_per_kwh,
    renewable_electricity_percent: input.renewable_electricity_percent
  })
  const storage = input.peak_heating_load_mmbtu_hr === undefined
    ? undefined
    : yield* storageFor(input, input.peak_heating_load_mmbtu_hr, cop, call)
  const fuel = yield* fuelForHeat({ heat: load, efficiency: input.baseline_efficiency })
  const before = yield* PlantFormulas.fuelCost({ fuel_mmbtu: fuel, price: input.baseline_fuel_cost_usd_per_mmbtu })
  const after = yield* PlantFormulas.runningCost({
    energy_cost: running.total_annual_cost_usd,
    om_fraction: input.om_fraction_of_capex,
    capex: selected.capex_usd
  })
  const saved = before - after
  const payback = saved > 0
    ? yield* CashFlow.paybackYears({ net_cost_usd: selected.capex_usd, annual_savings_usd: saved })
    : undefined
  const worth = yield* CashFlow.netPresentValue({
    net_cost_usd: selected.capex_usd,
    annual_savings_usd: saved,
    maintenance_usd: 0,
    growth: 0,
    discount_rate: 0.08,
    years: 20
  })
  const stores = typeof storage?.storage_payback_years === "number" && storage.storage_payback_years < 10
  const output: HeatPumpOutput = {
    recommended_technology: selected.technology,
    heat_pump_type: selected.heat_pump_type,
    refrigerant,
    refrigerant_suitability: suits,
    heat_pump_capacity_tons: Answer.figure(tons),
    average_cop: cop,
    cop_range: { low, high },
    source_temperature_f: source,
    annual_electricity_consumption_kwh: running.annual_energy_consumption_kwh,
    annual_operating_cost_usd: Answer.money(after),
    baseline_operating_cost_usd: Answer.money(before),
    annual_cost_savings_usd: Answer.money(saved),
    baseline_emissions_kg_co2e: avoided.baseline_emissions_kg_co2e,
    emissions_reduction_kg_co2e: avoided.emissions_reduction_kg_co2e,
    emissions_reduction_percent: avoided.emissions_reduction_percent,
    estimated_capex_usd: selected.capex_usd,
    over_budget: selected.over_budget,
    simple_payback_years: payback === undefined ? null : Answer.figure(payback),
    npv_20yr_usd: Answer.money(worth),
    thermal_storage_recommended: stores,
    implementation_considerations: considerations(input, suits, refrigerant, stores),
    recommendations: [{
      priority: worth > 0 ? "high" : "low",
      action: worth > 0
        ? `Install a ${selected.technology.replaceAll("_", " ")} heat pump`
        : "Wait: at these prices the heat pump does not pay back",
      source: input.baseline_fuel_type
    }],
    notes: [
      ...selected.notes,
      ...(input.peak_heating_load_mmbtu_hr === undefined ? ["the capacity is that of the mean load"] : []),
      ...running.notes,
      ...avoided.notes,
      "savings are less electricity, demand charges and maintenance; 8 percent over 20 years"
    ]
  }
  return output
})

const storageFor = (input: HeatPumpInput, peak: number, cop: number, call: ToolCall) => {
  const average = input.annual_heating_load_mmbtu / input.operating_hours_per_year
  const warmest = Math.min(210, Math.max(73, input.process_temperature_f))
  return peak < average
    ? Effect.fail(
      ClimateTool.invalid("peak_heating_load_mmbtu_hr", "is below the mean load", `${Answer.figure(average)} or more`)
    )
    : call(Costs.calculateThermalStorageSizing, {
      peak_heating_load_mmbtu_hr: peak,
      average_heating_load_mmbtu_hr: average,
      storage_medium: "water",
      storage_temperature_range_f: { min_temp_f: warmest - 40, max_temp_f: warmest },
      cop,
      ...(input.demand_charge_usd_per_kw === undefined
        ? {}
        : { demand_charge_usd_per_kw: input.demand_charge_usd_per_kw })
    })
}

const considerations = (
  input: HeatPumpInput,
  suits: HeatPumpModel.Suitability,
  refrigerant: string,
  stores: boolean
): ReadonlyArray<string> => [
  ...(suits === "unsuitable" ? [`${refrigerant} cannot condense at this sink: choose another refrigerant`] : []),
  ...(suits === "acceptable" ? [`${refrigerant} works near its limit at this sink`] : []),
  ...(stores ? ["A hot water tank pays back in less than 10 years"] : []),
  ...(input.available_heat_sources.includes("ambient_air") && /cold/.test(input.climate_zone)
    ? ["Plan defrosting and a backup for the coldest days"]
    : []),
  ...(input.noise_sensitivity === "high" ? ["Noise: place the machine apart or enclose it"] : []),
  ...(input.space_constraints === "limited"
    ? ["Space is limited: check the footprint of the machine and the tank"]
    : []),
  ...(input.load_profile_type === "batch_intermittent" ? ["Batches: a buffer tank avoids starts and stops"] : []),
  "Ask the utility for the connection of the electric load"
]

/** Where noise matters, the compressor is a scroll or a screw. Fails with `ValidationError`. */
const validate = (input: HeatPumpInput) =>
  input.noise_sensitivity === "high" && !["scroll", "screw"].includes(input.compressor_type)
    ? Effect.fail(ClimateTool.invalid("compressor_type", `${input.compressor_type} is too loud`, "scroll or screw"))
    : Effect.succeed(input)

/**
 * Needs the reference tables and a language model, which explains what the tools found. A run may cost 0.80 US dollars.
 *
 * @category agents
 */
export const IndustrialHeatPumpAgentAI = Agent.make("IndustrialHeatPumpAgentAI", {
  version: "1.0.0",
  description: "Industrial heat pump against a fuel: kind, COP, costs, savings and emissions, explained by a model",
  input: Strict.make(HeatPumpInput),
  output: Schema.Struct({ ...HeatPumpOutput.fields, ...AiTwin.fields }),
  error: Schema.Union([...ClimateTool.ToolError.members, ...AiTwin.TwinError.members]),
  tools: [
    HeatPumpTools.calculateHeatPumpCop,
    HeatPumpSelectionTools.selectHeatPumpTechnology,
    Costs.calculateAnnualOperatingCosts,
    HeatPumpTools.calculateCapacityDegradation,
    HeatPumpTools.designCascadeHeatPumpSystem,
    Costs.calculateThermalStorageSizing,
    Costs.calculateEmissionsReduction,
    HeatPumpTools.generatePerformanceCurve
  ],
  validate,
  execute: (input) =>
    AiTwin.run({
      agent: "IndustrialHeatPumpAgentAI",
      purpose: "You explain whether an industrial heat pump should replace a fuel.",
      input,
      output: HeatPumpOutput,
      budgetUsd: 0.8,
      compute: (call) => compute(input, call)
    })
})
