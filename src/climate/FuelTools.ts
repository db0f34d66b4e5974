/**
 * Emissions and energy content of one purchase of fuel or electricity, and what to do about it.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Run from "../agent/Run.ts"
import * as Tool from "../agent/Tool.ts"
import { DatabaseError } from "../database/DatabaseError.ts"
import { CalculationError, DataError, ValidationError } from "./ClimateError.ts"
import * as Country from "./Country.ts"
import * as DataYear from "./DataYear.ts"
import * as EmissionFactor from "./EmissionFactor.ts"
import * as FuelType from "./FuelType.ts"
import * as HeatContent from "./HeatContent.ts"
import * as Licence from "./Licence.ts"
import { Kilograms, KilogramsCo2e, MMBtu, round, UnitName } from "./Quantity.ts"
import { Recommendation } from "./Recommendation.ts"
import { ReferenceTables } from "./tables/ReferenceTables.ts"

/** How a look-up can fail. @category errors */
export const LookupError = Schema.Union([ValidationError, DataError, DatabaseError])

/** How a calculation can fail. @category errors */
export const FuelError = Schema.Union([...LookupError.members, CalculationError])

/** Which published factor is wanted. @category schemas */
export const place = {
  country: Country.CountryOrUs,
  subregion: Schema.optionalKey(Schema.NonEmptyString.annotate({
    description: "electricity only: eGRID subregion (CAMX), US state (CA) or Canadian province (ON)"
  })),
  year: Schema.optionalKey(DataYear.DataYear),
  gwp_set: Schema.optionalKey(EmissionFactor.GwpSet.annotate({
    description: "global warming potentials of the IPCC: AR6 when absent, or AR5"
  })),
  allowFallback: Schema.optionalKey(Schema.Boolean.annotate({
    description: "whether the world's factor may stand in for a country without one; it may not when absent"
  }))
}

/** How the amount was bought and used. @category schemas */
export const use = {
  renewable_percentage: Schema.optionalKey(
    Schema.Finite.annotate({
      description: "electricity only: percent from renewable contracts or certificates, 0 to 100"
    }).check(Schema.isBetween({ minimum: 0, maximum: 100 }))
  ),
  efficiency: Schema.optionalKey(
    Schema.Finite.annotate({
      description: "above 0 to 1: the amount is useful energy, and that share of what was burnt or bought"
    }).check(Schema.isGreaterThan(0), Schema.isLessThanOrEqualTo(1))
  )
}

/** @category tools */
export const lookupEmissionFactor = Tool.make("lookup_emission_factor", {
  description: "Published emission factor of a fuel, electricity or heat per unit, for a country, with its source",
  input: Schema.Struct({ fuel_type: FuelType.FuelType, unit: UnitName, ...place }),
  output: EmissionFactor.EmissionFactor,
  error: LookupError,
  execute: (wanted) => Effect.andThen(DataYear.check(wanted.year), EmissionFactor.find(wanted))
})

/**
 * Kilograms to 2 decimals; CH4 and N2O, which are small, to 6. Each is what the amount emits, divided by `efficiency`.
 * `location_based_kg_co2e` and `market_based_kg_co2e` are there for electricity.
 *
 * @category schemas
 */
export const Emissions = Schema.Struct({
  emissions_kg_co2e: KilogramsCo2e.annotate({
    description: "kg CO2e; market-based where a renewable percentage is given, else location-based"
  }),
  scope: EmissionFactor.Scope,
  location_based_kg_co2e: Schema.optionalKey(KilogramsCo2e),
  market_based_kg_co2e: Schema.optionalKey(KilogramsCo2e),
  co2_kg: Schema.optionalKey(Kilograms),
  ch4_kg: Schema.optionalKey(Kilograms),
  n2o_kg: Schema.optionalKey(Kilograms),
  biogenic_co2_kg: Schema.optionalKey(Kilograms),
  renewable_offset_applied: Schema.Boolean,
  efficiency_adjusted: Schema.Boolean,
  generation: Schema.Boolean.annotate({ description: "generated on site, so without emissions" })
})

/**
 * Kilograms of CO2e. `renewablePercentage` leaves the location-based figure alone; both are divided by `efficiency`.
 *
 * ```ts
 * import { emissions } from "greenlang/climate/FuelTools"
 *
 * emissions({ amount: 1000, factor: 0.5, renewablePercentage: 40, efficiency: 0.8 }) // => { location: 625, market: 375 }
 * ```
 *
 * @category formulas
 */
