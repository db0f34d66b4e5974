/**
 * Heat: what it takes to warm, evaporate and keep supplied, and what a warm stream still holds.
 */
import { btuPerHourPerTon, kwhPerMmbtu, mmbtuPerMwh } from "./Energy.ts"
import * as Formula from "./Formula.ts"
import { fahrenheitToRankine } from "./Temperature.ts"

const firstLaw = "first law of thermodynamics; any textbook of heat transfer"

/** Sensible heat of a mass flow, kW. @category formulas */
export const sensibleHeat = Formula.make({
  id: "sensible_heat",
  expression: "m * cp * (T - Tin) / 3600",
  unit: "kW",
  source: firstLaw,
  valid: "m in kg/h, cp in kJ/kg K, temperatures in degC, T > Tin; cp is constant",
  check: ({ inlet_c, outlet_c }: Warming) =>
    outlet_c > inlet_c ? undefined : "the outlet must be warmer than the inlet",
  compute: ({ inlet_c, mass_kg_h, outlet_c, specific_heat_kj_kg_k }) =>
    mass_kg_h * specific_heat_kj_kg_k * (outlet_c - inlet_c) / 3600
})
type Warming = Readonly<Record<"mass_kg_h" | "specific_heat_kj_kg_k" | "inlet_c" | "outlet_c", number>>

/** Heat of evaporation of a mass flow, kW. @category formulas */
export const latentHeat = Formula.make({
  id: "latent_heat",
  expression: "m_evaporated * L / 3600",
  unit: "kW",
  source: firstLaw,
  valid: "m in kg/h, L in kJ/kg (water at 100 degC: 2257)",
  compute: ({ evaporated_kg_h, latent_kj_kg }: Readonly<Record<"evaporated_kg_h" | "latent_kj_kg", number>>) =>
    evaporated_kg_h * latent_kj_kg / 3600
})

/** Heat at the outlet of the boiler that a process needs, kW. @category formulas */
export const heatDemand = Formula.make({
  id: "heat_demand",
  expression: "(sensible + latent) / process_efficiency",
  unit: "kW",
  source: firstLaw,
  valid: "0 < process_efficiency <= 1",
  check: ({ process_efficiency: e }: Demand) =>
    e > 0 && e <= 1 ? undefined : "the efficiency must be above 0, at most 1",
  compute: ({ latent_kw, process_efficiency, sensible_kw }) => (sensible_kw + latent_kw) / process_efficiency
})
type Demand = Readonly<Record<"sensible_kw" | "latent_kw" | "process_efficiency", number>>

/** Energy of a constant power over the hours of a year, MWh. @category formulas */
export const annualEnergy = Formula.make({
  id: "annual_energy",
  expression: "power * hours / 1000",
  unit: "MWh",
  source: "definition",
  valid: "power in kW, 0 < hours <= 8784",
  check: ({ hours }: Readonly<Record<"power_kw" | "hours", number>>) =>
    hours > 0 && hours <= 8784 ? undefined : "a year has at most 8784 hours",
  compute: ({ hours, power_kw }) => power_kw * hours / 1000
})

/** Fuel that gives this heat, in the unit of the heat. @category formulas */
export const fuelForHeat = Formula.make({
  id: "fuel_for_heat",
  expression: "heat / efficiency",
  unit: "as the heat",
  source: "definition of efficiency",
  valid: "0 < efficiency <= 1.05; both on the same (gross) basis",
  check: ({ efficiency }: Readonly<Record<"heat" | "efficiency", number>>) =>
    efficiency > 0 && efficiency <= 1.05
      ? undefined
      : "an efficiency is above 0 and at most 1.05; a heat pump has a COP",
  compute: ({ efficiency, heat }) => heat / efficiency
})

/** @category formulas */
export const mwhToMmbtu = Formula.make({
  id: "mwh_to_mmbtu",
  expression: "MWh * 3.412142",
  unit: "MMBtu",
  source: "international table Btu, 1055.05585262 J",
  valid: "any",
  compute: ({ mwh }: { readonly mwh: number }) => mwh * mmbtuPerMwh
})

/** @category formulas */
export const mmbtuToKwh = Formula.make({
  id: "mmbtu_to_kwh",
  expression: "MMBtu * 293.0711",
  unit: "kWh",
  source: "international table Btu, 1055.05585262 J",
  valid: "any",
  compute: ({ mmbtu }: { readonly mmbtu: number }) => mmbtu * kwhPerMmbtu
})

/** Thermal capacity in tons of refrigeration. @category formulas */
export const capacityTons = Formula.make({
  id: "capacity_tons",
  expression: "MMBtu/h * 1e6 / 12000",
  unit: "tons of refrigeration",
  source: "definition: 12 000 Btu/h",
  valid: "load >= 0",
  compute: ({ load_mmbtu_h }: { readonly load_mmbtu_h: number }) => load_mmbtu_h * 1e6 / btuPerHourPerTon
})

/** Heat of a stream down to a recovery temperature, over a year. @category formulas */
export const recoverableHeat = Formula.make({
  id: "recoverable_heat",
  expression: "m * cp * (Tin - Trec) * hours / 1e6",
  unit: "MMBtu/yr",
  source: firstLaw,
  valid: "m in lb/h, cp in Btu/lb F (constant: within 5 percent below 600 F), Tin > Trec",
  check: ({ inlet_f, recovery_f }: Recovery) =>
    inlet_f > recovery_f ? undefined : "the stream must be warmer than the recovery temperature",
  compute: ({ hours, inlet_f, mass_lb_h, recovery_f, specific_heat_btu_lb_f }) =>
    mass_lb_h * specific_heat_btu_lb_f * (inlet_f - recovery_f) * hours / 1e6
})
type Recovery = Readonly<Record<"mass_lb_h" | "specific_heat_btu_lb_f" | "inlet_f" | "recovery_f" | "hours", number>>

/** What is left of a recovery where the temperatures come close. @category formulas */
export const pinchFactor = Formula.make({
  id: "pinch_factor",
  expression: "clamp(0.7 + 0.3 * (dT - 20) / 20, 0.7, 1)",
  unit: "ratio",
  source: "convention of this library: linear from 20 F to 40 F",
  valid: "dT > 0 F",
  check: ({ difference_f }: { readonly difference_f: number }) =>
    difference_f > 0 ? undefined : "the temperature difference must be above 0",
  compute: ({ difference_f }) => Math.min(1, Math.max(0.7, 0.7 + 0.3 * (difference_f - 20) / 20))
})

/** Work that the recovered heat could do at most, surroundings at 70 F. @category formulas */
export const heatExergy = Formula.make({
  id: "heat_exergy",
  expression: "Q * (1 - T0 * ln(T1 / T2) / (T1 - T2))",
  unit: "MMBtu/yr",
  source: "second law of thermodynamics, stream of constant cp cooled from T1 to T2 (Rankine), T0 = 529.67",
  valid: "T1 > T2",
  check: ({ inlet_f, outlet_f }: Exergy) =>
    inlet_f > outlet_f ? undefined : "the stream must leave colder than it came",
  compute: ({ heat, inlet_f, outlet_f }) => {
    const [t1, t2] = [fahrenheitToRankine(inlet_f), fahrenheitToRankine(outlet_f)]
    return heat * (1 - 529.67 * Math.log(t1 / t2) / (t1 - t2))
  }
})
type Exergy = Readonly<Record<"heat" | "inlet_f" | "outlet_f", number>>
