/**
 * Everything that is wrong with the inventory of a building, at once, and the inventory in common units.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Agent from "../agent/Agent.ts"
import * as Answer from "./Answer.ts"
import * as BuildingBenchmark from "./BuildingBenchmark.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Constant from "./Constant.ts"
import * as Country from "./Country.ts"
import * as Field from "./Field.ts"
import * as FuelTools from "./FuelTools.ts"
import { checkUnit, normalizeArea, normalizeEnergy, tools } from "./InputValidatorTools.ts"
import * as Strict from "./Strict.ts"
import * as Vintage from "./Vintage.ts"

/** A fuel or bought energy as its bill has it. @category schemas */
export const FuelRecord = Schema.Struct({
  type: Schema.String.annotate({ description: "fuel or bought energy, such as natural_gas, electricity" }),
  consumption: Schema.Finite.annotate({ description: "how much, in the unit" }),
  unit: Schema.String.annotate({ description: "unit, as the bill writes it" }),
  region: Field.optional(Schema.String.annotate({ description: "country; US when absent" }))
})

/** @category schemas */
export const ValidatorInput = Schema.Struct({
  fuels: Field.optional(Schema.Array(FuelRecord)),
  building_info: Field.optional(Schema.Struct({
    type: Field.optional(Schema.String.annotate({ description: "type of building" })),
    area: Field.optional(Schema.Finite.annotate({ description: "floor area, above 0" })),
    area_unit: Field.withDefault(Schema.String.annotate({ description: "sqft or sqm" }), "sqft"),
    occupancy: Field.optional(Schema.Finite.annotate({ description: "number of persons" }))
  })),
  period: Field.optional(Schema.Struct({
    start_date: Field.optional(Schema.String.annotate({ description: "first day, ISO 8601" })),
    end_date: Field.optional(Schema.String.annotate({ description: "last day, ISO 8601" })),
    duration: Field.optional(Schema.Finite.annotate({ description: "length, above 0" })),
    unit: Field.optional(Schema.Literals(["days", "months", "years"]))
  }))
})
/** @category schemas */
export type ValidatorInput = typeof ValidatorInput.Type

/** One finding: `index` counts the fuels from 1. @category schemas */
export const Finding = Schema.Struct({
  index: Field.optional(Schema.Int),
  field: Schema.String,
  reason: Schema.String
})
/** @category schemas */
export type Finding = typeof Finding.Type

/** @category schemas */
export const ValidatorOutput = Schema.Struct({
  is_valid: Schema.Boolean,
  errors: Schema.Array(Finding),
  warnings: Schema.Array(Finding),
  normalized: Schema.Struct({
    fuels: Schema.Array(Schema.Struct({
      type: Schema.String,
      consumption: Schema.Finite,
      unit: Schema.String,
      region: Schema.String
    })),
    area_sqft: Field.optional(Schema.Finite)
  })
})

interface Checked {
  readonly errors: ReadonlyArray<Finding>
  readonly warnings: ReadonlyArray<Finding>
  readonly fuel: { readonly type: string; readonly consumption: number; readonly unit: string; readonly region: string }
  /** MMBtu, where it is known. */
  readonly energy: number
}

const generates = /^(solar_pv|wind)$/

const checkFuel = Effect.fnUntraced(function*(record: typeof FuelRecord.Type, at: number) {
  const region = record.region ?? "US"
  const type = Constant.canonical(record.type)
  const index = at + 1
  const found: Array<Finding> = []
  if (type === "") found.push({ index, field: "type", reason: "is empty" })
  if (record.consumption < 0 && !generates.test(type)) {
    found.push({ index, field: "consumption", reason: "is below zero" })
  }
  const unit = type === "" || record.unit.trim() === ""
    ? undefined
    : yield* checkUnit.call({ fuel_type: type, unit: record.unit, country: region }).pipe(
      Effect.catchTags({
        ValidationError: (error) => Effect.succeed({ fault: "unit", reason: error.message }),
        InvalidInput: (error) => Effect.succeed({ fault: error.issues[0]?.path ?? "unit", reason: error.message }),
        DataError: (error) =>
          Effect.succeed({ fault: "country" in error.lookedFor ? "region" : "type", reason: error.message })
      })
    )
  if (record.unit.trim() === "") found.push({ index, field: "unit", reason: "is empty" })
  const fields: Readonly<Record<string, string>> = { fuel_type: "type", country: "region" }
  if (unit !== undefined && "fault" in unit) {
    found.push({ index, field: fields[unit.fault] ?? unit.fault, reason: unit.reason })
  }
  const good = unit === undefined || "fault" in unit ? undefined : unit
  const toKwh = good === undefined || type !== "electricity"
    ? undefined
    : yield* Effect.option(normalizeEnergy.call({ value: Math.max(0, record.consumption), unit: record.unit }))
  const energy = good === undefined || record.consumption <= 0
    ? Option.none()
    : yield* Effect.option(
      FuelTools.energyContent.call({ fuel_type: type, amount: record.consumption, unit: record.unit, country: region })
    )
  const checked: Checked = {
    errors: found,
    warnings: [
      ...(record.consumption === 0 ? [{ index, field: "consumption", reason: "is zero" }] : []),
      ...(good?.notes ?? []).map((reason) => ({ index, field: "unit", reason }))
    ],
    fuel: {
      type,
      region: Country.code(region),
      ...(toKwh !== undefined && Option.isSome(toKwh)
        ? { consumption: toKwh.value.value, unit: "kWh" }
        : { consumption: record.consumption, unit: good?.unit ?? record.unit })
    },
    energy: Option.match(energy, { onNone: () => 0, onSome: ({ energy_content_mmbtu }) => energy_content_mmbtu })
  }
  return checked
})