export const emissions = (of: {
  readonly amount: number
  /** kg CO2e per unit of the amount */
  readonly factor: number
  /** 0 to 100 */
  readonly renewablePercentage?: number | undefined
  /** above 0, at most 1 */
  readonly efficiency?: number | undefined
}): { readonly location: number; readonly market: number } => {
  const location = of.amount * of.factor / (of.efficiency ?? 1)
  return { location, market: location * (1 - (of.renewablePercentage ?? 0) / 100) }
}

/**
 * Fails with `ValidationError` where a renewable percentage is given for anything but electricity.
 *
 * @category validation
 */
export const checkRenewable = (input: { readonly fuel_type: string; readonly renewable_percentage?: number }) =>
  input.renewable_percentage === undefined || FuelType.kind(input.fuel_type) === "electricity"
    ? Effect.void
    : Effect.fail(
      new ValidationError({
        issues: [{
          path: "renewable_percentage",
          message: `${input.fuel_type} has no renewable percentage`,
          expected: "it only where fuel_type is electricity"
        }]
      })
    )

const checkFinite = (calculation: string, result: number, inputs: Readonly<Record<string, number>>) =>
  Number.isFinite(result)
    ? Effect.void
    : Effect.fail(new CalculationError({ calculation, reason: "the result must stay below 1.8e308", inputs }))

/** @category tools */
export const calculateEmissions = Tool.make("calculate_emissions", {
  description: "Emissions of an amount of fuel, electricity or heat: kg CO2e, the gases, and the scope",
  input: FuelType.consumption((common) => Schema.Struct({ ...common, ...place, ...use })),
  output: Emissions,
  error: FuelError,
  execute: Effect.fnUntraced(function*(input) {
    yield* checkRenewable(input)
    yield* DataYear.check(input.year)
    const factor = yield* EmissionFactor.find(input)
    const kind = FuelType.kind(input.fuel_type)
    const { amount, efficiency, renewable_percentage: renewablePercentage } = input
    const { location, market } = emissions({ amount, factor: factor.factor, renewablePercentage, efficiency })
    yield* checkFinite("calculate_emissions", location, { amount, emission_factor: factor.factor })
    const output = KilogramsCo2e.make(round(renewablePercentage === undefined ? location : market, 2))
    yield* Run.cite({
      kind: "calculation",
      step: "calculate_emissions",
      formula: [
        "amount * emission_factor",
        ...(renewablePercentage === undefined ? [] : ["* (1 - renewable_percentage / 100)"]),
        ...(efficiency === undefined ? [] : ["/ efficiency"])
      ].join(" "),
      inputs: {
        amount,
        unit: input.unit,
        emission_factor: factor.factor,
        ...(renewablePercentage === undefined ? {} : { renewable_percentage: renewablePercentage }),
        ...(efficiency === undefined ? {} : { efficiency })
      },
      output,
      unit: "kg CO2e"
    })
    const gas = (perUnit: number, decimals: number) =>
      Kilograms.make(round(amount * perUnit / (efficiency ?? 1), decimals))
    const { biogenic_co2, ch4, co2, n2o } = factor
    return {
      emissions_kg_co2e: output,
      scope: factor.scope,
      ...(kind === "electricity"
        ? {
          location_based_kg_co2e: KilogramsCo2e.make(round(location, 2)),
          market_based_kg_co2e: KilogramsCo2e.make(round(market, 2))
        }
        : {}),
      ...(co2 === undefined ? {} : { co2_kg: gas(co2, 2) }),
      ...(ch4 === undefined ? {} : { ch4_kg: gas(ch4, 6) }),
      ...(n2o === undefined ? {} : { n2o_kg: gas(n2o, 6) }),
      ...(biogenic_co2 === undefined ? {} : { biogenic_co2_kg: gas(biogenic_co2, 2) }),
      renewable_offset_applied: (renewablePercentage ?? 0) > 0,
      efficiency_adjusted: efficiency !== undefined && efficiency < 1,
      generation: kind === "generation"
    }
  })
})

/**
 * The energy has 6 decimals. Fails with `DataError` when no heat content is published for the fuel in that unit.
 *
 * @category tools
 */
