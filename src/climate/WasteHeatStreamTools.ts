/**
 * Streams of waste heat: where they are, what they hold, and what they do to a heat exchanger.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answer from "./Answer.ts"
import { ValidationError } from "./ClimateError.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Constant from "./Constant.ts"
import * as Field from "./Field.ts"
import { acidDewPoint } from "./physics/AcidDewPoint.ts"
import * as Heat from "./physics/Heat.ts"
import * as PlantFormulas from "./PlantFormulas.ts"
import { fluids, materialLimits, wasteHeatProcesses } from "./tables/EquipmentTables.ts"
import { ReferenceTables } from "./tables/ReferenceTables.ts"

/** A process of a plant that gives off heat. @category schemas */
export const Process = Schema.Struct({
  process_name: Field.name("name of the process"),
  process_type: Field.name("boiler_exhaust, baking_oven, furnace_steel, dryer_exhaust, compressor_cooling, ..."),
  annual_fuel_consumption_mmbtu: Field.amount("fuel of the process, MMBtu a year, gross"),
  input_mmbtu: Field.optional(Field.amount("electricity of compressors, MMBtu a year; only for compressor_cooling")),
  fuel_type: Field.optional(Field.name("fuel of the process; natural_gas when absent")),
  boiler_efficiency: Field.withDefault(Field.efficiency("heat of the process for each fuel, above 0 to 1"), 0.8),
  operating_temperature_f: Field.optional(Field.number("measured temperature of the stream, F", { min: -459.67 })),
  operating_hours: Field.withDefault(Field.number("hours a year", { above: 0, max: 8784 }), 7700)
})

/** Bands of temperature of this library: high above 400 F, low below 200 F. @category schemas */
export const Grade = Schema.Literals(["high", "medium", "low"])
/** @category schemas */
export type Grade = typeof Grade.Type

const foulingRisks = ["low", "moderate", "high", "very_high"] as const

/** How much a stream fouls a surface. @category schemas */
export const FoulingRisk = Schema.Literals(foulingRisks)

/** @category schemas */
export const Source = Schema.Struct({
  process_name: Schema.String,
  process_type: Schema.String,
  stream_type: Schema.String,
  temperature_f: Schema.Finite,
  waste_heat_mmbtu_yr: Schema.Finite,
  recoverable_mmbtu_yr: Schema.Finite.annotate({ description: "0.80 of the waste heat" }),
  economic_mmbtu_yr: Schema.Finite.annotate({ description: "0.70 of the waste heat" }),
  rate_mmbtu_hr: Schema.Finite,
  grade: Grade,
  fouling_risk: FoulingRisk,
  operating_hours: Schema.Finite,
  fuel_type: Schema.String,
  boiler_efficiency: Schema.Finite
})
/** @category schemas */
export type Source = typeof Source.Type

const gradeOf = (temperature: number): Grade => temperature > 400 ? "high" : temperature >= 200 ? "medium" : "low"