const day = 86_400_000

/** Months of a period, with what is wrong with it. */
const checkPeriod = (
  period: ValidatorInput["period"]
): { readonly months: number; readonly errors: ReadonlyArray<Finding> } => {
  if (period === undefined) return { months: 12, errors: [] }
  const { duration, end_date, start_date, unit } = period
  const dates = [["period.start_date", start_date], ["period.end_date", end_date]] as const
  const bad = dates.flatMap(([field, text]) =>
    text === undefined || Vintage.isDay(text)
      ? []
      : [{ field, reason: `${text} is not a date such as 2025-01-31` }]
  )
  const errors: ReadonlyArray<Finding> = [
    ...bad,
    ...(bad.length === 0 && start_date !== undefined && end_date !== undefined && start_date > end_date
      ? [{ field: "period.end_date", reason: "is before start_date" }]
      : []),
    ...(duration !== undefined && duration <= 0 ? [{ field: "period.duration", reason: "must be above 0" }] : []),
    ...(duration !== undefined && unit === undefined ? [{ field: "period.unit", reason: "is missing" }] : []),
    ...(duration === undefined && (start_date === undefined || end_date === undefined)
      ? [{ field: "period.duration", reason: "a period needs two dates or a duration" }]
      : [])
  ]
  if (errors.length > 0) return { months: 12, errors }
  if (duration !== undefined) return { months: duration * { days: 12 / 365, months: 1, years: 12 }[unit!], errors }
  return { months: (Date.parse(end_date!) - Date.parse(start_date!) + day) / day * 12 / 365, errors }
}

/**
 * Needs the reference tables. Lists every error and warning, and never fails for one. Units are those of FuelAgent, by its
 * own look-up.
 *
 * @category agents
 */
export const InputValidatorAgent = Agent.make("InputValidatorAgent", {
  version: "1.0.0",
  description:
    "Errors and warnings of an inventory of fuels, a building and a period, and the inventory in common units",
  input: Strict.make(ValidatorInput),
  output: ValidatorOutput,
  error: ClimateTool.ToolError,
  tools,
  execute: Effect.fnUntraced(function*({ building_info, fuels = [], period }) {
    const checked = yield* Effect.forEach(fuels, checkFuel)
    const { errors: ofPeriod, months } = checkPeriod(period)
    const { area, area_unit = "sqft", occupancy, type } = building_info ?? {}
    const sized = area === undefined || area <= 0
      ? undefined
      : yield* normalizeArea.call({ value: area, unit: area_unit }).pipe(
        Effect.catchTags({
          ValidationError: ({ message }) => Effect.succeed(message),
          InvalidInput: ({ message }) => Effect.succeed(message)
        })
      )
    const benchmark = type === undefined
      ? undefined
      : yield* BuildingBenchmark.find(type, "US").pipe(
        Effect.catchTag("DataError", (error) => Effect.succeed(error.message))
      )
    const ofBuilding: ReadonlyArray<Finding> = [
      ...(area !== undefined && area <= 0 ? [{ field: "building_info.area", reason: "must be above 0" }] : []),
      ...(typeof sized === "string" ? [{ field: "building_info.area_unit", reason: sized }] : []),
      ...(occupancy !== undefined && occupancy < 0
        ? [{ field: "building_info.occupancy", reason: "is below zero" }]
        : [])
    ]
    const sqft = typeof sized === "object" ? sized.value : undefined
    const kbtu = checked.reduce((sum, { energy }) => sum + energy, 0) * 1000 * 12 / months
    const ratio = sqft === undefined || typeof benchmark !== "object" || kbtu === 0
      ? undefined
      : kbtu / sqft / benchmark.siteEui
    const errors = [...checked.flatMap(({ errors }) => errors), ...ofBuilding, ...ofPeriod]
    return {
      is_valid: errors.length === 0,
      errors,
      warnings: [
        ...checked.flatMap(({ warnings }) => warnings),
        ...(typeof benchmark === "string" ? [{ field: "building_info.type", reason: benchmark }] : []),
        ...(ratio !== undefined && (ratio < 0.2 || ratio > 5)
          ? [{
            field: "building_info.area",
            reason: `energy for each area is ${Answer.percent(ratio)} times the median`
          }]
          : [])
      ],
      normalized: {
        fuels: checked.map(({ fuel }) => fuel),
        ...(sqft === undefined ? {} : { area_sqft: sqft })
      }
    }
  })
})