export const energyContent = Tool.make("energy_content", {
  description: "Energy in an amount of fuel, electricity or heat, in MMBtu at the higher heating value",
  input: FuelType.consumption((common) => Schema.Struct(common)),
  output: Schema.Struct({ energy_content_mmbtu: MMBtu }),
  error: FuelError,
  execute: Effect.fnUntraced(function*({ amount, fuel_type, unit }) {
    const found = yield* Effect.flatMap(
      HeatContent.find(fuel_type, { unit, basis: "gross" }),
      Option.match({ onNone: () => HeatContent.findDefault(fuel_type, unit), onSome: Effect.succeedSome })
    )
    if (Option.isNone(found)) {
      const tables = yield* ReferenceTables
      const row = yield* tables.fuelCombustion(FuelType.epaName(fuel_type))
      return yield* new DataError({
        what: "heat content",
        lookedFor: { fuel_type, unit },
        available: Option.match(row, {
          onNone: () => ["units of energy"],
          onSome: ({ native_unit }) => ["units of energy", `units that convert into ${native_unit}`]
        })
      })
    }
    const { mmbtu, published, region, source, year } = found.value
    yield* checkFinite("energy_content", amount * mmbtu, { amount, heat_content: mmbtu })
    const energy = MMBtu.make(round(amount * mmbtu, 6))
    if (published !== undefined) {
      const heat = { name: `heat content of ${fuel_type}`, ...published, source, year, region }
      yield* Run.cite({ kind: "factor", ...heat, ...Licence.cited(source) })
    }
    yield* Run.cite({
      kind: "calculation",
      step: "energy_content",
      formula: "amount * heat_content",
      inputs: { amount, unit, heat_content: mmbtu },
      output: energy,
      unit: "MMBtu"
    })
    return { energy_content_mmbtu: energy }
  })
})

/** @category tools */
export const generateRecommendations = Tool.make("generate_recommendations", {
  description: "What to do about the emissions of a fuel, at most 5, with typical reductions",
  input: Schema.Struct({
    fuel_type: FuelType.FuelType,
    emissions_kg: KilogramsCo2e.annotate({ description: "emissions of the purchase, kg CO2e" }),
    country: Country.CountryOrUs
  }),
  output: Schema.Struct({ recommendations: Schema.Array(Recommendation) }),
  execute: ({ country, emissions_kg, fuel_type }) =>
    Effect.succeed({
      recommendations: emissions_kg > 0 ? recommend(fuel_type, Country.code(country)) : []
    })
})

/**
 * First another fuel, then efficiency and controls, then energy management. The ranges are rules of thumb.
 *
 * @category formulas
 */
export const recommend = (fuel: string, country: string): ReadonlyArray<Recommendation> => {
  const kind = FuelType.kind(fuel)
  if (kind === "generation") return []
  const measure = (priority: Recommendation["priority"], action: string, low: number, high: number) => ({
    priority,
    action,
    source: fuel,
    reduction_percent: { low, high }
  })
  const switches = kind === "electricity"
    ? [
      measure("high", "Generate on site with solar PV", 0, 100),
      measure("high", `Buy renewable certificates or a power purchase agreement valid in ${country}`, 0, 100)
    ]
    : fuelSwitches.flatMap(([pattern, action, low, high]) =>
      pattern.test(fuel) ? [measure("high", action, low, high)] : []
    )
  return [
    ...switches,
    measure("medium", efficiencyMeasures[kind], 10, 20),
    measure("low", "Manage energy: meter it, set targets, review use every month", 5, 15)
  ]
}

const fuelSwitches: ReadonlyArray<readonly [fuel: RegExp, action: string, low: number, high: number]> = [
  [/^(coal|coke|peat|petroleum_coke)/, "Change from coal to natural gas", 45, 45],
  [
    /^(diesel|fuel_oil|gas_oil|gasoline|kerosene|lpg|propane|residual_fuel_oil)/,
    "Change from oil to natural gas or a heat pump, in vehicles to electric drive",
    25,
    60
  ],
  [/^natural_gas$/, "Change from natural gas to renewable gas or a heat pump", 20, 100]
]

const efficiencyMeasures = {
  combustion: "Raise efficiency: tune burners, recover heat, insulate, control by demand",
  electricity: "Raise efficiency: efficient motors, drives and lighting, controls by demand",
  heat: "Raise efficiency: return condensate, repair traps, insulate pipes, control by demand"
}

/** In the order in which the agents call them. @category tools */
export const tools = [lookupEmissionFactor, calculateEmissions, energyContent, generateRecommendations] as const