/** @category tools */
export const identifyWasteHeatSources = ClimateTool.make("identify_waste_heat_sources", {
  description: "Waste heat of each process by its share of the fuel, of the process heat or of the compressors' input",
  input: Schema.Struct({
    processes: Schema.NonEmptyArray(Process),
    total_annual_fuel_mmbtu: Field.positive("fuel of the whole plant, MMBtu a year"),
    minimum_temperature_f: Field.withDefault(Field.number("streams below are left out, F", { min: -459.67 }), 120)
  }),
  output: Schema.Struct({
    waste_heat_sources: Schema.Array(Source),
    total_waste_heat_identified_mmbtu_yr: Schema.Finite,
    notes: Field.notes
  }),
  execute: Effect.fnUntraced(function*({ minimum_temperature_f, processes, total_annual_fuel_mmbtu }) {
    const tables = yield* ReferenceTables
    const rows = yield* tables.rows(wasteHeatProcesses)
    const known = rows.map((row) => row.process_type)
    const sources: Array<Source> = []
    const dropped: Array<string> = []
    const issues: Array<{ path: string; message: string; expected: string }> = []
    let ofFuel = 0
    for (const [at, process] of processes.entries()) {
      const row = rows.find((row) => row.process_type === Constant.canonical(process.process_type))
      const path = `processes.${at}`
      if (row === undefined) {
        const message = `${process.process_type} is not a known process`
        issues.push({ path: `${path}.process_type`, message, expected: known.join(", ") })
        continue
      }
      const base = baseOf(row.waste_heat_share_unit, process)
      if (base === undefined) {
        const expected = "the electricity of the compressors in MMBtu"
        issues.push({ path: `${path}.input_mmbtu`, message: "is missing", expected })
        continue
      }
      const waste = yield* PlantFormulas.wasteHeat({ base, share_percent: row.waste_heat_share })
      if (row.waste_heat_share_unit === "percent of fuel") ofFuel += waste
      const temperature = process.operating_temperature_f ?? row.temperature
      if (temperature < minimum_temperature_f) {
        dropped.push(`${process.process_name} at ${temperature} F is below ${minimum_temperature_f} F`)
        continue
      }
      yield* Constant.cite(`waste heat of ${row.process_type}`, row.waste_heat_share, row.waste_heat_share_unit, row)
      if (process.operating_temperature_f === undefined) {
        yield* Constant.cite(`temperature of ${row.process_type}`, row.temperature, row.temperature_unit, row)
      }
      const recoverable = yield* PlantFormulas.usableHeat({ waste_heat: waste, share: 0.8 })
      const economic = yield* PlantFormulas.usableHeat({ waste_heat: waste, share: 0.7 })
      const rate = yield* PlantFormulas.hourlyHeat({ annual: waste, hours: process.operating_hours })
      sources.push({
        process_name: process.process_name,
        process_type: row.process_type,
        stream_type: row.stream_type,
        temperature_f: temperature,
        waste_heat_mmbtu_yr: Answer.figure(waste),
        recoverable_mmbtu_yr: Answer.figure(recoverable),
        economic_mmbtu_yr: Answer.figure(economic),
        rate_mmbtu_hr: Answer.figure(rate),
        grade: gradeOf(temperature),
        fouling_risk: foulingRisks.find((risk) => risk === row.fouling_risk) ?? "moderate",
        operating_hours: process.operating_hours,
        fuel_type: process.fuel_type ?? "natural_gas",
        boiler_efficiency: process.boiler_efficiency
      })
    }
    if (issues.length > 0) return yield* new ValidationError({ issues })
    if (ofFuel > total_annual_fuel_mmbtu) {
      return yield* ClimateTool.impossible(
        "identify_waste_heat_sources",
        "the waste heat of fuel exceeds all fuel of the plant",
        { total_annual_fuel_mmbtu, waste_heat_of_fuel: ofFuel }
      )
    }
    const total = yield* PlantFormulas.sum(sources.map((source) => source.waste_heat_mmbtu_yr))
    return {
      waste_heat_sources: sources,
      total_waste_heat_identified_mmbtu_yr: Answer.figure(total),
      notes: [
        "grades are this library's: high above 400 F, low below 200 F (the US DOE's bands are 1200 and 450 F)",
        ...dropped
      ]
    }
  })
})

const baseOf = (unit: string, process: typeof Process.Type): number | undefined =>
  unit === "percent of fuel"
    ? process.annual_fuel_consumption_mmbtu
    : unit === "percent of process"
    ? process.annual_fuel_consumption_mmbtu * process.boiler_efficiency
    : process.input_mmbtu

