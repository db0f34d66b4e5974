/**
 * The same agents without Effect: opened once, awaited like any function, closed at the end of the block.
 */
import { Layer } from "effect"
import { PromiseAgent } from "greenlang"
import { FuelAgent } from "greenlang/climate/FuelAgent"
import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import * as Database from "greenlang/database/Database"

await using fuel = await PromiseAgent.open(FuelAgent, Layer.provide(ReferenceTables.layer, Database.layerMemory))

const purchases = [
  { fuel_type: "natural_gas", amount: 1000, unit: "therm" },
  { fuel_type: "diesel", amount: 500, unit: "gallon" },
  { fuel_type: "electricity", amount: 250_000, unit: "kWh", country: "FR" }
] as const

const results = await Promise.all(
  purchases.map((purchase) => fuel.execute(purchase, { signal: AbortSignal.timeout(30_000) }))
)

for (const { value } of results) {
  const { co2e_emissions_kg, consumption_amount, consumption_unit, emission_factor_source, fuel_type } = value
  console.log(`${consumption_amount} ${consumption_unit} of ${fuel_type}: ${co2e_emissions_kg} kg CO2e`)
  console.log(`  by ${emission_factor_source}`)
}

const outcome = await fuel.executeResult({ fuel_type: "diesel", amount: -5, unit: "gallon" })
if (!outcome.success) console.log(outcome.error.message)
