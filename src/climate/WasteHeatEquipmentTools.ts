/**
 * Which equipment recovers a stream's heat, how large it is and what it costs.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answer from "./Answer.ts"
import { DataError } from "./ClimateError.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Constant from "./Constant.ts"
import * as Field from "./Field.ts"
import * as HeatExchanger from "./physics/HeatExchanger.ts"
import { heatExchangers } from "./tables/EquipmentTables.ts"
import { ReferenceTables } from "./tables/ReferenceTables.ts"
import type { Row } from "./tables/Table.ts"
import { FoulingRisk } from "./WasteHeatStreamTools.ts"

/** @category schemas */
export const Service = Schema.Literals(["gas_gas", "gas_liquid", "liquid_liquid"]).annotate({
  description: "what is on both sides"
})
/** @category schemas */
export type Service = typeof Service.Type

type Technology = Row<typeof heatExchangers>

/** USD of a technology for a load and, where the table prices area, an area. */
const cost = (row: Technology, loadMmbtuHr: number, areaFt2: number | undefined) =>
  row.cost_per_ft2 !== null && areaFt2 !== undefined
    ? row.cost_per_ft2 * areaFt2
    : row.base_cost + (row.cost_per_mmbtu_h ?? 0) * loadMmbtuHr

const coefficient = (row: Technology, service: Service) => row[`u_${service}`]

const temperatures = {
  hot_side_in_f: Field.number("hot side in, F", { above: -459.67 }),
  hot_side_out_f: Field.number("hot side out, F", { above: -459.67 }),
  cold_side_in_f: Field.number("cold side in, F", { above: -459.67 }),
  cold_side_out_f: Field.number("cold side out, F", { above: -459.67 })
}

/** @category tools */
export const sizeHeatExchanger = ClimateTool.make("size_heat_exchanger", {
  description: "Area, effectiveness and cost of a heat exchanger by LMTD and its correction",
  input: Schema.Struct({
    heat_load_btu_hr: Field.positive("heat to transfer, Btu/h"),
    ...temperatures,
    technology: Field.name("shell_tube_hx, plate_hx, economizer, recuperator, regenerator, heat_pipe, run_around_coil"),
    service: Service,
    flow_arrangement: Schema.Literals(["counterflow", "parallel", "shell_tube_1_2", "crossflow"])
  }),
  output: Schema.Struct({
    lmtd_f: Schema.Finite,
    correction_factor: Schema.Finite,
    required_area_ft2: Schema.Finite,
    design_area_ft2: Schema.Finite.annotate({ description: "1.15 of the required area" }),
    effectiveness: Schema.Finite,
    ntu: Schema.Finite,
    estimated_capital_cost_usd: Schema.Finite,
    notes: Field.notes
  }),
  execute: Effect.fnUntraced(function*(input) {
    const { flow_arrangement, heat_load_btu_hr, service } = input
    const row = yield* Constant.find(heatExchangers, "heat exchanger", "technology", input.technology)
    const u = coefficient(row, service)
    if (u === null) {
      const services = (["gas_gas", "gas_liquid", "liquid_liquid"] as const).filter((of) =>
        coefficient(row, of) !== null
      )
      return yield* new DataError({
        what: "heat transfer coefficient",
        lookedFor: { technology: row.technology, service },
        available: services
      })
    }
    yield* Constant.cite(`U of ${row.technology}, ${service}`, u, row.u_unit, row)
    const sized = yield* HeatExchanger.size(
      heat_load_btu_hr,
      {
        hot_in: input.hot_side_in_f,
        hot_out: input.hot_side_out_f,
        cold_in: input.cold_side_in_f,
        cold_out: input.cold_side_out_f
      },
      flow_arrangement,
      u
    )
    const design = yield* HeatExchanger.designArea({ area: sized.area })
    const usd = cost(row, heat_load_btu_hr / 1e6, design)
    if (!Number.isFinite(usd)) return yield* ClimateTool.invalid("heat_load_btu_hr", "is too large")
    return {
      lmtd_f: Answer.figure(sized.lmtd),
      correction_factor: Answer.figure(sized.correction),
      required_area_ft2: Answer.figure(sized.area),
      design_area_ft2: Answer.figure(design),
      effectiveness: Answer.figure(sized.effectiveness),
      ntu: Answer.figure(sized.ntu),
      estimated_capital_cost_usd: Answer.money(usd),
      notes: sized.correction < 0.75 ? ["a correction below 0.75 wastes area: use more shells or counterflow"] : []
    }
  })
})

const fouling: Readonly<Record<string, readonly [low: number, moderate: number, high: number]>> = {
  excellent: [15, 12, 8],
  good: [12, 15, 10],
  fair: [8, 10, 12],
  moderate: [8, 10, 12],
  poor: [5, 8, 15]
}

const space: Readonly<Record<string, number>> = { compact: 10, moderate: 7, large: 4 }

/** @category schemas */
export const Ranked = Schema.Struct({
  technology: Schema.String,
  score: Schema.Finite,
  effectiveness: Schema.Finite,
  estimated_cost_usd: Schema.Finite
})

/** @category tools */
export const selectHeatRecoveryTechnology = ClimateTool.make("select_heat_recovery_technology", {
  description: "Equipment ranked for a stream: temperature, service, cost, fouling and space, of 100 points",
  input: Schema.Struct({
    temperature_f: temperatures.hot_side_in_f,
    heat_load_mmbtu_hr: Field.positive("heat to transfer, MMBtu/h"),
    service: Service,
    fouling_risk: FoulingRisk,
    budget_usd: Field.optional(Field.positive("most that the equipment may cost, USD")),
    space_constrained: Field.withDefault(Schema.Boolean, false),
    want_electricity: Field.withDefault(Schema.Boolean.annotate({ description: "whether an ORC may be chosen" }), false)
  }),
  output: Schema.Struct({ ranking: Schema.Array(Ranked), selected: Schema.String }),
  execute: Effect.fnUntraced(function*(input) {
    const { budget_usd, heat_load_mmbtu_hr, service, space_constrained, temperature_f, want_electricity } = input
    const tables = yield* ReferenceTables
    const rows = yield* tables.rows(heatExchangers)
    const level = { low: 0, moderate: 1, high: 2, very_high: 2 }[input.fouling_risk]
    const ranking = rows
      .filter((row) => row.technology !== "orc_system" || want_electricity)
      .map((row) => {
        const usd = cost(row, heat_load_mmbtu_hr, undefined)
        const isCompact = row.space_class === "compact"
        const parts = [
          temperature_f > row.temp_max ? 10 : temperature_f < row.temp_min ? 5 : 30,
          coefficient(row, service) !== null || row.technology === "orc_system" ? 25 : 10,
          budget_usd === undefined ? 5 : Math.max(0, 20 * (1 - usd / budget_usd)),
          (fouling[row.fouling_tolerance] ?? fouling["fair"]!)[level]!,
          Math.min(10, (space[row.space_class] ?? 4) + (space_constrained && isCompact ? 3 : 0))
        ]
        return {
          technology: row.technology,
          score: Answer.figure(parts.reduce((sum, part) => sum + part, 0)),
          effectiveness: row.effectiveness,
          estimated_cost_usd: Answer.money(usd)
        }
      })
      .toSorted((a, b) => b.score - a.score || (a.technology < b.technology ? -1 : 1))
    return { ranking, selected: ranking[0]!.technology }
  })
})