/** The row of a fluid; flue gas of no named fuel is that of natural gas. Fails with `DataError`. @category reading */
export const fluid = Effect.fnUntraced(function*(name: string) {
  const alias = /^(flue|exhaust)_gas$/.test(Constant.canonical(name))
  const row = yield* Constant.find(fluids, "fluid", "fluid", alias ? "combustion_products_natural_gas" : name)
  return { row, notes: alias ? [`${name} is read as combustion_products_natural_gas`] : [] }
})

const aboveZero = Field.number("temperature, F", { above: -459.67 })

/** @category tools */
export const calculateHeatRecoveryPotential = ClimateTool.make("calculate_heat_recovery_potential", {
  description: "Heat that can be taken from a stream in a year, what is practical of it, and its exergy",
  input: Schema.Struct({
    waste_heat_stream: Schema.Struct({
      temperature_f: aboveZero,
      mass_flow_rate_lb_hr: Field.positive("mass flow, lb/h"),
      fluid_type: Field.name("fluid, such as air, water, flue_gas, combustion_products_oil")
    }),
    recovery_temperature_f: Field.number("temperature down to which heat is of use, F", { above: -459.67 }),
    heat_exchanger_effectiveness: Field.efficiency("share of the possible heat that is transferred, above 0 to 1"),
    operating_hours_per_year: Field.withDefault(Field.number("hours a year", { above: 0, max: 8784 }), 7884)
  }),
  output: Schema.Struct({
    theoretical_heat_recovery_mmbtu_yr: Schema.Finite,
    practical_heat_recovery_mmbtu_yr: Schema.Finite,
    outlet_temperature_f: Schema.Finite,
    pinch_constraint_factor: Schema.Finite,
    exergy_mmbtu_yr: Schema.Finite,
    notes: Field.notes
  }),
  execute: Effect.fnUntraced(function*(input) {
    const { heat_exchanger_effectiveness, operating_hours_per_year, recovery_temperature_f, waste_heat_stream } = input
    const { fluid_type, mass_flow_rate_lb_hr, temperature_f } = waste_heat_stream
    const { notes, row } = yield* fluid(fluid_type)
    yield* Constant.cite(`specific heat of ${row.fluid}`, row.specific_heat, row.specific_heat_unit, row)
    const theoretical = yield* Heat.recoverableHeat({
      mass_lb_h: mass_flow_rate_lb_hr,
      specific_heat_btu_lb_f: row.specific_heat,
      inlet_f: temperature_f,
      recovery_f: recovery_temperature_f,
      hours: operating_hours_per_year
    })
    const difference = temperature_f - recovery_temperature_f
    const pinch = yield* Heat.pinchFactor({ difference_f: difference })
    const practical = theoretical * heat_exchanger_effectiveness * pinch
    const outlet = temperature_f - difference * heat_exchanger_effectiveness * pinch
    const exergy = yield* Heat.heatExergy({ heat: practical, inlet_f: temperature_f, outlet_f: outlet })
    return {
      theoretical_heat_recovery_mmbtu_yr: Answer.figure(theoretical),
      practical_heat_recovery_mmbtu_yr: Answer.figure(practical),
      outlet_temperature_f: Answer.figure(outlet),
      pinch_constraint_factor: Answer.figure(pinch),
      exergy_mmbtu_yr: Answer.figure(exergy),
      notes: [
        ...notes,
        ...(temperature_f > 600 ? ["above 600 F a constant specific heat is off by 5 percent and more"] : [])
      ]
    }
  })
})

/** @category tools */
export const assessFoulingCorrosionRisk = ClimateTool.make("assess_fouling_corrosion_risk", {
  description: "Risk of corrosion and fouling: acid dew point, chlorides, particulates, limit of the material",
  input: Schema.Struct({
    waste_heat_stream: Schema.Struct({
      temperature_f: aboveZero,
      fluid_type: Field.name("fluid, such as air, water, flue_gas, combustion_products_oil"),
      sulfur_content_ppm: Field.number("SO2 in wet flue gas, ppm by volume", { min: 0, max: 1e6 }),
      particulate_content_ppm: Field.amount("particulates, mg/Nm3 of gas or mg/kg of liquid"),
      chloride_content_ppm: Field.amount("chloride, mg/Nm3 of gas or mg/kg of liquid"),
      h2o_fraction: Field.withDefault(Field.share("water in the flue gas, by volume"), 0.1),
      so3_conversion: Field.withDefault(Field.efficiency("share of SO2 that becomes SO3"), 0.02)
    }),
    material_of_construction: Field.name("stainless_steel_304, stainless_steel_316, carbon_steel, titanium, ...")
  }),
  output: Schema.Struct({
    risk_score: Schema.Finite,
    overall_risk_level: Schema.Literals(["low", "medium", "high", "critical"]),
    acid_dew_point_f: Field.optional(Schema.Finite),
    material_limit_f: Schema.Finite,
    cleaning_interval: Schema.Literals(["monthly", "quarterly", "annual"]),
    fouling_resistance: Schema.Finite.annotate({ description: "h ft2 F/Btu" }),
    risks: Schema.Array(Schema.String),
    notes: Field.notes
  }),
  execute: Effect.fnUntraced(function*({ material_of_construction, waste_heat_stream: stream }) {
    const { notes, row } = yield* fluid(stream.fluid_type)
    const material = yield* Constant.find(materialLimits, "material", "material", material_of_construction)
    yield* Constant.cite(`temperature limit of ${material.material}`, material.max_temp_f, "degF", material)
    const hasAcid = row.phase === "gas" && stream.sulfur_content_ppm > 0
    const water = 760 * stream.h2o_fraction
    if (hasAcid && (water < 20 || water > 200)) {
      return yield* ClimateTool.invalid(
        "waste_heat_stream.h2o_fraction",
        "the acid dew point is known for 20 to 200 mmHg of water",
        "0.0264 to 0.263"
      )
    }
    const dew = hasAcid
      ? yield* acidDewPoint({
        water_mmhg: water,
        so3_mmhg: 760 * stream.sulfur_content_ppm * 1e-6 * stream.so3_conversion
      })
      : undefined
    const { chloride_content_ppm, particulate_content_ppm, sulfur_content_ppm, temperature_f } = stream
    const found: ReadonlyArray<readonly [boolean, number, string]> = [
      [
        dew !== undefined && sulfur_content_ppm > 100 && temperature_f < dew + 20,
        40,
        "sulfuric acid condenses: the stream is within 20 F of the acid dew point"
      ],
      [
        material.austenitic && chloride_content_ppm > 50 && temperature_f > 140,
        35,
        "chloride stress corrosion of austenitic steel"
      ],
      [particulate_content_ppm > 100, 25, "particulates settle on the surface"],
      [row.phase === "liquid" && temperature_f > 160, 15, "scale forms from hot liquid"],
      [temperature_f > material.max_temp_f, 50, `the stream is above the limit of ${material.material}`]
    ]
    const risks = found.filter(([applies]) => applies)
    const score = Math.min(100, risks.reduce((sum, [, points]) => sum + points, 0))
    const level = score >= 60 ? "high" as const : score >= 30 ? "medium" as const : "low" as const
    const intervals = { high: "monthly", medium: "quarterly", low: "annual" } as const
    return {
      risk_score: score,
      overall_risk_level: temperature_f > material.max_temp_f ? "critical" as const : level,
      ...(dew === undefined ? {} : { acid_dew_point_f: Answer.figure(dew) }),
      material_limit_f: material.max_temp_f,
      cleaning_interval: intervals[level],
      fouling_resistance: Answer.figure(0.001 + score / 100 * 0.004),
      risks: risks.map(([, , text]) => text),
      notes: [
        ...notes,
        ...(row.phase === "liquid" && sulfur_content_ppm > 0 ? ["sulfur in a liquid forms no acid dew point"] : [])
      ]
    }
  })
})
